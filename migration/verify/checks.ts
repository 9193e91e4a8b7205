import { why, type Why } from "./check-messages.ts";
import { runsOn } from "../cloud/places.ts";
import { hostNamed } from "../cloud/places.ts";
import type { Expectation } from "./expectation.ts";
import type { Check } from "../contract/record.ts";
import type { Known, Snapshot, VolumeState } from "../cloud/snapshot.ts";

/** Names of the checks without which nothing is called a success: not-checked is not enough for them. */
export const ESSENTIAL = ["server-id", "server-status", "task-state", "host", "volumes-attached"] as const;

/** Every check of the cloud's side, from one snapshot. Pure. The guest's are made in `guest/`. */
export function verify(expectation: Expectation, snapshot: Snapshot): Check[] {
  return [
    ...serverChecks(expectation, snapshot),
    ...placeChecks(expectation, snapshot),
    ...volumeChecks(expectation, snapshot),
    ...portChecks(expectation, snapshot),
    allocationCheck(expectation, snapshot),
    ...migrationAllocationCheck(snapshot),
  ];
}

/** Passed if `observed` is `expected`, else failed, and `wrong` says why. */
function compare(check: string, expected: string, observed: string, wrong: Why, subject?: string): Check {
  const base = { check, ...(subject === undefined ? {} : { subject }), expected, observed };
  return expected === observed ? { ...base, outcome: "passed" } : { ...base, outcome: "failed", ...wrong };
}

/** A check that could not be made. */
export function notChecked(check: string, expected: string, because: Why, subject?: string): Check {
  const base = { check, ...(subject === undefined ? {} : { subject }), expected, observed: "unknown" };
  return { ...base, outcome: "not-checked", ...because };
}

function serverChecks(expectation: Expectation, { server }: Snapshot): Check[] {
  const { vmState } = expectation;
  return [
    compare("server-id", expectation.serverId, server.id, why("another-server")),
    compare("server-status", expectation.status, server.status, why("status-changed", { fault: server.fault ?? "" })),
    server.vmState === null
      ? notChecked("vm-state", vmState, why("vm-state-hidden"))
      : compare("vm-state", vmState, server.vmState, why("vm-state-changed")),
    compare("task-state", "none", server.taskState ?? "none", why("still-busy")),
    compare(
      "boot-from-volume",
      "no image",
      server.image === null ? "no image" : `image ${server.image}`,
      why("boots-from-image"),
    ),
  ];
}

/** The expected host in words. */
const nameOf = ({ host, hostId }: Expectation) => host ?? `the host of hostId ${hostId}`;

function placeChecks(expectation: Expectation, { server, hosts }: Snapshot): Check[] {
  const { host } = expectation;
  const name = nameOf(expectation);
  const here = host === null ? server.hostId === expectation.hostId : runsOn(server, host);
  const facts = hostNamed(hosts, host);
  const node = facts?.hypervisor?.hostname ?? null;
  const zone = facts?.availabilityZone ?? null;
  const blind = hosts.known ? why("host-not-listed", { host: name }) : why("hosts-hidden", hosts);
  const expect = (check: string, wanted: string | null, observed: string | null, wrong: Why) =>
    wanted === null || observed === null
      ? notChecked(check, wanted ?? "unknown", blind)
      : compare(check, wanted, observed, wrong);
  return [
    compare(
      "host",
      name,
      here ? name : (server.host ?? `another host (hostId ${server.hostId})`),
      why("runs-elsewhere"),
    ),
    expect("hypervisor-hostname", node, server.hypervisorHostname, why("another-hypervisor")),
    expect("availability-zone", zone, server.availabilityZone, why("another-zone")),
  ];
}

function volumeChecks(expectation: Expectation, snapshot: Snapshot): Check[] {
  const { serverId, volumeIds } = expectation;
  const attached = snapshot.server.volumes.map(({ id }) => id);
  // One that was attached meanwhile is no loss; it is verified like the others.
  const all = [...new Set([...volumeIds, ...attached])];
  return [
    attachedCheck(volumeIds, attached),
    ...all.flatMap((id) => [inUseCheck(id, serverId, snapshot.volumes), attachedOnceCheck(id, expectation, snapshot)]),
  ];
}

function attachedCheck(wanted: readonly string[], attached: readonly string[]): Check {
  const list = (ids: readonly string[]) => [...ids].sort().join(", ") || "none";
  const base = { check: "volumes-attached", expected: list(wanted), observed: list(attached) };
  const missing = wanted.filter((id) => !attached.includes(id));
  if (missing.length === 0) return { ...base, outcome: "passed" };
  return { ...base, outcome: "failed", ...why("volumes-missing", { volumes: list(missing) }) };
}

/**
 * Statuses of a volume that contradict its attachment. All others, such as `retyping`, `extending`, `backing-up` and
 * `maintenance`, are operations on a volume that stays attached (cinder/objects/fields.py VolumeStatus).
 */
const NOT_IN_USE = new Set(["available", "reserved", "attaching", "detaching", "deleting", "error_deleting", "error"]);

function inUseCheck(id: string, serverId: string, volumes: Known<VolumeState[]>): Check {
  const expected = `in-use by ${serverId}`;
  if (!volumes.known) return notChecked("volume-in-use", expected, why("volumes-hidden", volumes), id);
  const volume = volumes.value.find((candidate) => candidate.id === id);
  const users = volume?.attachments.map((attachment) => attachment.serverId) ?? [];
  const mine = users.includes(serverId) ? serverId : users.join(", ") || "nobody";
  const observed = volume ? `${volume.status} by ${mine}` : "no such volume";
  const base = { check: "volume-in-use", subject: id, expected, observed };
  const inUse = volume !== undefined && users.includes(serverId) && !NOT_IN_USE.has(volume.status);
  return inUse ? { ...base, outcome: "passed" } : { ...base, outcome: "failed", ...why("volume-not-in-use") };
}

/**
 * Two attachments after a move mean that Nova did not finish it: the guest may run on the destination while Nova says
 * "ACTIVE on the source" (seen when the source's nova-compute dies midway). Nova only logs a source detach that fails
 * (nova/compute/manager.py _post_live_migration_remove_source_vol_connections at 33.0.2).
 */
function attachedOnceCheck(id: string, expectation: Expectation, { volumes, attachments }: Snapshot): Check {
  const { serverId, host } = expectation;
  const expected = `1 attachment, on ${nameOf(expectation)}`;
  const volume = volumes.known ? volumes.value.find((candidate) => candidate.id === id) : undefined;
  const places = volume?.attachments.filter((attachment) => attachment.serverId === serverId) ?? [];
  // A volume itself lists finished attachments only: it can prove two, but not that there is just one.
  if (!attachments.known && places.length === 1) {
    return notChecked("volume-attached-once", expected, why("volumes-hidden", attachments), id);
  }
  if (!attachments.known && !volumes.known) {
    return notChecked("volume-attached-once", expected, why("volumes-hidden", volumes), id);
  }
  const count = attachments.known ? attachments.value.filter(({ volumeId }) => volumeId === id).length : places.length;
  const hosts = [...new Set(places.map((place) => place.host))];
  const visible = hosts.filter((name) => name !== null);
  const hidden = !volumes.known || host === null || (places.length === 1 && visible.length === 0);
  if (count === 1 && hidden) {
    return notChecked("volume-attached-once", expected, why("attachment-host-hidden"), id);
  }
  const where = visible.length > 0 ? visible.sort().join(" and ") : "unknown";
  return compare(
    "volume-attached-once",
    expected,
    `${count} attachment${count === 1 ? "" : "s"}, on ${where}`,
    count > 1 ? why("attached-on-two") : why("not-connected-here"),
    id,
  );
}

function portChecks(expectation: Expectation, { ports }: Snapshot): Check[] {
  const { host, silentPortIds, unboundPortIds } = expectation;
  const expected = `bound to ${nameOf(expectation)}, ACTIVE`;
  if (!ports.known) return [notChecked("port-bound", expected, why("ports-hidden", ports))];
  return ports.value.map(({ id, host: bound, status }) => {
    if (bound === null || host === null) {
      return notChecked("port-bound", expected, why("bindings-hidden"), id);
    }
    if (bound === "" && unboundPortIds.includes(id)) return notChecked("port-bound", expected, why("port-unbound"), id);
    if (bound === host && status !== "ACTIVE" && silentPortIds.includes(id)) {
      return notChecked("port-bound", expected, why("port-was-silent", { host, status }), id);
    }
    const observed = `bound to ${bound || "no host"}, ${status}`;
    return compare("port-bound", expected, observed, bound === host ? why("port-down") : why("port-elsewhere"), id);
  });
}

function allocationCheck(expectation: Expectation, { allocations, hosts }: Snapshot): Check {
  const { host } = expectation;
  const expected = `only on ${nameOf(expectation)}`;
  const provider = hostNamed(hosts, host)?.hypervisor?.id;
  if (!allocations.known) return notChecked("allocations", expected, why("allocations-hidden", allocations));
  if (provider === undefined) {
    return notChecked("allocations", expected, why("hypervisor-hidden", { host: nameOf(expectation) }));
  }
  const names = Object.keys(allocations.value).map(
    (id) => (hosts.known && hosts.value.find(({ hypervisor }) => hypervisor?.id === id)?.host) || id,
  );
  const observed = names.length > 0 ? `only on ${names.sort().join(", ")}` : "none";
  return compare("allocations", expected, observed, why("allocated-elsewhere"));
}

/** The source's share, held under the migration's uuid, is given back when it ends. */
function migrationAllocationCheck({ migrationAllocations }: Snapshot): Check[] {
  if (migrationAllocations === null) return [];
  const expected = "none";
  if (!migrationAllocations.known) {
    return [notChecked("migration-allocations", expected, why("allocations-hidden", migrationAllocations))];
  }
  const left = Object.keys(migrationAllocations.value).join(", ") || "none";
  return [compare("migration-allocations", expected, left, why("allocation-left"))];
}
