import { codesOf, filler, textsOf, type V } from "../../catalogue.ts";
import { blocker, blockerNow, warning, warningNow, type Parts } from "./finding-kinds.ts";
import { GROUP_TEXTS } from "./group-findings.ts";
import { NOVA_RULE_TEXTS } from "./nova-rule-findings.ts";
import { PIN_TEXTS } from "./pin-findings.ts";
import { VOLUME_TEXTS } from "./volume-findings.ts";
import type { Finding } from "../../contract/record.ts";
import { fixOnTarget, fixToMove } from "../server-state.ts";
import { sh } from "../../../text/shell.ts";

/** Nova writes UNKNOWN for what is in a cell whose database does not answer (2.69 and newer). */
const READABLE =
  "see `openstack compute service list`; for a status of UNKNOWN, repair the database of the host's Nova cell; then run this again";

/**
 * Every finding a user can meet, with its fix, in one place. The key is the stable `code`.
 * Facts about Nova: nova/compute/api.py, nova/conductor/tasks/live_migrate.py and
 * nova/scheduler/request_filter.py at 33.0.2.
 */
const CATALOGUE = {
  ...NOVA_RULE_TEXTS,
  ...VOLUME_TEXTS,
  ...PIN_TEXTS,
  ...GROUP_TEXTS,
  "server-state": blocker(({ status, vmState, fault }: V<"status" | "vmState" | "fault">) => ({
    path: "server",
    value: `status ${status}, vm_state ${vmState}`,
    problem: `Nova live-migrates servers that are ACTIVE or PAUSED; this one is ${status}${fault ? ` (${fault})` : ""}`,
    fix: fixToMove(status),
  })),
  "server-busy": blockerNow(({ taskState }: V<"taskState">) => ({
    path: "server",
    value: `task_state ${taskState}`,
    problem: `another operation is under way (${taskState}), and Nova refuses a second one`,
    fix: "wait until it has ended, then run this again",
  })),
  "server-locked": blockerNow(({ id }: V<"id">) => ({
    path: "server",
    value: "locked",
    problem: "the server is locked: its owner wants no change, and Nova refuses this user",
    fix: `ask its owner, then \`${sh`openstack server unlock ${id}`}\``,
  })),
  "server-locked-admin": warningNow(() => ({
    path: "server",
    value: "locked",
    problem: "the server is locked; an administrator may move it all the same",
    fix: "make sure that its owner knows",
  })),
  "server-paused": warningNow(() => ({
    path: "server",
    value: "PAUSED",
    problem: "the guest is paused: it is moved, but nothing can be asked inside it",
    fix: "unpause it first if the guest is to be verified",
  })),
  "there-but-not-running": warningNow(({ status }: V<"status">) => ({
    path: "server",
    value: `status ${status}`,
    problem: `the server is on the wanted host, but it is ${status}: there is nothing to move, and its guest cannot be asked`,
    fix: fixOnTarget(status),
  })),
  "there-but-not-well": warningNow(({ status }: V<"status">) => ({
    path: "server",
    value: `status ${status}`,
    problem: `the server is on the wanted host, but it is ${status}: nothing is moved, and its verification fails`,
    fix: "find out why; `openstack server show` has its fault, if any",
  })),
  "not-volume-backed": blocker(({ image }: V<"image">) => ({
    path: "server",
    value: `image ${image}`,
    problem: "the server was booted from an image: its root disk is local to the host, not a volume",
    fix: "create it from a bootable volume (VolumeBackedServer does), or use block migration by hand",
  })),
  "local-disk": warning(({ what }: V<"what">) => ({
    path: "server",
    value: what,
    problem: `the server has ${what} on its host's own disk: without shared instance storage Nova copies it over the network`,
    fix: "expect a longer move; remove it from the flavor or server to avoid the copy",
  })),
  "nova-too-old": blocker(({ max }: V<"max">) => ({
    path: "cloud",
    value: `compute ${max}`,
    problem: "from 2.68 on the scheduler validates a named host; this cloud's API ends before",
    fix: "Nova Train (2019) or newer is needed; tested from Zed (2.93) on",
  })),
  "hosts-not-visible": warning(({ reason }: V<"reason">) => ({
    path: "cloud",
    value: reason,
    problem:
      "this user may not list compute services: whether the destination exists, is up and is enabled was not checked",
    fix: "use an administrator's credentials, or have `os_compute_api:os-services:list` granted",
  })),
  "no-migration-rights": blocker(({ reason }: V<"reason">) => ({
    path: "cloud",
    value: reason,
    problem:
      "this user may neither see hosts nor migrations: Nova's default policy lets only administrators migrate to a named host",
    fix: "use an administrator's credentials, or have `os_compute_api:os-migrate-server:migrate_live` (from Nova 32 on also `os_compute_api:os-migrate-server:migrate_live:host`) and the read rules granted; docs/accounts.md lists them",
  })),
  "host-unknown": blocker(({ host, hosts, meant, why }: V<"host" | "hosts" | "meant" | "why">) => ({
    path: "host",
    value: host,
    problem: `no nova-compute service has the host ${host}${why}`,
    fix: meant ? `use ${meant}` : `one of: ${hosts}`,
  })),
  "zone-unknown": blocker(({ zone, zones }: V<"zone" | "zones">) => ({
    path: "zone",
    value: zone,
    problem: `no compute host is in the availability zone ${zone}`,
    fix: `one of: ${zones}`,
  })),
  "target-unread": blockerNow(({ path, target, reason }: V<"path" | "target" | "reason">) => ({
    path,
    value: target,
    problem: `no nova-compute service that can be read has the ${path} ${target}: ${reason}`,
    fix: `check the name; if it is right, ${READABLE}`,
  })),
  "compute-unread": blockerNow(({ path, host, reason }: V<"path" | "host" | "reason">) => ({
    path,
    value: host,
    problem: `the state of nova-compute on ${host} is not known, so it counts as down: ${reason}`,
    fix: READABLE,
  })),
  "zone-has-no-host": blockerNow(({ zone, reasons }: V<"zone" | "reasons">) => ({
    path: "zone",
    value: zone,
    problem: `no host of ${zone} can take the server now: ${reasons}`,
    fix: "bring a host of that zone up, enable it, or free resources",
  })),
  "destination-down": blockerNow(({ host }: V<"host">) => ({
    path: "host",
    value: `${host} is down`,
    problem: `nova-compute on ${host} does not report: Nova refuses to migrate to it`,
    fix: `look at nova-compute on ${host}; \`openstack compute service list\` shows when it is up again`,
  })),
  "destination-forced-down": blockerNow(({ host }: V<"host">) => ({
    path: "host",
    value: `${host} is forced down`,
    problem: `an operator marked ${host} as forced down`,
    fix: `\`${sh`openstack compute service set --up ${host} nova-compute`}\` when the host is fenced no more`,
  })),
  "destination-disabled": blockerNow(({ host, reason }: V<"host" | "reason">) => ({
    path: "host",
    value: `${host} is disabled`,
    problem: `${host} is disabled${reason ? ` (${reason})` : ""}: the scheduler accepts no server there`,
    fix: `\`${sh`openstack compute service set --enable ${host} nova-compute`}\`, or choose another host`,
  })),
  "source-down": blockerNow(({ host }: V<"host">) => ({
    path: "server",
    value: `${host} is down`,
    problem: `nova-compute on the source ${host} does not report: only a living source can live-migrate`,
    fix: `bring it up; if the host is really lost, fence it and evacuate: \`openstack server evacuate\` (a restart, not a live migration)`,
  })),
  "hypervisor-type": blocker(({ source, destination }: V<"source" | "destination">) => ({
    path: "host",
    value: `${source} → ${destination}`,
    problem: "source and destination are different kinds of hypervisor",
    fix: "choose a host with the same hypervisor type",
  })),
  "hypervisor-older": blocker(({ source, destination }: V<"source" | "destination">) => ({
    path: "host",
    value: `${source} → ${destination}`,
    problem: "the destination's hypervisor is older than the source's: Nova refuses to go back",
    fix: "upgrade the destination first, or choose another host",
  })),
  "destination-full": blockerNow(({ host, resources }: V<"host" | "resources">) => ({
    path: "host",
    value: `${host}: ${resources}`,
    problem: `Placement has no room for the server on ${host} (capacity, traits, or a disabled provider)`,
    fix: `free resources there: \`openstack resource provider inventory list\` and \`usage show\` tell which, or choose another host`,
  })),
  "capacity-not-checked": warning(({ reason }: V<"reason">) => ({
    path: "host",
    value: reason,
    problem: "whether the destination has room was not checked",
    fix: "Nova checks it too; a full host shows as a failed migration (No valid host)",
  })),
  "migrating-elsewhere": blockerNow(({ destination, migration }: V<"destination" | "migration">) => ({
    path: "host",
    value: `migration ${migration} to ${destination}`,
    problem: `the server is on its way to ${destination} already`,
    fix: `wait for it, or \`live-migrate abort\`; then run this again`,
  })),
  "migration-in-flight": blockerNow(({ migration, status }: V<"migration" | "status">) => ({
    path: "server",
    value: `migration ${migration} is ${status}`,
    problem: "Nova has an unfinished migration of this server whose destination it does not tell",
    fix: "wait until it has ended, then run this again; `openstack server migration list` shows it",
  })),
  "moved-by-others": blockerNow(({ host }: V<"host">) => ({
    path: "server",
    value: host,
    problem: `someone else moved it to ${host} during this run, and it is whole there`,
    fix: "ask who moved it and why, then run this again for the host where it should run",
  })),
  "migration-stale": warning(({ migration, status }: V<"migration" | "status">) => ({
    path: "server",
    value: `migration ${migration} is ${status}`,
    problem:
      "an old migration of this server never ended in Nova's records, though the server is idle: a service died then",
    fix: "Cinder has each volume attached once, so that the move is safe; `virsh list` on both hosts makes sure",
  })),
  "guest-silent": warningNow(({ reason }: V<"reason">) => ({
    path: "guest",
    value: reason,
    problem: "the guest does not answer over ssh before the move, so nothing inside it will be compared",
    fix: "check user, address and key of `guest`, and that the guest has booted",
  })),
  away: warningNow(({ where, home, problem }: V<"where" | "home" | "problem">) => ({
    path: "host",
    value: `on ${where}, not on ${home}`,
    problem,
    fix: `nothing now: it was verified where it is. When ${home} is open again, the next \`pulumi up\` moves it back (onDrift: restore)`,
  })),
  interrupted: blockerNow(() => ({
    path: "server",
    value: "interrupted",
    problem: "the run was interrupted before anything was sent to Nova",
    fix: "run this again",
  })),
  "nova-refused": blockerNow(({ message }: V<"message">) => ({
    path: "server",
    value: message,
    problem: `Nova refused the request: ${message}`,
    fix: "nothing was moved; mend what it names and run this again",
  })),
  "numa-or-pci": warning(({ specs }: V<"specs">) => ({
    path: "server",
    value: specs,
    problem:
      "the flavor asks for pinned CPUs, NUMA, huge pages or devices; whether the destination has them is not visible",
    fix: "Nova checks it; a misfit shows as a failed migration",
  })),
};

export type FindingCode = keyof typeof CATALOGUE;
/** Every code there is. */
export const FINDING_CODES = codesOf(CATALOGUE);
const TEXTS = textsOf(CATALOGUE);
const fill = filler(TEXTS);

/** Makes a finding of the catalogue; `values` fill its text. */
export function finding<Code extends FindingCode>(code: Code, ...values: Parameters<(typeof TEXTS)[Code]>): Finding {
  const { severity, transient } = CATALOGUE[code];
  const parts: Parts = fill(code, ...values);
  return { code, severity, transient, ...parts };
}

/** One line for a log: the problem, the place and the fix. */
export function describeFinding({ severity, path, value, problem, fix }: Finding): string {
  return `${severity}: ${path} (${value}): ${problem}. Fix: ${fix}`;
}
