import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { novaOptions, service } from "../../../lab/api.ts";
import { eventually, wholeOn } from "../../support/lab/cloud.ts";
import { ServerPool, type PooledServer } from "../../support/lab/server-pool.ts";

// Nova needs a while to see that a nova-compute is down, and the engine to give it up.
vi.setConfig({ testTimeout: 900_000 });

const COLD = ["--cold"];
const VOLUMES = 2;

// Each has two hosts that are its own: what is killed there is nobody else's.
let pool: ServerPool;
beforeAll(async () => {
  pool = await ServerPool.open("cold-dies", 3);
});
afterAll(() => pool.close());

const becomes = ({ cloud, server: { id } }: PooledServer, wanted: string) =>
  eventually(`${id} is ${wanted}`, 180, async () => {
    const { status, taskState } = await cloud.compute.getServer(id);
    return status === wanted && taskState === null;
  });

/** Status of its newest cold migration. */
const newest = async ({ cloud, server: { id } }: PooledServer) =>
  (await cloud.compute.getMigrations({ instanceId: id, migrationType: "migration", limit: 1 }))[0]?.status;

const reports = ({ cloud }: PooledServer, host: string, wanted: "up" | "down") => {
  const since = Date.now();
  return eventually(`nova-compute on ${host} is ${wanted}`, 180, async () => {
    const [found] = await cloud.compute.getServices({ binary: "nova-compute", host });
    // Of the new process alone: the one that is gone counts as up for a while.
    return found?.state === wanted && (wanted === "down" || Date.parse(found.updatedAt ?? "") > since);
  });
};

/** The server waits on its destination, and the run that brought it there is gone. */
async function killUnconfirmed(pooled: PooledServer): Promise<void> {
  const running = pooled.start(COLD);
  await running.says(/verifying/);
  running.kill("SIGKILL");
  await running.ended;
  await becomes(pooled, "VERIFY_RESIZE");
}

/** A host's nova-compute is down, as Nova sees it too, until `body` has ended. */
async function without(pooled: PooledServer, host: string, body: () => Promise<void>): Promise<void> {
  const compute = service(`${host}.nova-compute`);
  await compute.killAndHold();
  try {
    await reports(pooled, host, "down");
    await body();
  } finally {
    await compute.start();
    await reports(pooled, host, "up");
  }
}

describe("a nova-compute that dies and stays away during a cold move", () => {
  it.concurrent(
    "the destination's, before the server has arrived: a human must look, exit 5; once it is back, the same command confirms it, exit 0",
    ({ expect }) =>
      pool.use(async (pooled) => {
        const { destination } = pooled;
        pooled.pace({ seconds: 20 });
        const running = pooled.start(COLD);
        await eventually("it is copied", 120, async () => (await newest(pooled)) === "migrating");
        await without(pooled, destination, async () => {
          const { exitCode, record, stderr } = await running.ended;
          expect([exitCode, record?.outcome], stderr).toEqual([5, "needs-attention"]);
          expect(record?.summary).toContain(`nova-compute on ${destination} is down, and without it nothing ends the`);
          expect(record?.summary).toContain(`Restart nova-compute on ${destination}`);
        });
        await becomes(pooled, "VERIFY_RESIZE");
        const again = await pooled.run(COLD);
        expect([again.exitCode, again.record?.adopted], again.stderr).toEqual([0, true]);
        expect(await pooled.truth()).toEqual(wholeOn(destination, VOLUMES));
        expect(await newest(pooled)).toBe("confirmed");
      }),
  );

  it.concurrent(
    "the destination's, once the server has arrived: confirmed, which its source does, with a warning, exit 0",
    ({ expect }) =>
      pool.use(async (pooled) => {
        await killUnconfirmed(pooled);
        await without(pooled, pooled.destination, async () => {
          const { exitCode, record, stderr } = await pooled.run(COLD);
          expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([0, "migrated", "confirmed"]);
          expect(record?.findings.map(({ code }) => code)).toContain("destination-silent");
        });
        expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, VOLUMES));
        expect(await newest(pooled)).toBe("confirmed");
      }),
  );

  it.concurrent(
    "the source's, before the confirmation: nothing is sent, exit 6; once it is back, confirmed, exit 0",
    ({ expect }) =>
      pool.use(async (pooled) => {
        await killUnconfirmed(pooled);
        await without(pooled, pooled.source, async () => {
          const { exitCode, record, stderr } = await pooled.run(COLD);
          expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([6, "still-running", "open"]);
          expect(record?.summary).toContain(`nova-compute on ${pooled.source} is down`);
          expect(record?.summary).toContain("the confirmation was not sent");
          expect(await newest(pooled)).toBe("finished");
        });
        const again = await pooled.run(COLD);
        expect([again.exitCode, again.record?.confirmation], again.stderr).toEqual([0, "confirmed"]);
        expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, VOLUMES));
        expect(await newest(pooled)).toBe("confirmed");
      }),
  );

  it.concurrent(
    "the source's, as the confirmation comes: that hangs, which is bounded and told, exit 6; once it is back, exit 0",
    ({ expect }) =>
      pool.use(async (pooled) => {
        const { source, destination, proxy } = pooled;
        const compute = service(`${source}.nova-compute`);
        // The second of what the run asks of the server: the first is the migration.
        const confirmation = { method: "POST", service: "compute", path: "/action", nth: 2 } as const;
        proxy.add(confirmation, { kind: "nothing" }, () => compute.killAndHold());
        try {
          const { exitCode, record, stderr } = await pooled.run(COLD);
          expect([exitCode, record?.outcome], stderr).toEqual([6, "still-running"]);
          expect(record?.summary).toContain(`nova-compute on ${source} is down`);
          expect(record?.summary).toContain("the confirmation does not end");
          expect(record?.timings.totalSeconds).toBeLessThan(420);
        } finally {
          await compute.start();
          await reports(pooled, source, "up");
        }
        await becomes(pooled, "ACTIVE");
        const again = await pooled.run(COLD);
        expect(again.exitCode, again.stderr).toBe(0);
        expect(await pooled.truth()).toEqual(wholeOn(destination, VOLUMES));
        expect(await newest(pooled)).toBe("confirmed");
      }),
  );
});

describe("a cold move", () => {
  it("that Nova confirms by itself (resize_confirm_window) is verified afterwards, and told: exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      const { destination } = pooled;
      // Nova looks for what it may confirm once a minute.
      await novaOptions(destination, { DEFAULT: { resize_confirm_window: 1 } });
      try {
        await reports(pooled, destination, "up");
        await killUnconfirmed(pooled);
        await becomes(pooled, "ACTIVE");
        const { exitCode, record, stderr } = await pooled.run(COLD);
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
        expect(record?.findings.map(({ code }) => code)).toContain("confirmed-by-others");
        expect(await pooled.truth()).toEqual(wholeOn(destination, VOLUMES));
        expect(await newest(pooled)).toBe("confirmed");
      } finally {
        await novaOptions(destination, undefined);
      }
    }));

  it("that the destination cannot start: a human must look, and is told why, exit 5", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 1, fail_post: "lab: no such device" });
      const { exitCode, record, stderr } = await pooled.run(COLD);
      expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([5, "needs-attention", "cold"]);
      expect(record?.summary).toContain("left it in ERROR");
      expect(record?.summary).toContain("lab: no such device");
      expect(await pooled.truth()).toMatchObject({ status: "ERROR" });
    }));
});
