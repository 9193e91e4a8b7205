import { readFileSync } from "node:fs";
import { execa } from "execa";
import { labApi, labEnv, makeServer, setPace, type MadeServer } from "../lab/api.ts";
import type { MigrationRecord } from "../migration/contract/record.ts";
import type { SeveralDocument } from "../migration/contract/several-servers.ts";
import { eachOf } from "./each-of.ts";
import { earlyOf, manyRun, type ManyRun, type ManyServers, type Milestone } from "./many-figures.ts";
import { highWater } from "./process.ts";

/** Where the servers are made, in turn, and where all of them go; back again they go to the first. */
const SOURCES = ["node-01", "node-02", "node-03"];
const DESTINATION = "node-04";

/** Of a second, as /proc counts processor time. */
const TICK = 0.01;

/** Milliseconds between two looks at the process. */
const LOOK_EVERY = 50;

export interface ManyServersOptions {
  engine: string;
  servers: number;
  parallel: number;
  /** How long the fake hypervisor copies memory, in seconds. */
  pace: number;
}

/**
 * Moves many servers of the fleet by one `live-migrate run --parallel`, from three hosts to a fourth, and by another one
 * after another to one of the three.
 *
 * @throws if any of them does not arrive
 */
export async function manyServers(options: ManyServersOptions, print: (text: string) => void): Promise<ManyServers> {
  const api = await labApi("fleet");
  const made: MadeServer[] = [];
  try {
    const names = Array.from({ length: options.servers }, (_, i) => `bench-many-${process.pid}-${i + 1}`);
    print(`making ${names.length} servers`);
    await eachOf(names, async (name, i) => {
      made.push(await makeServer(api, { name, host: SOURCES[i % SOURCES.length] ?? "", dataVolumes: 0 }));
    });
    const ids = made.map(({ id }) => id);
    for (const id of ids) setPace({ seconds: options.pace }, id);
    const parallel = await measured(options, ids, DESTINATION, options.parallel, print);
    const oneAfterAnother = await measured(options, ids, SOURCES[0] ?? "", 1, print);
    return { servers: ids.length, oneAfterAnother, parallel };
  } finally {
    for (const { id } of made) setPace(undefined, id);
    await eachOf(made, (server) => server.remove());
  }
}

async function measured(
  { engine }: ManyServersOptions,
  ids: readonly string[],
  host: string,
  parallel: number,
  print: (text: string) => void,
): Promise<ManyRun> {
  const args = [engine, "run", ...ids, "--host", host, "--parallel", String(parallel), "--json"];
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = execa(process.execPath, args, { env: labEnv("fleet"), stdin: "ignore" });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid));
  }, LOOK_EVERY);
  let none: Milestone | undefined;
  let early: Milestone | undefined;
  let late: Milestone | undefined;
  let requests = 0;
  let ended = 0;
  const milestone = (): Milestone => ({ servers: ended, seconds: seconds(), requests, ...usage(child.pid ?? 0) });
  // What it takes to start, and to find the servers, is not a server's: it ends with the first word about one.
  child.stderr.once("data", () => (none = milestone()));
  try {
    for await (const line of child) {
      const said = JSON.parse(line) as MigrationRecord | SeveralDocument;
      if ("exitCode" in said) break;
      if (!("outcome" in said)) throw new Error(`live-migrate: ${line}`);
      requests += said.requests.total;
      ended++;
      print(`${ended} of ${ids.length} after ${seconds().toFixed(1)} s: ${said.summary}`);
      if (ended === earlyOf(ids.length)) early = milestone();
      if (ended === ids.length) late = milestone();
    }
    await child;
    if (!none || !early || !late) throw new Error("live-migrate ended before all servers had");
    return manyRun([none, early, late], { parallel, seconds: seconds(), peakMemoryMiB: peak });
  } finally {
    clearInterval(look);
  }
}

/** What a process has resident now, and has had of the processor. */
function usage(pid: number): { memoryMiB: number; cpuSeconds: number } {
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may itself hold spaces; user and system are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { memoryMiB: Number(kib) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) * TICK };
}
