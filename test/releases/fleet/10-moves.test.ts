import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Pace } from "../../../lab/api.ts";
import { RELEASES } from "../../../lab/releases/index.ts";
import { testedRelease, FLEET_ZONES } from "../../support/environment.ts";
import { wholeOn } from "../../support/lab/cloud.ts";
import { Scenarios } from "../../support/lab/fault-scenario.ts";
import { keepPortsDown } from "../../support/lab/stuck-ports.ts";

// All of a file wait for four hosts at once, on a machine that may be busy.
vi.setConfig({ testTimeout: 1_500_000 });

/** The boot volume alone: much of a busy machine's time goes into volumes. */
const SMALL = { dataVolumes: 0 };

const release = RELEASES[testedRelease()];
let scenarios: Scenarios;
beforeAll(async () => {
  scenarios = await Scenarios.open();
});
afterAll(() => scenarios.close());

const zoneOf = (host: string) =>
  Object.entries(FLEET_ZONES).find(([, hosts]) => hosts.some((one) => one === host))?.[0];

it(`is ${release.title}, whose compute API ends at ${release.computeApi}`, async () => {
  const { versions } = await scenarios.api.call<{ versions: { id: string; version: string }[] }>(
    "compute",
    "GET",
    "/../",
  );
  expect(versions.find(({ id }) => id === "v2.1")?.version).toBe(release.computeApi);
});

describe("an unpinned server", () => {
  it.concurrent("moves across zones and back: exit 0, each volume attached once", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const there = await scenario.run();
      expect(there.exitCode, there.stderr).toBe(0);
      expect(there.record).toMatchObject({
        outcome: "migrated",
        source: { host: scenario.from, availabilityZone: zoneOf(scenario.from) },
        destination: { host: scenario.to, availabilityZone: zoneOf(scenario.to) },
      });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      const back = await scenario.run(["--host", scenario.from]);
      expect(back.exitCode, back.stderr).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.run(["--host", scenario.from])).toMatchObject({
        exitCode: 0,
        record: { outcome: "already-there" },
      });
      expect(await scenario.moves()).toBe(2);
    });
  });

  it.concurrent("moves into a zone, on a host that the engine chooses: exit 0", async ({ expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const zone = zoneOf(scenario.to) ?? "";
      const { exitCode, record, stderr } = await scenario.run(["--zone", zone]);
      expect(exitCode, stderr).toBe(0);
      const host = record?.current.host ?? "";
      expect(zoneOf(host)).toBe(zone);
      expect(await scenario.truth()).toEqual(wholeOn(host, 1));
    });
  });
});

describe("a server whose port Neutron keeps DOWN after the move", () => {
  it.concurrent("needs a human, exit 5; when the port is ACTIVE the same command verifies it", async ({ expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const letGo = await keepPortsDown(scenario.id);
      try {
        const { exitCode, record, stderr } = await scenario.run();
        expect([exitCode, record?.migration?.status], stderr).toEqual([5, "completed"]);
        expect(record?.summary).toMatch(/NEEDS A HUMAN: port-bound of .*, DOWN instead of bound to .*, ACTIVE/);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      } finally {
        await letGo();
      }
      const { exitCode, stderr } = await scenario.run();
      expect(exitCode, stderr).toBe(0);
      expect(await scenario.moves()).toBe(1);
    });
  });
});

describe("a migration that Nova gives up exits 4, and the server is intact on its source", () => {
  it.concurrent.for<[string, Pace, string, RegExp]>([
    ["the destination's check", { fail_check: "CPU is too old" }, "error", /failed \(error\): .*CPU is too old/],
    ["its preparation", { fail_pre: "no such bridge" }, "failed", /failed \(failed\): .*no such bridge/],
    ["the copy, midway", { seconds: 2, fail_at: 0.5 }, "failed", /failed \(failed\): .*log of nova-compute on node-\d/],
  ])("%s fails", async ([, pace, status, words], { expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace(pace);
      const { exitCode, record, stderr } = await scenario.run();
      expect([exitCode, record?.migration?.status], stderr).toEqual([4, status]);
      expect(record?.summary).toMatch(words);
      expect(record?.summary).not.toContain("No valid host");
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
    });
  });

  it.concurrent("someone aborts it", async ({ expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      await scenario.recorded("running");
      expect(await scenario.command("abort")).toMatchObject({ exitCode: 0, record: { outcome: "failed" } });
      const { exitCode, record } = await running.ended;
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(record?.summary).toContain("was aborted: ");
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
    });
  });
});

describe("a move that loses its engine, or has two", () => {
  it.concurrent("is adopted by the next run when the engine was killed: moved once, exit 0", async ({ expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const killed = scenario.start();
      await scenario.recorded("running");
      killed.kill("SIGKILL");
      await killed.ended;
      const next = scenario.start();
      await next.says(/under way already/);
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await next.ended;
      expect([exitCode, record?.outcome, record?.adopted], stderr).toEqual([0, "migrated", true]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("happens once when two runs begin at once: both exit 0", async ({ expect }) => {
    await scenarios.play(SMALL, async (scenario) => {
      scenario.pace({ seconds: 5 });
      const [one, other] = await Promise.all([scenario.run(), scenario.run()]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await scenario.moves()).toBe(1);
    });
  });
});
