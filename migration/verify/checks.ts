import { compare, failed, notChecked, passed, type Reason } from "./check.ts";
import { hostNamed, runsOn } from "../cloud/places.ts";
import type { Expectation } from "./expectation.ts";
import type { Check } from "../contract/record.ts";
import type { Known, ServerFacts, Snapshot, VolumeState } from "../cloud/snapshot.ts";

/** Names of the checks without which nothing is called a success: not-checked is not enough for them. */
export const ESSENTIAL = ["server-id", "server-status", "task-state", "host", "volumes-attached"] as const;

/** What Placement holds for a migration itself. */
export const MIGRATION_ALLOCATIONS = "migration-allocations";

/** A check that only a server has which boots from an image. */
const IMAGE_BOOTED = "image";

/** Whether the checks are of a server without volumes, which boots from an image: Cinder can say nothing of it. Pure. */
export function isImageOnly(checks: readonly Check[]): boolean {
  const has = (name: string) => checks.some(({ check }) => check === name);
  return has(IMAGE_BOOTED) && !has("volume-attached-once");
}

/** Every check of the cloud's side, from one snapshot. Pure. The guest's are made in `guest/`. */
export function verify(expectation: Expectation, snapshot: Snapshot): Check[] {
  return [
    ...serverChecks(expectation, snapshot),
    ...placeChecks(expectation, snapshot),
    ...volumeChecks(expectation, snapshot),
    ...portChecks(expectation, snapshot),
    allocationCheck(expectation, snapshot),
    ...migrationAllocationCheck(expectation, snapshot),
  ];
}

function serverChecks(expectation: Expectation, { server }: Snapshot): Check[] {
  const vmState = { check: "vm-state", expected: expectation.vmState };
  return [
    compare({ check: "server-id", expected: expectation.serverId }, server.id, {
      reason: "this is another server: the first one was replaced",
      fix: "ask who replaced it; give this one's id if it is the one that is meant",
    }),
    compare({ check: "server-status", expected: expectation.status }, server.status, {
      reason: (server.fault ?? "") || "the server's status changed",
      fix: "find out where the guest runs (docs/operations.md), then why: `openstack server show` has its fault, if any",
    }),
    server.vmState === null
      ? notChecked(vmState, {
          reason: "this user may not see vm_state",
          fix: "use an administrator's credentials, or have `os_compute_api:os-extended-server-attributes` granted",
        })
      : compare(vmState, server.vmState, {
          reason: "Nova's own state of the guest changed",
          fix: "find out who stopped or paused it: `openstack server event list` shows what was requested",
        }),
    compare({ check: "task-state", expected: "none" }, server.taskState ?? "none", {
      reason: "Nova still works on the server",
      fix: "wait until it has ended (`openstack server event list` shows what it is), then `live-migrate verify`",
    }),
    bootCheck(expectation, server),
  ];
}

/** That it boots from what it booted from before. The name of the check says which: {@link isImageOnly} needs to know. */
function bootCheck({ image }: Expectation, server: ServerFacts): Check {
  const observed = server.image === null ? "no image" : `image ${server.image}`;
  const fix = "find out who rebuilt it: `openstack server event list`";
  return image === null
    ? compare({ check: "boot-from-volume", expected: "no image" }, observed, {
        reason: "the server booted from a volume before, and Nova now says that it boots from an image",
        fix,
      })
    : compare({ check: IMAGE_BOOTED, expected: `image ${image}` }, observed, {
        reason: "Nova names another image than before",
        fix,
      });
}

/** The expected host in words. */
const nameOf = ({ host, hostId }: Expectation) => host ?? `the host of hostId ${hostId}`;

function placeChecks(expectation: Expectation, { server, hosts }: Snapshot): Check[] {
  const { host } = expectation;
  const name = nameOf(expectation);
  const here = host === null ? server.hostId === expectation.hostId : runsOn(server, host);
  const facts = hostNamed(hosts, host);
  const blind: Reason = hosts.known
    ? {
        reason: `${name} is not listed`,
        fix: "look for it in `openstack compute service list` and `openstack hypervisor list`, as an administrator",
      }
    : {
        reason: hosts.reason,
        fix: "use an administrator's credentials, or have `os_compute_api:os-services:list` and `os_compute_api:os-hypervisors:list-detail` granted",
      };
  const expect = (check: string, wanted: string | null, observed: string | null, wrong: Reason) => {
    const about = { check, expected: wanted ?? "unknown" };
    return wanted === null || observed === null ? notChecked(about, blind) : compare(about, observed, wrong);
  };
  return [
    compare(
      { check: "host", expected: name },
      here ? name : (server.host ?? `another host (hostId ${server.hostId})`),
      {
        reason: "the server does not run where it should",
        fix: "find out who moved it: `openstack server migration list --server`; then request the place where it should run",
      },
    ),
    expect("hypervisor-hostname", facts?.hypervisor?.hostname ?? null, server.hypervisorHostname, {
      reason: "Nova names another hypervisor than the host's",
      fix: "compare `openstack server show` with `virsh list` on both hosts before anything is done to the server",
    }),
    expect("availability-zone", facts?.availabilityZone ?? null, server.availabilityZone, {
      reason: "Nova names another zone than the host's",
      fix: "check whether the host has just changed its zone (`openstack aggregate list --long`), then `live-migrate verify`",
    }),
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
  const about = { check: "volumes-attached", expected: list(wanted) };
  const missing = wanted.filter((id) => !attached.includes(id));
  if (missing.length === 0) return { ...passed(about), observed: list(attached) };
  return failed(about, list(attached), {
    reason: `Nova does not list ${list(missing)} as attached (any more)`,
    fix: "ask who detached it; attach it again (`openstack server add volume`), or take it out of the expectation",
  });
}

/**
 * Statuses of a volume that contradict its attachment. All others, such as `retyping`, `extending`, `backing-up` and
 * `maintenance`, are operations on a volume that stays attached (cinder/objects/fields.py VolumeStatus).
 */
const NOT_IN_USE = new Set(["available", "reserved", "attaching", "detaching", "deleting", "error_deleting", "error"]);

/** A fact that its service does not show. `fix`: what to do, if that is not about credentials. */
type Hidden = Extract<Known<unknown>, { known: false }>;

/** What to do where a service does not show what is checked. */
const ifAway = (service: string) => `if ${service} was down, \`live-migrate verify\` when it is back`;
const volumesHidden = ({ reason, fix }: Hidden): Reason => ({
  reason,
  fix: fix ?? `use credentials that may list volumes and attachments of the server's project; ${ifAway("Cinder")}`,
});

function inUseCheck(id: string, serverId: string, volumes: Known<VolumeState[]>): Check {
  const about = { check: "volume-in-use", subject: id, expected: `in-use by ${serverId}` };
  if (!volumes.known) return notChecked(about, volumesHidden(volumes));
  const volume = volumes.value.find((candidate) => candidate.id === id);
  const users = volume?.attachments.map((attachment) => attachment.serverId) ?? [];
  const isUser = users.includes(serverId);
  const observed = volume
    ? `${volume.status} by ${isUser ? serverId : users.join(", ") || "nobody"}`
    : "no such volume";
  if (volume && isUser && !NOT_IN_USE.has(volume.status)) return { ...passed(about), observed };
  return failed(about, observed, {
    reason: "Cinder does not see the volume in use by this server",
    fix: "compare `openstack volume show` with `openstack server volume list`: it was detached, or its status was reset",
  });
}

/**
 * Two attachments after a move mean that Nova did not finish it: the guest may run on the destination while Nova says
 * "ACTIVE on the source" (seen when the source's nova-compute dies midway). Nova only logs a source detach that fails
 * (nova/compute/manager.py _post_live_migration_remove_source_vol_connections at 33.0.2).
 */
function attachedOnceCheck(id: string, expectation: Expectation, { volumes, attachments }: Snapshot): Check {
  const { serverId, host } = expectation;
  const about = { check: "volume-attached-once", subject: id, expected: `1 attachment, on ${nameOf(expectation)}` };
  const volume = volumes.known ? volumes.value.find((candidate) => candidate.id === id) : undefined;
  const places = volume?.attachments.filter((attachment) => attachment.serverId === serverId) ?? [];
  // A volume itself lists finished attachments only: it can prove two, but not that there is just one.
  if (!attachments.known && places.length === 1) return notChecked(about, volumesHidden(attachments));
  if (!attachments.known && !volumes.known) return notChecked(about, volumesHidden(volumes));
  const count = attachments.known ? attachments.value.filter(({ volumeId }) => volumeId === id).length : places.length;
  const hosts = [...new Set(places.map((place) => place.host))];
  const visible = hosts.filter((name) => name !== null);
  const hidden = !volumes.known || host === null || (places.length === 1 && visible.length === 0);
  if (count === 1 && hidden) {
    return notChecked(about, {
      reason: "one attachment, but on which host is not visible",
      fix: "use an administrator's credentials: Cinder shows hosts to administrators only",
    });
  }
  const where = visible.length > 0 ? visible.sort().join(" and ") : "unknown";
  const observed = `${count} attachment${count === 1 ? "" : "s"}, on ${where}`;
  if (count > 1) {
    return compare(about, observed, {
      // First of all where the guest runs: a second start is what can be made worse.
      reason:
        "the guest may run on another host than Nova says: do not restart or migrate it before a human has looked",
      fix: "look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
    });
  }
  return compare(about, observed, {
    reason: "the volume is not connected where the server runs",
    fix: "look with `virsh list` where the guest runs; `openstack volume show -c attachments` names the volume's host",
  });
}

function portChecks(expectation: Expectation, { ports }: Snapshot): Check[] {
  const { host, silentPortIds, unboundPortIds } = expectation;
  const expected = `bound to ${nameOf(expectation)}, ACTIVE`;
  if (!ports.known) {
    const fix = ports.fix ?? `use credentials that may list ports of the server's project; ${ifAway("Neutron")}`;
    return [notChecked({ check: "port-bound", expected }, { reason: ports.reason, fix })];
  }
  return ports.value.map(({ id, host: bound, status }) => {
    const about = { check: "port-bound", subject: id, expected };
    if (bound === null || host === null) {
      return notChecked(about, {
        reason: "this user may not see port bindings",
        fix: "use an administrator's credentials, or have `get_port:binding:host_id` granted (docs/accounts.md)",
      });
    }
    if (bound === "" && unboundPortIds.includes(id)) {
      return notChecked(about, {
        reason: "the port is bound to no host, and was not before either",
        fix: "`openstack port show` has its owner: Nova did not plug it",
      });
    }
    if (bound === host && status !== "ACTIVE" && silentPortIds.includes(id)) {
      return notChecked(about, {
        reason: `bound to ${host}, but ${status}, and it was not ACTIVE before either: whether the network reaches it is not known`,
        fix: "ask the guest itself; `openstack port show` has what binds it",
      });
    }
    const observed = `bound to ${bound || "no host"}, ${status}`;
    if (bound !== host) {
      return compare(about, observed, {
        reason: "the guest's network may not reach it",
        fix: "look at the host's agent (`openstack network agent list`) and at `openstack port show`, then `live-migrate verify`",
      });
    }
    return compare(about, observed, {
      reason: "Neutron has not heard that the port is wired there: the guest's network may not reach it",
      fix: "check that the host's agent is alive (`openstack network agent list`). Its report may have been lost: when it is restarted (neutron-openvswitch-agent, neutron-linuxbridge-agent), it reports every port again. Then `live-migrate verify`",
    });
  });
}

const allocationsHidden = ({ reason, fix }: Hidden): Reason => ({
  reason,
  fix:
    fix ??
    `use an administrator's credentials, or have \`placement:allocations:list\` granted (docs/accounts.md); ${ifAway("Placement")}`,
});

function allocationCheck(expectation: Expectation, { allocations, hosts }: Snapshot): Check {
  const about = { check: "allocations", expected: `only on ${nameOf(expectation)}` };
  const provider = hostNamed(hosts, expectation.host)?.hypervisor?.id;
  if (!allocations.known) return notChecked(about, allocationsHidden(allocations));
  if (provider === undefined) {
    return notChecked(about, {
      reason: `no hypervisor of ${nameOf(expectation)} is visible`,
      fix: "look for it in `openstack hypervisor list`, as an administrator",
    });
  }
  return compare(about, onlyOn(allocations.value, hosts), {
    reason: "Placement counts the server's resources elsewhere",
    fix: "`nova-manage placement audit` finds why; `live-migrate verify` passes when it is repaired",
  });
}

/** The hosts of allocations in words. */
function onlyOn(allocations: object, hosts: Snapshot["hosts"]): string {
  const names = Object.keys(allocations).map(
    (id) => (hosts.known && hosts.value.find(({ hypervisor }) => hypervisor?.id === id)?.host) || id,
  );
  return names.length > 0 ? `only on ${names.sort().join(", ")}` : "none";
}

/** The source's share, held under the migration's uuid, is given back when it ends. */
function migrationAllocationCheck(expectation: Expectation, snapshot: Snapshot): Check[] {
  const { migrationAllocations } = snapshot;
  if (expectation.migrationHolds) return [sourceHeldCheck(expectation.migrationHolds, snapshot)];
  if (migrationAllocations === null) return [];
  const about = { check: MIGRATION_ALLOCATIONS, expected: "none" };
  if (!migrationAllocations.known) return [notChecked(about, allocationsHidden(migrationAllocations))];
  const left = Object.keys(migrationAllocations.value).join(", ") || "none";
  return [
    compare(about, left, {
      reason: "Placement still holds resources for the migration",
      fix: "if they stay: `openstack resource provider allocation delete` with the migration's uuid, which the record has",
    }),
  ];
}

/** Nothing but the migration itself reserves the source's share until it is confirmed: a revert takes it from there. */
function sourceHeldCheck(source: string, { migrationAllocations, hosts }: Snapshot): Check {
  const about = { check: MIGRATION_ALLOCATIONS, expected: `only on ${source}` };
  if (migrationAllocations === null) {
    return notChecked(about, {
      reason: "Nova does not tell the migration's uuid, under which Placement keeps it",
      fix: "nothing, if Nova is older than Queens (compute 2.59)",
    });
  }
  if (!migrationAllocations.known) return notChecked(about, allocationsHidden(migrationAllocations));
  if (hostNamed(hosts, source)?.hypervisor?.id === undefined) {
    return notChecked(about, {
      reason: `no hypervisor of ${source} is visible`,
      fix: "look for it in `openstack hypervisor list`, as an administrator",
    });
  }
  return compare(about, onlyOn(migrationAllocations.value, hosts), {
    reason: `Placement does not keep the server's share of ${source} for a revert`,
    fix: "ask who deleted the migration's allocation. To keep the server where it is: `openstack server migration confirm`",
  });
}
