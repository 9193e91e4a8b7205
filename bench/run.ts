/**
 * `npm run bench`: how long one migration takes by `live-migrate run`, by the `openstack` client (python3-openstackclient)
 * and by Nova itself, in rounds that alternate, on a lab that is up; and how long the command takes to start.
 * See bench/README.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { isUp } from "../lab/api.ts";
import type { Profile } from "../lab/settings.ts";
import { singleMigration, table, type Figures } from "./figures.ts";
import { singleMigrations } from "./single-migration.ts";
import { secondsToFirstRequest } from "./start-up.ts";

const ENGINE = join(import.meta.dirname, "../dist/live-migrate.js");

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const options = new Command("bench")
  .addOption(new Option("--profile <profile>", "of the lab").choices(["fleet", "guest"]).default("fleet"))
  .option("--rounds <n>", "rounds, one migration each way", positive, 5)
  .option("--seconds <s>", "how long the fake hypervisor copies memory", positive, 2)
  .option("--json <file>", "write the figures as JSON too")
  .parse()
  .opts<{ profile: Profile; rounds: number; seconds: number; json?: string }>();
const { profile, rounds } = options;
process.env["LAB_PROFILE"] = profile;

if (!(await isUp(profile))) {
  console.error(`The ${profile} lab is not up. Fix: npm run lab -- up --profile ${profile}`);
  process.exit(2);
}

const measured = await singleMigrations({ profile, engine: ENGINE, rounds, pace: options.seconds }, console.error);
const single = singleMigration(measured);
const startUpSeconds = Math.round((await secondsToFirstRequest(ENGINE, 11)) * 1000) / 1000;
const figures: Figures = {
  startUpSeconds,
  [profile === "fleet" ? "singleMigration" : "singleMigrationGuest"]: single,
  rounds: measured,
};
console.log(table(single, rounds).join("\n"));
console.log(`from the start of live-migrate to its first request: ${Math.round(startUpSeconds * 1000)} ms`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
