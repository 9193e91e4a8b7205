import { setPace } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import type { Ended, Lane } from "../lane.ts";
import type { Truth } from "../observation.ts";
import { observe } from "../observe.ts";
import type { Attempt } from "../schedule.ts";
import type { DrainGround } from "./ground.ts";
import { meanwhile, type Done } from "./meanwhile.ts";
import type { DrainSeen, HostAttemptSeen, ServerSeen } from "./observation.ts";
import { observeHost } from "./observe.ts";
import type { DrainRound } from "./schedule.ts";

/** So long plain runs are repeated until one ends with 0. Milliseconds. */
const PATIENCE = 600_000;
const BETWEEN_RUNS = 2_000;

interface Document {
  summary: string;
  hosts: { host: string; state: string; away?: { server: { id: string } }[] }[];
}

/** Plays a round to its settled end, and tells what was seen. */
export async function playDrain(ground: DrainGround, round: DrainRound): Promise<DrainSeen> {
  const { cloud, numbers, servers, lanes } = ground;
  const all = numbers.map((number) => ({ number, ...servers.at(number) }));
  for (const { number } of all) await servers.put(number, "ACTIVE");
  const places = await Promise.all(all.map(async ({ id }) => (await cloud.compute.getServer(id)).host ?? ""));
  const busyHosts = [...new Set(places)].sort();
  const host = busyHosts[round.host % busyHosts.length] ?? "";
  const there = all.filter((_, i) => places[i] === host);
  const off = new Set(round.withOff ? there.slice(0, 1).map(({ id }) => id) : []);
  for (const { number, id } of there) if (off.has(id)) await servers.put(number, "SHUTOFF");
  const look = () => Promise.all(all.map(({ id, volumeIds }) => observe(cloud, id, volumeIds)));
  const before = await look();
  for (const { id } of all) setPace(round.pace, id);

  const attempts: HostAttemptSeen[] = [];
  const options = ["--parallel", String(round.parallel), "--stop-after", "9"];
  const start = (command: "drain" | "restore", on: string, lane: Lane, attempt: Attempt | null) =>
    once(ground, { command, host: on, lane, options }, attempt).then((ended) => {
      const seen = { ...ended, meanwhile: !over };
      attempts.push(seen);
      return seen;
    });
  let over = false;
  const [lane, second] = lanes;
  lane.arm(round);
  const interfered = meanwhile(ground, round, { host, servers: there });
  let done: Done;
  try {
    for (const attempt of round.drains) if ((await start("drain", host, lane, attempt)).exitCode === 0) break;
  } finally {
    done = await interfered;
    over = true;
    lane.liftFaults();
    for (const { id } of all) setPace({ seconds: 0.3 }, id);
  }
  const hosts = [host, ...(done.alsoDrained ? [done.alsoDrained] : [])];
  const lanesOf = [lane, second];
  await done.undo?.();
  for (const command of ["drain", "restore"] as const) {
    if (command === "restore") {
      lane.arm(round);
      for (const attempt of round.restores) if ((await start("restore", host, lane, attempt)).exitCode === 0) break;
      lane.liftFaults();
    }
    await Promise.all(hosts.map((one, i) => settled(() => start(command, one, lanesOf[i] ?? lane, null))));
    if (command === "drain") done.drained = await look();
  }
  const after = await look();
  for (const { id } of all) setPace(undefined, id);
  for (const id of done.stopped) off.add(id);
  const seenServers = all.map(({ id }, i): ServerSeen => ({
    id,
    name: `server ${i}`,
    off: off.has(id),
    deleted: done.deleted.includes(id),
    byOthers: done.moved.filter((one) => one === id).length,
    before: before[i] as Truth,
    drained: done.drained?.[i] as Truth,
    after: after[i] as Truth,
  }));
  await done.made?.remove();
  return { round, hosts, attempts, servers: seenServers };
}

/** Plain runs until one ends with 0, or nothing more can be expected. */
async function settled(start: () => Promise<HostAttemptSeen>): Promise<void> {
  const until = Date.now() + PATIENCE;
  while ((await start()).exitCode !== 0 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_RUNS));
}

interface Start {
  command: "drain" | "restore";
  host: string;
  lane: Lane;
  options: readonly string[];
}

async function once(ground: DrainGround, { command, host, lane, options }: Start, attempt: Attempt | null) {
  const { cloud, servers, numbers } = ground;
  const wish = [command, host, ...options, ...(command === "restore" ? ["--return"] : [])];
  const busy = async () => {
    const states = await Promise.all(
      numbers.map((number) => cloud.compute.getServer(servers.at(number).id).catch(() => null)),
    );
    return states.some((server) => server !== null && (server.taskState !== null || server.status === "VERIFY_RESIZE"));
  };
  const ended = attempt ? await lane.attempt(wish, attempt) : await lane.plain(wish, busy, PATIENCE);
  return await seen(cloud, command, host, ended);
}

async function seen(
  cloud: Cloud,
  command: "drain" | "restore",
  host: string,
  ended: Ended,
): Promise<Omit<HostAttemptSeen, "meanwhile">> {
  const { exitCode, signals, hung, stdout } = ended;
  const document = stdout.startsWith("{") ? (JSON.parse(stdout) as Partial<Document>) : {};
  const told = document.hosts?.find((one) => one.host === host);
  return {
    ...{ command, host, exitCode, signals, hung },
    state: told?.state ?? null,
    away: (told?.away ?? []).map(({ server }) => server.id),
    words: document.summary ?? ended.words,
    truth: exitCode === null ? null : await observeHost(cloud, host),
  };
}
