import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab } from "../support/lab/cloud.ts";
import { Gate } from "./gate.ts";
import { Hosts } from "./hosts.ts";
import { judgeMove } from "./judge.ts";
import { Lane } from "./lane.ts";
import { playRound, type Ground } from "./round.ts";
import { roundOf, SERVERS, type Round } from "./schedule.ts";
import { Servers } from "./servers.ts";
import { count, emptySummary, roundLine, type Summary } from "./summary.ts";

export interface ChaosOptions {
  seed: number;
  rounds: number;
  /** The first round's number: to repeat some of a longer run. @default 1 */
  from?: number;
  /** Rounds at a time, each with servers of its own. @default 3 */
  parallel?: number;
  /** Whether the cloud's own services die, too: slow. @default true */
  cloudFaults?: boolean;
  say?: (line: string) => void;
  /** Ends after the rounds under way. */
  stop?: AbortSignal;
}

/** Plays rounds on the fleet lab, which must be up and nobody else's meanwhile; leaves it as it was. */
export async function chaos(options: ChaosOptions): Promise<Summary> {
  const { seed, rounds, from = 1, parallel = 3, cloudFaults = true, say = () => undefined, stop } = options;
  const began = Date.now();
  const summary = emptySummary(seed);
  await using prepared = await prepare(parallel);
  const { grounds, servers, hosts } = prepared;
  const fleet = { hosts: hosts.names, zones: hosts.zones };
  const gate = new Gate();
  let next = from;
  await Promise.all(
    grounds.map(async (ground) => {
      while (next < from + rounds && stop?.aborted !== true) {
        const round = roundOf(seed, next++, fleet, cloudFaults);
        // What a service's death explains in this round must not be found in another.
        await gate.enter(round.cloudFault !== null, () => play(ground, round, summary, say));
      }
    }),
  );
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
    await ground.servers.replace(ground.firstServer + seen.move.server);
  }
}

interface Prepared extends AsyncDisposable {
  hosts: Hosts;
  servers: Servers;
  grounds: Ground[];
}

/** Zone, servers, and a way to the cloud for each server; disposing of it removes them all. */
async function prepare(parallel: number): Promise<Prepared> {
  await using undo = new AsyncDisposableStack();
  const cloud: Cloud = await connectLab();
  undo.defer(() => cloud.session.close());
  const folder = await mkdtemp(join(tmpdir(), "chaos-"));
  undo.defer(() => rm(folder, { recursive: true }));
  const hosts = await Hosts.of(cloud);
  undo.defer(() => hosts.removeZone());
  const servers = new Servers(cloud, hosts.names);
  await servers.sweep();
  await hosts.makeZone();
  undo.defer(() => servers.removeAll());
  await servers.make(parallel * SERVERS);
  const lanes = await Promise.all(Array.from({ length: parallel * SERVERS }, (_, i) => Lane.open(folder, i)));
  for (const lane of lanes) undo.defer(() => lane.close());
  const grounds = Array.from({ length: parallel }, (_, i): Ground => {
    const firstServer = i * SERVERS;
    return { cloud, hosts, servers, firstServer, lanes: lanes.slice(firstServer, firstServer + SERVERS) };
  });
  const moved = undo.move();
  return { hosts, servers, grounds, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
