import type { Pace } from "../../lab/pace.ts";
import type { FaultAction, FaultMatch } from "../support/http/fault.ts";
import { Dice } from "./dice.ts";

/** Where a server is to go. A host may be the one that it is on. */
export type Target = { host: string } | { zone: string };

/** A signal for the engine: a time after its start, or when it sends its n-th request. Times in milliseconds. */
export interface Kill {
  signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  at: { ms: number } | { request: number } | "migration-request";
  /** A second SIGINT so long after the first: an abort is asked for. */
  againAfterMs?: number;
}

/** One start of the engine while things go wrong. */
export interface Attempt {
  kill: Kill | null;
  /** Options of its own, such as a short deadline. */
  options: string[];
}

/** What someone else does to the server or its destination meanwhile. */
export type Meddling =
  { kind: "abort"; atMs: number } | { kind: "disable"; atMs: number } | { kind: "migrate"; atMs: number; host: string };

/** One server's part of a round. */
export interface Move {
  /** Which of the servers that the round may move. */
  server: number;
  target: Target;
  /** How Nova migrates it, and when that is lifted, in milliseconds (null: at the end). */
  pace: Pace;
  liftMs: number | null;
  /** What the destination is like from the start. */
  obstacle: "disabled" | "full" | null;
  faults: { match: FaultMatch; action: FaultAction }[];
  attempts: Attempt[];
  meddling: Meddling | null;
  /** Once more, plainly, although it is there. */
  again: boolean;
}

/** A service of the cloud dies: restarted at once, or held down for a while. */
export interface CloudFault {
  service: "nova-compute" | "nova-conductor" | "nova-api" | "rabbitmq";
  /** Whose nova-compute: that of the first move's server, of its destination, or any. */
  host: "source" | "destination" | { name: string };
  atMs: number;
  /** 0: restarted at once. */
  holdMs: number;
}

export interface Round {
  number: number;
  moves: Move[];
  cloudFault: CloudFault | null;
}

/** What the schedule chooses from. */
export interface Fleet {
  hosts: readonly string[];
  zones: readonly string[];
}

/** Servers of which a round moves some. */
export const SERVERS = 4;

/** The migration's request; nothing else that the engine sends ends like this. */
export const MIGRATION_REQUEST = { method: "POST", path: /\/servers\/[^/]+\/action$/ } as const;

/** A round of a seed; always the same. Pure. */
export function roundOf(seed: number, number: number, fleet: Fleet, withCloudFaults = true): Round {
  const dice = new Dice(seed, number);
  const count = dice.weighted<number>([
    [45, () => 1],
    [30, () => 2],
    [15, () => 3],
    [10, () => 4],
  ]);
  const servers = dice.sample(
    Array.from({ length: SERVERS }, (_, i) => i),
    count,
  );
  const moves = servers.map((server) => moveOf(dice, server, fleet));
  const cloudFault = dice.chance(6) ? cloudFaultOf(dice, fleet) : null;
  return { number, moves, cloudFault: withCloudFaults ? cloudFault : null };
}

function moveOf(dice: Dice, server: number, fleet: Fleet): Move {
  const target: Target = dice.chance(80) ? { host: dice.pick(fleet.hosts) } : { zone: dice.pick(fleet.zones) };
  const attempts = dice.weighted<number>([
    [60, () => 1],
    [25, () => 2],
    [15, () => 3],
  ]);
  const faults = dice.chance(30) ? 0 : dice.int(1, 3);
  const obstructed = "host" in target && dice.chance(10);
  return {
    server,
    target,
    ...paceOf(dice),
    obstacle: obstructed ? dice.pick(["disabled", "full"] as const) : null,
    faults: Array.from({ length: faults }, () => faultOf(dice)),
    attempts: Array.from({ length: attempts }, () => attemptOf(dice)),
    meddling: dice.chance(12) ? meddlingOf(dice, fleet) : null,
    again: dice.chance(20),
  };
}

function paceOf(dice: Dice): Pick<Move, "pace" | "liftMs"> {
  const seconds = dice.pick([0.2, 0.5, 1, 1, 2]);
  const still = (pace: Pace) => ({ pace, liftMs: null });
  const fraction = () => dice.int(1, 9) / 10;
  return dice.weighted<Pick<Move, "pace" | "liftMs">>([
    [50, () => still({ seconds })],
    [20, () => still({ seconds: dice.int(3, 6) })],
    [10, () => ({ pace: { seconds, stall_at: fraction() }, liftMs: dice.int(2_000, 6_000) })],
    [6, () => still({ seconds, fail_check: "chaos: the check fails" })],
    [6, () => still({ seconds, fail_pre: "chaos: the preparation fails" })],
    [6, () => still({ seconds, fail_at: fraction() })],
    [2, () => still({ seconds, fail_post: "chaos: the end fails" })],
  ]);
}

function faultOf(dice: Dice): Move["faults"][number] {
  // More in a row than the client repeats a request: the run gives up.
  const times = dice.chance(10) ? 8 : dice.int(1, 3);
  return dice.weighted<Move["faults"][number]>([
    [65, () => ({ match: { nth: dice.int(1, 45), times }, action: actionOf(dice) })],
    [25, () => ({ match: { ...MIGRATION_REQUEST, times: dice.int(1, 2) }, action: actionOf(dice) })],
    [10, () => ({ match: { method: "POST", path: "/auth/tokens", times }, action: actionOf(dice) })],
  ]);
}

function actionOf(dice: Dice): FaultAction {
  const when = () => dice.pick(["before", "after"] as const);
  const soon = { "retry-after": "1" };
  return dice.weighted<FaultAction>([
    [15, () => ({ kind: "answer", status: 429, ...(dice.chance(50) && { headers: soon }) })],
    [15, () => ({ kind: "answer", status: 502 })],
    [15, () => ({ kind: "answer", status: 503, ...(dice.chance(50) && { headers: soon }) })],
    [20, () => ({ kind: "cut", when: when() })],
    [10, () => ({ kind: "half" })],
    [10, () => ({ kind: "garbage" })],
    [15, () => ({ kind: "delay", ms: dice.int(200, 3_000), when: when() })],
  ]);
}

function attemptOf(dice: Dice): Attempt {
  const hasty = dice.chance(12)
    ? ["--timeout-seconds", String(dice.int(1, 3)), "--on-timeout", dice.pick(["fail", "abort", "force-complete"])]
    : [];
  return { kill: dice.chance(50) ? killOf(dice) : null, options: hasty };
}

function killOf(dice: Dice): Kill {
  const signal = dice.pick(["SIGINT", "SIGTERM", "SIGKILL", "SIGKILL"] as const);
  const at = dice.weighted<Kill["at"]>([
    [50, () => ({ ms: dice.int(50, 6_000) })],
    [40, () => ({ request: dice.int(1, 45) })],
    [10, () => "migration-request"],
  ]);
  return { signal, at, ...(signal === "SIGINT" && dice.chance(40) && { againAfterMs: dice.int(50, 1_500) }) };
}

function meddlingOf(dice: Dice, fleet: Fleet): Meddling {
  const atMs = dice.int(300, 5_000);
  return dice.weighted<Meddling>([
    [40, () => ({ kind: "abort", atMs })],
    [40, () => ({ kind: "migrate", atMs, host: dice.pick(fleet.hosts) })],
    [20, () => ({ kind: "disable", atMs })],
  ]);
}

function cloudFaultOf(dice: Dice, fleet: Fleet): CloudFault {
  const service = dice.weighted<CloudFault["service"]>([
    [55, () => "nova-compute"],
    [15, () => "nova-conductor"],
    [20, () => "nova-api"],
    [10, () => "rabbitmq"],
  ]);
  const host = dice.pick<CloudFault["host"]>(["source", "destination", { name: dice.pick(fleet.hosts) }]);
  const held = service === "nova-compute" && dice.chance(20);
  return { service, host, atMs: dice.int(300, 4_000), holdMs: held ? 15_000 : 0 };
}
