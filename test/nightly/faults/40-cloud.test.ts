import { afterAll, beforeAll, describe, expect, it, vi, type ExpectStatic } from "vitest";
import { service } from "../../../lab/api.ts";
import { Hosts } from "../../chaos/hosts.ts";
import { Berths, type Berth } from "../../support/lab/server-pool.ts";
import { eventually, wholeOn } from "../../support/lab/cloud.ts";
import type { EngineResult } from "../../support/lab/run-engine.ts";
import { recorded, Stage, type Scene } from "../../support/lab/fault-scenario.ts";

// One after the other, for what is killed is everybody's; services take their time to come back.
vi.setConfig({ testTimeout: 600_000 });

let stage: Stage;
let berths: Berths;
let hosts: Hosts;
beforeAll(async () => {
  stage = await Stage.open();
  berths = await Berths.open("cloud", 1);
  hosts = await Hosts.of(stage.cloud);
});
afterAll(async () => {
  await berths.close();
  await stage.close();
});

/** Starts a move, and has something happen to the cloud while its memory is copied. */
async function midway(berth: Berth, fault: () => Promise<void>): Promise<EngineResult> {
  berth.pace({ seconds: 60 });
  const running = berth.start();
  await recorded(berth.cloud, berth.server.id, "running");
  await fault();
  berth.pace({ seconds: 0.1 });
  return await running.ended;
}

describe("a service that is restarted while Nova migrates", () => {
  it("nova-api, after half a minute's absence: watched on, exit 0", () =>
    berths.use(async (berth) => {
      const api = service("nova-api");
      const { exitCode, record, stderr } = await midway(berth, async () => {
        await api.killAndHold();
        // Each look that fails is five requests that do.
        const before = berth.proxy.log.length;
        await eventually("the engine has looked in vain", 120, () =>
          Promise.resolve(berth.proxy.log.length > before + 12),
        );
        await api.start();
      });
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(stderr).toMatch(/^warning: the cloud does not answer \(compute GET .*; still watching$/m);
      expect(await berth.truth()).toEqual(wholeOn(berth.destination, 2));
      expect([berth.sent(), await berth.moves()]).toEqual([1, 1]);
    }));

  // Whether Nova goes on or rolls back depends on what was on the bus at that moment.
  it.each(["nova-conductor", "rabbitmq"] as const)(
    "%s: told as Nova ends it, exit 0 or 4; the same command moves it",
    (name) =>
      berths.use(async (berth) => {
        const { source, destination } = berth;
        const result = await midway(berth, () =>
          hosts.kill({ service: name, host: "source", atMs: 0, holdMs: 0 }, source),
        );
        const { exitCode, record, stderr } = result;
        expect([0, 4], stderr).toContain(exitCode);
        const arrived = exitCode === 0;
        expect(await berth.truth()).toEqual(wholeOn(arrived ? destination : source, 2));
        expect(record).toMatchObject(
          arrived
            ? { outcome: "migrated", current: { host: destination } }
            : { outcome: "failed", current: { host: source }, migration: { status: "failed" } },
        );
        // What happened and why, where it is, and what is to be done.
        expect(record?.summary).toMatch(
          arrived
            ? new RegExp(`moved live from ${source} to ${destination}; \\d+ checks passed`)
            : new RegExp(
                `the live migration of .* to ${destination} failed \\(failed\\): \\S.*\\. ` +
                  `It is intact on ${source}, each volume attached once; \\d+ checks passed.*\\. Fix the cause, then run this again$`,
                "s",
              ),
        );
        expect(record?.summary).not.toContain("Traceback");
        expect([berth.sent(), await berth.moves()]).toEqual([1, 1]);
        const again = await berth.run();
        expect(again.exitCode, again.stderr).toBe(0);
        expect(await berth.truth()).toEqual(wholeOn(destination, 2));
        expect(await berth.moves()).toBe(exitCode === 0 ? 1 : 2);
      }),
  );
});

describe("a nova-compute that is killed while Nova migrates, and back at once", () => {
  const killed = async (scene: Scene, host: string): Promise<EngineResult> => {
    scene.pace({ seconds: 60 });
    const running = scene.start();
    await scene.recorded("running");
    await hosts.kill({ service: "nova-compute", host: "source", atMs: 0, holdMs: 0 }, host);
    scene.pace({ seconds: 0.1 });
    return await running.ended;
  };

  it("the source's: attached twice, a human must look, exit 5; again on re-runs, and nothing more is sent", () =>
    stage.play({}, async (scene) => {
      const { exitCode, record, stderr } = await killed(scene, scene.from);
      expect(exitCode, stderr).toBe(5);
      expect(record?.summary).toContain(
        "NEEDS A HUMAN: its volumes are attached on two hosts; the guest runs on one of",
      );
      expect(record?.summary).toContain("its migration is recorded as error");
      expect(record?.summary).toContain(
        `Nova says that it is on ${scene.from}. Do not restart, migrate or evacuate it`,
      );
      const seen = await scene.truth();
      expect(seen).toMatchObject({ status: "ACTIVE", taskState: null, host: scene.from });
      expect(seen.volumes.map(({ attachments }) => attachments)).toEqual([2, 2]);
      const again = await scene.run();
      expect([again.exitCode, again.record?.findings.map(({ code }) => code)]).toEqual([5, ["attached-twice"]]);
      expect(again.record?.summary).toContain(
        "look with `virsh list` on both hosts where the guest runs; docs/operations.md",
      );
      expect(await scene.moves()).toBe(1);
    }));

  it("the destination's: it arrives, whole, exit 0; there is nothing left to do", () =>
    stage.play({}, async (scene) => {
      const { exitCode, record, stderr } = await killed(scene, scene.to);
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      const again = await scene.run();
      expect([again.exitCode, again.record?.outcome]).toEqual([0, "already-there"]);
      expect(await scene.moves()).toBe(1);
    }));
});

describe("a nova-compute that is killed while Nova migrates, and stays away", () => {
  /** A run that does not wait for it for long, and says so; then it comes back, and the same command again. */
  async function awayThenBack(scene: Scene, host: string, expect: ExpectStatic, meanwhile = () => Promise.resolve()) {
    const compute = service(`${host}.nova-compute`);
    scene.pace({ seconds: 60 });
    // Long enough for Nova to see it, too.
    const running = scene.start(["--timeout-seconds", "30"]);
    await scene.recorded("running");
    await compute.killAndHold();
    try {
      scene.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await running.ended;
      expect([exitCode, record?.outcome], stderr).toEqual([6, "still-running"]);
      expect(record?.summary).toMatch(waiting(scene, host));
      expect(await scene.truth()).toMatchObject({ status: "MIGRATING", taskState: "migrating", host: scene.from });
      await meanwhile();
    } finally {
      await compute.start();
    }
    const again = await scene.run();
    await eventually(`nova-compute on ${host} is up`, 120, async () => {
      const [found] = await scene.cloud.compute.getServices({ binary: "nova-compute", host });
      return found?.state === "up";
    });
    return again;
  }

  /** What is read while it is away: where to, that time is up, who is silent, what to do, and what not. */
  const waiting = ({ to }: Scene, host: string) =>
    new RegExp(
      `still on its way to ${to}: not done after 30 s; nova-compute on ${host} does not report, .*: bring it up .*; ` +
        "meanwhile do not restart or evacuate the server: .*run the same again to watch it to its end$",
    );

  it.concurrent("the source's: exit 6, and who is missed; once it is back, a human must look, exit 5", ({ expect }) =>
    stage.play({}, async (scene) => {
      const { from, to } = scene;
      const again = await awayThenBack(scene, from, expect);
      expect([again.exitCode, again.record?.outcome], again.stderr).toEqual([5, "needs-attention"]);
      expect(again.record).toMatchObject({ adopted: true, migration: { status: "error" } });
      expect(again.record?.summary).toContain("NEEDS A HUMAN: its volumes are attached on two hosts");
      expect(again.record?.summary).toContain(
        `Nova says that it is on ${from}. Do not restart, migrate or evacuate it`,
      );
      const seen = await scene.truth();
      expect(seen).toMatchObject({ status: "ACTIVE", taskState: null, host: from });
      expect(seen.volumes.map(({ hosts: on }) => on.toSorted())).toEqual([[from, to].sort(), [from, to].sort()]);
      expect(await scene.moves()).toBe(1);
    }),
  );

  it.concurrent(
    "the destination's: exit 6, and who is missed; 5 once it is waited for in vain; when it is back, it arrives, whole, exit 0",
    ({ expect }) =>
      stage.play({}, async (scene) => {
        const { from, to } = scene;
        const again = await awayThenBack(scene, to, expect, async () => {
          const { exitCode, record, stderr } = await scene.run();
          expect([exitCode, record?.outcome], stderr).toEqual([5, "needs-attention"]);
          expect(record?.migration?.status).toBe("completed");
          expect(record?.summary).toContain(`guest most probably runs on ${to}. Restart nova-compute on ${to}`);
          expect(record?.summary).toContain(`do not start it on ${from}`);
        });
        expect(again.exitCode, again.stderr).toBe(0);
        expect(again.record).toMatchObject({ outcome: "migrated", adopted: true, source: { host: from } });
        expect(await scene.truth()).toEqual(wholeOn(to, 2));
        expect(await scene.moves()).toBe(1);
      }),
  );
});
