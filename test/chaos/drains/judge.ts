import { attachmentDefects } from "../judge.ts";
import type { Truth } from "../observation.ts";
import type { DrainSeen, HostAttemptSeen, HostTruth, ServerSeen } from "./observation.ts";

/** What must never be. Each is counted in the summary, and all must be 0. */
export const DRAIN_VIOLATIONS = [
  /** A server that is gone, or not on or off as before. */
  "lost",
  /** A volume with other than exactly one attachment, on the server's host. */
  "attachedTwice",
  /** A server that left a drained host, or came home, more than once. */
  "movedTwice",
  /** Exit 0 or `empty`, and something was on the host. */
  "falseEmpty",
  /** `restore` exited 0, and a server was neither home nor named. */
  "falseHome",
  /** The host was left disabled, and the command said that it is open. */
  "leftDisabled",
  /** An exit code that means nothing. */
  "crashed",
  "hung",
  /** Everything was lifted, and plain runs did not end the maintenance. */
  "unsettled",
] as const;
export type DrainViolationKind = (typeof DRAIN_VIOLATIONS)[number];

export interface DrainViolation {
  kind: DrainViolationKind;
  text: string;
}

const KNOWN_EXITS = new Set([0, 3, 4, 5, 6, 7]);
const ARRIVED = new Set(["completed", "confirmed"]);

/** Judges one round. Pure. */
export function judgeDrain(seen: DrainSeen): DrainViolation[] {
  return [
    ...seen.attempts.flatMap((attempt, i) => judgeAttempt(attempt, seen, i + 1)),
    ...seen.servers.flatMap((server) => judgeServer(server, seen)),
    ...seen.hosts.flatMap((host) => judgeEnd(host, seen)),
  ];
}

const left = ({ servers, migrations, consumers }: HostTruth): string[] => [
  ...servers.map((id) => `server ${id}`),
  ...migrations.map((id) => `migration ${id}`),
  ...consumers.map((id) => `allocation of ${id}`),
];

function judgeAttempt(attempt: HostAttemptSeen, seen: DrainSeen, number: number): DrainViolation[] {
  const { command, host, exitCode, state, away, truth, words } = attempt;
  const found: DrainViolation[] = [];
  const add = (kind: DrainViolationKind, text: string) =>
    found.push({ kind, text: `run ${number}, ${command} ${host}: ${text}: ${words}` });
  if (attempt.hung) add("hung", "it did not end");
  if (exitCode !== null && !KNOWN_EXITS.has(exitCode)) add("crashed", `exit ${exitCode}`);
  if (truth === null) return found;
  if (command === "drain" && (exitCode === 0 || state === "empty")) {
    const others = attempt.meanwhile ? seen.round.meanwhile?.kind : undefined;
    if (left(truth).length > 0 && others !== "create") add("falseEmpty", left(truth).join(", "));
    if (truth.enabled && others !== "enable") add("falseEmpty", "the host is open");
  }
  if (!truth.enabled && state === "open") add("leftDisabled", "it is disabled");
  if (command === "restore" && exitCode === 0) {
    const homeless = seen.servers.filter(
      ({ id, before, deleted }) =>
        before.server?.host === host && !deleted && !truth.servers.includes(id) && !away.includes(id),
    );
    // Where it had gone to was drained as well, or someone else has moved it on: then it is named.
    if (homeless.length > 0) add("falseHome", homeless.map(({ name }) => name).join(", "));
  }
  return found;
}

/** How often it arrived by migrations between two moments that `counts`. */
function arrivals(from: Truth, to: Truth, counts: (one: Truth["migrations"][number]) => boolean): number {
  const newest = from.migrations[0]?.id ?? 0;
  return to.migrations.filter((one) => one.id > newest && ARRIVED.has(one.status) && counts(one)).length;
}

function judgeServer(server: ServerSeen, { hosts }: DrainSeen): DrainViolation[] {
  const { id, name, off, deleted, byOthers, before, drained, after } = server;
  if (deleted) return [];
  const found: DrainViolation[] = [];
  const add = (kind: DrainViolationKind, text: string) => found.push({ kind, text: `${name} (${id}): ${text}` });
  for (const [when, truth] of [["drained", drained] as const, ["at the end", after] as const]) {
    const status = truth.server?.status ?? "gone";
    if (status !== (off ? "SHUTOFF" : "ACTIVE")) add("lost", `${when}: ${status}`);
    else if (attachmentDefects(truth).length > 0) add("attachedTwice", attachmentDefects(truth).join("; "));
  }
  for (const host of hosts) {
    const times = arrivals(before, drained, ({ source }) => source === host);
    if (times > 1 + byOthers) add("movedTwice", `it left ${host} ${times} times`);
    const returns = arrivals(drained, after, ({ destination }) => destination === host);
    if (returns > 1 + byOthers) add("movedTwice", `it came to ${host} ${returns} times`);
  }
  return found;
}

function judgeEnd(host: string, { attempts }: DrainSeen): DrainViolation[] {
  const last = (command: "drain" | "restore") =>
    attempts.findLast((attempt) => attempt.command === command && attempt.host === host);
  return (["drain", "restore"] as const).flatMap((command): DrainViolation[] => {
    const end = last(command);
    if (end?.exitCode === 0) return [];
    const text = end ? `last exit ${String(end.exitCode)}: ${end.words}` : "it was not run";
    return [{ kind: "unsettled", text: `${command} ${host}: ${text}` }];
  });
}
