/**
 * `npm run bench`, on a lab that is up: how long one migration takes by `live-migrate run`, by the `openstack` client
 * (python3-openstackclient) and by Nova itself, in rounds that alternate, and how long the command takes to start; and
 * what many servers cost that one command moves; how long hosts of many servers take to drain; and how long previews and updates of a stack of many servers take.
 * See bench/README.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { isUp } from "../lab/api.ts";
import type { Profile } from "../lab/settings.ts";
import { drainTable } from "./drain-figures.ts";
import { drains } from "./drains.ts";
import { drainPlanning, drainPlanningLine } from "./drain-planning.ts";
import { singleMigration, table, type Figures } from "./figures.ts";
import { kindsTable } from "./kind-figures.ts";
import { kindsOfMigration } from "./kinds.ts";
import { manyTable } from "./many-figures.ts";
import { manyServers } from "./many-servers.ts";
import { addScaleOptions, runScale, scaleTable, type ScaleOptions } from "./scale-part.ts";
import { singleMigrations } from "./single-migration.ts";
import { secondsToFirstRequest } from "./start-up.ts";

const ENGINE = join(import.meta.dirname, "../dist/live-migrate.js");

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

function whole(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("a whole number");
  return value;
}

const PARTS = ["single", "kinds", "many", "scale", "drain", "drain-planning"] as const;
/** Against a scripted cloud. */
const WITHOUT_LAB: ReadonlySet<Part> = new Set(["drain-planning"]);
const FLEET_ONLY: ReadonlySet<Part> = new Set(["many", "scale", "drain"]);
type Part = (typeof PARTS)[number];

function parts(text: string): Part[] {
  return text.split(",").map((name) => {
    const part = PARTS.find((one) => one === name);
    if (part === undefined) throw new InvalidArgumentError(`some of ${PARTS.join(",")}`);
    return part;
  });
}

function sources(text: string): number[] {
  const counts = text.split(",").map(Number);
  if (!counts.every((count) => count === 1 || count === 4)) throw new InvalidArgumentError("1, 4 or 1,4");
  return counts;
}

interface Options extends ScaleOptions {
  profile: Profile;
  rounds: number;
  seconds: number;
  only?: Part[];
  manyServers: number;
  manyParallel: number;
  manySeconds: number;
  drainServers: number;
  drainSources: number[];
  drainSeconds: number;
  json?: string;
}

const command = new Command("bench")
  .addOption(new Option("--profile <profile>", "of the lab").choices(["fleet", "guest"]).default("fleet"))
  .option("--only <parts>", `some of ${PARTS.join(",")} (default: all; on the guest profile single,kinds)`, parts)
  .option("--rounds <n>", "single: rounds, one migration each way", positive, 5)
  .option("--seconds <s>", "single: how long the fake hypervisor copies memory", positive, 2)
  .option("--many-servers <n>", "many: how many servers are moved, on the fleet profile", whole, 50)
  .option("--many-parallel <n>", "many: how many at a time", whole, 3)
  .option("--many-seconds <s>", "many: how long the fake hypervisor copies memory", positive, 0.5)
  .option("--drain-servers <n>", "drain: how many servers leave", whole, 40)
  .option("--drain-sources <list>", "drain: from one host, and from four at once", sources, [1, 4])
  .option("--drain-seconds <s>", "drain: how long the fake hypervisor copies memory", positive, 5)
  .option("--json <file>", "write the figures as JSON too");
const options = addScaleOptions(command).parse().opts<Options>();
const { profile, rounds } = options;
const only = options.only ?? (profile === "fleet" ? PARTS : (["single", "kinds"] as const));
process.env["LAB_PROFILE"] = profile;

if (profile !== "fleet" && only.some((part) => FLEET_ONLY.has(part))) {
  console.error(
    "Many servers are measured on the fleet profile. Fix: leave out --profile guest, or ask for single only",
  );
  process.exit(2);
}
if (!only.every((part) => WITHOUT_LAB.has(part)) && !(await isUp(profile))) {
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
if (only.includes("kinds")) {
  const kinds = await kindsOfMigration({ profile, engine: ENGINE, rounds, pace: options.seconds }, console.error);
  figures[profile === "fleet" ? "kinds" : "kindsGuest"] = kinds;
  console.log(kindsTable(kinds, rounds).join("\n"));
}
if (only.includes("many")) {
  const { manyServers: servers, manyParallel: parallel, manySeconds: pace } = options;
  figures.manyServers = await manyServers({ engine: ENGINE, servers, parallel, pace }, console.error);
  console.log(manyTable(figures.manyServers).join("\n"));
}
if (only.includes("scale")) {
  const measured = await runScale(options, console.error);
  Object.assign(figures, measured);
  console.log(scaleTable(measured).join("\n"));
}
if (only.includes("drain")) {
  const { drainServers: servers, drainSources: sources, drainSeconds: pace } = options;
  for (const measured of await drains({ engine: ENGINE, servers, sources, pace }, console.error)) {
    figures[measured.sources === 1 ? "drain" : "drainFourHosts"] = measured;
    console.log(drainTable(measured).join("\n"));
  }
}
if (only.includes("drain-planning")) {
  figures.drainPlanning = await drainPlanning(ENGINE, rounds);
  console.log(drainPlanningLine(figures.drainPlanning));
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
