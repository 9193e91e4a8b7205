import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectLab } from "../../support/lab/cloud.ts";
import { Hosts } from "../hosts.ts";
import { Lane } from "../lane.ts";
import { Servers } from "../servers.ts";
import { judgeDrain } from "./judge.ts";
import type { DrainGround } from "./ground.ts";
import { playDrain } from "./round.ts";
import { drainRoundOf } from "./schedule.ts";
import { countDrain, drainLine, emptyDrainSummary, type DrainSummary } from "./summary.ts";

/** Servers of each zone: three on its first host, one on its second. */
const SERVERS = 4;

interface Options {
  seed: number;
  rounds: number;
  /** The first round's number. */
  from: number;
  say: (line: string) => void;
  /** Ends after the rounds under way. */
  stop: AbortSignal;
}

/** Maintains hosts at random on the fleet lab, in each of its two zones one at a time; leaves it as it was. */
export async function drainChaos({ seed, rounds, from, say, stop }: Options): Promise<DrainSummary> {
  const began = Date.now();
  const summary = emptyDrainSummary(seed);
  await using undo = new AsyncDisposableStack();
  const cloud = await connectLab();
  undo.defer(() => cloud.session.close());
  const folder = await mkdtemp(join(tmpdir(), "chaos-"));
  undo.defer(() => rm(folder, { recursive: true }));
  const hosts = await Hosts.of(cloud);
  undo.defer(() => hosts.removeZone());
  const first = (number: number) => hosts.zones.map((zone) => hosts.inZone(zone)[number] ?? "");
  const homes = [...first(0), ...first(0), ...first(0), ...first(1)];
  const servers = new Servers(cloud, homes);
  await servers.sweep();
  await hosts.makeZone();
  undo.defer(() => servers.removeAll());
  await servers.make(homes.length);
  const lanes = await Promise.all(Array.from({ length: 4 }, (_, i) => Lane.open(folder, i)));
  for (const lane of lanes) undo.defer(() => lane.close());
  const grounds = hosts.zones.map((zone, i): DrainGround => {
    const numbers = Array.from({ length: SERVERS }, (_, place) => 2 * place + i);
    return { cloud, hosts, zone, servers, numbers, lanes: [lanes[2 * i] as Lane, lanes[2 * i + 1] as Lane] };
  });
  let next = from;
  await Promise.all(
    grounds.map(async (ground) => {
      while (next < from + rounds && !stop.aborted) {
        const round = drainRoundOf(seed, next++);
        const start = Date.now();
        const seen = await playDrain(ground, round);
        const violations = judgeDrain(seen);
        countDrain(summary, seen, violations);
        say(drainLine(seen, (Date.now() - start) / 1000));
        for (const { kind, text } of violations) say(`  ${kind}: ${text}`);
        for (const [i, { deleted }] of seen.servers.entries())
          if (deleted) await servers.replace(ground.numbers[i] as number);
      }
    }),
  );
  summary.seconds = (Date.now() - began) / 1000;
  return summary;
}
