import { describe, expect, it } from "vitest";
import { CHECK_TEXT_CODES, describeWhy, why, type CheckTextCode } from "../../../migration/check-texts.ts";
import { because, FACT_TEXT_CODES, type FactTextCode } from "../../../migration/fact-texts.ts";
import { ANYTHING, unusedCodes } from "../../support/catalogue.ts";

/** There is nothing to do about it. */
const NOTHING = undefined;

/** Every reason of a check that failed or was not made, with its fix, word by word. */
const CHECKS: Record<CheckTextCode, [reason: string, fix: string | undefined]> = {
  "another-server": [
    "this is another server: the first one was replaced",
    "ask who replaced it; give this one's id if it is the one that is meant",
  ],
  "status-changed": [
    "<fault>",
    "find out where the guest runs (docs/operations.md), then why: `openstack server show` has its fault, if any",
  ],
  "vm-state-changed": [
    "Nova's own state of the guest changed",
    "look who stopped or paused it: `openstack server event list` has what was asked for",
  ],
  "still-busy": [
    "Nova still works on the server",
    "wait until it has ended (`openstack server event list` has what it is), then `live-migrate verify`",
  ],
  "boots-from-image": [
    "the server boots from an image, not from a volume",
    "its root disk is local to the host: create it from a bootable volume (VolumeBackedServer does)",
  ],
  "runs-elsewhere": [
    "the server does not run where it should",
    "look who moved it: `openstack server migration list --server`; then ask for the place where it shall run",
  ],
  "another-hypervisor": [
    "Nova names another hypervisor than the host's",
    "compare `openstack server show` with `virsh list` on both hosts before anything is done to the server",
  ],
  "another-zone": [
    "Nova names another zone than the host's",
    "look whether the host has just changed its zone (`openstack aggregate list --long`), then `live-migrate verify`",
  ],
  "volumes-missing": [
    "Nova does not list <volumes> as attached (any more)",
    "ask who detached it; attach it again (`openstack server add volume`), or take it out of the expectation",
  ],
  "volume-not-in-use": [
    "Cinder does not see the volume in use by this server",
    "compare `openstack volume show` with `openstack server volume list`: it was detached, or its status was reset",
  ],
  "attached-on-two": [
    "the guest may run on another host than Nova says: do not restart or migrate it before a human has looked",
    "look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
  ],
  "not-connected-here": [
    "the volume is not connected where the server runs",
    "look with `virsh list` where the guest runs; `openstack volume show -c attachments` names the volume's host",
  ],
  "port-elsewhere": [
    "the guest's network may not reach it",
    "look at the host's agent (`openstack network agent list`) and at `openstack port show`, then `live-migrate verify`",
  ],
  "port-down": [
    "Neutron has not heard that the port is wired there: the guest's network may not reach it",
    "see that the host's agent is alive (`openstack network agent list`). It may have told Neutron in vain: restarted (neutron-openvswitch-agent, neutron-linuxbridge-agent), it tells of every port anew. Then `live-migrate verify`",
  ],
  "allocated-elsewhere": [
    "Placement counts the server's resources elsewhere",
    "`nova-manage placement audit` finds why; `live-migrate verify` says when it is gone",
  ],
  "allocation-left": [
    "Placement still holds resources for the migration",
    "if they stay: `openstack resource provider allocation delete` with the migration's uuid, which the record has",
  ],
  "guest-fell-silent": [
    "the guest answered before and does not now: <reason>",
    "look at its network, then at its console: `openstack console log show`",
  ],
  "guest-rebooted": [
    "the guest was rebooted meanwhile",
    "look inside it, and at its console: `openstack console log show`",
  ],
  "guest-booted-since": [
    "the guest was booted after the migration began",
    "look inside it, and at its console: `openstack console log show`",
  ],
  "guest-differs": [
    "the guest sees something else than before",
    "look inside it, and at its console: `openstack console log show`",
  ],
  "vm-state-hidden": [
    "this user may not see vm_state",
    "use an administrator's credentials, or have `os_compute_api:os-extended-server-attributes` granted",
  ],
  "hosts-hidden": [
    "<reason>",
    "use an administrator's credentials, or have `os_compute_api:os-services:list` and `os_compute_api:os-hypervisors:list-detail` granted",
  ],
  "host-not-listed": [
    "<host> is not listed",
    "look for it in `openstack compute service list` and `openstack hypervisor list`, as an administrator",
  ],
  "volumes-hidden": [
    "<reason>",
    "use credentials that may list volumes and attachments of the server's project; if Cinder was away, `live-migrate verify` when it is back",
  ],
  "attachment-host-hidden": [
    "one attachment, but on which host is not visible",
    "use an administrator's credentials: Cinder tells hosts to them alone",
  ],
  "ports-hidden": [
    "<reason>",
    "use credentials that may list ports of the server's project; if Neutron was away, `live-migrate verify` when it is back",
  ],
  "bindings-hidden": [
    "this user may not see port bindings",
    "use an administrator's credentials, or have `get_port:binding:host_id` granted (docs/accounts.md)",
  ],
  "port-unbound": [
    "the port is bound to no host, and was not before either",
    "`openstack port show` has its owner: Nova did not plug it",
  ],
  "port-was-silent": [
    "bound to <host>, but <status>, and it was not ACTIVE before either: whether the network reaches it cannot be told",
    "ask the guest itself; `openstack port show` has what binds it",
  ],
  "allocations-hidden": [
    "<reason>",
    "use an administrator's credentials, or have `placement:allocations:list` granted (docs/accounts.md); if Placement was away, `live-migrate verify` when it is back",
  ],
  "hypervisor-hidden": [
    "no hypervisor of <host> is visible",
    "look for it in `openstack hypervisor list`, as an administrator",
  ],
  "no-guest-check": ["no guest check is configured", NOTHING],
  "nothing-moved": ["nothing was moved in this run", NOTHING],
  "guest-booted-later": ["the guest was booted anew <seconds> s after the migration had ended", NOTHING],
  "guest-asleep": [
    "the server is <status>",
    "start, resume or unpause it if its guest is to be verified, then `live-migrate verify`",
  ],
  "no-address": ["the server has no address", "give `guest` an address of it that this machine reaches"],
  "no-ssh": ["ssh <login>: there is no `ssh` command on this machine", "install OpenSSH's client"],
  "ssh-failed": ["ssh <login>: <answer>", "check user, address and key of `guest`, and that the guest has booted"],
  "answer-not-whole": [
    "ssh <login>: the guest's answer is not whole: <answer>",
    "try `sh`, `cat /proc/uptime` and `lsblk` as that user: its shell may be restricted, or the guest too busy",
  ],
  "not-mounted-before": [
    "nothing was mounted there before",
    "mount it before the move, or take it out of the mount points of `guest`",
  ],
  "not-readable-before": [
    "the file could not be read before",
    "let the user of `guest` read it, or take it out of the files of `guest`",
  ],
  "no-ping": ["there is no `ping` command on this machine", "install it (iputils), or set the probe of `guest` to tcp"],
  "ping-silent": [
    "the guest at <address> did not answer to ping: <answer>",
    "let its security group and firewall pass ICMP, or set the probe of `guest` to tcp",
  ],
  "tcp-silent": [
    "the guest does not accept connections on port <port> of <address>",
    "give `guest` a port that is served, and let its security group and firewall pass it",
  ],
};

/** Why a fact is not known, word by word; its fix stands with the finding or the check that misses it. */
const FACTS: Record<FactTextCode, string> = {
  "service-refuses": "<service> answers <status>: <reason>",
  "pin-not-told": "the compute API tells the pinned zone from 2.96 on",
  "groups-not-told": "the compute API tells server groups from 2.71 on",
  "group-hidden": "the server group <id> is not visible",
  "members-hidden": "this user may not see where the group's members run",
  "policy-unknown": "the policy <policy> of <group> is not known here",
  "server-hidden": "no server <id> is among those that this user may see",
  "provider-hidden": "Placement does not show the resource provider <provider>",
  "nothing-allocated": "Placement holds nothing for the server",
  "no-room-for-all": "Placement finds room for its memory and CPUs on <host>, but no place for <resources> beside them",
  "hypervisor-hidden": "no hypervisor of <host> is visible",
  "specs-hidden": "this user may not see the flavor's extra specs",
  "special-flavor": "the flavor asks for <specs>: seen when the server is moved",
  "volumes-hidden": "Cinder does not show <volumes> to this user",
  "not-planned-with": "planning does not look at it",
  "not-asked-again": "not asked again",
  "disks-cut": "the guest's answer is not whole",
  "no-such-disk": "no disk in the guest has the volume's serial number",
  "disk-untold": "the guest's lsblk does not tell of the disk",
};

describe("the reasons of checks", () => {
  it.each(CHECK_TEXT_CODES)("%s: word by word, with what to do", (code) => {
    const { reason, fix } = why(code, ANYTHING);
    expect([reason, fix]).toEqual(CHECKS[code]);
    for (const text of [reason, fix ?? ""]) expect(text).not.toContain("undefined");
  });

  it("have a fix, but for those of which nothing is to be done", () => {
    const without = CHECK_TEXT_CODES.filter((code) => why(code, ANYTHING).fix === undefined);
    expect(without).toEqual(["no-guest-check", "nothing-moved", "guest-booted-later"]);
  });

  it("are told without Nova's fault where it names none", () => {
    expect(why("status-changed", { fault: "" }).reason).toBe("the server's status changed");
  });

  it("are each used", () => {
    expect(unusedCodes(CHECK_TEXT_CODES, "migration/check-texts.ts", "why\\(")).toEqual([]);
  });

  it("read as one sentence after the other", () => {
    expect(describeWhy({ reason: "it broke. ", fix: "mend it" })).toBe("it broke. Fix: mend it");
    expect(describeWhy({ reason: "it is over" })).toBe("it is over");
    expect(describeWhy({})).toBe("no reason is given");
  });
});

describe("the reasons of what is not known", () => {
  it.each(FACT_TEXT_CODES)("%s: word by word", (code) => {
    expect(because(code, ANYTHING)).toBe(FACTS[code]);
  });

  it("are each used", () => {
    expect(unusedCodes(FACT_TEXT_CODES, "migration/fact-texts.ts", "because\\(")).toEqual([]);
  });
});
