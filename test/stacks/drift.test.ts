/** A server that someone moved behind Pulumi's back: what the next preview says, and what `up` does about it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { changesByName, settingPath, Stack } from "../support/stack/stack.ts";

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

/** As any administrator may, without this project's engine. */
async function moveByHand(id: string, host: string): Promise<void> {
  await cloud.compute.liveMigrate(id, { host });
  await eventually(`${id} is on ${host}`, 60, async () => {
    const server = await cloud.compute.getServer(id);
    const [last] = await cloud.compute.getMigrations({ instanceId: id, limit: 1 });
    return server.host === host && server.taskState === null && last?.status === "completed";
  });
}

describe("servers that were moved by hand, and a configuration that nobody edited", () => {
  it("show in the preview as their policies say, and `up` moves back what it shall restore", async () => {
    expect(changesByName((await stack.preview()).steps)).toEqual([]);
    for (const policy of POLICIES) await moveByHand(ids[policy], "node-08");

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
    await moveByHand(ids.restore, "node-08");
    expect((await stack.up()).exitCode).toBe(0);
    expect((await stack.up()).exitCode).toBe(0);
    expect(await migrationCount(cloud, ids.restore)).toBe(before + 2);
    expect(await truth(cloud, ids.restore)).toEqual(wholeOn("node-07", 1));
  });

  it("stay where they are once the configuration says so, however they came there", async () => {
    await moveByHand(ids.restore, "node-08");
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

describe("a server that was moved away because its host is closed", () => {
  const [NAME, HOME, REFUGE] = ["away", "node-07", "node-08"];
  let away: Stack;
  let id: string;

  beforeAll(async () => {
    away = await Stack.open({ name: "away", config: { servers: { [NAME]: {} } } });
    id = (await away.place({ [NAME]: HOME }))[NAME]?.id ?? "";
  });
  afterAll(async () => {
    await close(false);
    await away.destroy();
  });

  /** Disables the home host for maintenance, or enables it again. */
  async function close(closed: boolean): Promise<void> {
    const [service] = await cloud.compute.getServices({ binary: "nova-compute", host: HOME });
    const body = closed ? { status: "disabled", disabled_reason: "kernel upgrade" } : { status: "enabled" };
    const path = `/os-services/${service?.id ?? ""}`;
    await cloud.session.request("compute", { method: "PUT", path, body, microversion: "2.53" });
  }

  it("is reported as away with the reason, and fails neither the preview nor an `up` about something else", async () => {
    await moveByHand(id, REFUGE);
    await close(true);
    const { steps, said, result } = await away.preview();
    expect([result.exitCode, changesByName(steps)]).toEqual([0, []]);
    expect(said).toContain(`the server is away: it is on ${REFUGE}`);
    expect(said).toContain(`because ${HOME} is disabled (kernel upgrade)`);
    expect((await away.up()).exitCode).toBe(0);
    expect(await truth(cloud, id)).toEqual(wholeOn(REFUGE, 1));

    // Another setting of its own migration changes: the engine runs, and verifies the server where it is.
    await away.configure({ [NAME]: HOME }, (document) => {
      document.setIn(settingPath("servers", NAME, "migration"), { timeoutSeconds: 600 });
    });
    const up = await away.up();
    expect([up.exitCode, up.stderr]).toEqual([0, ""]);
    expect((await away.servers())[NAME]).toMatchObject({ host: REFUGE, migration: { outcome: "away" } });
    expect(await migrationCount(cloud, id)).toBe(1);
    expect(changesByName((await away.preview()).steps)).toEqual([]);
  });

  it("returns with the first `up` after its host is open again", async () => {
    await close(false);
    expect((await away.preview()).said).toContain("moves it back (onDrift: restore)");
    expect((await away.up()).exitCode).toBe(0);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
  });

  it("is refused when its `host` is edited to a closed host", async () => {
    expect((await away.place({ [NAME]: REFUGE }))[NAME]).toMatchObject({ host: REFUGE });
    await close(true);
    const before = await migrationCount(cloud, id);
    await away.configure({ [NAME]: HOME });
    const up = await away.up();
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toContain(`${HOME} is disabled (kernel upgrade)`);
    expect(await migrationCount(cloud, id)).toBe(before);
    expect(await truth(cloud, id)).toEqual(wholeOn(REFUGE, 1));
  });
});
