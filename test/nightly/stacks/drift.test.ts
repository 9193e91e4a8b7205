/** A server that someone moved behind Pulumi's back: what the next preview says, and what `up` does about it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { moveByHand } from "../../support/lab/move-by-hand.ts";
import { changesByName, Stack } from "../../support/stack/stack.ts";

const POLICIES = ["restore", "warn", "ignore"] as const;
type Policy = (typeof POLICIES)[number];
const nameOf = (policy: Policy) => `drift-${policy}`;

let stack: Stack;
let cloud: Cloud;
let ids: Record<Policy, string>;

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open({
    name: "drift",
    config: { servers: Object.fromEntries(POLICIES.map((onDrift) => [nameOf(onDrift), { migration: { onDrift } }])) },
  });
  const servers = await stack.place(Object.fromEntries(POLICIES.map((policy) => [nameOf(policy), "node-07"])));
  ids = Object.fromEntries(POLICIES.map((policy) => [policy, servers[nameOf(policy)]?.id ?? ""])) as typeof ids;
});
afterAll(async () => {
  await stack.destroy();
  await cloud.session.close();
});

describe("servers that were moved by hand, and a configuration that nobody edited", () => {
  it("show in the preview as their policies say, and `up` moves back what it shall restore", async () => {
    expect(changesByName((await stack.preview()).steps)).toEqual([]);
    for (const policy of POLICIES) await moveByHand(cloud, ids[policy], "node-08");

    const { steps, said, result } = await stack.preview();
    expect(result.exitCode).toBe(0);
    expect(changesByName(steps)).toEqual([`update command:local:Command ${nameOf("restore")}`]);
    const zone = (await cloud.compute.getServer(ids.restore)).availabilityZone ?? "";
    const found = `drift: the server is on node-08 (${zone}), not on node-07 as declared`;
    expect(said).toContain(`${found}; \`pulumi up\` moves it back (onDrift: restore)`);
    expect(said).toContain(`${found}; nothing is moved (onDrift: warn)`);
    expect(said.split("drift: the server is on").length - 1).toBe(2);
    // A preview only reads.
    for (const policy of POLICIES) expect(await migrationCount(cloud, ids[policy])).toBe(1);

    const up = await stack.up();
    expect([up.exitCode, up.stderr]).toEqual([0, ""]);
    expect(await truth(cloud, ids.restore)).toEqual(wholeOn("node-07", 1));
    expect(await truth(cloud, ids.warn)).toEqual(wholeOn("node-08", 1));
    expect(await truth(cloud, ids.ignore)).toEqual(wholeOn("node-08", 1));
    const output = (await stack.servers())[nameOf("restore")];
    expect(output).toMatchObject({ host: "node-07", migration: { outcome: "migrated" } });

    const after = await stack.preview();
    expect(changesByName(after.steps)).toEqual([]);
    expect(after.said.split("drift: the server is on").length - 1).toBe(1);
  });

  it("are restored again when they are moved once more, and once only each time", async () => {
    const before = await migrationCount(cloud, ids.restore);
    await moveByHand(cloud, ids.restore, "node-08");
    expect((await stack.up()).exitCode).toBe(0);
    expect((await stack.up()).exitCode).toBe(0);
    expect(await migrationCount(cloud, ids.restore)).toBe(before + 2);
    expect(await truth(cloud, ids.restore)).toEqual(wholeOn("node-07", 1));
  });

  it("stay where they are once the configuration says so, however they came there", async () => {
    await moveByHand(cloud, ids.restore, "node-08");
    const counts = () => Promise.all(POLICIES.map((policy) => migrationCount(cloud, ids[policy])));
    const before = await counts();
    await stack.configure(Object.fromEntries(POLICIES.map((policy) => [nameOf(policy), "node-08"])));
    expect((await stack.up()).exitCode).toBe(0);
    expect(await counts()).toEqual(before);
    for (const server of Object.values(await stack.servers())) expect(server).toMatchObject({ host: "node-08" });
    const { steps, said } = await stack.preview();
    expect(changesByName(steps)).toEqual([]);
    expect(said).not.toContain("drift: ");
  });
});
