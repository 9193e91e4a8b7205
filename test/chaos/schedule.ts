import type { Pace } from "../../lab/pace.ts";
import type { FaultAction, FaultMatch } from "../support/http/fault.ts";
import { RandomSource } from "./random-source.ts";

/** Where a server is to go. A host may be the one that it is on. */
export type Target = { host: string } | { zone: string };

/** How a server is moved; what is cold and begins shut off, ends so. */
export type Manner =
  /** One that runs. */
  | "live"
  /** One that runs, as requested. */
  | "cold"
  /** One that is shut off, where that is allowed. */
  | "stopped-cold";

/** What asks for each manner. */
export const MANNER_OPTIONS: Record<Manner, readonly string[]> = {
  live: [],
  cold: ["--cold"],
  "stopped-cold": ["--stopped", "cold"],
};

/** The status of a server that is at rest, before such a move and after it. */
export const statusAtRest = (manner: Manner): "ACTIVE" | "SHUTOFF" =>
  manner === "stopped-cold" ? "SHUTOFF" : "ACTIVE";

/**
 * A signal for the engine: a time after its start, when it sends its n-th request, or the n-th that asks something of
 * the server: a migration, then its confirmation or revert. Times in milliseconds.
 */
export interface Kill {
  signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  at: { ms: number } | { request: number } | { action: number };
  /** A second SIGINT so long after the first: an abort is asked for. */
  againAfterMs?: number;
}

/** One start of the engine while things go wrong. */
export interface Attempt {
  kill: Kill | null;
  /** Options of its own, such as a short deadline. */
  options: string[];
}

/**
 * What someone else does to the server or its destination meanwhile. A confirmation or a revert is tried from its time
 * on until Nova takes it.
 */
export type Interference =
  | { kind: "abort" | "disable"; atMs: number }
  | { kind: "confirm" | "revert"; atMs: number }
  | { kind: "migrate"; atMs: number; host: string };

/** One server's part of a round. */
export interface Move {
  /** Which of the servers that the round may move. */
  server: number;
  manner: Manner;
  target: Target;
  /** How Nova migrates it, and when that is lifted, in milliseconds (null: at the end). */
  pace: Pace;
  liftMs: number | null;
  /** What the destination is like from the start. */
  obstacle: "disabled" | "full" | null;
  faults: { match: FaultMatch; action: FaultAction }[];
  attempts: Attempt[];
  interference: Interference | null;
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

/** What asks for a migration, its confirmation or its revert; nothing else that the engine sends ends like this. */
export const SERVER_ACTION = { method: "POST", path: /\/servers\/[^/]+\/action$/ } as const;

/** A round of a seed; always the same. Pure. */
export function roundOf(seed: number, number: number, fleet: Fleet, withCloudFaults = true): Round {
  const random = new RandomSource(seed, number);
  const count = random.weighted<number>([
    [45, () => 1],
    [30, () => 2],
    [15, () => 3],
    [10, () => 4],
  ]);
  const servers = random.sample(
    Array.from({ length: SERVERS }, (_, i) => i),
    count,
  );
  const moves = servers.map((server) => moveOf(random, server, fleet));
  const cloudFault = random.chance(6) ? cloudFaultOf(random, fleet) : null;
  return { number, moves, cloudFault: withCloudFaults ? cloudFault : null };
}

function moveOf(random: RandomSource, server: number, fleet: Fleet): Move {
  const manner = random.weighted<Manner>([
    [50, () => "live"],
    [25, () => "cold"],
    [25, () => "stopped-cold"],
  ]);
  const target: Target = random.chance(80) ? { host: random.pick(fleet.hosts) } : { zone: random.pick(fleet.zones) };
  const attempts = random.weighted<number>([
    [60, () => 1],
    [25, () => 2],
    [15, () => 3],
  ]);
  const faults = random.chance(30) ? 0 : random.int(1, 3);
  const obstructed = "host" in target && random.chance(10);
  return {
    server,
    manner,
    target,
    ...paceOf(random, manner),
    obstacle: obstructed ? random.pick(["disabled", "full"] as const) : null,
    faults: Array.from({ length: faults }, () => faultOf(random)),
    attempts: Array.from({ length: attempts }, () => attemptOf(random, manner)),
    interference: random.chance(manner === "live" ? 12 : 25) ? interferenceOf(random, fleet, manner) : null,
    again: random.chance(20),
  };
}

function paceOf(random: RandomSource, manner: Manner): Pick<Move, "pace" | "liftMs"> {
  const seconds = random.pick([0.2, 0.5, 1, 1, 2]);
  const decision = manner === "live" ? {} : { decision_seconds: random.pick([0, 0, 1, 3]) };
  const still = (pace: Pace) => ({ pace: { ...pace, ...decision }, liftMs: null });
  const fraction = () => random.int(1, 9) / 10;
  return random.weighted<Pick<Move, "pace" | "liftMs">>([
    [50, () => still({ seconds })],
    [20, () => still({ seconds: random.int(3, 6) })],
    [10, () => ({ pace: { seconds, stall_at: fraction(), ...decision }, liftMs: random.int(2_000, 6_000) })],
    // Of a cold migration the hypervisor is asked for neither.
    [manner === "live" ? 6 : 0, () => still({ seconds, fail_check: "chaos: the check fails" })],
    [manner === "live" ? 6 : 0, () => still({ seconds, fail_pre: "chaos: the preparation fails" })],
    [6, () => still({ seconds, fail_at: fraction() })],
    [2, () => still({ seconds, fail_post: "chaos: the end fails" })],
  ]);
}

export function faultOf(random: RandomSource): Move["faults"][number] {
  // More in a row than the client repeats a request: the run gives up.
  const times = random.chance(10) ? 8 : random.int(1, 3);
  return random.weighted<Move["faults"][number]>([
    [65, () => ({ match: { nth: random.int(1, 45), times }, action: actionOf(random) })],
    [25, () => ({ match: { ...SERVER_ACTION, times: random.int(1, 2) }, action: actionOf(random) })],
    [10, () => ({ match: { method: "POST", path: "/auth/tokens", times }, action: actionOf(random) })],
  ]);
}

function actionOf(random: RandomSource): FaultAction {
  const when = () => random.pick(["before", "after"] as const);
  const soon = { "retry-after": "1" };
  return random.weighted<FaultAction>([
    [15, () => ({ kind: "answer", status: 429, ...(random.chance(50) && { headers: soon }) })],
    [15, () => ({ kind: "answer", status: 502 })],
    [15, () => ({ kind: "answer", status: 503, ...(random.chance(50) && { headers: soon }) })],
    [20, () => ({ kind: "cut", when: when() })],
    [10, () => ({ kind: "half" })],
    [10, () => ({ kind: "garbage" })],
    [15, () => ({ kind: "delay", ms: random.int(200, 3_000), when: when() })],
  ]);
}

function attemptOf(random: RandomSource, manner: Manner): Attempt {
  const hasty = random.chance(12)
    ? ["--timeout-seconds", String(random.int(1, 3)), "--on-timeout", random.pick(["fail", "abort", "force-complete"])]
    : [];
  return { kill: random.chance(50) ? killOf(random, manner) : null, options: hasty };
}

export function killOf(random: RandomSource, manner: Manner): Kill {
  const signal = random.pick(["SIGINT", "SIGTERM", "SIGKILL", "SIGKILL"] as const);
  const at = random.weighted<Kill["at"]>([
    [50, () => ({ ms: random.int(50, 6_000) })],
    [40, () => ({ request: random.int(1, 45) })],
    [manner === "live" ? 10 : 40, () => ({ action: manner === "live" ? 1 : random.int(1, 2) })],
  ]);
  return { signal, at, ...(signal === "SIGINT" && random.chance(40) && { againAfterMs: random.int(50, 1_500) }) };
}

function interferenceOf(random: RandomSource, fleet: Fleet, manner: Manner): Interference {
  const atMs = random.int(300, 5_000);
  const cold = manner !== "live";
  return random.weighted<Interference>([
    [cold ? 0 : 40, () => ({ kind: "abort", atMs })],
    [cold ? 40 : 0, () => ({ kind: "confirm", atMs })],
    [cold ? 40 : 0, () => ({ kind: "revert", atMs })],
    [40, () => ({ kind: "migrate", atMs, host: random.pick(fleet.hosts) })],
    [20, () => ({ kind: "disable", atMs })],
  ]);
}

function cloudFaultOf(random: RandomSource, fleet: Fleet): CloudFault {
  const service = random.weighted<CloudFault["service"]>([
    [55, () => "nova-compute"],
    [15, () => "nova-conductor"],
    [20, () => "nova-api"],
    [10, () => "rabbitmq"],
  ]);
  const host = random.pick<CloudFault["host"]>(["source", "destination", { name: random.pick(fleet.hosts) }]);
  const held = service === "nova-compute" && random.chance(20);
  return { service, host, atMs: random.int(300, 4_000), holdMs: held ? 15_000 : 0 };
}
