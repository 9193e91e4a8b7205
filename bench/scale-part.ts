import { Command, InvalidArgumentError } from "commander";
import { loadLab } from "../lab/settings.ts";
import { scale, type Scale } from "./scale.ts";
import { scaleServers } from "./scale-servers.ts";

/** Options of `npm run bench` that are about the stack of many servers. */
export interface ScaleOptions {
  servers: number;
  moves: number;
  moveSeconds: number;
  parallel: number;
  previews: number;
  hosts?: string[];
  keep?: boolean;
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number above 0");
  return value;
};

/** Pure. */
export function addScaleOptions(command: Command): Command {
  return command
    .option("--servers <n>", "scale: servers of the stack", count, 200)
    .option("--moves <n>", "scale: how many of them `up` moves", count, 40)
    .option("--move-seconds <s>", "scale: how long the fake hypervisor copies memory", count, 20)
    .option("--parallel <n>", "scale: what Pulumi may do at once", count, 13)
    .option("--previews <n>", "scale: previews of each kind", count, 3)
    .option("--hosts <names>", "scale: where the servers are (default: all hosts of the lab)", (text) =>
      text.split(","),
    )
    .option("--keep", "scale: leave the servers for the next run");
}

/** @throws RangeError for a lab of one host: nothing could move */
export async function runScale(options: ScaleOptions, print: (text: string) => void): Promise<Scale> {
  const { hosts = loadLab("fleet").hosts, keep = false, moveSeconds: pace, previews: rounds } = options;
  if (hosts.length < 2) throw new RangeError("servers can move between two hosts or more: --hosts node-01,node-02");
  const { moves, parallel } = options;
  return await scale({ servers: scaleServers(options.servers, hosts), moves, parallel, pace, rounds, keep }, print);
}

/** Lines for a person. Pure. */
export function scaleTable({ preview, up }: Scale): string[] {
  const ratio = (value: number, by: number) => `${value.toFixed(1)} s, ${(value / by).toFixed(2)} × ${by.toFixed(1)} s`;
  return [
    `preview of ${preview.servers} moves: ${ratio(preview.planningSeconds, preview.plainSeconds)} without planning, ` +
      `which sent ${preview.requests} requests`,
    `up with ${up.moves} moves: ${ratio(up.seconds, up.idealSeconds)} by Nova's own limits; ${up.requests} requests`,
    ...lossLine(up),
  ];
}

function lossLine({ lossesSeconds }: Scale["up"]): string[] {
  if (lossesSeconds === undefined) return [];
  const { beforeFirst, between, afterLast } = lossesSeconds;
  const [a, b, c] = [beforeFirst, between, afterLast].map((seconds) => seconds.toFixed(0));
  return [`  beyond that: ${a} s before the first move, ${b} s between moves, ${c} s after the last one`];
}
