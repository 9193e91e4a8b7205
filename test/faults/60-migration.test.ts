import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { makeVolume, removeVolume } from "../../lab/api.ts";
import { Hosts } from "../chaos/hosts.ts";
import { ServerPool, POST, type PooledServer } from "../support/lab/server-pool.ts";
import { eventually, truth, wholeOn } from "../support/lab/cloud.ts";
import { whileRecordIs } from "../support/lab/moments.ts";
import { Scenarios, type Scenario } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let scenarios: Scenarios;
let pool: ServerPool;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  pool = await ServerPool.open("migration", 4);
});
afterAll(async () => {
  await pool.close();
  await scenarios.close();
});

describe("a migration that takes too long", () => {
  it.concurrent("for Nova's own time-out: Nova aborts it, this is reported, intact; exit 4", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60, time_out: 2 });
      const { exitCode, record } = await scenario.run();
      expect(record?.summary).toContain("or by Nova's own time-out (live_migration_completion_timeout)");
      expect(record?.summary).toContain(`It is intact on ${scenario.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });

  const STALLED = ["--stall-seconds", "4"];
  const halfWay = (scenario: Scenario) => {
    scenario.pace({ seconds: 2, stall_at: 0.5 });
  };

  it.concurrent(
    "stalled, onTimeout fail: nothing is aborted, exit 6; the same command continues",
    async ({ expect }) => {
      await scenarios.play({}, async (scenario) => {
        halfWay(scenario);
        const { exitCode, record } = await scenario.run([...STALLED, "--on-timeout", "fail"]);
        expect(record?.summary).toMatch(
          new RegExp(
            `still migrating to ${scenario.to}: memory remaining has reached no new low for 4 s.*run the same command again`,
          ),
        );
        expect([exitCode, record?.outcome]).toEqual([6, "still-running"]);
        await scenario.recorded("running");
        scenario.pace({ seconds: 0.1 });
        const again = await scenario.run();
        expect(again).toMatchObject({ exitCode: 0, record: { outcome: "migrated", adopted: true } });
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
        expect(await scenario.moves()).toBe(1);
      });
    },
  );

  it.concurrent("stalled, onTimeout abort: verified intact on its source, exit 4", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      halfWay(scenario);
      const { exitCode, record } = await scenario.run([...STALLED, "--on-timeout", "abort"]);
      expect(record?.summary).toContain("abort (memory remaining has reached no new low for 4 s): accepted");
      expect(record?.summary).toContain(`It is intact on ${scenario.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("stalled, onTimeout force-complete: it arrives, exit 0", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      halfWay(scenario);
      const { exitCode, record, stderr } = await scenario.run([...STALLED, "--on-timeout", "force-complete"]);
      expect(stderr).toContain("force-complete (memory remaining has reached no new low for 4 s): accepted");
      expect([exitCode, record?.outcome]).toEqual([0, "migrated"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });
});

describe("someone else, meanwhile", () => {
  it.concurrent("deletes the server: exit 5, reported as deleted, and its volumes are there", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      await scenario.recorded("running");
      await scenario.api.call("compute", "DELETE", `/servers/${scenario.id}`);
      const { exitCode, stderr, stdout } = await running.ended;
      expect(exitCode, stderr).toBe(5);
      expect(stderr).toContain(
        `server ${scenario.id} was deleted while it was being moved or verified. Fix: ask who deleted it`,
      );
      expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "server-gone" } });
      const volumes = await scenario.cloud.blockStorage.getVolumes({ ids: scenario.server.volumeIds });
      expect(volumes.map(({ id }) => id).sort()).toEqual([...scenario.server.volumeIds].sort());
    });
  });

  it.concurrent.for([
    ["attaches a volume", "POST"],
    ["detaches one", "DELETE"],
  ] as const)("%s while it moves: Nova refuses, and the move continues; exit 0", async ([, method], { expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const volume = method === "POST" ? await makeVolume(scenario.api, `${scenario.server.name}-late`) : undefined;
      try {
        const running = scenario.start();
        await scenario.recorded("running");
        const path = `/servers/${scenario.id}/os-volume_attachments`;
        const asked =
          volume === undefined
            ? scenario.api.call("compute", "DELETE", `${path}/${scenario.server.volumeIds[1] ?? ""}`)
            : scenario.api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await expect(asked).rejects.toThrow(/answered 409: .*migrating/);
        scenario.pace({ seconds: 0.1 });
        expect(await running.ended).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
        expect(await scenario.moves()).toBe(1);
      } finally {
        if (volume !== undefined) await removeVolume(scenario.api, volume);
      }
    });
  });

  it.concurrent("attached a volume between the look and the request: moved and verified, too; exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      const { api, cloud } = scenarios;
      const { server, destination } = pooled;
      pooled.pace({ seconds: 0.1 });
      const volume = await makeVolume(api, `${server.name}-late`);
      const path = `/servers/${server.id}/os-volume_attachments`;
      pooled.proxy.add(POST, { kind: "nothing" }, async () => {
        await api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await eventually(
          "it is attached",
          60,
          async () => (await truth(cloud, server.id)).volumes.length === 3 && (await inUse(volume)),
        );
      });
      const { exitCode, record, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(0);
      expect(record?.checks).toContainEqual(
        expect.objectContaining({ check: "volume-attached-once", subject: volume, outcome: "passed" }),
      );
      expect(await pooled.truth()).toEqual(wholeOn(destination, 3));
      expect(await pooled.moves()).toBe(1);
      await detach(server.id, volume);
      await removeVolume(api, volume);
    }),
  );

  it.concurrent(
    "detached one between the look and the request: moved; that it is missing is said, exit 5, once",
    ({ expect }) =>
      pool.use(async (pooled) => {
        const { server, destination } = pooled;
        pooled.pace({ seconds: 0.1 });
        const volume = server.volumeIds[1] ?? "";
        pooled.proxy.add(POST, { kind: "nothing" }, () => detach(server.id, volume));
        const { exitCode, record, stderr } = await pooled.run();
        expect(exitCode, stderr).toBe(5);
        expect(record?.summary).toMatch(/NEEDS A HUMAN: volumes-attached: /);
        expect(record?.checks).toContainEqual(
          expect.objectContaining({
            check: "volumes-attached",
            reason: `Nova does not list ${volume} as attached (any more)`,
          }),
        );
        expect(await pooled.truth()).toEqual(wholeOn(destination, 1));
        expect(await pooled.moves()).toBe(1);
        // What is attached now is what is expected of the next run.
        const again = await pooled.run();
        expect(again.exitCode, again.stderr).toBe(0);
        expect(await pooled.moves()).toBe(1);
        // The next test finds it as it was.
        const path = `/servers/${server.id}/os-volume_attachments`;
        await scenarios.api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await eventually("it is attached again", 60, () => inUse(volume));
      }),
  );

  async function inUse(volume: string): Promise<boolean> {
    const [found] = await scenarios.cloud.blockStorage.getVolumes({ ids: [volume] });
    return found?.status === "in-use";
  }

  async function detach(server: string, volume: string): Promise<void> {
    await scenarios.api.call("compute", "DELETE", `/servers/${server}/os-volume_attachments/${volume}`);
    await eventually("it is detached", 60, async () => {
      const [found] = await scenarios.cloud.blockStorage.getVolumes({ ids: [volume] });
      return found?.status === "available";
    });
  }
});

describe("a destination that is disabled meanwhile", () => {
  // One after the other, and alone: what is disabled is disabled for all.
  let hosts: Hosts;
  beforeAll(async () => {
    hosts = await Hosts.of(scenarios.cloud);
  });

  it("before Nova's scheduler looks: failed, with what stands in the way; once enabled, the same command moves it", async ({
    expect,
  }) => {
    await pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      let enable: (() => Promise<void>) | undefined;
      pooled.proxy.add(POST, { kind: "nothing" }, async () => {
        enable = await hosts.disable(pooled.destination);
      });
      try {
        const { exitCode, record, stderr } = await pooled.run();
        expect(exitCode, stderr).toBe(4);
        expect(record?.summary).toMatch(
          new RegExp(`No valid host was found.*${pooled.destination} is disabled.*compute service set --enable`),
        );
        expect(await pooled.truth()).toEqual(wholeOn(pooled.source, 2));
        expect(await pooled.moves()).toBe(1);
        // Now it is refused before anything is sent.
        const refused = await pooled.run();
        expect(refused).toMatchObject({ exitCode: 3, record: { findings: [{ code: "destination-disabled" }] } });
        expect(await pooled.moves()).toBe(1);
      } finally {
        await enable?.();
      }
      await eventually("the scheduler knows that it is enabled", 120, async () => {
        const { exitCode } = await pooled.run();
        return exitCode === 0;
      });
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
    });
  });

  it("while it moves: it arrives, exit 0", async ({ expect }) => {
    await pool.use(async (pooled) => {
      pooled.pace({ seconds: 5 });
      let enable: (() => Promise<void>) | undefined;
      whileRecordIs("running", pooled, async () => {
        enable = await hosts.disable(pooled.destination);
      });
      try {
        const { exitCode, stderr } = await pooled.run();
        expect(exitCode, stderr).toBe(0);
        expect(enable).toBeDefined();
        expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
        expect(await pooled.moves()).toBe(1);
      } finally {
        await enable?.();
      }
    });
  });
});

describe("a second run", () => {
  it.concurrent("to the same host adopts the move: both exit 0", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const first = scenario.start();
      await scenario.recorded("running");
      const second = scenario.start();
      // It is watching, too, before the move may end.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      scenario.pace({ seconds: 0.1 });
      const [one, other] = await Promise.all([first.ended, second.ended]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(one.record?.adopted).toBe(false);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("to another host is refused, and the destination is named: exit 3", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const first = scenario.start();
      await scenario.recorded("running");
      const { exitCode, record } = await scenario.run(["--host", scenario.other]);
      expect([exitCode, record?.findings.map(({ code }) => code)]).toEqual([3, ["migrating-elsewhere"]]);
      expect(record?.summary).toContain(
        `the server is on its way to ${scenario.to} already (fix: wait for it, or \`live-migrate abort\`; then run this again)`,
      );
      scenario.pace({ seconds: 0.1 });
      expect(await first.ended).toMatchObject({ exitCode: 0 });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });

  /** Holds each of two requests until both are there. */
  function atOnce({ proxy }: PooledServer): void {
    const both = Promise.withResolvers<undefined>();
    let waiting = 0;
    proxy.add({ ...POST, times: 2 }, { kind: "nothing" }, async () => {
      if (++waiting === 2) both.resolve(undefined);
      await both.promise;
    });
  }

  it.concurrent("at the very same moment, to the same host: Nova takes one, both exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 1 });
      atOnce(pooled);
      const [one, other] = await Promise.all([pooled.run(), pooled.run()]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([2, 1]);
    }),
  );

  it.concurrent("at the very same moment, to another host: one moves it, the other is refused", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 3 });
      atOnce(pooled);
      const another = ["node-01", "node-04"].find((host) => ![pooled.source, pooled.destination].includes(host)) ?? "";
      const [one, other] = await Promise.all([pooled.run(), pooled.run(["--host", another])]);
      const codes = [one.exitCode, other.exitCode];
      expect([...codes].sort(), one.stderr + other.stderr).toEqual([0, 3]);
      const refused = codes[0] === 3 ? one : other;
      expect(refused.record?.summary).toMatch(/was not moved and stays on .*(on its way to|task_state migrating)/);
      expect(await pooled.truth()).toEqual(wholeOn(codes[0] === 0 ? pooled.destination : another, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([2, 1]);
    }),
  );
});
