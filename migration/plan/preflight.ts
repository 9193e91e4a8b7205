import { sh } from "../../text/shell.ts";
import { hostNamed } from "../cloud/places.ts";
import type { HostFacts, Snapshot } from "../cloud/snapshot.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { HOST_UNREAD_FIX, type Destination } from "./destination.ts";
import { isUnclean, noMigrationRights, transientBlocker, warning } from "./finding.ts";
import { hypervisorFindings } from "./hypervisor.ts";
import { novaRuleFindings } from "./nova-rules.ts";
import { groupFindings } from "./server-group-rules.ts";
import { serverFindings } from "./server-rules.ts";
import { volumeFindings } from "./volume-rules.ts";

/**
 * Everything that stops the move, and all that its operator should know, at once. Pure.
 * The pin is judged in {@link ./method.ts}: it decides how the move is requested.
 */
export function preflight(request: MigrationRequest, snapshot: Snapshot, destination: Destination): Finding[] {
  const findings = [
    ...serverFindings(snapshot),
    ...novaRuleFindings(snapshot),
    ...hostFindings(snapshot, destination),
    ...maintenanceFindings(request, destination),
    ...capacityFindings(snapshot, destination),
    ...groupFindings(snapshot, destination.name),
    ...bindingFindings(snapshot, destination),
    ...volumeFindings(request, snapshot),
  ];
  // The guest may run where the leftover binding is: so the fix does not say to remove it.
  return isUnclean(findings) ? findings.filter(({ code }) => code !== "leftover-binding") : findings;
}

/** Whatever its service says: it may be about to be closed, or somebody opened it meanwhile. */
export function* maintenanceFindings({ avoid = [] }: MigrationRequest, { name }: Destination): Generator<Finding> {
  if (!avoid.includes(name)) return;
  yield transientBlocker("destination-in-maintenance", {
    path: "host",
    value: `${name} is in maintenance`,
    problem: `${name} is declared to be in maintenance, and takes no server`,
    fix: "choose another host; or end the maintenance first, in an `up` of its own",
  });
}

/** @param cold whether guests are started anew there: then its hypervisor need not suit the source's */
export function* hostFindings(
  { server, hosts }: Snapshot,
  { host: target }: Destination,
  cold = false,
): Generator<Finding> {
  if (!hosts.known) {
    yield server.host === null
      ? noMigrationRights(hosts.reason)
      : warning("hosts-not-visible", {
          path: "cloud",
          value: hosts.reason,
          problem:
            "this user may not list compute services: whether the destination exists, is up and is enabled was not checked",
          fix: "use an administrator's credentials, or have `os_compute_api:os-services:list` granted",
        });
    return;
  }
  const source = hostNamed(hosts, server.host);
  if (source?.unread !== undefined) yield unread("server", source.host, source.unread);
  else if (source && !source.up) {
    yield transientBlocker("source-down", {
      path: "server",
      value: `${source.host} is down`,
      problem: `nova-compute on the source ${source.host} does not report, and without it Nova moves nothing from there`,
      fix: sh`if the host lives, start its nova-compute. If the host is lost, only an evacuation brings the server elsewhere, and it needs in this order: 1. fence the host (cut its power, and see that it is off), or two guests write to the same volumes; 2. \`openstack compute service set --down ${source.host} nova-compute\`; 3. \`openstack server evacuate ${server.id}\`, which starts the guest anew`,
    });
  }
  if (target) yield* targetFindings(target);
  if (source && target && !cold) yield* hypervisorFindings(source, target);
}

const unread = (path: string, host: string, reason: string) =>
  transientBlocker("compute-unread", {
    path,
    value: host,
    problem: `the state of nova-compute on ${host} is not known, so it counts as down: ${reason}`,
    fix: HOST_UNREAD_FIX,
  });

function* targetFindings({ host, up, enabled, forcedDown, disabledReason, ...rest }: HostFacts): Generator<Finding> {
  if (rest.unread !== undefined) {
    yield unread("host", host, rest.unread);
    return;
  }
  if (forcedDown) {
    yield transientBlocker("destination-forced-down", {
      path: "host",
      value: `${host} is forced down`,
      problem: `an operator marked ${host} as forced down`,
      fix: `\`${sh`openstack compute service set --up ${host} nova-compute`}\` when the host is no longer fenced`,
    });
  } else if (!up) {
    yield transientBlocker("destination-down", {
      path: "host",
      value: `${host} is down`,
      problem: `nova-compute on ${host} does not report: Nova refuses to migrate to it`,
      fix: `look at nova-compute on ${host}; \`openstack compute service list\` shows when it is up again`,
    });
  }
  if (!enabled) {
    yield transientBlocker("destination-disabled", {
      path: "host",
      value: `${host} is disabled`,
      problem: `${host} is disabled${disabledReason ? ` (${disabledReason})` : ""}: the scheduler accepts no server there`,
      fix: `\`${sh`openstack compute service set --enable ${host} nova-compute`}\`, or choose another host`,
    });
  }
}

export function* capacityFindings(snapshot: Snapshot, { name, host }: Destination): Generator<Finding> {
  const { fitting, allocations, server } = snapshot;
  const provider = host?.hypervisor?.id;
  const notChecked = (reason: string) =>
    warning("capacity-not-checked", {
      path: "host",
      value: reason,
      problem: "whether the destination has room was not checked",
      fix: "Nova checks it too; a full host shows as a failed migration (No valid host)",
    });
  if (!fitting.known) yield notChecked(fitting.reason);
  else if (provider === undefined) yield notChecked(`no hypervisor of ${name} is visible`);
  else if (!fitting.value.includes(provider)) {
    if (fitting.gap !== undefined) {
      yield notChecked(fitting.gap);
      return;
    }
    const { vcpus, ramMiB } = server.flavor;
    const wanted = allocations.known ? Object.values(allocations.value)[0] : { VCPU: vcpus, MEMORY_MB: ramMiB };
    const resources = Object.entries(wanted ?? {}).map(([resource, amount]) => `${resource} ${amount}`);
    yield transientBlocker("destination-full", {
      path: "host",
      value: `${name}: ${resources.join(", ")}`,
      problem: `Placement has no room for the server on ${name} (capacity, traits, or a disabled provider)`,
      fix: "free resources there: `openstack resource provider inventory list` and `usage show` show them; or choose another host",
    });
  }
}

/** Nova makes a binding of each port to the destination before the move, and Neutron refuses a second one. */
export function bindingFindings({ bindings }: Snapshot, { name }: Destination): Finding[] {
  const leftover = bindings?.known ? bindings.value.filter(({ host }) => host === name) : [];
  return leftover.map(({ portId, host, url }) =>
    transientBlocker("leftover-binding", {
      path: "host",
      value: `port ${portId} on ${host}`,
      problem: `Neutron has a leftover INACTIVE binding of port ${portId} to ${host}: Nova cannot bind the port there again, and finds "No valid host"`,
      fix:
        `remove it: \`${sh`curl -X DELETE -H "X-Auth-Token: $(openstack token issue -f value -c id)" ${url}`}\`, then run this again ` +
        "(Neutron's policy delete_port_binding: an administrator; from 2024.1 on the role service)",
    }),
  );
}
