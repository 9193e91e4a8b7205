import { describeReason } from "../../migration/verify/check.ts";
import type { MigrationRecord } from "../../migration/contract/record.ts";
import type { Observation } from "./observation.ts";

/** One fact before and after the move. */
export interface Fact {
  what: string;
  before: string;
  after: string;
  holds: boolean;
}

/** The expected place of a server at the end. */
export interface Destination {
  host: string;
  zone: string;
}

/**
 * Compares what the demo itself saw before and after: the same server, in another place. The guest's boot id says that
 * it was not restarted, the checksum that its data is what it was. Pure.
 */
export function compare(before: Observation, after: Observation, destination: Destination): Fact[] {
  const same = (what: string, of: (seen: Observation) => string): Fact => {
    const [was, is] = [of(before), of(after)];
    return { what, before: was, after: is, holds: was === is && is !== "" };
  };
  const becomes = (what: string, of: (seen: Observation) => string, expected: string): Fact => {
    const [was, is] = [of(before), of(after)];
    return { what, before: was, after: is, holds: is === expected };
  };
  const data = before.guest.df === undefined && after.guest.df === undefined;
  return [
    same("id", ({ server }) => server.id),
    becomes("status", ({ server }) => server.status, "ACTIVE"),
    becomes("vm_state", ({ server }) => server.vmState ?? "?", "active"),
    becomes("task_state", ({ server }) => server.taskState ?? "none", "none"),
    becomes("availability zone", ({ server }) => server.availabilityZone ?? "?", destination.zone),
    becomes("hypervisor", ({ server }) => server.hypervisorHostname ?? "?", destination.host),
    becomes("image", ({ server }) => server.image ?? "none (booted from volume)", "none (booted from volume)"),
    same("volumes", ({ server }) => server.volumesAttached.map(({ id }) => id).join("\n")),
    becomes("volumes' status", (seen) => distinct(seen.volumes.map(({ status }) => status)), "in-use"),
    becomes("attachments a volume", (seen) => distinct(Object.values(seen.attachments).map(String)), "1"),
    same("boot id of the guest", ({ guest }) => guest.bootId),
    same("lsblk", ({ guest }) => guest.lsblk.split("\n").slice(1).join("\n")),
    ...(data
      ? []
      : [
          same("df: device, size, mount point", ({ guest }) => fileSystem(guest.df)),
          same("SHA-256 of the file", ({ guest }) => guest.checksum ?? ""),
        ]),
  ];
}

/** The parts of the line that must not change while a guest runs: not how full the file system is. */
function fileSystem(df: string | undefined): string {
  const [device, size, , , , mountPoint] = (df ?? "").split("\n").at(-1)?.split(/\s+/) ?? [];
  return [device, size, mountPoint].filter((part) => part !== undefined).join(" ");
}

function distinct(values: string[]): string {
  return [...new Set(values)].join(", ");
}

/** Problems in the record that the engine left in the stack's outputs. Pure. */
export function recordProblems(name: string, record: MigrationRecord, destination: Destination): string[] {
  const failed = record.checks.filter(({ outcome }) => outcome === "failed");
  return [
    ...(record.outcome === "migrated" ? [] : [`${name}: the record's outcome is ${record.outcome}: ${record.summary}`]),
    ...(record.current.host === destination.host
      ? []
      : [`${name}: the record has it on ${record.current.host ?? "?"}`]),
    ...failed.map(
      ({ check, subject, ...why }) => `${name}: ${[check, subject].join(" ").trim()}: ${describeReason(why)}`,
    ),
    ...(record.downtime === null ? [`${name}: its downtime was not measured`] : []),
  ];
}

/** The record in one line. */
export function recordLine(name: string, { checks, downtime, timings }: MigrationRecord): string {
  const passed = checks.filter(({ outcome }) => outcome === "passed").length;
  const open = checks.filter(({ outcome }) => outcome === "not-checked");
  return [
    `${name}: ${passed} of ${checks.length} checks of the engine passed`,
    ...(open.length > 0
      ? [`${open.length} could not be made here (${open.map(({ check }) => check).join(", ")})`]
      : []),
    `Nova took ${timings.novaSeconds ?? "?"} s`,
    `the guest was silent for at most ${downtime?.milliseconds ?? "?"} ms`,
  ].join("; ");
}
