/** A host of the fleet in maintenance, declared in a stack: drained, proven empty, killed midway, and its servers home again. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Document } from "yaml";
import type { MaintainedHost } from "../../migration/contract/maintenance.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { setPace } from "../../lab/api.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { killAll, PATIENCE, said } from "../support/lab/interrupted.ts";
import { changesByName, settingPath, Stack, type Hosts } from "../support/stack/stack.ts";

const [HOME, REFUGE] = ["node-05", "node-06"];
const NAMES = ["maintained-1", "maintained-2"] as const;
const OTHER = "maintained-3";
const REASON = "kernel upgrade, CHG-1234";
/** Where they are declared, from the beginning to the end. */
const DECLARED: Hosts = { [NAMES[0]]: HOME, [NAMES[1]]: HOME, [OTHER]: REFUGE };

describe("a host in maintenance", () => {
  let cloud: Cloud;
  let stack: Stack;
  let ids: string[] = [];

  beforeAll(async () => {
    cloud = await connectLab();
    const servers = Object.fromEntries([...NAMES, OTHER].map((name) => [name, {}]));
    stack = await Stack.open({ name: "maintenance", config: { servers } });
    const made = await stack.place(DECLARED);
    ids = NAMES.map((name) => made[name]?.id ?? "");
  });
  afterAll(async () => {
    for (const id of ids) setPace(undefined, id);
    // A test that failed after the kill leaves pulumi's lock.
    await stack.run(["cancel", "--yes"]);
    await stack.configure(DECLARED);
    await stack.destroy();
    const service = await serviceOf(HOME);
    const path = `/os-services/${service?.id ?? ""}`;
    const body = { status: "enabled" };
    if (service?.status === "disabled") {
      await cloud.session.request("compute", { method: "PUT", path, body, microversion: "2.53" });
    }
    await cloud.session.close();
  });

  const serviceOf = async (host: string) =>
    (await cloud.compute.getServices({ binary: "nova-compute" })).find((service) => service.host === host);

  const maintain = (document: Document) => {
    document.setIn(settingPath("hosts", HOME, "maintenance"), { reason: REASON, to: [REFUGE] });
  };
  const hosts = async () =>
    JSON.parse((await stack.run(["stack", "output", "hosts", "--json"])).stdout) as Record<string, MaintainedHost>;

  it("is shown by the preview with each server and its target, and nothing is changed", async () => {
    await stack.configure(DECLARED, maintain);
    const { steps, said: text, result } = await stack.preview();
    expect([result.exitCode, changesByName(steps)]).toEqual([
      0,
      ["create command:local:Command maintenance", "create openstack-live-migration:index:HostMaintenance maintenance"],
    ]);
    for (const name of NAMES) expect(text).toContain(`${name}: ${HOME} → ${REFUGE}; live`);
    expect(text).toMatch(new RegExp(`${REFUGE}: 2 servers arrive; .*MEMORY_MB`));
    expect((await serviceOf(HOME))?.status).toBe("enabled");
  });

  it("is drained by the next `up` after all of pulumi was killed in the middle of a move", async () => {
    for (const id of ids) setPace({ seconds: 1, stall_at: 0.5 }, id);
    const update = stack.startUp();
    await eventually("Nova migrates one", PATIENCE, async () => {
      const counts = await Promise.all(ids.map((id) => migrationCount(cloud, id)));
      return counts.some((count) => count > 0);
    });
    await killAll(update);
    for (const id of ids) setPace(undefined, id);
    expect((await serviceOf(HOME))?.status).toBe("disabled");

    // Killed with all else, pulumi leaves its lock.
    expect((await stack.run(["cancel", "--yes"])).exitCode).toBe(0);
    const up = await stack.up();
    expect([up.exitCode, said(up)]).toEqual([0, expect.stringContaining(`${HOME} is empty`)]);
    for (const id of ids) {
      expect(await truth(cloud, id)).toEqual(wholeOn(REFUGE, 1));
      expect(await migrationCount(cloud, id)).toBe(1);
    }
    const host = (await hosts())[HOME];
    expect(host).toMatchObject({ state: "empty", leftovers: [], disabledBy: "this-program" });
    expect(host?.moved.map(({ server, to }) => `${server.name} ${to}`).sort()).toEqual(
      NAMES.map((name) => `${name} ${REFUGE}`),
    );
    expect((await serviceOf(HOME))?.disabledReason).toContain(REASON);
  });

  it("is no change from then on: its servers are away, also for others, and after a refresh", async () => {
    const first = await stack.preview();
    expect([first.result.exitCode, changesByName(first.steps)]).toEqual([0, []]);
    expect(first.said).toContain(`away for maintenance, on ${REFUGE}`);
    expect((await stack.run(["refresh", "--yes", "--config-file", stack.configFile])).exitCode).toBe(0);
    expect((await stack.up()).exitCode).toBe(0);
    expect(changesByName((await stack.preview()).steps)).toEqual([]);
    const servers = await stack.servers();
    for (const [i, name] of NAMES.entries()) expect(servers[name]).toMatchObject({ id: ids[i], host: REFUGE });
    for (const id of ids) expect(await migrationCount(cloud, id)).toBe(1);
  });

  it("takes no server: an edit of `host` onto it is refused with the reason", async () => {
    await stack.configure({ ...DECLARED, [OTHER]: HOME }, maintain);
    const { result, said: text } = await stack.preview();
    expect(result.exitCode).not.toBe(0);
    expect(text).toContain(`${HOME} is in maintenance (${REASON})`);
    const up = await stack.up();
    expect(up.exitCode).not.toBe(0);
    expect(said(up)).toContain(`${HOME} is declared to be in maintenance`);
    const id = (await stack.servers())[OTHER]?.id ?? "";
    expect(await truth(cloud, id)).toEqual(wholeOn(REFUGE, 1));
  });

  it("is open again once its entry is removed, with its servers home, and nothing else to change", async () => {
    await stack.configure(DECLARED);
    const up = await stack.up();
    expect([up.exitCode, up.stderr]).toEqual([0, ""]);
    expect((await serviceOf(HOME))?.status).toBe("enabled");
    for (const id of ids) {
      expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
      expect(await migrationCount(cloud, id)).toBe(2);
    }
    const { steps, said: text } = await stack.preview();
    expect([changesByName(steps), text.includes("drift")]).toEqual([[], false]);
    const servers = await stack.servers();
    for (const [i, name] of NAMES.entries()) expect(servers[name]).toMatchObject({ id: ids[i], host: HOME });
  });
});
