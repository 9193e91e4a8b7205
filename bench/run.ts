/**
 * `npm run bench`: how long one migration takes by `live-migrate run`, by the `openstack` client, and by Nova's own
 * record, on a lab that is up, in rounds that alternate. Needs the `openstack` client (python3-openstackclient).
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { isUp, labEnv, labPaths } from "../lab/api.ts";
import type { MigrationRecord } from "../migration/record.ts";
import { figures, table, type Round } from "./figures.ts";
import { timed } from "./process.ts";
import { makeServer } from "./server.ts";

const PROFILE = "fleet";
const ENGINE = join(import.meta.dirname, "../dist/live-migrate.js");

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const options = new Command("bench")
  .option("--rounds <n>", "rounds, one migration each way", positive, 5)
  .option("--seconds <s>", "how long the fake hypervisor copies memory", positive, 2)
  .option("--json <file>", "write the figures as JSON too")
  .parse()
  .opts<{ rounds: number; seconds: number; json?: string }>();

if (!(await isUp(PROFILE))) {
  console.error(`The ${PROFILE} lab is not up. Fix: npm run lab -- up --profile ${PROFILE}`);
  process.exit(2);
}

const env = labEnv(PROFILE);
const { paceFile } = labPaths(PROFILE);
const paceBefore = existsSync(paceFile) ? readFileSync(paceFile, "utf8") : undefined;
const server = await makeServer(env);
let [here, there] = server.hosts;

/** The server has gone there; next time it comes back. */
function turn(): void {
  [here, there] = [there, here];
}

async function ours(): Promise<Omit<Round, "openstackClient">> {
  const args = [ENGINE, "run", server.id, "--host", there, "--json"];
  const { seconds, peakMemoryMiB, stdout } = await timed(process.execPath, args, env);
  const { timings, requests } = JSON.parse(stdout) as MigrationRecord;
  turn();
  return {
    ours: seconds,
    nova: timings.novaSeconds ?? NaN,
    requests: requests.total,
    requestsWatching: requests.watching,
    peakMemoryMiB,
  };
}

async function theirs(): Promise<number> {
  const how = ["--os-compute-api-version", "2.90", "server", "migrate", "--live-migration", "--wait"];
  const { seconds } = await timed("openstack", [...how, "--host", there, server.id], env);
  turn();
  return seconds;
}

const rounds: Round[] = [];
try {
  writeFileSync(paceFile, JSON.stringify({ seconds: options.seconds }));
  for (let round = 1; round <= options.rounds; round++) {
    const own = await ours();
    const openstackClient = await theirs();
    rounds.push({ ...own, openstackClient });
    const [a, b] = [own.ours.toFixed(2), openstackClient.toFixed(2)];
    console.error(`round ${round} of ${options.rounds}: live-migrate ${a} s, openstack ${b} s, Nova ${own.nova} s`);
  }
} finally {
  if (paceBefore === undefined) rmSync(paceFile, { force: true });
  else writeFileSync(paceFile, paceBefore);
  await server.remove();
}

const result = figures(rounds);
console.log(table(result).join("\n"));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
