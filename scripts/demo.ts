/** `npm run demo`: from a fresh machine to two servers that were moved live to another availability zone. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { labPaths } from "../lab/api.ts";
import { connect, type Cloud } from "../openstack/cloud.ts";
import { Journal } from "../migration/journal.ts";
import type { MigrationRecord } from "../migration/record.ts";
import type { Server } from "../openstack/server.ts";
import { toolchainPaths } from "../toolchain/paths.ts";
import { provideToolchain } from "../toolchain/toolchain.ts";
import { disagreements, hasPendingCommands } from "./demo/agreement.ts";
import { GuestShell } from "./demo/guest.ts";
import { DemoError, Narrator, table } from "./demo/narrator.ts";
import { observe, tables, type Observation } from "./demo/observation.ts";
import { unexpectedSteps, type Preview } from "./demo/preview.ts";
import { readStackFile, setHosts, type DeclaredServer } from "./demo/stack-file.ts";
import { Stack } from "./demo/stack.ts";
import { labThings, removeFromLab, unverifiableMoves, waitForRest } from "./demo/start-over.ts";
import { compare, recordLine, recordProblems } from "./demo/verification.ts";

const SOURCE = "node-28";
const DESTINATION = "node-31";
/** A tiny guest under software emulation answers well within this. */
const GUEST_SECONDS = 180;

/** The outputs hold whole records: hundreds of lines that the tables sum up. */
const UP = ["up", "--yes", "--skip-preview", "--suppress-outputs"];

const narrator = new Narrator();
const say = narrator.say.bind(narrator);
const paths = toolchainPaths();
process.chdir(paths.repository);

/** The story. */
async function demo(): Promise<void> {
  const stack = await narrator.chapter("The Pulumi command line and the live-migrate command", setUp);
  await narrator.chapter("A real OpenStack on this machine", async () => {
    await narrator.run("npm run lab -- up", [process.execPath, "lab/cli.ts", "up"], ownEnvironment());
  });
  process.env["OS_CLIENT_CONFIG_FILE"] = labPaths().cloudsFile;
  const cloud = await connect({ cloud: "lab" });
  try {
    await narrator.chapter("The dev stack", () => bringTogether(stack, cloud));
    const { servers, zones } = readStackFile(await readFile(stack.file, "utf8"));
    const zone = Object.keys(zones).find((name) => zones[name]?.includes(DESTINATION)) ?? "";

    await narrator.chapter(`\`pulumi up\`: both servers on ${SOURCE}`, async () => {
      await setHostsInFile(stack, SOURCE);
      await stack.show(...UP);
    });
    await narrator.chapter("Data on the data volume", () => prepare(cloud, stack, servers));
    const before = await narrator.chapter("Before", () => look(cloud, stack, servers));
    await narrator.chapter(`The host of both changed to ${DESTINATION}: the preview`, async () => {
      await setHostsInFile(stack, DESTINATION);
      await preview(stack, servers);
    });
    await narrator.chapter(`\`pulumi up\`: both servers move to ${DESTINATION}, live`, () => stack.show(...UP));
    const after = await narrator.chapter("After", () => look(cloud, stack, servers));
    await narrator.chapter("Verification", () => verify(stack, before, after, { host: DESTINATION, zone }));
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

/** Makes sure that `pulumi up` can work from the stack's state and what is in the lab, whatever a run before left. */
async function bringTogether(stack: Stack, cloud: Cloud): Promise<void> {
  const declared = readStackFile(await readFile(stack.file, "utf8"));
  await stack.open();
  await waitForRest(cloud, declared, say);
  const state = await stack.state();
  const reasons = [
    ...disagreements(state, await labThings(cloud), declared),
    ...(await unverifiableMoves(cloud, new Journal(), declared)),
  ];
  if (reasons.length > 0) {
    say(`Starting over with the stack, in the lab only:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
    await removeFromLab(cloud, declared);
    await stack.show("stack", "rm", "--yes", "--force", "--preserve-config");
    await stack.open();
  } else if (hasPendingCommands(state)) {
    await stack.show("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  }
  say(
    `Stack and lab agree: ${state.resources.length > 1 && reasons.length === 0 ? "goes on with what is there" : "nothing is there yet"}.`,
  );
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

async function serverIds(stack: Stack): Promise<Record<string, { id: string; migration: MigrationRecord }>> {
  const text = await stack.ask("stack", "output", "servers", "--json");
  return JSON.parse(text) as Record<string, { id: string; migration: MigrationRecord }>;
}

async function guestOf(server: Server): Promise<GuestShell> {
  const address = server.addresses.find(({ version }) => version === 4)?.address;
  if (address === undefined) throw new DemoError(`${server.name} has no IPv4 address`);
  const folder = path.join(paths.state, "demo");
  await mkdir(folder, { recursive: true });
  return new GuestShell(address, labPaths().guestKey, folder, server.id);
}

async function prepare(cloud: Cloud, stack: Stack, servers: readonly DeclaredServer[]): Promise<void> {
  const ids = await serverIds(stack);
  for (const { name, mountPoint } of servers) {
    const guest = await guestOf(await cloud.compute.getServer(ids[name]?.id ?? ""));
    await guest.wait(GUEST_SECONDS);
    say(`${name} answers: ${guest.shown}`);
    if (mountPoint === undefined) continue;
    await guest.prepareDataVolume(mountPoint);
    say(`${name}: /dev/vdb1 is formatted and mounted on ${mountPoint}, with a file of random bytes`);
  }
}

async function look(cloud: Cloud, stack: Stack, servers: readonly DeclaredServer[]): Promise<Map<string, Observation>> {
  const ids = await serverIds(stack);
  const seen = new Map<string, Observation>();
  for (const { name, mountPoint } of servers) {
    const observation = await observe(cloud, ids[name]?.id ?? "", async (server) =>
      (await guestOf(server)).view(mountPoint),
    );
    seen.set(name, observation);
    say(`${tables(observation, (await guestOf(observation.server)).shown)}\n`);
  }
  return seen;
}

async function preview(stack: Stack, servers: readonly DeclaredServer[]): Promise<void> {
  await stack.show("preview", "--diff");
  const steps = JSON.parse(await stack.ask("preview", "--json")) as Preview;
  const names = servers.map(({ name }) => name);
  const unexpected = unexpectedSteps(steps, names);
  if (unexpected.length > 0) throw new DemoError(`The preview is not what it should be:\n- ${unexpected.join("\n- ")}`);
  say(
    `By \`preview --json\`: updates of the migrations of ${names.join(" and ")}; nothing is replaced, made or deleted.`,
  );
}

async function verify(
  stack: Stack,
  before: Map<string, Observation>,
  after: Map<string, Observation>,
  destination: { host: string; zone: string },
): Promise<void> {
  const outputs = await serverIds(stack);
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
  if (problems.length > 0) throw new DemoError(`This does not hold:\n- ${problems.join("\n- ")}`);
  say(
    `Everything holds: ${[...after.keys()].join(" and ")} run on ${destination.host} in zone ${destination.zone}, and were never stopped.`,
  );
}

/** Of the user's own cloud nothing counts here. */
function ownEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("OS_"));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const FURTHER = `How to look further:
  npm run --silent pulumi -- stack output servers --json      the records: every check, the timings, the downtime
  npm run lab -- status                                       the lab's services; \`logs\`, \`exec node-31 virsh list\`
  export OS_CLIENT_CONFIG_FILE=$PWD/.state/lab/clouds.yaml OS_CLOUD=lab
  openstack server list --long                                the article's commands
  npx live-migrate plan admin_vm01 --host node-28             what a move back would take; \`run\` does it
  change a host in Pulumi.dev.yaml, then npm run pulumi -- up
  npm run lab -- down                                         ends all of it (--wipe: its files too)`;

try {
  await demo();
} catch (error) {
  if (error instanceof Error && ["DemoError", "SetupError"].includes(error.name)) console.error(`\n${error.message}`);
  else console.error(error);
  process.exitCode = 1;
}
