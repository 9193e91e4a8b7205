import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labApi } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { REPOSITORY } from "../../../toolchain/paths.ts";
import { EDITS, type Edit, type Plain } from "../../support/stack/argument-edits.ts";
import { connectLab, eventually, truth } from "../../support/lab/cloud.ts";
import { serverStack, type PlannedStep, type ServerStack, type Servers } from "../../support/stack/declared-servers.ts";

const LIVE = "guarded";
const BASE: Plain = {
  name: "guarded-vm",
  host: "node-05",
  flavor: "m1.nano",
  networks: [{ name: "flat" }],
  bootVolume: { name: "guarded-boot", sizeGiB: 2, image: "guest" },
  dataVolumes: { data: { name: "guarded-data", sizeGiB: 2 } },
  userData: "#!/bin/sh\ntrue",
  metadata: { tier: "silver" },
};

/** Every edit as a server of its own, which has the live one's state. */
const CASES = Object.entries(EDITS).flatMap(([argument, edits]) =>
  edits.map((edit, i) => ({ argument, ...edit, server: `${LIVE}-${argument.replaceAll(/\W+/g, "-")}-${i}` })),
);
const edited = ({ edit }: Edit): Plain => {
  const args = structuredClone(BASE);
  edit(args);
  return args;
};
const program = (cases: typeof CASES): Servers =>
  Object.fromEntries(cases.map((one) => [one.server, edited(one) as unknown as Servers[string]]));

let stack: ServerStack;
let cloud: Cloud;
let serverId: string;
const live = (over: Partial<Plain> = {}) => stack.declare({ [LIVE]: { ...BASE, ...over } });
const done = async (...args: string[]) => {
  const { exitCode, all } = await stack.pulumi(...args);
  expect([exitCode, exitCode === 0 ? "" : all]).toEqual([0, ""]);
};
const replacing = (steps: PlannedStep[]) => steps.filter(({ op }) => /replace|delete/.test(op)).map(({ urn }) => urn);

beforeAll(async () => {
  cloud = await connectLab();
  stack = await serverStack();
  await live();
  await done("up", "--yes", "--skip-preview");
  const [server] = (await cloud.compute.getServers({ allProjects: true })).filter(({ name }) => name === BASE.name);
  serverId = server?.id ?? "";
});
afterAll(async () => {
  await live({ protect: false });
  await done("up", "--yes", "--skip-preview");
  await done("destroy", "--yes", "--skip-preview");
  await stack.remove();
  await cloud.session.close();
});

describe("every argument of a server that exists", () => {
  it("is updated, ignored or refused as docs/changes.md has it, and never replaces the server", async () => {
    const own = await stack.readState();
    const ours = own.deployment.resources.filter(({ urn }) => urn.includes("VolumeBackedServer"));
    const copies = CASES.flatMap(
      ({ server }) => JSON.parse(JSON.stringify(ours).replaceAll(/::guarded(?=["-])/g, `::${server}`)) as typeof ours,
    );
    const others = own.deployment.resources.filter((resource) => !ours.includes(resource));
    try {
      await stack.writeState({
        ...own,
        deployment: { ...own.deployment, resources: [...others, ...copies] },
      });

      await stack.declare(program(CASES));
      const all = await stack.preview();
      const refused = CASES.filter(({ server }) => all.said.includes(`  ${server}.`));
      expect([all.exitCode, all.said.match(/(\d+) problems? in the changes/)?.[1]]).toEqual([1, `${refused.length}`]);
      expect(all.said).not.toMatch(/problem: *$|fix: *$/m);

      const allowed = CASES.filter((one) => !refused.includes(one));
      await stack.declare({ ...program(allowed), ...untouched(refused) });
      const { steps, said, exitCode } = await stack.preview();
      const effects = CASES.map((one) => ({
        argument: one.argument,
        to: one.to,
        effect: refused.includes(one) ? "**refused**" : effectOn(one.server, steps, said),
      }));
      expect([exitCode, said.match(/unable to replace resource/g)?.length]).toEqual([1, 1]);
      const table = effects.map(({ argument, to, effect }) => `\`${argument}\` | ${to} | ${effect}`);
      expect(table).toEqual(await documented());
    } finally {
      await stack.writeState(own);
    }
  });

  it("is not replaced by what others did to it: moved, other metadata, another interface, a refresh", async () => {
    const api = await labApi();
    await live();
    await api.call("compute", "POST", `/servers/${serverId}/metadata`, { metadata: { hand: "made" } });
    await api.call("compute", "POST", `/servers/${serverId}/os-interface`, { interfaceAttachment: {} });
    await cloud.compute.liveMigrate(serverId, { host: "node-06", blockMigration: "auto" });
    await eventually("the server has moved", 60, async () => {
      const { host, status } = await cloud.compute.getServer(serverId);
      return host === "node-06" && status === "ACTIVE";
    });
    await done("refresh", "--yes", "--skip-preview");
    const { exitCode, steps, said } = await stack.preview();
    expect([exitCode, exitCode === 0 ? "" : said]).toEqual([0, ""]);
    expect(replacing(steps)).toEqual([]);
  });
});

describe("a protected server", () => {
  it.each([
    ["destroyed", ["destroy", "--yes", "--skip-preview"]],
    ["removed from the program, or renamed there", ["up", "--yes", "--skip-preview"]],
  ])("stays whole when it is %s without a preview", async (what, command) => {
    const before = await truth(cloud, serverId);
    expect(before.volumes).toHaveLength(2);
    await (what === "destroyed" ? live() : stack.declare({}));
    const { exitCode, all } = await stack.pulumi(...command);
    expect(exitCode).not.toBe(0);
    expect(all).toMatch(/ProtectedServer::guarded"?[^]*protected/);
    expect(await truth(cloud, serverId)).toEqual(before);
  });
});

/** Those whose edits are refused are declared as they are. */
const untouched = (cases: typeof CASES): Servers =>
  Object.fromEntries(cases.map(({ server }) => [server, BASE as unknown as Servers[string]]));

/** What the plan has for a server's own resources, in words. */
function effectOn(server: string, steps: PlannedStep[], said: string): string {
  const own = steps.filter(({ urn, op }) => op !== "same" && new RegExp(`\\$openstack:.*::${server}(-|$)`).test(urn));
  const replaced = own.find(({ op }) => op.includes("replace"));
  // In the JSON that it is part of, the message's quotes are escaped.
  if (replaced && said.includes(`unable to replace resource \\"${replaced.urn}`)) return "**refused** while protected";
  const words = own.map(
    ({ op, urn, oldState }) =>
      `${op === "delete" && oldState?.retainOnDelete ? "let go" : op} ${urn.split(":").at(-3) ?? ""}`,
  );
  return [...new Set(words)].sort().join(", ") || "nothing";
}

/** The rows of the table in the documentation, without padding. */
async function documented(): Promise<string[]> {
  const text = await readFile(join(REPOSITORY, "docs/changes.md"), "utf8");
  const rows = /<!-- arguments: begin -->\n\n.*\n.*\n([^]*?)\n\n<!-- arguments: end -->/.exec(text)?.[1] ?? "";
  return rows.split("\n").map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
      .join(" | "),
  );
}
