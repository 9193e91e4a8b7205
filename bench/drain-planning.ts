import { join } from "node:path";
import { DrainPlanSchema } from "../migration/contract/drain.ts";
import { ServedCloud } from "../test/support/http/served-cloud.ts";
import { fullHosts, scriptedFleet } from "../test/support/hosts/scripted-fleet.ts";
import { median } from "./median.ts";
import { timed } from "./process.ts";

const SHAPE = { hosts: 100, full: 20, servers: 1000, page: 100 };

/** `live-migrate drain --plan` of many hosts against a scripted cloud, which answers at once. */
export interface DrainPlanning {
  servers: number;
  hosts: number;
  /** The whole process. Median. */
  seconds: number;
  /** The largest of all rounds. */
  peakMemoryMiB: number;
  requests: number;
}

/** Needs no lab. @throws if not every server is planned */
export async function drainPlanning(engine: string, rounds: number): Promise<DrainPlanning> {
  const mock = scriptedFleet(SHAPE);
  await using served = await ServedCloud.start(mock);
  const env = { PATH: process.env["PATH"] ?? "", HOME: join("/nonexistent", "home"), ...served.env };
  const seconds: number[] = [];
  let [peak, requests] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const before = mock.log().length;
    const run = await timed(process.execPath, [engine, "drain", ...fullHosts(SHAPE.full), "--plan", "--json"], env);
    const { moves, stays } = DrainPlanSchema.parse(JSON.parse(run.stdout));
    if (moves.length !== SHAPE.servers) {
      throw new Error(`${moves.length} servers planned, ${stays.length} stay: ${JSON.stringify(stays[0])}`);
    }
    seconds.push(run.seconds);
    peak = Math.max(peak, run.peakMemoryMiB);
    requests = mock.log().length - before;
  }
  const rounded = (value: number) => Math.round(value * 100) / 100;
  const { servers, hosts } = SHAPE;
  return { servers, hosts, seconds: rounded(median(seconds)), peakMemoryMiB: rounded(peak), requests };
}

/** One line for a person. Pure. */
export const drainPlanningLine = ({ servers, hosts, seconds, peakMemoryMiB, requests }: DrainPlanning): string =>
  `plan of ${servers} servers on ${hosts} hosts: ${seconds.toFixed(2)} s (at most 5), ` +
  `${peakMemoryMiB.toFixed(0)} MiB (at most 150), ${requests} requests`;
