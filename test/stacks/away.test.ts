/** A server that lives elsewhere because its own host is closed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { moveByHand } from "../support/lab/move-by-hand.ts";
import { changesByName, settingPath, Stack } from "../support/stack/stack.ts";

describe("a server that was moved away because its host is closed", () => {
  const [NAME, HOME, REFUGE] = ["away", "node-07", "node-08"];
  let cloud: Cloud;
  let away: Stack;
  let id: string;

  beforeAll(async () => {
    cloud = await connectLab();
    away = await Stack.open({ name: "away", config: { servers: { [NAME]: {} } } });
    id = (await away.place({ [NAME]: HOME }))[NAME]?.id ?? "";
  });
  afterAll(async () => {
    await close(false);
    await away.destroy();
    await cloud.session.close();
  });

  /** Disables the home host for maintenance, or enables it again. */
  async function close(closed: boolean): Promise<void> {
    const [service] = await cloud.compute.getServices({ binary: "nova-compute", host: HOME });
    const body = closed ? { status: "disabled", disabled_reason: "kernel upgrade" } : { status: "enabled" };
    const path = `/os-services/${service?.id ?? ""}`;
    await cloud.session.request("compute", { method: "PUT", path, body, microversion: "2.53" });
  }

  it("is reported as away with the reason, and fails neither the preview nor an `up` about something else", async () => {
    await moveByHand(cloud, id, REFUGE);
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
