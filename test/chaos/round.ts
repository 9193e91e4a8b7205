import { setPace } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import type { Hosts, Undo } from "./hosts.ts";
import type { Ended, Lane } from "./lane.ts";
import { interfere } from "./interference.ts";
import type { AttemptSeen, MoveSeen, Truth } from "./observation.ts";
import { observe } from "./observe.ts";
import { MANNER_OPTIONS, statusAtRest, type Move, type Round } from "./schedule.ts";
import type { Servers } from "./servers.ts";

/** So long plain runs are repeated until one ends with 0, or says that a human must look: on a loaded machine Nova may need that. */
const PATIENCE = 600_000;
/** The same in a round in which a service died: what was under way then may never end. */
const PATIENCE_WITH_THE_DEAD = 120_000;
const BETWEEN_RUNS = 2_000;

export interface Ground {
  cloud: Cloud;
  hosts: Hosts;
  servers: Servers;
  /** The number of the first server that rounds on this ground move. */
  firstServer: number;
  /** One for each server of a round. */
  lanes: readonly Lane[];
}

/** What is under way for one move: its attempts so far. */
interface Course {
  move: Move;
  lane: Lane;
  serverId: string;
  volumeIds: readonly string[];
  before: Truth;
  attempts: { ended: Ended; truth: Truth | null }[];
  othersAccepted: number;
  undo: Undo[];
}

/** Plays a round to its settled end, and tells what was seen. */
export async function playRound(ground: Ground, round: Round): Promise<MoveSeen[]> {
  const { cloud, hosts, servers } = ground;
  const courses = await Promise.all(
    round.moves.map(async (move, i): Promise<Course> => {
      const lane = ground.lanes[i];
      if (!lane) throw new Error(`no lane ${i}`);
      const number = ground.firstServer + move.server;
      const { id: serverId, volumeIds } = servers.at(number);
      await servers.put(number, statusAtRest(move.manner));
      const before = await observe(cloud, serverId, volumeIds);
      return { move, lane, serverId, volumeIds, before, attempts: [], othersAccepted: 0, undo: [] };
    }),
  );
  try {
    for (const { move, serverId, undo } of courses) {
      setPace(move.pace, serverId);
      if (move.obstacle === null || !("host" in move.target)) continue;
      const { host } = move.target;
      undo.push(await (move.obstacle === "full" ? hosts.fill(host) : hosts.disable(host)));
    }
    await Promise.all([dies(ground, round, courses), ...courses.map((course) => goWrong(ground, course))]);
  } finally {
    for (const { serverId } of courses) setPace(undefined, serverId);
    for (const undo of courses.flatMap((course) => course.undo)) await undo();
  }
  await Promise.all(courses.map((course) => settle(ground, course, round.cloudFault !== null)));
  return await Promise.all(courses.map((course) => seen(ground, course, round.cloudFault !== null)));
}

const wishOf = (serverId: string, { target, manner }: Move): string[] => [
  "run",
  serverId,
  ...("host" in target ? ["--host", target.host] : ["--zone", target.zone]),
  ...MANNER_OPTIONS[manner],
];

/** The cloud's own fault of the round, until it is over. */
async function dies({ hosts }: Ground, { cloudFault }: Round, [first]: Course[]): Promise<void> {
  if (!cloudFault || !first) return;
  await new Promise((resolve) => setTimeout(resolve, cloudFault.atMs));
  await hosts.kill(cloudFault, hostOf(cloudFault.host, hosts, first));
}

function hostOf(role: NonNullable<Round["cloudFault"]>["host"], hosts: Hosts, { move, before }: Course): string {
  if (typeof role === "object") return role.name;
  return role === "source" ? (before.server?.host ?? "") : destinationOf(move.target, hosts);
}

const destinationOf = (target: Move["target"], hosts: Hosts): string =>
  "host" in target ? target.host : (hosts.inZone(target.zone)[0] ?? "");

/** Everything that is to go wrong with one move. */
async function goWrong({ cloud, hosts }: Ground, course: Course): Promise<void> {
  const { move, lane, serverId } = course;
  const { interference, liftMs } = move;
  lane.arm(move);
  const lift =
    liftMs === null
      ? undefined
      : setTimeout(() => {
          setPace({ seconds: 0.5 }, serverId);
        }, liftMs);
  const over = new AbortController();
  const { target, manner } = move;
  const interfered = interference
    ? interfere(cloud, hosts, {
        ...{ what: interference, manner, serverId, over: over.signal },
        destination: destinationOf(target, hosts),
      })
    : null;
  try {
    for (const attempt of move.attempts) {
      const ended = await lane.attempt(wishOf(serverId, move), attempt);
      await note(cloud, course, ended);
      if (ended.exitCode === 0 || ended.exitCode === 5) break;
    }
  } finally {
    clearTimeout(lift);
    over.abort();
    const { accepted, undo } = (await interfered) ?? { accepted: 0, undo: null };
    course.othersAccepted = accepted;
    if (undo) course.undo.push(undo);
  }
}

/** Looks at the cloud whenever the engine has said something: was it true? */
async function note(cloud: Cloud, course: Course, ended: Ended): Promise<void> {
  const truth = ended.exitCode === null ? null : await observe(cloud, course.serverId, course.volumeIds);
  course.attempts.push({ ended, truth });
}

/** Everything is lifted: plain runs, until the server is there or a human must look. */
async function settle({ cloud }: Ground, course: Course, cloudDied: boolean): Promise<void> {
  const { move, lane, serverId } = course;
  lane.liftFaults();
  // Said and judged already, and nobody else has touched it.
  if (move.interference === null && course.attempts.at(-1)?.ended.exitCode === 0 && !move.again) return;
  const busy = async () => (await cloud.compute.getServer(serverId)).taskState !== null;
  // A confirmation has no task.
  const underWay = async () => {
    const { status, taskState } = await cloud.compute.getServer(serverId);
    return taskState !== null || status === "VERIFY_RESIZE";
  };
  const longest = cloudDied ? PATIENCE_WITH_THE_DEAD : PATIENCE;
  const began = Date.now();
  do {
    const ended = await lane.plain(wishOf(serverId, move), underWay, longest);
    await note(cloud, course, ended);
    if (ended.exitCode === 0 || ended.exitCode === 5 || ended.exitCode === null) return;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_RUNS));
    // Someone else's migration is in the way until it ends.
    while (Date.now() < began + longest && (await busy()))
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_RUNS));
  } while (Date.now() < began + longest);
}

async function seen({ cloud, hosts }: Ground, course: Course, cloudDied: boolean): Promise<MoveSeen> {
  const { move, serverId, volumeIds, before, attempts, othersAccepted } = course;
  const wanted = "host" in move.target ? [move.target.host] : hosts.inZone(move.target.zone);
  const after = await observe(cloud, serverId, volumeIds);
  return {
    move,
    serverId,
    wanted,
    before,
    after,
    attempts: attempts.map(({ ended, truth }): AttemptSeen => ({ ...ended, requests: ended.requests(), truth })),
    othersAccepted,
    cloudDied,
  };
}
