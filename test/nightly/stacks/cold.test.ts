/** Cold migrations by `pulumi up`: of a server that runs, where two settings say so, and of one that is shut off. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { becomes, labApi } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, truth, wholeOn } from "../../support/lab/cloud.ts";
import { changesByName, settingPath, Stack } from "../../support/stack/stack.ts";

describe("a server whose configuration allows cold migrations", () => {
  const [NAME, HOME, ELSEWHERE] = ["cold-vm", "node-05", "node-06"];
  let cloud: Cloud;
  let api: Awaited<ReturnType<typeof labApi>>;
  let stack: Stack;
  let id: string;

  beforeAll(async () => {
    cloud = await connectLab();
    api = await labApi();
    stack = await Stack.open({ name: "cold", config: { servers: { [NAME]: {} } } });
    id = (await stack.place({ [NAME]: HOME }))[NAME]?.id ?? "";
  });
  afterAll(async () => {
    await stack.destroy();
    await cloud.session.close();
  });

  const configure = (host: string, settings: Record<string, unknown>) =>
    stack.configure({ [NAME]: host }, (document) => {
      for (const [key, value] of Object.entries(settings)) document.setIn(settingPath("servers", NAME, key), value);
    });

  it("is not shut down by `kind: cold` alone: the preview refuses, with what else it needs", async () => {
    await configure(ELSEWHERE, { migration: { kind: "cold" } });
    const { exitCode, stdout, stderr } = await stack.run(["preview", "--config-file", stack.configFile]);
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("set allowRestart: true");
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
  });

  it("moves cold with `allowRestart`, as the preview says, and runs on its destination; then no change", async () => {
    await configure(ELSEWHERE, { migration: { kind: "cold" }, allowRestart: true });
    const planned = await stack.preview();
    // The component takes note of its arguments.
    const server = `update openstack-live-migration:index:VolumeBackedServer ${NAME}`;
    expect(changesByName(planned.steps), planned.said).toEqual([`update command:local:Command ${NAME}`, server]);
    expect(planned.said).toMatch(/node-05 .*→ node-06 .*; cold;/);
    const { exitCode, stdout, stderr } = await stack.up();
    expect([exitCode, stderr], stdout).toEqual([0, ""]);
    expect((await stack.servers())[NAME]).toMatchObject({
      id,
      host: ELSEWHERE,
      migration: { outcome: "migrated", kind: "cold", confirmation: "confirmed" },
    });
    expect(await truth(cloud, id)).toEqual(wholeOn(ELSEWHERE, 1));
    expect(changesByName((await stack.preview()).steps)).toEqual([]);
  });

  it("that was shut off moves with `stopped: cold`, and stays shut off; then no change", async () => {
    await api.call("compute", "POST", `/servers/${id}/action`, { "os-stop": null });
    await becomes(api, id, "SHUTOFF");
    await configure(HOME, { migration: { stopped: "cold" } });
    const { exitCode, stdout, stderr } = await stack.up();
    expect([exitCode, stderr], stdout).toEqual([0, ""]);
    expect((await stack.servers())[NAME]).toMatchObject({ id, host: HOME, migration: { kind: "cold" } });
    expect(await truth(cloud, id)).toEqual({ ...wholeOn(HOME, 1), status: "SHUTOFF" });
    expect(changesByName((await stack.preview()).steps)).toEqual([]);
  });
});
