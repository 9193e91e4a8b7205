import type { AttemptSeen, MoveSeen, RequestSeen, Truth } from "./observation.ts";
import { statusAtRest } from "./schedule.ts";

/** What must never be. Each is counted in the summary, and all must be 0. */
export const VIOLATIONS = [
  /** A server that is gone, or not in the power state of before, although Nova did not put it there by a fault that was injected. */
  "lost",
  /** A volume with other than exactly one attachment, on the server's host; same exception. */
  "attachedTwice",
  /** Exit 0, and it was not true. */
  "falseSuccess",
  /** Exit 4, and the server was not intact on its source. */
  "falseIntact",
  /** Exit 3, and Nova had accepted a request of that run. */
  "falseRefusal",
  /** More migrations than were asked for, or the server moved there again. */
  "duplicateMigrations",
  /** A request although the outcome of the one before, of the same run, was not known. */
  "repeatedRequests",
  /** A migration that Nova accepted, and no record of it. */
  "unrecorded",
  /** An exit code that means nothing, or bad input although it was good. */
  "crashed",
  "hung",
  /** Left on its destination for a person to decide about, without a word of it; or at the end, at all. */
  "unconfirmed",
  /** Everything was lifted, the server was whole, and the engine did not bring it there. */
  "unsettled",
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];

export interface Violation {
  kind: ViolationKind;
  count: number;
  text: string;
}

export interface Judgement {
  violations: Violation[];
  /** Exit 5 although the server was whole at that moment. No violation, but worth a look. */
  alarms: string[];
  /** Nova itself broke the server, by the fault that was injected: it needs a new one. */
  broken: boolean;
}

/** Nova's status of a server that waits on its destination, and a record's of a move that was made for good. */
const UNCONFIRMED = "VERIFY_RESIZE";
const ARRIVED = ["completed", "confirmed"];

/** Not those that decide about one. */
const isMigration = ({ action }: RequestSeen): boolean => action === "os-migrateLive" || action === "migrate";

const KNOWN_EXITS = new Set([0, 3, 4, 5, 6, 7]);

/** What is not whole about a server that should be on `hosts` in a status; empty: nothing. Pure. */
export function defects(truth: Truth, hosts: readonly (string | null)[], status: string): string[] {
  const { server } = truth;
  if (server === null) return ["the server does not exist"];
  const found: string[] = [];
  if (server.status !== status) found.push(`status ${server.status}`);
  if (server.taskState !== null) found.push(`task ${server.taskState}`);
  if (!hosts.includes(server.host)) found.push(`on ${server.host ?? "no host"}, not on ${hosts.join(" or ")}`);
  return [...found, ...attachmentDefects(truth)];
}

export function attachmentDefects({ server, volumes }: Truth): string[] {
  return volumes
    .filter(({ status, attachments, hosts }) => {
      const here = hosts.length === 1 && hosts[0] === server?.host;
      return status !== "in-use" || attachments !== 1 || !here;
    })
    .map(
      ({ id, status, attachments, hosts }) =>
        `volume ${id} ${status}, ${attachments} attachments on ${hosts.join(", ") || "no host"}`,
    );
}

/** Judges one move of one round. Pure. */
export function judgeMove(seen: MoveSeen): Judgement {
  const violations = [
    ...seen.attempts.flatMap((attempt, i) => judgeAttempt(attempt, seen, i + 1)),
    ...judgeMigrations(seen),
    ...judgeEnd(seen),
  ];
  const whole = (truth: Truth | null) =>
    truth !== null && defects(truth, [truth.server?.host ?? null], statusAtRest(seen.move.manner)).length === 0;
  const alarms = seen.attempts
    .filter(({ exitCode, truth }) => exitCode === 5 && whole(truth))
    .map(({ words }) => words);
  return { violations, alarms, broken: !whole(seen.after) };
}

function judgeAttempt(attempt: AttemptSeen, seen: MoveSeen, number: number): Violation[] {
  const { exitCode, truth, words } = attempt;
  const found: Violation[] = [];
  const add = (kind: ViolationKind, text: string) => found.push({ kind, count: 1, text: `run ${number}: ${text}` });
  if (attempt.hung) add("hung", "it did not end");
  if (exitCode !== null && !KNOWN_EXITS.has(exitCode)) add("crashed", `exit ${exitCode}: ${words}`);
  if (exitCode === 3 && attempt.requests.some((request) => isMigration(request) && request.status === 202)) {
    add("falseRefusal", `exit 3, and Nova had accepted its request: ${words}`);
  }
  if (exitCode === 0 || exitCode === 4) {
    const wrong = wrongClaim(attempt, seen);
    if (truth === null || wrong.length > 0) {
      add(exitCode === 0 ? "falseSuccess" : "falseIntact", `${wrong.join("; ") || "nobody looked"}: ${words}`);
    }
  }
  const waits = truth?.server?.status === UNCONFIRMED && truth.server.taskState === null;
  // Whoever began one meanwhile knows of it.
  if (waits && (exitCode === 3 || exitCode === 5) && seen.othersAccepted === 0 && !/confirm|revert/.test(words))
    add("unconfirmed", `exit ${exitCode}, and it waits to be confirmed: ${words}`);
  for (const again of repeated(attempt.requests.filter(isMigration))) add("repeatedRequests", again);
  return found;
}

/** Why an exit 0 or 4 was not true. */
function wrongClaim({ exitCode, truth, destination, source, migration }: AttemptSeen, seen: MoveSeen): string[] {
  if (truth === null) return [];
  const meant = exitCode === 0 ? destination : source;
  if (exitCode === 0 && !seen.wanted.includes(destination ?? "")) {
    return [`it went to ${destination ?? "nowhere"}, wanted was ${seen.wanted.join(" or ")}`];
  }
  const record = truth.migrations.find(({ id }) => id === migration);
  if (migration !== null && ARRIVED.includes(record?.status ?? "") !== (exitCode === 0)) {
    return [`its migration ${migration} is ${record?.status ?? "not there"}`];
  }
  // Someone else may have begun to move it in the moment since.
  const newest = truth.migrations[0]?.id ?? 0;
  const known = migration ?? newestOf(seen.before);
  if (seen.othersAccepted > 0 && newest > known) return [];
  return defects(truth, [meant], statusAtRest(seen.move.manner));
}

const newestOf = ({ migrations }: Truth): number => migrations[0]?.id ?? 0;

/** Nova turned it away, or never saw it, and the engine could know that. */
const turnedAway = ({ status, faultStatus }: RequestSeen): boolean =>
  faultStatus !== null ? faultStatus < 500 : status !== null && status >= 400 && status < 500;

function repeated(requests: readonly RequestSeen[]): string[] {
  const open = requests.findIndex((request) => !turnedAway(request));
  return open < 0
    ? []
    : requests.slice(open + 1).map(() => `a second request after one that Nova may have seen (${say(requests[open])})`);
}

const say = (request: RequestSeen | undefined): string =>
  request === undefined ? "" : `${request.fault ?? "no fault"}, Nova said ${request.status ?? "nothing"}`;

function judgeMigrations(seen: MoveSeen): Violation[] {
  const { before, after, attempts, othersAccepted, wanted } = seen;
  const fresh = after.migrations.filter(({ id }) => id > newestOf(before));
  const requests = attempts.flatMap((attempt) => attempt.requests.filter(isMigration));
  const accepted = requests.filter(({ status }) => status === 202).length + othersAccepted;
  // Nova may have seen those whose answer not even the proxy heard.
  const unheard = requests.filter(({ status, fault }) => status === null && fault === null).length;
  const found: Violation[] = [];
  if (fresh.length > accepted + unheard) {
    const count = fresh.length - accepted - unheard;
    found.push({ kind: "duplicateMigrations", count, text: `${fresh.length} migrations, ${accepted} accepted` });
  }
  // A dead service may have had the only copy of what was accepted; so may a server that is gone its records.
  if (fresh.length < accepted && !seen.cloudDied && after.server !== null) {
    const count = accepted - fresh.length;
    found.push({ kind: "unrecorded", count, text: `${fresh.length} migrations, ${accepted} accepted` });
  }
  const arrived = fresh.filter(
    ({ status, destination }) => ARRIVED.includes(status) && wanted.includes(destination ?? ""),
  );
  const most = 1 + othersAccepted;
  if (arrived.length > most) {
    const text = `it was moved to ${arrived.map(({ destination }) => destination).join(", ")}`;
    found.push({ kind: "duplicateMigrations", count: arrived.length - most, text });
  }
  return found;
}

/** After the plain runs. What Nova broke by the fault injected must have been said: neither 0 nor 4. */
function judgeEnd({ move, attempts, after, wanted, cloudDied }: MoveSeen): Violation[] {
  const last = attempts.at(-1)?.exitCode ?? null;
  const excused = (cloudDied || typeof move.pace.fail_post === "string") && last !== 0 && last !== 4;
  if (excused) return [];
  const { server } = after;
  const one = (kind: ViolationKind, text: string): Violation => ({ kind, count: 1, text });
  if (server === null) return [one("lost", "the server does not exist")];
  const found: Violation[] = [];
  const rests = statusAtRest(move.manner);
  if (server.status !== rests) {
    const kind = server.status === UNCONFIRMED ? "unconfirmed" : "lost";
    found.push(one(kind, `status ${server.status}, last exit ${String(last)}`));
  }
  const volumes = attachmentDefects(after);
  if (volumes.length > 0) found.push(one("attachedTwice", volumes.join("; ")));
  const rest = defects(after, wanted, rests);
  if (found.length === 0 && (last !== 0 || rest.length > 0)) {
    const words = attempts.at(-1)?.words ?? "";
    found.push(one("unsettled", `last exit ${String(last)}: ${rest.join("; ") || "whole"}: ${words}`));
  }
  return found;
}
