/**
 * Why a check failed or was not made, and what to do about it: each text of that kind in one place. What a fact that is
 * not known has for its reason is in fact-texts.ts; messages.ts says where all other texts are.
 */
import { codesOf, filler, type Catalogue, type V } from "../catalogue.ts";
import { because } from "../cloud/unknown-facts.ts";
import { asText } from "../messages.ts";

/** Why a check did not pass; no `fix`: there is nothing to do. */
export interface Why {
  reason: string;
  fix?: string;
}

/** It is as it was asked for, or over and done with. */
const NOTHING = null;

/** Where a service was away: the same checks again, without moving anything. */
const AGAIN = "`live-migrate verify` when it is back";
const GUEST = "look inside it, and at its console: `openstack console log show`";
const ACCESS = "check user, address and key of `guest`, and that the guest has booted";

const CATALOGUE = {
  // What failed on the cloud's side. First of all comes where the guest runs: a second start of it is what can be made worse.
  "another-server": () => [
    "this is another server: the first one was replaced",
    "ask who replaced it; give this one's id if it is the one that is meant",
  ],
  "status-changed": ({ fault }: V<"fault">) => [
    fault || "the server's status changed",
    "find out where the guest runs (docs/operations.md), then why: `openstack server show` has its fault, if any",
  ],
  "vm-state-changed": () => [
    "Nova's own state of the guest changed",
    "look who stopped or paused it: `openstack server event list` has what was asked for",
  ],
  "still-busy": () => [
    "Nova still works on the server",
    "wait until it has ended (`openstack server event list` has what it is), then `live-migrate verify`",
  ],
  "boots-from-image": () => [
    "the server boots from an image, not from a volume",
    "its root disk is local to the host: create it from a bootable volume (VolumeBackedServer does)",
  ],
  "runs-elsewhere": () => [
    "the server does not run where it should",
    "look who moved it: `openstack server migration list --server`; then ask for the place where it shall run",
  ],
  "another-hypervisor": () => [
    "Nova names another hypervisor than the host's",
    "compare `openstack server show` with `virsh list` on both hosts before anything is done to the server",
  ],
  "another-zone": () => [
    "Nova names another zone than the host's",
    "look whether the host has just changed its zone (`openstack aggregate list --long`), then `live-migrate verify`",
  ],
  "volumes-missing": ({ volumes }: V<"volumes">) => [
    `Nova does not list ${volumes} as attached (any more)`,
    "ask who detached it; attach it again (`openstack server add volume`), or take it out of the expectation",
  ],
  "volume-not-in-use": () => [
    "Cinder does not see the volume in use by this server",
    "compare `openstack volume show` with `openstack server volume list`: it was detached, or its status was reset",
  ],
  "attached-on-two": () => [
    "the guest may run on another host than Nova says: do not restart or migrate it before a human has looked",
    "look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
  ],
  "not-connected-here": () => [
    "the volume is not connected where the server runs",
    "look with `virsh list` where the guest runs; `openstack volume show -c attachments` names the volume's host",
  ],
  "port-elsewhere": () => [
    "the guest's network may not reach it",
    "look at the host's agent (`openstack network agent list`) and at `openstack port show`, then `live-migrate verify`",
  ],
  "port-down": () => [
    "Neutron has not heard that the port is wired there: the guest's network may not reach it",
    "see that the host's agent is alive (`openstack network agent list`). It may have told Neutron in vain: restarted (neutron-openvswitch-agent, neutron-linuxbridge-agent), it tells of every port anew. Then `live-migrate verify`",
  ],
  "allocated-elsewhere": () => [
    "Placement counts the server's resources elsewhere",
    "`nova-manage placement audit` finds why; `live-migrate verify` says when it is gone",
  ],
  "allocation-left": () => [
    "Placement still holds resources for the migration",
    "if they stay: `openstack resource provider allocation delete` with the migration's uuid, which the record has",
  ],

  // What failed in the guest.
  "guest-fell-silent": ({ reason }: V<"reason">) => [
    `the guest answered before and does not now: ${reason}`,
    "look at its network, then at its console: `openstack console log show`",
  ],
  "guest-rebooted": () => ["the guest was rebooted meanwhile", GUEST],
  "guest-booted-since": () => ["the guest was booted after the migration began", GUEST],
  "guest-differs": () => ["the guest sees something else than before", GUEST],

  // What was not checked on the cloud's side.
  "vm-state-hidden": () => [
    "this user may not see vm_state",
    "use an administrator's credentials, or have `os_compute_api:os-extended-server-attributes` granted",
  ],
  "hosts-hidden": ({ reason }: V<"reason">) => [
    reason,
    "use an administrator's credentials, or have `os_compute_api:os-services:list` and `os_compute_api:os-hypervisors:list-detail` granted",
  ],
  "host-not-listed": ({ host }: V<"host">) => [
    `${host} is not listed`,
    "look for it in `openstack compute service list` and `openstack hypervisor list`, as an administrator",
  ],
  "volumes-hidden": ({ reason }: V<"reason">) => [
    reason,
    `use credentials that may list volumes and attachments of the server's project; if Cinder was away, ${AGAIN}`,
  ],
  "attachment-host-hidden": () => [
    "one attachment, but on which host is not visible",
    "use an administrator's credentials: Cinder tells hosts to them alone",
  ],
  "ports-hidden": ({ reason }: V<"reason">) => [
    reason,
    `use credentials that may list ports of the server's project; if Neutron was away, ${AGAIN}`,
  ],
  "bindings-hidden": () => [
    "this user may not see port bindings",
    "use an administrator's credentials, or have `get_port:binding:host_id` granted (docs/accounts.md)",
  ],
  "port-unbound": () => [
    "the port is bound to no host, and was not before either",
    "`openstack port show` has its owner: Nova did not plug it",
  ],
  "port-was-silent": ({ host, status }: V<"host" | "status">) => [
    `bound to ${host}, but ${status}, and it was not ACTIVE before either: whether the network reaches it cannot be told`,
    "ask the guest itself; `openstack port show` has what binds it",
  ],
  "allocations-hidden": ({ reason }: V<"reason">) => [
    reason,
    `use an administrator's credentials, or have \`placement:allocations:list\` granted (docs/accounts.md); if Placement was away, ${AGAIN}`,
  ],
  "hypervisor-hidden": ({ host }: V<"host">) => [
    because("hypervisor-hidden", { host }),
    "look for it in `openstack hypervisor list`, as an administrator",
  ],

  // What was not checked in the guest.
  "no-guest-check": () => ["no guest check is configured", NOTHING],
  "nothing-moved": () => ["nothing was moved in this run", NOTHING],
  "guest-booted-later": ({ seconds }: V<"seconds">) => [
    `the guest was booted anew ${seconds} s after the migration had ended`,
    NOTHING,
  ],
  "guest-asleep": ({ status }: V<"status">) => [
    `the server is ${status}`,
    "start, resume or unpause it if its guest is to be verified, then `live-migrate verify`",
  ],
  "no-address": () => ["the server has no address", "give `guest` an address of it that this machine reaches"],
  "no-ssh": ({ login }: V<"login">) => [
    `ssh ${login}: there is no \`ssh\` command on this machine`,
    "install OpenSSH's client",
  ],
  "ssh-failed": ({ login, answer }: V<"login" | "answer">) => [`ssh ${login}: ${answer}`, ACCESS],
  "answer-not-whole": ({ login, answer }: V<"login" | "answer">) => [
    `ssh ${login}: the guest's answer is not whole: ${answer}`,
    "try `sh`, `cat /proc/uptime` and `lsblk` as that user: its shell may be restricted, or the guest too busy",
  ],
  "not-mounted-before": () => [
    "nothing was mounted there before",
    "mount it before the move, or take it out of the mount points of `guest`",
  ],
  "not-readable-before": () => [
    "the file could not be read before",
    "let the user of `guest` read it, or take it out of the files of `guest`",
  ],
  "no-ping": () => [
    "there is no `ping` command on this machine",
    "install it (iputils), or set the probe of `guest` to tcp",
  ],
  "ping-silent": ({ address, answer }: V<"address" | "answer">) => [
    `the guest at ${address} did not answer to ping: ${answer}`,
    "let its security group and firewall pass ICMP, or set the probe of `guest` to tcp",
  ],
  "tcp-silent": ({ address, port }: V<"address" | "port">) => [
    `the guest does not accept connections on port ${port} of ${address}`,
    "give `guest` a port that is served, and let its security group and firewall pass it",
  ],
} satisfies Catalogue<readonly [reason: string, fix: string | typeof NOTHING]>;

export type CheckTextCode = keyof typeof CATALOGUE;
export const CHECK_TEXT_CODES = codesOf(CATALOGUE);
const fill = filler(CATALOGUE);

/** @example why("hypervisor-hidden", { host: "node-31" }) // { reason: "no hypervisor of node-31 …", fix: "look for it …" } */
export function why<Code extends CheckTextCode>(code: Code, ...values: Parameters<(typeof CATALOGUE)[Code]>): Why {
  const [reason, fix] = fill(code, ...values);
  return fix === NOTHING ? { reason } : { reason, fix };
}

/** That of an answer, and nothing else of it. */
export const whyOf = ({ reason, fix }: Why): Why => ({ reason, ...(fix !== undefined && { fix }) });

/** Of a record that another version wrote. */
export const NO_REASON = "no reason is given";

/** What a person reads beside what was observed. @example "no hypervisor of node-31 is visible. Fix: look for it …" */
export function describeWhy({ reason = NO_REASON, fix }: { [Part in keyof Why]?: Why[Part] | undefined }): string {
  return fix === undefined ? reason : asText({ problem: reason, fix });
}
