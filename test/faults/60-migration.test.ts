import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { makeVolume, removeVolume } from "../../lab/api.ts";
import { Hosts } from "../chaos/hosts.ts";
import { Berths, POST, type Berth } from "../support/lab/server-pool.ts";
import { eventually, truth, wholeOn } from "../support/lab/cloud.ts";
import { whileRecordIs } from "../support/lab/moments.ts";
import { Stage, type Scene } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let stage: Stage;
let berths: Berths;
beforeAll(async () => {
  stage = await Stage.open();
  berths = await Berths.open("migration", 4);
});
afterAll(async () => {
  await berths.close();
  await stage.close();
});

describe("a migration that takes too long", () => {
  it.concurrent("for Nova itself: aborted by Nova, told as such, intact; exit 4", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60, time_out: 2 });
      const { exitCode, record } = await scene.run();
      expect(record?.summary).toContain("or by Nova's own time-out (live_migration_completion_timeout)");
      expect(record?.summary).toContain(`It is intact on ${scene.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
      expect(await scene.moves()).toBe(1);
    });
  });

  const STALLED = ["--stall-seconds", "4"];
  const halfWay = (scene: Scene) => {
    scene.pace({ seconds: 2, stall_at: 0.5 });
  };

  it.concurrent("stalled, onTimeout fail: nothing is aborted, exit 6; the same command goes on", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      halfWay(scene);
      const { exitCode, record } = await scene.run([...STALLED, "--on-timeout", "fail"]);
      expect(record?.summary).toMatch(
        new RegExp(
          `still on its way to ${scene.to}: memory remaining has reached no new low for 4 s.*run the same again`,
        ),
      );
      expect([exitCode, record?.outcome]).toEqual([6, "still-running"]);
      await scene.recorded("running");
      scene.pace({ seconds: 0.1 });
      const again = await scene.run();
      expect(again).toMatchObject({ exitCode: 0, record: { outcome: "migrated", adopted: true } });
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      expect(await scene.moves()).toBe(1);
    });
  });

  it.concurrent("stalled, onTimeout abort: verified intact on its source, exit 4", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      halfWay(scene);
      const { exitCode, record } = await scene.run([...STALLED, "--on-timeout", "abort"]);
      expect(record?.summary).toContain("abort (memory remaining has reached no new low for 4 s): accepted");
      expect(record?.summary).toContain(`It is intact on ${scene.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
      expect(await scene.moves()).toBe(1);
    });
  });

  it.concurrent("stalled, onTimeout force-complete: it arrives, exit 0", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      halfWay(scene);
      const { exitCode, record, stderr } = await scene.run([...STALLED, "--on-timeout", "force-complete"]);
      expect(stderr).toContain("force-complete (memory remaining has reached no new low for 4 s): accepted");
      expect([exitCode, record?.outcome]).toEqual([0, "migrated"]);
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      expect(await scene.moves()).toBe(1);
    });
  });
});

describe("someone else, meanwhile", () => {
  it.concurrent("deletes the server: exit 5, told as deleted, and its volumes are there", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60 });
      const running = scene.start();
      await scene.recorded("running");
      await scene.api.call("compute", "DELETE", `/servers/${scene.id}`);
      const { exitCode, stderr, stdout } = await running.ended;
      expect(exitCode, stderr).toBe(5);
      expect(stderr).toContain(
        `server ${scene.id} was deleted while it was being moved or verified. Fix: ask who deleted it`,
      );
      expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "server-gone" } });
      const volumes = await scene.cloud.blockStorage.getVolumes({ ids: scene.server.volumeIds });
      expect(volumes.map(({ id }) => id).sort()).toEqual([...scene.server.volumeIds].sort());
    });
  });

  it.concurrent.for([
    ["attaches a volume", "POST"],
    ["detaches one", "DELETE"],
  ] as const)("%s while it moves: Nova lets nobody, and the move goes on; exit 0", async ([, method], { expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60 });
      const volume = method === "POST" ? await makeVolume(scene.api, `${scene.server.name}-late`) : undefined;
      try {
        const running = scene.start();
        await scene.recorded("running");
        const path = `/servers/${scene.id}/os-volume_attachments`;
        const asked =
          volume === undefined
            ? scene.api.call("compute", "DELETE", `${path}/${scene.server.volumeIds[1] ?? ""}`)
            : scene.api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await expect(asked).rejects.toThrow(/answered 409: .*migrating/);
        scene.pace({ seconds: 0.1 });
        expect(await running.ended).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
        expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
        expect(await scene.moves()).toBe(1);
      } finally {
        if (volume !== undefined) await removeVolume(scene.api, volume);
      }
    });
  });

  it.concurrent("attached a volume between the look and the request: moved and verified, too; exit 0", ({ expect }) =>
    berths.use(async (berth) => {
      const { api, cloud } = stage;
      const { server, destination } = berth;
      berth.pace({ seconds: 0.1 });
      const volume = await makeVolume(api, `${server.name}-late`);
      const path = `/servers/${server.id}/os-volume_attachments`;
      berth.proxy.add(POST, { kind: "nothing" }, async () => {
        await api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await eventually(
          "it is attached",
          60,
          async () => (await truth(cloud, server.id)).volumes.length === 3 && (await inUse(volume)),
        );
      });
      const { exitCode, record, stderr } = await berth.run();
      expect(exitCode, stderr).toBe(0);
      expect(record?.checks).toContainEqual(
        expect.objectContaining({ check: "volume-attached-once", subject: volume, outcome: "passed" }),
      );
      expect(await berth.truth()).toEqual(wholeOn(destination, 3));
      expect(await berth.moves()).toBe(1);
      await detach(server.id, volume);
      await removeVolume(api, volume);
    }),
  );

  it.concurrent(
    "detached one between the look and the request: moved; that it is missing is said, exit 5, once",
    ({ expect }) =>
      berths.use(async (berth) => {
        const { server, destination } = berth;
        berth.pace({ seconds: 0.1 });
        const volume = server.volumeIds[1] ?? "";
        berth.proxy.add(POST, { kind: "nothing" }, () => detach(server.id, volume));
        const { exitCode, record, stderr } = await berth.run();
        expect(exitCode, stderr).toBe(5);
        expect(record?.summary).toMatch(/NEEDS A HUMAN: volumes-attached: /);
        expect(record?.checks).toContainEqual(
          expect.objectContaining({
            check: "volumes-attached",
            reason: `Nova does not list ${volume} as attached (any more)`,
          }),
        );
        expect(await berth.truth()).toEqual(wholeOn(destination, 1));
        expect(await berth.moves()).toBe(1);
        // What is attached now is what is expected of the next run.
        const again = await berth.run();
        expect(again.exitCode, again.stderr).toBe(0);
        expect(await berth.moves()).toBe(1);
        // The next test finds it as it was.
        const path = `/servers/${server.id}/os-volume_attachments`;
        await stage.api.call("compute", "POST", path, { volumeAttachment: { volumeId: volume } });
        await eventually("it is attached again", 60, () => inUse(volume));
      }),
  );

  async function inUse(volume: string): Promise<boolean> {
    const [found] = await stage.cloud.blockStorage.getVolumes({ ids: [volume] });
    return found?.status === "in-use";
  }

  async function detach(server: string, volume: string): Promise<void> {
    await stage.api.call("compute", "DELETE", `/servers/${server}/os-volume_attachments/${volume}`);
    await eventually("it is detached", 60, async () => {
      const [found] = await stage.cloud.blockStorage.getVolumes({ ids: [volume] });
      return found?.status === "available";
    });
  }
});

describe("a destination that is disabled meanwhile", () => {
  // One after the other, and alone: what is disabled is disabled for all.
  let hosts: Hosts;
  beforeAll(async () => {
    hosts = await Hosts.of(stage.cloud);
  });

  it("before Nova's scheduler looks: failed, with what stands in the way; once enabled, the same command moves it", async ({
    expect,
  }) => {
    await berths.use(async (berth) => {
      berth.pace({ seconds: 0.1 });
      let enable: (() => Promise<void>) | undefined;
      berth.proxy.add(POST, { kind: "nothing" }, async () => {
        enable = await hosts.disable(berth.destination);
      });
      try {
        const { exitCode, record, stderr } = await berth.run();
        expect(exitCode, stderr).toBe(4);
        expect(record?.summary).toMatch(
          new RegExp(`No valid host was found.*${berth.destination} is disabled.*compute service set --enable`),
        );
        expect(await berth.truth()).toEqual(wholeOn(berth.source, 2));
        expect(await berth.moves()).toBe(1);
        // Now it is refused before anything is sent.
        const refused = await berth.run();
        expect(refused).toMatchObject({ exitCode: 3, record: { findings: [{ code: "destination-disabled" }] } });
        expect(await berth.moves()).toBe(1);
      } finally {
        await enable?.();
      }
      await eventually("the scheduler knows that it is enabled", 120, async () => {
        const { exitCode } = await berth.run();
        return exitCode === 0;
      });
      expect(await berth.truth()).toEqual(wholeOn(berth.destination, 2));
    });
  });

  it("while it moves: it arrives, exit 0", async ({ expect }) => {
    await berths.use(async (berth) => {
      berth.pace({ seconds: 5 });
      let enable: (() => Promise<void>) | undefined;
      whileRecordIs("running", berth, async () => {
        enable = await hosts.disable(berth.destination);
      });
      try {
        const { exitCode, stderr } = await berth.run();
        expect(exitCode, stderr).toBe(0);
        expect(enable).toBeDefined();
        expect(await berth.truth()).toEqual(wholeOn(berth.destination, 2));
        expect(await berth.moves()).toBe(1);
      } finally {
        await enable?.();
      }
    });
  });
});

describe("a second run", () => {
  it.concurrent("to the same host adopts the move: both exit 0", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60 });
      const first = scene.start();
      await scene.recorded("running");
      const second = scene.start();
      // It is watching, too, before the move may end.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      scene.pace({ seconds: 0.1 });
      const [one, other] = await Promise.all([first.ended, second.ended]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(one.record?.adopted).toBe(false);
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      expect(await scene.moves()).toBe(1);
    });
  });

  it.concurrent("to another host is refused, and told where it goes: exit 3", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60 });
      const first = scene.start();
      await scene.recorded("running");
      const { exitCode, record } = await scene.run(["--host", scene.other]);
      expect([exitCode, record?.findings.map(({ code }) => code)]).toEqual([3, ["migrating-elsewhere"]]);
      expect(record?.summary).toContain(
        `the server is on its way to ${scene.to} already (fix: wait for it, or \`live-migrate abort\`; then run this again)`,
      );
      scene.pace({ seconds: 0.1 });
      expect(await first.ended).toMatchObject({ exitCode: 0 });
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      expect(await scene.moves()).toBe(1);
    });
  });

  /** Holds each of two requests until both are there. */
  function atOnce({ proxy }: Berth): void {
    const both = Promise.withResolvers<undefined>();
    let waiting = 0;
    proxy.add({ ...POST, times: 2 }, { kind: "nothing" }, async () => {
      if (++waiting === 2) both.resolve(undefined);
      await both.promise;
    });
  }

  it.concurrent("at the very same moment, to the same host: Nova takes one, both exit 0", ({ expect }) =>
    berths.use(async (berth) => {
      berth.pace({ seconds: 1 });
      atOnce(berth);
      const [one, other] = await Promise.all([berth.run(), berth.run()]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(await berth.truth()).toEqual(wholeOn(berth.destination, 2));
      expect([berth.sent(), await berth.moves()]).toEqual([2, 1]);
    }),
  );

  it.concurrent("at the very same moment, to another host: one moves it, the other is refused", ({ expect }) =>
    berths.use(async (berth) => {
      berth.pace({ seconds: 3 });
      atOnce(berth);
      const another = ["node-01", "node-04"].find((host) => ![berth.source, berth.destination].includes(host)) ?? "";
      const [one, other] = await Promise.all([berth.run(), berth.run(["--host", another])]);
      const codes = [one.exitCode, other.exitCode];
      expect([...codes].sort(), one.stderr + other.stderr).toEqual([0, 3]);
      const refused = codes[0] === 3 ? one : other;
      expect(refused.record?.summary).toMatch(/was not moved and stays on .*(on its way to|task_state migrating)/);
      expect(await berth.truth()).toEqual(wholeOn(codes[0] === 0 ? berth.destination : another, 2));
      expect([berth.sent(), await berth.moves()]).toEqual([2, 1]);
    }),
  );
});
