/**
 * `npm run bench`, on a lab that is up: how long one migration takes by `live-migrate run`, by the `openstack` client
 * (python3-openstackclient) and by Nova itself, in rounds that alternate, and how long the command takes to start; and
 * how long previews and updates of a stack of many servers take.
 * See bench/README.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { isUp } from "../lab/api.ts";
import type { Profile } from "../lab/settings.ts";
import { singleMigration, table, type Figures } from "./figures.ts";
import { addScaleOptions, runScale, scaleTable, type ScaleOptions } from "./scale-part.ts";
import { singleMigrations } from "./single-migration.ts";
import { secondsToFirstRequest } from "./start-up.ts";

const ENGINE = join(import.meta.dirname, "../dist/live-migrate.js");

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const PARTS = ["single", "scale"] as const;
type Part = (typeof PARTS)[number];

function parts(text: string): Part[] {
  return text.split(",").map((name) => {
    const part = PARTS.find((one) => one === name);
    if (part === undefined) throw new InvalidArgumentError(`some of ${PARTS.join(",")}`);
    return part;
  });
}

const options = addScaleOptions(new Command("bench"))
  .addOption(new Option("--profile <profile>", "of the lab").choices(["fleet", "guest"]).default("fleet"))
  .option("--rounds <n>", "rounds, one migration each way", positive, 5)
  .option("--seconds <s>", "how long the fake hypervisor copies memory", positive, 2)
  .option("--only <parts>", `some of ${PARTS.join(",")} (default: all; scale is on the fleet profile only)`, parts)
  .option("--json <file>", "write the figures as JSON too")
  .parse()
  .opts<{ profile: Profile; rounds: number; seconds: number; json?: string; only?: Part[] } & ScaleOptions>();
const { profile, rounds } = options;
const only = options.only ?? (profile === "fleet" ? PARTS : ["single"]);
process.env["LAB_PROFILE"] = profile;

if (only.includes("scale") && profile !== "fleet") {
  console.error(
    "A stack of many servers is measured on the fleet profile. Fix: leave out --profile guest or --only scale",
  );
  process.exit(2);
}
if (!(await isUp(profile))) {
  console.error(`The ${profile} lab is not up. Fix: npm run lab -- up --profile ${profile}`);
  process.exit(2);
}

const figures: Figures = {};
if (only.includes("single")) {
  const measured = await singleMigrations({ profile, engine: ENGINE, rounds, pace: options.seconds }, console.error);
  const single = singleMigration(measured);
  const startUpSeconds = Math.round((await secondsToFirstRequest(ENGINE, 11)) * 1000) / 1000;
  figures.startUpSeconds = startUpSeconds;
  figures[profile === "fleet" ? "singleMigration" : "singleMigrationGuest"] = single;
  figures.rounds = measured;
  console.log(table(single, rounds).join("\n"));
  console.log(`from the start of live-migrate to its first request: ${Math.round(startUpSeconds * 1000)} ms`);
}
if (only.includes("scale")) {
  const measured = await runScale(options, console.error);
  Object.assign(figures, measured);
  console.log(scaleTable(measured).join("\n"));
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
