import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab } from "../support/cloud.ts";
import { Hosts } from "./hosts.ts";
import { judgeMove } from "./judge.ts";
import { Lane } from "./lane.ts";
import { playRound, type Ground } from "./round.ts";
import { roundOf, type Round } from "./schedule.ts";
import { Servers } from "./servers.ts";
import { count, emptySummary, roundLine, type Summary } from "./summary.ts";

export interface ChaosOptions {
  seed: number;
  rounds: number;
  /** The first round's number: to repeat some of a longer run. @default 1 */
  from?: number;
  /** @default 8 */
  servers?: number;
  /** Whether the cloud's own services die, too: slow. @default true */
  cloudFaults?: boolean;
  say?: (line: string) => void;
  /** Ends after the round under way. */
  stop?: AbortSignal;
}

/** At most so many servers in one round. */
const LANES = 4;

/** Plays rounds on the fleet lab, which must be up and nobody else's meanwhile; leaves it as it was. */
export async function chaos(options: ChaosOptions): Promise<Summary> {
  const { seed, rounds, from = 1, servers: serverCount = 8, cloudFaults = true, say = () => undefined } = options;
  const began = Date.now();
  const summary = emptySummary(seed);
  await using ground = await prepare(serverCount);
  const { hosts, servers } = ground;
  const fleet = { hosts: hosts.names, zones: hosts.zones, servers: serverCount };
  for (let number = from; number < from + rounds && options.stop?.aborted !== true; number++) {
    const round = roundOf(seed, number, fleet, cloudFaults);
    await play(ground, round, summary, say);
  }
  summary.servers = servers.everMade;
  summary.seconds = (Date.now() - began) / 1000;
  return summary;
}

async function play(ground: Ground, round: Round, summary: Summary, say: (line: string) => void): Promise<void> {
  const began = Date.now();
  const moves = await playRound(ground, round);
  const judged = moves.map((seen) => ({ seen, judgement: judgeMove(seen) }));
  const known = summary.findings.length;
  count(summary, round, judged);
  say(roundLine(round, moves, (Date.now() - began) / 1000));
  for (const { kind, server, text } of summary.findings.slice(known)) say(`  ${kind}: server ${server}: ${text}`);
  for (const { seen, judgement } of judged) {
    if (!judgement.broken) continue;
    say(`  server ${seen.serverId} was broken by Nova and is replaced: ${seen.attempts.at(-1)?.words ?? ""}`);
    await ground.servers.replace(seen.move.server);
  }
}

/** Zone, servers, and a way to the cloud for each server of a round; disposing of it removes them all. */
async function prepare(serverCount: number): Promise<Ground & AsyncDisposable> {
  await using undo = new AsyncDisposableStack();
  const cloud: Cloud = await connectLab();
  undo.defer(() => cloud.session.close());
  const folder = await mkdtemp(join(tmpdir(), "chaos-"));
  undo.defer(() => rm(folder, { recursive: true }));
  const hosts = await Hosts.of(cloud);
  undo.defer(() => hosts.removeZone());
  await hosts.makeZone();
  undo.defer(() => hosts.mend());
  const servers = new Servers(cloud, hosts.names);
  undo.defer(() => servers.removeAll());
  await servers.make(serverCount);
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, i) => Lane.open(folder, i)));
  for (const lane of lanes) undo.defer(() => lane.close());
  const moved = undo.move();
  return { cloud, hosts, servers, lanes, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
