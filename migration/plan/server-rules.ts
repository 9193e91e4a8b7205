import { atLeast } from "../../openstack/http/microversion.ts";
import { sh } from "../../text/shell.ts";
import { localDisks } from "../cloud/kind.ts";
import { unfinishedWhileIdle } from "../cloud/migration-status.ts";
import { hostNamed } from "../cloud/places.ts";
import type { ServerFacts, Snapshot } from "../cloud/snapshot.ts";
import type { Finding } from "../contract/record.ts";
import { blocker, migrationInFlight, serverBusy, transientBlocker, transientWarning, warning } from "./finding.ts";
import { fixToMove, MOVABLE } from "./server-state.ts";

/**
 * Flavor extra specs that ask the host for something that no API shows to be free there. Resources may stand in
 * numbered or named groups (nova/scheduler/utils.py ResourceRequest at 33.0.2: `resources1:VGPU`). Traits are no such thing:
 * hosts have them for good, and many flavors ask for some.
 */
const HOST_BOUND_SPECS =
  /^(hw:(cpu_policy|cpu_dedicated_mask|numa|mem_page_size|cpu_realtime|pmem)|pci_passthrough:|resources([\w-]{1,64})?:(?!(VCPU|MEMORY_MB|DISK_GB)$))/;

/** What the server itself stops, or its operator should know: its state, lock, disks, flavor, and earlier migrations. Pure. */
export function* serverFindings(snapshot: Snapshot): Generator<Finding> {
  const { server, microversions } = snapshot;
  const { status, taskState, fault } = server;
  if (!atLeast(microversions.max, "2.68")) {
    yield blocker("nova-too-old", {
      path: "cloud",
      value: `compute ${microversions.max}`,
      problem: "from 2.68 on the scheduler validates a named host; this cloud's API ends before",
      fix: "Nova Train (2019) or newer is needed; tested from Zed (2.93) on",
    });
  }
  if (taskState !== null) yield serverBusy(taskState);
  else if (!MOVABLE.has(status)) {
    yield blocker("server-state", {
      path: "server",
      value: `status ${status}, vm_state ${server.vmState ?? "not visible"}`,
      problem: `Nova live-migrates servers that are ACTIVE or PAUSED; this one is ${status}${fault ? ` (${fault})` : ""}`,
      fix: fixToMove(status),
    });
  }
  if (status === "PAUSED") {
    yield transientWarning("server-paused", {
      path: "server",
      value: "PAUSED",
      problem: "the guest is paused: it is moved, but nothing can be asked inside it",
      fix: "unpause it first if the guest is to be verified",
    });
  }
  yield* lockFindings(server);
  yield* diskFindings(
    server,
    "No API says whether its hosts share the storage of instances: if they do not, Nova copies it over the network",
    "if Nova refuses the pair of hosts (such as for different images_type), the report has its reason",
  );
  yield* hostBoundFindings(server);
  yield* leftoverFindings(snapshot);
}

/** Local disks, which may have to be copied. @param copied how, if so @param fix what to expect beside a longer move. Pure. */
export function* diskFindings(server: ServerFacts, copied: string, fix: string): Generator<Finding> {
  const what = localDisks(server)
    .map(({ words }) => words)
    .join(" and ");
  if (what === "") return;
  yield warning("local-disk", {
    path: "server",
    value: what,
    problem: `the server has ${what} outside its volumes. ${copied}, and it counts in the deadline`,
    fix: `expect a longer move; ${fix}`,
  });
}

/** An administrator may move a server that is locked. Pure. */
export function* lockFindings(server: ServerFacts): Generator<Finding> {
  if (server.locked) {
    yield server.host === null
      ? transientBlocker("server-locked", {
          path: "server",
          value: "locked",
          problem: "the server is locked: its owner wants no change, and Nova refuses this user",
          fix: `ask its owner, then \`${sh`openstack server unlock ${server.id}`}\``,
        })
      : transientWarning("server-locked-admin", {
          path: "server",
          value: "locked",
          problem: "the server is locked; an administrator may still move it",
          fix: "make sure that its owner knows",
        });
  }
}

/** What a flavor asks of its host that no API shows to be free there. Pure. */
export function* hostBoundFindings({ flavor }: ServerFacts): Generator<Finding> {
  const bound = Object.keys(flavor.extraSpecs ?? {}).filter((spec) => HOST_BOUND_SPECS.test(spec));
  if (bound.length > 0) {
    yield warning("numa-or-pci", {
      path: "server",
      value: bound.join(", "),
      problem:
        "the flavor asks for pinned CPUs, NUMA, huge pages or devices; whether the destination has them is not visible",
      fix: "Nova checks it; a misfit shows as a failed migration",
    });
  }
}

/** What earlier live migrations left that did not end cleanly. Pure. */
export function* leftoverFindings(snapshot: Snapshot): Generator<Finding> {
  yield* staleFindings(snapshot);
  yield* heldFindings(snapshot);
}

/** Left by a service that died. Once Cinder rules out a guest in two places, it is history. */
function* staleFindings(snapshot: Snapshot): Generator<Finding> {
  const unfinished = unfinishedWhileIdle(snapshot);
  if (unfinished.state !== "stale") return;
  const { id, status } = unfinished.migration;
  yield snapshot.attachments.known && snapshot.server.volumes.length > 0
    ? warning("migration-stale", {
        path: "server",
        value: `migration ${id} is ${status}`,
        problem:
          "an old migration of this server never ended in Nova's records, though the server is idle: a service died then",
        fix: "Cinder has each volume attached once, so that the move is safe; `virsh list` on both hosts makes sure",
      })
    : migrationInFlight(id, status);
}

/**
 * For a server without volumes, only Placement shows a migration that did not end cleanly: its resources stay on the
 * destination, where the guest may run (seen when the source's nova-compute dies midway).
 */
function* heldFindings({ server, hosts, allocations }: Snapshot): Generator<Finding> {
  if (server.volumes.length > 0 || server.taskState !== null || !allocations.known || !hosts.known) return;
  const here = hostNamed(hosts, server.host)?.hypervisor?.id;
  const holders = Object.keys(allocations.value);
  // Where its own hypervisor is not visible, two holders are one too many, whichever they are.
  const elsewhere = here === undefined ? (holders.length > 1 ? holders : []) : holders.filter((id) => id !== here);
  const nameOf = (id: string) => hosts.value.find(({ hypervisor }) => hypervisor?.id === id)?.host ?? id;
  const others = elsewhere.map(nameOf).sort().join(", ");
  if (others === "") return;
  yield blocker("held-elsewhere", {
    path: "server",
    value: others,
    problem: `Nova says that the server is on ${server.host ?? "an unknown host"}, and Placement holds its resources on ${others}: an earlier migration did not end cleanly, and the guest may run there`,
    fix: "do not restart or migrate it: look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
  });
}
