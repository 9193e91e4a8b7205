/**
 * What the engine says on its way, and why a run ended as it did: each text of that kind in one place. messages.ts says
 * where all other texts are.
 */
import { codesOf, filler, textsOf, type Catalogue, type V } from "./catalogue.ts";
import type { Outcome } from "./contract/record.ts";

interface End<Text> {
  /** The outcome whose summary (summary.ts) has this for its reason, and closes it with what to do. */
  outcome: Outcome;
  text: Text;
}
const end =
  (outcome: Outcome) =>
  <Text extends Catalogue<string>[string]>(text: Text): End<Text> => ({ outcome, text });
const watchedNoMore = end("still-running");
const unclear = end("needs-attention");

const SAID = {
  // Steps, of which nothing is to be done.
  adopting: ({ destination }: V<"destination">) =>
    `a live migration to ${destination} is under way already: watching it`,
  // `why` it was chosen; empty where it was named.
  moving: ({ server, source, destination, why }: V<"server" | "source" | "destination" | "why">) =>
    `moving ${server} from ${source} to ${destination}${why && `, ${why}`}`,
  verifying: ({ server, host }: V<"server" | "host">) => `verifying ${server} on ${host}`,
  settling: ({ seconds, what }: V<"seconds" | "what">) =>
    `waiting up to ${seconds} s for Neutron, Cinder and Placement to follow: ${what}`,
  asked: ({ intervention, id, answer }: V<"intervention" | "id" | "answer">) =>
    `${intervention} of migration ${id}: ${answer}`,
  // Warnings, each with what can be done, or what the run itself does.
  stopping: ({ seconds, them }: V<"seconds" | "them">) =>
    `Stopping here; a migration that has begun goes on, and the same command resumes. Ctrl-C again within ${seconds} s asks Nova to abort ${them}.`,
  "cloud-silent": ({ reason }: V<"reason">) => `the cloud does not answer (${reason}); still watching`,
  "record-not-written": ({ reason }: V<"reason">) =>
    `warning: the record could not be written: ${reason}. Fix: \`live-migrate verify\` with --record makes one where it can be`,
  "report-not-written": ({ reason }: V<"reason">) =>
    `warning: the report could not be written: ${reason}. Fix: \`live-migrate report\` makes it from the record`,
  // Why a host of a zone is chosen.
  "in-zone-already": ({ zone }: V<"zone">) => `the server is in ${zone} already`,
  "on-its-way": () => "the server is on its way there",
  "least-loaded": ({ zone, others }: V<"zone" | "others">) =>
    `the least loaded of ${zone} that can take it${others && ` (also possible: ${others})`}`,
  // Parts of findings, which have the fix: why a host of a zone is not chosen, what a wrong name is, what is local to a host.
  "forced-down": () => "is forced down",
  down: () => "is down",
  disabled: () => "is disabled",
  "unsuited-hypervisor": ({ versions }: V<"versions">) => `has an unsuited hypervisor (${versions})`,
  full: () => "has no room",
  "apart-from-member": ({ group }: V<"group">) => `has a member of the anti-affinity group ${group}`,
  "away-from-members": ({ group }: V<"group">) => `has no other member of the affinity group ${group}`,
  "hypervisor-name": () => ": that is a hypervisor's host name",
  "other-spelling": () => ": its name is spelled otherwise",
  "ephemeral-disk": ({ gib }: V<"gib">) => `an ephemeral disk of ${gib} GiB`,
  swap: ({ mib }: V<"mib">) => `swap of ${mib} MiB`,
  "config-drive": () => "a config drive",
  "any-host": () => "any host",
  "hidden-zone": () => "a zone that cannot be seen",
  "destination-zone": () => "the destination's zone",
  "unpin-instead": () => "use azPin: unpin, which this cloud can do: it leaves no such pin",
  "unpin-later": () => "unpin it when the cloud has compute API 2.104",
  unpinning: ({ answer }: V<"answer">) => `unpinning: ${answer}`,
  "another-was-faster": ({ reason }: V<"reason">) =>
    `someone else's live migration of it has begun meanwhile (${reason})`,
  // Part of a message.
  "cause-hidden": ({ host }: V<"host">) =>
    `no API shows what stands in the way (fix: look in the log of nova-scheduler for the filter that refused ${host}, and in that of nova-conductor for what failed after it)`,
  "last-one": ({ id, destination, status }: V<"id" | "destination" | "status">) =>
    `; the last one (${id}, to ${destination || "no host"}) is ${status}`,
} satisfies Catalogue<string>;

const ENDS = {
  "no-progress": watchedNoMore(
    ({ seconds }: V<"seconds">) => `memory remaining has reached no new low for ${seconds} s`,
  ),
  late: watchedNoMore(({ seconds }: V<"seconds">) => `not done after ${seconds} s`),
  "intervention-without-effect": watchedNoMore(
    ({ phase, seconds, intervention }: V<"phase" | "seconds" | "intervention">) =>
      `still ${phase} ${seconds} s after the ${intervention}`,
  ),
  intervened: watchedNoMore(
    ({ intervention, reason, answer }: V<"intervention" | "reason" | "answer">) =>
      `${intervention} (${reason}): ${answer}`,
  ),
  "compute-silent": watchedNoMore(
    ({ hosts }: V<"hosts">) =>
      `nova-compute on ${hosts} does not report, and without it no migration ends: bring it up (\`openstack compute service list\` shows when it is); meanwhile do not restart or evacuate the server, for its guest may run on either host`,
  ),
  "watching-interrupted": watchedNoMore(() => "watching was interrupted"),
  "intervention-declined": watchedNoMore(
    ({ intervention, id, status, answer }: V<"intervention" | "id" | "status" | "answer">) =>
      `Nova declines to ${intervention} migration ${id}, which is ${status}: ${answer}`,
  ),
  "not-verified-yet": watchedNoMore(() => "a live migration is under way"),
  "no-record": unclear(() => "no record of its migration can be seen, so that nothing proves how it ended"),
  "record-stays": unclear(({ status }: V<"status">) => `its record stays ${status} while the server is idle`),
  // A server that stays in a migration: where its guest may run, what makes it worse, what repairs it.
  "task-stays": unclear(
    ({ id, source, destination }: V<"id" | "source" | "destination">) =>
      `migration ${id} is recorded as completed, but nova-compute on ${destination} has not taken the server over, which keeps the task of its migration. Its guest most probably runs on ${destination}. Restart nova-compute on ${destination}: it then ends the migration, and \`live-migrate verify\` proves it. Do not only reset the server's state, and do not start it on ${source}: the power sync of ${source} could stop the healthy guest`,
  ),
  "rollback-stays": unclear(
    ({ id, status, source, destination }: V<"id" | "status" | "source" | "destination">) =>
      `migration ${id} is recorded as ${status}, but the server keeps the task of its migration. Its guest probably runs on ${source}; look with \`virsh list\` on ${source} and on ${destination}. Restart nova-compute on ${source} if it does. Do not only reset the server's state, and do not start it while its guest may run elsewhere`,
  ),
  "nobody-ends-it": unclear(
    ({ id, status, hosts, source, destination }: V<"id" | "status" | "hosts" | "source" | "destination">) =>
      `nova-compute on ${hosts} is down, and without it nothing ends migration ${id}, which stays ${status}. Its guest runs on ${source} or, if its memory was copied by then, on ${destination}: look with \`virsh list\` on both. Restart nova-compute on ${hosts}, then \`live-migrate verify\`. Do not reset the server's state, and do not start or evacuate it: two guests would write to the same volumes`,
  ),
  "moved-by-others-after": unclear(
    ({ id, destination, status }: V<"id" | "destination" | "status">) =>
      `someone started another live migration after it (${id}, to ${destination || "a host not told yet"}: ${status})`,
  ),
};

export type WordCode = keyof typeof SAID;
export type EndCode = keyof typeof ENDS;
export const WORD_CODES = codesOf(SAID);
export const END_CODES = codesOf(ENDS);

/** @example say("verifying", { server: "vm01", host: "node-31" }) // "verifying vm01 on node-31" */
export const say = filler(SAID);

/** @example ended("late", { seconds: "1600" }) // "not done after 1600 s" */
export const ended = filler(textsOf(ENDS));

/** The outcome whose summary has it. */
export const outcomeOf = (code: EndCode): Outcome => ENDS[code].outcome;
