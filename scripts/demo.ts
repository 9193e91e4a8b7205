/** `npm run demo`: from a fresh machine to two servers that were moved live to another availability zone. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { labPaths } from "../lab/api.ts";
import { connect } from "../openstack/cloud.ts";
import { toolchainPaths } from "../toolchain/paths.ts";
import { provideToolchain } from "../toolchain/toolchain.ts";
import { bringTogether } from "./demo/bring-together.ts";
import { observeAll, prepareGuests, serverOutputs } from "./demo/guests.ts";
import { DemoError, Narrator, table } from "./demo/narrator.ts";
import type { Observation } from "./demo/observation.ts";
import { unexpectedSteps, type Preview } from "./demo/preview.ts";
import { readStackFile, setHosts, type DeclaredServer } from "./demo/stack-file.ts";
import { Stack } from "./demo/stack.ts";
import { compare, recordLine, recordProblems, type Destination } from "./demo/verification.ts";

const SOURCE = "node-28";
const DESTINATION = "node-31";

/** Without outputs: they hold whole records, which the tables summarise. */
const UP = ["up", "--yes", "--skip-preview", "--suppress-outputs"];

const narrator = new Narrator();
const say = narrator.say.bind(narrator);
const paths = toolchainPaths();
process.chdir(paths.repository);

async function demo(): Promise<void> {
  const stack = await narrator.step("The Pulumi command line and the live-migrate command", setUp);
  await narrator.step("A real OpenStack on this machine", async () => {
    await narrator.run("npm run lab -- up", [process.execPath, "lab/cli.ts", "up"], ownEnvironment());
  });
  process.env["OS_CLIENT_CONFIG_FILE"] = labPaths().cloudsFile;
  const cloud = await connect({ cloud: "lab" });
  try {
    await narrator.step("The dev stack", () => bringTogether(stack, cloud, say));
    const { servers, zones } = readStackFile(await readFile(stack.file, "utf8"));
    const zone = Object.keys(zones).find((name) => zones[name]?.includes(DESTINATION)) ?? "";

    await narrator.step(`\`pulumi up\`: both servers on ${SOURCE}`, async () => {
      await setHostsInFile(stack, SOURCE);
      await stack.show(...UP);
    });
    await narrator.step("Data on the data volume", () => prepareGuests(cloud, stack, servers, say));
    const before = await narrator.step("Before", () => observeAll(cloud, stack, servers, say));
    await narrator.step(`The host of both changed to ${DESTINATION}: the preview`, async () => {
      await setHostsInFile(stack, DESTINATION);
      await preview(stack, servers);
    });
    await narrator.step(`\`pulumi up\`: both servers move to ${DESTINATION}, live`, () => stack.show(...UP));
    const after = await narrator.step("After", () => observeAll(cloud, stack, servers, say));
    await narrator.step("Verification", () => verify(stack, before, after, { host: DESTINATION, zone }));
  } finally {
    await cloud.session.close();
  }
  say(`\n${narrator.times()}\n\n${FURTHER}`);
}

async function setUp(): Promise<Stack> {
  const toolchain = await provideToolchain(say);
  say(`pulumi: ${toolchain.pulumi}`);
  await narrator.run("npm run build", [process.execPath, "scripts/build.ts"], ownEnvironment());
  return new Stack(toolchain, paths, narrator);
}

async function setHostsInFile(stack: Stack, host: string): Promise<void> {
  const text = await readFile(stack.file, "utf8");
  const changed = setHosts(text, host);
  if (changed === text) return;
  await writeFile(stack.file, changed);
  const file = path.relative(paths.repository, stack.file);
  const lines = (from: string): string[] => from.split("\n");
  const now = lines(changed);
  say(file);
  lines(text).forEach((line, i) => {
    if (line !== now[i]) say(`  - ${line.trim()}\n  + ${now[i]?.trim() ?? ""}`);
  });
}

async function preview(stack: Stack, servers: readonly DeclaredServer[]): Promise<void> {
  await stack.show("preview", "--diff");
  const steps = JSON.parse(await stack.ask("preview", "--json")) as Preview;
  const names = servers.map(({ name }) => name);
  const unexpected = unexpectedSteps(steps, names);
  if (unexpected.length > 0) throw new DemoError(`Unexpected preview:\n- ${unexpected.join("\n- ")}`);
  say(
    `\`preview --json\` shows updates of the migrations of ${names.join(" and ")}; nothing is replaced, made or deleted.`,
  );
}

async function verify(
  stack: Stack,
  before: Map<string, Observation>,
  after: Map<string, Observation>,
  destination: Destination,
): Promise<void> {
  const outputs = await serverOutputs(stack);
  const problems: string[] = [];
  for (const [name, is] of after) {
    const was = before.get(name);
    const record = outputs[name]?.migration;
    if (was === undefined || record === undefined) throw new DemoError(`there is no record of ${name}`);
    const facts = compare(was, is, destination);
    const mark = (holds: boolean): string => (holds ? "yes" : "NO");
    say(name);
    say(
      table(
        ["Fact", "Before", "After", "Holds"],
        facts.map((fact) => [fact.what, fact.before, fact.after, mark(fact.holds)]),
      ),
    );
    say(`${recordLine(name, record)}\n`);
    problems.push(
      ...facts.filter(({ holds }) => !holds).map(({ what, after: now }) => `${name}: ${what} is ${now}`),
      ...recordProblems(name, record, destination),
    );
  }
  if (problems.length > 0) throw new DemoError(`These checks failed:\n- ${problems.join("\n- ")}`);
  say(
    `Everything holds: ${[...after.keys()].join(" and ")} run on ${destination.host} in zone ${destination.zone}, and were never stopped.`,
  );
}

/** The environment without the user's own cloud. */
function ownEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("OS_"));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const FURTHER = `Next steps:
  npm run --silent pulumi -- stack output servers --json      the records: every check, the timings, the downtime
  npm run lab -- status                                       the lab's services; \`logs\`, \`exec node-31 virsh list\`
  export OS_CLIENT_CONFIG_FILE=$PWD/.state/lab/clouds.yaml OS_CLOUD=lab
  openstack server list --long                                the commands of the article
  npx live-migrate plan admin_vm01 --host node-28             what a move back would take; \`run\` does it
  change a host in Pulumi.dev.yaml, then npm run pulumi -- up
  npm run lab -- down                                         stops the lab (--wipe: deletes its files too)`;

try {
  await demo();
} catch (error) {
  if (error instanceof Error && ["DemoError", "SetupError"].includes(error.name)) console.error(`\n${error.message}`);
  else console.error(error);
  process.exitCode = 1;
}
