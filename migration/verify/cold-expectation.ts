import { UNCONFIRMED } from "../cloud/cold-status.ts";
import type { MigrationEntry, ServerFacts, Snapshot } from "../cloud/snapshot.ts";
import type { Check } from "../contract/record.ts";
import { compare, notChecked } from "./check.ts";
import { expectationOf, type Expectation } from "./expectation.ts";

/** What a cold migration must not have changed. */
export interface ColdBefore {
  /** As it was seen first: before the move, or when it was adopted. */
  snapshot: Snapshot;
  volumeIds: readonly string[];
  /** Whether the guest ran before the move; null: not known. */
  ran: boolean | null;
  /** Whether `snapshot` is of before the move. */
  seen: boolean;
}

/**
 * What must hold on `host`: of a server that waits to be confirmed, or of one whose cold migration has ended. Pure.
 *
 * @param migration which keeps the server's share of its source until it has ended, and then nothing
 * @param now the server's status as last seen, which counts where nobody knows what it was before
 */
export function coldExpectation(
  { snapshot, volumeIds, ran, seen }: ColdBefore,
  { host, migration, now }: { host: string | null; migration: MigrationEntry | null; now: string },
): Expectation {
  const migrationUuid = migration?.uuid ?? null;
  const holds = now === UNCONFIRMED && migration?.sourceCompute ? { migrationHolds: migration.sourceCompute } : {};
  const base = { ...expectationOf(snapshot, { host, volumeIds, migrationUuid, moved: true, seen }), ...holds };
  const ports = snapshot.ports.known ? snapshot.ports.value.map(({ id }) => id) : [];
  const on = ran ?? now !== "SHUTOFF";
  const [status, vmState] =
    now === UNCONFIRMED ? [UNCONFIRMED, "resized"] : on ? ["ACTIVE", "active"] : ["SHUTOFF", "stopped"];
  // Nothing plugs the port of a guest that is shut down.
  return { ...base, status, vmState, ...(ran === false && { silentPortIds: ports }) };
}

const sizes = ({ flavor }: ServerFacts) =>
  `${flavor.vcpus} vCPUs, ${flavor.ramMiB} MiB of RAM, disks of ${flavor.rootGiB} and ${flavor.ephemeralGiB} GiB`;

/** What a cold migration could have changed, and a live one could not. Pure. */
export function coldChecks({ snapshot: before, ran }: ColdBefore, { server }: Snapshot): Check[] {
  const words = (runs: boolean) => (runs ? "running" : "shut down");
  const power = { check: "power-state", expected: ran === null ? "as before" : words(ran) };
  const unknown =
    ran === null
      ? { reason: "the move had begun before this run, and whether the guest ran then is not known" }
      : { reason: "Nova does not report the power state to this user" };
  return [
    ran === null || server.running === undefined
      ? notChecked(power, unknown)
      : compare(power, words(server.running), {
          reason: ran ? "the guest was not started again" : "the guest was started, although it was shut down before",
          fix: "look at its console (`openstack console log show`) and at `openstack server event list`",
        }),
    compare({ check: "flavor", expected: sizes(before.server) }, sizes(server), {
      reason: "the server has another size than before: it was resized",
      fix: "find out who resized it: `openstack server event list`",
    }),
  ];
}
