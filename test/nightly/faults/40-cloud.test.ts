import { afterAll, beforeAll, describe, expect, it, vi, type ExpectStatic } from "vitest";
import { service } from "../../../lab/api.ts";
import { Hosts } from "../../chaos/hosts.ts";
import { ServerPool, type PooledServer } from "../../support/lab/server-pool.ts";
import { eventually, wholeOn } from "../../support/lab/cloud.ts";
import type { EngineResult } from "../../support/lab/run-engine.ts";
import { recorded, Scenarios, type Scenario } from "../../support/lab/fault-scenario.ts";

// One after the other, for what is killed is everybody's; services take their time to come back.
vi.setConfig({ testTimeout: 600_000 });

let scenarios: Scenarios;
let pool: ServerPool;
let hosts: Hosts;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  pool = await ServerPool.open("cloud", 1);
  hosts = await Hosts.of(scenarios.cloud);
});
afterAll(async () => {
  await pool.close();
  await scenarios.close();
});

/** Starts a move, and has something happen to the cloud while its memory is copied. */
async function midway(pooled: PooledServer, fault: () => Promise<void>): Promise<EngineResult> {
  pooled.pace({ seconds: 60 });
  const running = pooled.start();
  await recorded(pooled.cloud, pooled.server.id, "running");
  await fault();
  pooled.pace({ seconds: 0.1 });
  return await running.ended;
}

describe("a service that is restarted while Nova migrates", () => {
  it("nova-api, after half a minute's absence: watched on, exit 0", () =>
    pool.use(async (pooled) => {
      const api = service("nova-api");
      const { exitCode, record, stderr } = await midway(pooled, async () => {
        await api.killAndHold();
        // Each look that fails is five requests that do.
        const before = pooled.proxy.log.length;
        await eventually("the engine has looked in vain", 120, () =>
          Promise.resolve(pooled.proxy.log.length > before + 12),
        );
        await api.start();
      });
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(stderr).toMatch(/^warning: the cloud does not answer \(compute GET .*; still watching$/m);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }));

  // Whether Nova goes on or rolls back depends on what was on the bus at that moment.
  it.each(["nova-conductor", "rabbitmq"] as const)(
    "%s: told as Nova ends it, exit 0 or 4; the same command moves it",
    (name) =>
      pool.use(async (pooled) => {
        const { source, destination } = pooled;
        const result = await midway(pooled, () =>
          hosts.kill({ service: name, host: "source", atMs: 0, holdMs: 0 }, source),
        );
        const { exitCode, record, stderr } = result;
        expect([0, 4], stderr).toContain(exitCode);
        const arrived = exitCode === 0;
        expect(await pooled.truth()).toEqual(wholeOn(arrived ? destination : source, 2));
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
        expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
        const again = await pooled.run();
        expect(again.exitCode, again.stderr).toBe(0);
        expect(await pooled.truth()).toEqual(wholeOn(destination, 2));
        expect(await pooled.moves()).toBe(exitCode === 0 ? 1 : 2);
      }),
  );
});

describe("a nova-compute that is killed while Nova migrates, and back at once", () => {
  const killed = async (scenario: Scenario, host: string): Promise<EngineResult> => {
    scenario.pace({ seconds: 60 });
    const running = scenario.start();
    await scenario.recorded("running");
    await hosts.kill({ service: "nova-compute", host: "source", atMs: 0, holdMs: 0 }, host);
    scenario.pace({ seconds: 0.1 });
    return await running.ended;
  };

  it("the source's: attached twice, a human must look, exit 5; again on re-runs, and nothing more is sent", () =>
    scenarios.play({}, async (scenario) => {
      const { exitCode, record, stderr } = await killed(scenario, scenario.from);
      expect(exitCode, stderr).toBe(5);
      expect(record?.summary).toContain(
        "NEEDS A HUMAN: its volumes are attached on two hosts; the guest runs on one of",
      );
      expect(record?.summary).toContain("its migration is recorded as error");
      expect(record?.summary).toContain(
        `Nova says that it is on ${scenario.from}. Do not restart, migrate or evacuate it`,
      );
      const seen = await scenario.truth();
      expect(seen).toMatchObject({ status: "ACTIVE", taskState: null, host: scenario.from });
      expect(seen.volumes.map(({ attachments }) => attachments)).toEqual([2, 2]);
      const again = await scenario.run();
      expect([again.exitCode, again.record?.findings.map(({ code }) => code)]).toEqual([5, ["attached-twice"]]);
      expect(again.record?.summary).toContain(
        "look with `virsh list` on both hosts where the guest runs; docs/operations.md",
      );
      expect(await scenario.moves()).toBe(1);
    }));

  it("the destination's: it arrives, whole, exit 0; there is nothing left to do", () =>
    scenarios.play({}, async (scenario) => {
      const { exitCode, record, stderr } = await killed(scenario, scenario.to);
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      const again = await scenario.run();
      expect([again.exitCode, again.record?.outcome]).toEqual([0, "already-there"]);
      expect(await scenario.moves()).toBe(1);
    }));
});

describe("a nova-compute that is killed while Nova migrates, and stays away", () => {
  /** A run that does not wait for it for long, and says so; then it comes back, and the same command again. */
  async function awayThenBack(
    scenario: Scenario,
    host: string,
    expect: ExpectStatic,
    meanwhile = () => Promise.resolve(),
  ) {
    const compute = service(`${host}.nova-compute`);
    scenario.pace({ seconds: 60 });
    // Long enough for Nova to see it, too.
    const running = scenario.start(["--timeout-seconds", "30"]);
    await scenario.recorded("running");
    await compute.killAndHold();
    try {
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await running.ended;
      expect([exitCode, record?.outcome], stderr).toEqual([6, "still-running"]);
      expect(record?.summary).toMatch(waiting(scenario, host));
      expect(await scenario.truth()).toMatchObject({
        status: "MIGRATING",
        taskState: "migrating",
        host: scenario.from,
      });
      await meanwhile();
    } finally {
      await compute.start();
    }
    const again = await scenario.run();
    await eventually(`nova-compute on ${host} is up`, 120, async () => {
      const [found] = await scenario.cloud.compute.getServices({ binary: "nova-compute", host });
      return found?.state === "up";
    });
    return again;
  }

  /** What is read while it is away: where to, that time is up, who is silent, what to do, and what not. */
  const waiting = ({ to }: Scenario, host: string) =>
    new RegExp(
      `still migrating to ${to}: not done after 30 s; nova-compute on ${host} does not report, .*: bring it up .*; ` +
        "meanwhile do not restart or evacuate the server: .*run the same command again to watch it to its end$",
    );

  it.concurrent("the source's: exit 6, and who is missed; once it is back, a human must look, exit 5", ({ expect }) =>
    scenarios.play({}, async (scenario) => {
      const { from, to } = scenario;
      const again = await awayThenBack(scenario, from, expect);
      expect([again.exitCode, again.record?.outcome], again.stderr).toEqual([5, "needs-attention"]);
      expect(again.record).toMatchObject({ adopted: true, migration: { status: "error" } });
      expect(again.record?.summary).toContain("NEEDS A HUMAN: its volumes are attached on two hosts");
      expect(again.record?.summary).toContain(
        `Nova says that it is on ${from}. Do not restart, migrate or evacuate it`,
      );
      const seen = await scenario.truth();
      expect(seen).toMatchObject({ status: "ACTIVE", taskState: null, host: from });
      expect(seen.volumes.map(({ hosts: on }) => on.toSorted())).toEqual([[from, to].sort(), [from, to].sort()]);
      expect(await scenario.moves()).toBe(1);
    }),
  );

  it.concurrent(
    "the destination's: exit 6, and who is missed; 5 once it is waited for in vain; when it is back, it arrives, whole, exit 0",
    ({ expect }) =>
      scenarios.play({}, async (scenario) => {
        const { from, to } = scenario;
        const again = await awayThenBack(scenario, to, expect, async () => {
          const { exitCode, record, stderr } = await scenario.run();
          expect([exitCode, record?.outcome], stderr).toEqual([5, "needs-attention"]);
          expect(record?.migration?.status).toBe("completed");
          expect(record?.summary).toContain(`guest most probably runs on ${to}. Restart nova-compute on ${to}`);
          expect(record?.summary).toContain(`do not start it on ${from}`);
        });
        expect(again.exitCode, again.stderr).toBe(0);
        expect(again.record).toMatchObject({ outcome: "migrated", adopted: true, source: { host: from } });
        expect(await scenario.truth()).toEqual(wholeOn(to, 2));
        expect(await scenario.moves()).toBe(1);
      }),
  );
});
