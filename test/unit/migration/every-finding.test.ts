import { expect, it } from "vitest";
import { finding, FINDING_CODES, type FindingCode } from "../../../migration/finding.ts";
import { ANYTHING } from "../../support/catalogue.ts";

/** Every finding word by word: severity, whether it may pass, and where; what was found there; the problem; the fix. */
const FINDINGS: Record<FindingCode, [what: string, value: string, problem: string, fix: string]> = {
  "server-state": [
    "blocker: server",
    "status <status>, vm_state <vmState>",
    "Nova live-migrates servers that are ACTIVE or PAUSED; this one is <status> (<fault>)",
    "wait for the end of what is under way; if there is none, `openstack server show` tells what it is at; then run this again",
  ],
  "server-busy": [
    "blocker now: server",
    "task_state <taskState>",
    "another operation is under way (<taskState>), and Nova refuses a second one",
    "wait until it has ended, then run this again",
  ],
  "server-locked": [
    "blocker now: server",
    "locked",
    "the server is locked: its owner wants no change, and Nova refuses this user",
    "ask its owner, then `openstack server unlock <id>`",
  ],
  "server-locked-admin": [
    "warning now: server",
    "locked",
    "the server is locked; an administrator may move it all the same",
    "make sure that its owner knows",
  ],
  "server-paused": [
    "warning now: server",
    "PAUSED",
    "the guest is paused: it is moved, but nothing can be asked inside it",
    "unpause it first if the guest is to be verified",
  ],
  "there-but-not-running": [
    "warning now: server",
    "status <status>",
    "the server is on the wanted host, but it is <status>: there is nothing to move, and its guest cannot be asked",
    "to have it ACTIVE, wait for the end of what is under way; if there is none, `openstack server show` tells what it is at; where it is, it is in order",
  ],
  "there-but-not-well": [
    "warning now: server",
    "status <status>",
    "the server is on the wanted host, but it is <status>: nothing is moved, and its verification fails",
    "find out why; `openstack server show` has its fault, if any",
  ],
  "not-volume-backed": [
    "blocker: server",
    "image <image>",
    "the server was booted from an image: its root disk is local to the host, not a volume",
    "create it from a bootable volume (VolumeBackedServer does), or use block migration by hand",
  ],
  "local-disk": [
    "warning: server",
    "<what>",
    "the server has <what> on its host's own disk: without shared instance storage Nova copies it over the network",
    "expect a longer move; remove it from the flavor or server to avoid the copy",
  ],
  "nova-too-old": [
    "blocker: cloud",
    "compute <max>",
    "from 2.68 on the scheduler validates a named host; this cloud's API ends before",
    "Nova Train (2019) or newer is needed; tested from Zed (2.93) on",
  ],
  "hosts-not-visible": [
    "warning: cloud",
    "<reason>",
    "this user may not list compute services: whether the destination exists, is up and is enabled was not checked",
    "use an administrator's credentials, or have `os_compute_api:os-services:list` granted",
  ],
  "no-migration-rights": [
    "blocker: cloud",
    "<reason>",
    "this user may neither see hosts nor migrations: Nova's default policy lets only administrators migrate to a named host",
    "use an administrator's credentials, or have `os_compute_api:os-migrate-server:migrate_live` and the read rules granted",
  ],
  "host-unknown": ["blocker: host", "<host>", "no nova-compute service has the host <host><why>", "use <meant>"],
  "zone-unknown": ["blocker: zone", "<zone>", "no compute host is in the availability zone <zone>", "one of: <zones>"],
  "zone-has-no-host": [
    "blocker now: zone",
    "<zone>",
    "no host of <zone> can take the server now: <reasons>",
    "bring a host of that zone up, enable it, or free resources",
  ],
  "destination-down": [
    "blocker now: host",
    "<host> is down",
    "nova-compute on <host> does not report: Nova refuses to migrate to it",
    "look at nova-compute on <host>; `openstack compute service list` shows when it is up again",
  ],
  "destination-forced-down": [
    "blocker now: host",
    "<host> is forced down",
    "an operator marked <host> as forced down",
    "`openstack compute service set --up <host> nova-compute` when the host is fenced no more",
  ],
  "destination-disabled": [
    "blocker now: host",
    "<host> is disabled",
    "<host> is disabled (<reason>): the scheduler accepts no server there",
    "`openstack compute service set --enable <host> nova-compute`, or choose another host",
  ],
  "source-down": [
    "blocker now: server",
    "<host> is down",
    "nova-compute on the source <host> does not report: only a living source can live-migrate",
    "bring it up; if the host is really lost, fence it and evacuate: `openstack server evacuate` (a restart, not a live migration)",
  ],
  "hypervisor-type": [
    "blocker: host",
    "<source> → <destination>",
    "source and destination are different kinds of hypervisor",
    "choose a host with the same hypervisor type",
  ],
  "hypervisor-older": [
    "blocker: host",
    "<source> → <destination>",
    "the destination's hypervisor is older than the source's: Nova refuses to go back",
    "upgrade the destination first, or choose another host",
  ],
  "destination-full": [
    "blocker now: host",
    "<host>: <resources>",
    "Placement has no room for the server on <host> (capacity, traits, or a disabled provider)",
    "free resources there: `openstack resource provider inventory list` and `usage show` tell which, or choose another host",
  ],
  "capacity-not-checked": [
    "warning: host",
    "<reason>",
    "whether the destination has room was not checked",
    "Nova checks it too; a full host shows as a failed migration (No valid host)",
  ],
  "full-together": [
    "warning: host",
    "<host>: <servers>",
    "each of these servers may fit on <host>, but not all of them together: <resources>",
    "choose another host for some of them, or free resources there first; the last ones are refused as they are",
  ],
  "room-together-not-checked": [
    "warning: host",
    "<host>: <servers>",
    "whether all of these servers together have room on <host> was not checked: <reason>",
    "each is checked again before it is moved; one that finds no room left is refused, and stays where it is",
  ],
  "anti-affinity-together": [
    "warning: host",
    "<host>: <servers>",
    "the server group <group> (anti-affinity) allows only one of these servers on <host>",
    "choose another host for all but one of them; the others are refused once the first has arrived",
  ],
  "group-anti-affinity": [
    "blocker now: host",
    "<group>: <members> on <host>",
    "the server group <group> keeps its members apart, and <members> runs on <host>",
    "choose another host, or move that member first",
  ],
  "group-affinity": [
    "blocker now: host",
    "<group>: <members>",
    "the server group <group> keeps its members together, and <members> runs elsewhere than on <host>",
    "Nova moves no single member out of an affinity group; choose the host of the others",
  ],
  "group-soft": [
    "warning now: host",
    "<group>: <policy>",
    "moving to <host> goes against the <policy> policy of the server group <group> (Nova allows it)",
    "choose another host to keep the policy",
  ],
  "groups-not-checked": [
    "warning: host",
    "<reason>",
    "server group rules were not checked",
    "Nova checks them too; a violation shows as a failed migration (No valid host)",
  ],
  pinned: [
    "blocker: azPin",
    "pinned to <pin>",
    "the server was created for the availability zone <pin>, and Nova's scheduler refuses it in <zone>",
    "azPin: unpin (compute API 2.104 or newer: unpins, moves, pins to the new zone); azPin: force (bypasses the scheduler; the old pin stays and later cold migrations or evacuations go back to it); or shelve and unshelve it without a zone, which stops it",
  ],
  "unpin-impossible": [
    "blocker: azPin",
    "unpin, pinned to <pin>, compute <max>",
    "changing the pinned zone of a running server needs compute API 2.104; this cloud's ends before",
    "azPin: force (the old pin stays), or shelve and unshelve it without a zone, which stops it",
  ],
  "force-keeps-pin": [
    "warning: azPin",
    "force, pinned to <pin>",
    "forced to <zone> past the scheduler, the server stays pinned to <pin>: a later cold migration, evacuation or unshelve goes back there or fails",
    "unpin it when the cloud has compute API 2.104",
  ],
  "pin-unknown": [
    "warning: azPin",
    "<reason>",
    'whether the server is pinned to a zone cannot be seen on this cloud; if it is, Nova will find "No valid host" in <zone>',
    "nothing is lost if so: the server stays where it is; azPin: force moves it all the same (its pin stays), or shelve and unshelve it without a zone, which stops it",
  ],
  "migrating-elsewhere": [
    "blocker now: host",
    "migration <migration> to <destination>",
    "the server is on its way to <destination> already",
    "wait for it, or `live-migrate abort`; then run this again",
  ],
  "migration-in-flight": [
    "blocker now: server",
    "migration <migration> is <status>",
    "Nova has an unfinished migration of this server whose destination it does not tell",
    "wait until it has ended, then run this again; `openstack server migration list` shows it",
  ],
  "migration-stale": [
    "warning: server",
    "migration <migration> is <status>",
    "an old migration of this server never ended in Nova's records, though the server is idle: a service died then",
    "Cinder has each volume attached once, so that the move is safe; `virsh list` on both hosts makes sure",
  ],
  "attached-twice": [
    "blocker: server",
    "<volumes>",
    "Cinder has more than one attachment of this server for a volume: an earlier migration did not end cleanly, and the guest may run on another host than Nova says",
    "do not restart or migrate it: look with `virsh list` on both hosts where the guest runs; docs/operations.md has the steps",
  ],
  "volume-not-attached": [
    "blocker: volumeIds",
    "<volume>",
    "this volume is expected on the server, but Nova does not list it as attached",
    "attach it, or take it out of the expectation",
  ],
  "volume-unexpected": [
    "warning: volumeIds",
    "<volumes>",
    "the server has volumes attached that are not among those expected; they are moved and verified, too",
    "add them to the expectation, or detach them",
  ],
  "volumes-not-visible": [
    "warning: cloud",
    "<reason>",
    "Cinder's side of the volumes cannot be seen, so attachments will not be verified",
    "use credentials that may list volumes and attachments of the server's project",
  ],
  "moved-by-others": [
    "blocker now: server",
    "<host>",
    "someone else moved it to <host> during this run, and it is whole there",
    "ask who moved it and why, then run this again for the host where it should run",
  ],
  "volume-busy": [
    "blocker now: volumeIds",
    "<volume>",
    "the volume <volume> is <status>, and Cinder then refuses the second attachment that a live migration needs",
    "wait until it is no longer <status> (`openstack volume show`), then run this again",
  ],
  "volume-multiattach": [
    "warning: volumeIds",
    "<volume>",
    "a multi-attach volume: other servers' attachments are not this move's and were not judged",
    "make sure that the file system on it is made for several writers",
  ],
  "volume-node-local": [
    "warning: volumeIds",
    "<volume> on <backend>",
    "the volume's back end seems to live on the source host itself: the destination may not reach it",
    "make sure that the back end serves other hosts too",
  ],
  "guest-silent": [
    "warning now: guest",
    "<reason>",
    "the guest does not answer over ssh before the move, so nothing inside it will be compared",
    "check user, address and key of `guest`, and that the guest has booted",
  ],
  interrupted: [
    "blocker now: server",
    "interrupted",
    "the run was interrupted before anything was sent to Nova",
    "run this again",
  ],
  "nova-refused": [
    "blocker now: server",
    "<message>",
    "Nova refused the request: <message>",
    "nothing was moved; mend what it names and run this again",
  ],
  "pin-not-set": [
    "warning: azPin",
    "unpinned, wanted <zone>",
    "the server was unpinned for the move, and could not be pinned to <zone> afterwards: <reason>",
    "run this again, or set its pinned_availability_zone to <zone> by hand (compute API 2.104)",
  ],
  "numa-or-pci": [
    "warning: server",
    "<specs>",
    "the flavor asks for pinned CPUs, NUMA, huge pages or devices; whether the destination has them is not visible",
    "Nova checks it; a misfit shows as a failed migration",
  ],
};

it.each(FINDING_CODES)("the finding %s: word by word", (code) => {
  const { severity, transient, path, value, problem, fix } = finding(code, ANYTHING);
  expect([`${severity}${transient ? " now" : ""}: ${path}`, value, problem, fix]).toEqual(FINDINGS[code]);
});
