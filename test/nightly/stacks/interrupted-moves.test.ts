/**
 * Runs of pulumi that end before their time while a server moves, and what docs/operations.md says to do then: exactly that
 * is run here. What needs a guest, or an engine that is killed alone: test/lab/2-interrupted.test.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { setPace, type Pace } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { POST } from "../../support/lab/server-pool.ts";
import type { FaultProxy } from "../../support/http/fault-proxy.ts";
import {
  atRequest,
  doAsDocumented,
  endedWhen,
  isClean,
  killAll,
  PATIENCE,
  proxied,
  said,
} from "../../support/lab/interrupted.ts";
import { fillSlot, whileVerifying, type Moved } from "../../support/lab/moments.ts";
import { descendantsOf, processes } from "../../support/processes.ts";
import { recorded } from "../../support/lab/fault-scenario.ts";
import type { Running, Stack } from "../../support/stack/stack.ts";

const HOSTS = ["node-07", "node-08"] as const;
const MOVED = "interrupted-move";
/** Rows of docs/operations.md. */
const EVERYTHING = "everything at once: the machine, the CI runner";
const CTRL_C = "`pulumi up`, by Ctrl-C";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

describe("a move", () => {
  let stack: Stack;
  let proxy: FaultProxy;
  let id: string;
  beforeAll(async () => {
    ({ stack, proxy } = await proxied(MOVED));
    id = (await stack.place({ [MOVED]: HOSTS[0] }))[MOVED]?.id ?? "";
  });
  afterAll(async () => {
    setPace(undefined, id);
    await stack.destroy();
    await proxy.close();
  });
  afterEach(() => {
    proxy.clear();
  });

  /** Where it is, where it is not, and how often it was moved so far. */
  async function toBeMoved() {
    const { host } = await cloud.compute.getServer(id);
    const [source, target] = host === HOSTS[0] ? HOSTS : ([HOSTS[1], HOSTS[0]] as const);
    return { source, target, before: await migrationCount(cloud, id) };
  }

  /** An `up` that has the server on its way, and Nova half done until {@link goOn}. */
  async function underWay() {
    const { target, before } = await toBeMoved();
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

  /** It was moved once, and everything is verified. `adopted`: by a later run than the one that began it. */
  async function moved({ before, target }: { before: number; target: string }, adopted?: boolean): Promise<void> {
    const output = (await stack.servers())[MOVED];
    expect(output).toMatchObject({ id, host: target, migration: { outcome: "migrated" } });
    if (adopted !== undefined) expect(output?.migration.adopted).toBe(adopted);
    expect(output?.migration.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await migrationCount(cloud, id)).toBe(before + 1);
    expect(await truth(cloud, id)).toEqual(wholeOn(target, 1));
    await isClean(stack);
  }

  const SIGNALS = [
    { row: CTRL_C, kills: ["SIGINT"] },
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
    await moved(move, true);
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
    await moved(move, true);
    await eventually("the orphan has ended", PATIENCE, async () => {
      return (await processes()).every(({ pid }) => pid !== engine);
    });
  });

  it("loses everything at once", async () => {
    const move = await underWay();
    await killAll(move.update);
    goOn();
    await doAsDocumented(stack, EVERYTHING);
    await moved(move, true);
  });

  interface Phase {
    phase: string;
    signal: "SIGKILL" | "SIGINT";
    pace?: Pace;
    /** Whether another migration has the source's slot. */
    queued?: boolean;
    aim: (move: Moved, strike: () => Promise<undefined>) => unknown;
    /** Whether Nova has heard of it by then, so that the next run adopts it. */
    sent: boolean;
  }
  const PHASES: Phase[] = [
    {
      phase: "before its request",
      signal: "SIGKILL",
      aim: (_, strike) => {
        atRequest(proxy, POST, "before")(strike);
      },
      sent: false,
    },
    ...(["SIGKILL", "SIGINT"] as const).map((signal): Phase => ({
      phase: "after its request, before the answer",
      signal,
      aim: (_, strike) => {
        atRequest(proxy, POST, "after")(strike);
      },
      sent: true,
    })),
    {
      phase: "while it is queued",
      signal: "SIGKILL",
      queued: true,
      aim: async (_, strike) => {
        await recorded(cloud, id, "queued");
        void strike();
      },
      sent: true,
    },
    {
      phase: "between its arrival and its record's end",
      signal: "SIGKILL",
      pace: { seconds: 0.1, lag: 6 },
      aim: async ({ destination }, strike) => {
        await eventually("it has arrived", PATIENCE, async () => {
          const { host, taskState } = await cloud.compute.getServer(id);
          return host === destination && taskState === null;
        });
        await recorded(cloud, id, "running");
        void strike();
      },
      sent: true,
    },
    { phase: "while it is verified", signal: "SIGKILL", aim: whileVerifying, sent: true },
  ];

  /** As pulumi itself ends on Ctrl-C: not well. */
  const interrupt = async (update: Running) => {
    update.kill("SIGINT");
    expect((await update.ended).exitCode).not.toBe(0);
  };

  it.each(PHASES)("is interrupted $phase by $signal: moved once by the next `up`", async (row) => {
    const { source, target, before } = await toBeMoved();
    setPace(row.pace ?? { seconds: 0.1 }, id);
    onTestFinished(goOn);
    await stack.configure({ [MOVED]: target });
    const move = { server: { id }, source, destination: target, proxy, cloud };
    const free = row.queued === true ? await fillSlot(move) : undefined;
    try {
      await endedWhen(stack, (strike) => row.aim(move, strike), row.signal === "SIGINT" ? interrupt : killAll);
    } finally {
      await free?.();
    }
    proxy.clear();
    expect(await migrationCount(cloud, id)).toBe(before + (row.sent ? 1 : 0));
    const text = await doAsDocumented(stack, row.signal === "SIGINT" ? CTRL_C : EVERYTHING);
    expect(text).toContain(`moved live from ${source} to ${target}${row.sent ? " (begun by an earlier run)" : ";"}`);
    await moved({ before, target }, row.sent);
  });

  it("is not disturbed by a second `up`, which is refused", async () => {
    const move = await underWay();
    const second = await stack.up();
    expect([second.exitCode === 0, said(second)]).toEqual([false, expect.stringContaining("currently locked")]);
    goOn();
    expect((await move.update.ended).exitCode).toBe(0);
    await doAsDocumented(stack, "nothing: an `up` is refused because another one runs");
    await moved(move, false);
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
    await doAsDocumented(stack, "nothing: `pulumi cancel` removed the lock of a running `up`");
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
    await moved(move, true);
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
    expect(await doAsDocumented(stack, "`pulumi preview`, in any way")).toContain(
      `command:local:Command ${MOVED} update`,
    );
    expect(await migrationCount(cloud, id)).toBe(before);
    await stack.configure({ [MOVED]: host ?? "" });
    await isClean(stack);
  });
});
