/**
 * Runs of pulumi that end before their time while a server moves, and what docs/operations.md says to do then: exactly that
 * is run here. What needs a guest, or an engine that is killed alone: test/lab/2-interrupted.test.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { setPace } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/cloud.ts";
import { doAsDocumented, isClean, killAll, PATIENCE, said } from "../support/interrupted.ts";
import { descendantsOf, processes } from "../support/processes.ts";
import { Stack } from "../support/stack.ts";

const HOSTS = ["node-07", "node-08"] as const;
const MOVED = "interrupted-move";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

describe("a move", () => {
  let stack: Stack;
  let id: string;
  beforeAll(async () => {
    stack = await Stack.open({ name: MOVED, config: { servers: { [MOVED]: {} } } });
    id = (await stack.place({ [MOVED]: HOSTS[0] }))[MOVED]?.id ?? "";
  });
  afterAll(async () => {
    setPace(undefined, id);
    await stack.destroy();
  });

  /** An `up` that has the server on its way, and Nova half done until {@link goOn}. */
  async function underWay() {
    const before = await migrationCount(cloud, id);
    const { host } = await cloud.compute.getServer(id);
    const target = host === HOSTS[0] ? HOSTS[1] : HOSTS[0];
    setPace({ seconds: 1, stall_at: 0.5 }, id);
    onTestFinished(goOn);
    await stack.configure({ [MOVED]: target });
    const update = stack.startUp();
    await eventually("Nova migrates it", PATIENCE, async () => {
      const [latest] = await cloud.compute.getMigrations({ instanceId: id, limit: 1 });
      return (await migrationCount(cloud, id)) > before && latest?.status === "running";
    });
    return { update, before, target };
  }

  const goOn = () => {
    setPace(undefined, id);
  };

  /** It was moved once, and everything is verified. */
  async function moved({ before, target }: { before: number; target: string }): Promise<void> {
    const output = (await stack.servers())[MOVED];
    expect(output).toMatchObject({ id, host: target, migration: { outcome: "migrated" } });
    expect(output?.migration.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await migrationCount(cloud, id)).toBe(before + 1);
    expect(await truth(cloud, id)).toEqual(wholeOn(target, 1));
    await isClean(stack);
  }

  const SIGNALS = [
    { row: "`pulumi up`, by Ctrl-C", kills: ["SIGINT"] },
    { row: "`pulumi up`, by SIGTERM", kills: ["SIGTERM"] },
    { row: "`pulumi up`, by Ctrl-C twice", kills: ["SIGINT", "SIGINT"] },
  ] as const;
  it.each(SIGNALS)("$row: the next `up` adopts it", async ({ row, kills }) => {
    const move = await underWay();
    for (const signal of kills) {
      move.update.kill(signal);
      await sleep(300);
    }
    expect((await move.update.ended).exitCode).not.toBe(0);
    goOn();
    await doAsDocumented(stack, row);
    await moved(move);
  });

  it("loses pulumi alone: its engine watches on, and the next `up` adopts the same migration", async () => {
    const move = await underWay();
    const [engine] = await descendantsOf(move.update.pid, "live-migrate.js");
    move.update.kill("SIGKILL");
    await move.update.ended;
    const locked = await stack.up();
    expect([locked.exitCode === 0, said(locked)]).toEqual([false, expect.stringContaining("currently locked")]);
    goOn();
    await doAsDocumented(stack, "`pulumi up` alone, by SIGKILL");
    await moved(move);
    await eventually("the orphan has ended", PATIENCE, async () => {
      return (await processes()).every(({ pid }) => pid !== engine);
    });
  });

  it("loses everything at once", async () => {
    const move = await underWay();
    await killAll(move.update);
    goOn();
    await doAsDocumented(stack, "everything at once: the machine, the CI runner");
    await moved(move);
  });

  it("is not disturbed by a second `up`, which is refused", async () => {
    const move = await underWay();
    const second = await stack.up();
    expect([second.exitCode === 0, said(second)]).toEqual([false, expect.stringContaining("currently locked")]);
    goOn();
    expect((await move.update.ended).exitCode).toBe(0);
    await doAsDocumented(stack, "nothing: an `up` is refused, for another one runs");
    await moved(move);
  });

  it("happens once although `pulumi cancel` let another `up` in", async () => {
    const move = await underWay();
    expect((await stack.run(["cancel", "--yes"])).exitCode).toBe(0);
    const second = stack.startUp();
    await eventually("the second engine runs", PATIENCE, async () => {
      return (await descendantsOf(second.pid, "live-migrate.js")).length > 0;
    });
    goOn();
    await Promise.all([move.update.ended, second.ended]);
    await doAsDocumented(stack, "nothing: `pulumi cancel` took the lock off one that runs");
    await moved(move);
  });

  it("is read in its middle by `pulumi refresh`", async () => {
    const move = await underWay();
    await killAll(move.update);
    expect((await stack.run(["cancel", "--yes"])).exitCode).toBe(0);
    const refreshed = await stack.run(["refresh", "--yes", "--skip-preview", "--config-file", stack.configFile]);
    expect([refreshed.exitCode, said(refreshed)]).toEqual([0, expect.any(String)]);
    goOn();
    await eventually("it has arrived", PATIENCE, async () => {
      const { host, taskState } = await cloud.compute.getServer(id);
      return host === move.target && taskState === null;
    });
    const stale = await stack.preview();
    expect([stale.result.exitCode, stale.said]).toEqual([0, expect.any(String)]);
    await doAsDocumented(stack, "nothing: `pulumi refresh` ran while a server moved");
    await moved(move);
  });

  it("is previewed, and the preview is killed: nothing is left of it", async () => {
    const { host } = await cloud.compute.getServer(id);
    const before = await migrationCount(cloud, id);
    await stack.configure({ [MOVED]: host === HOSTS[0] ? HOSTS[1] : HOSTS[0] });
    const preview = stack.start(["preview", "--config-file", stack.configFile]);
    await eventually(
      "the program runs",
      PATIENCE,
      async () => (await descendantsOf(preview.pid, "index.ts")).length > 0,
    );
    await killAll(preview);
    expect(await doAsDocumented(stack, "`pulumi preview`, however")).toContain(`command:local:Command ${MOVED} update`);
    expect(await migrationCount(cloud, id)).toBe(before);
    await stack.configure({ [MOVED]: host ?? "" });
    await isClean(stack);
  });
});
