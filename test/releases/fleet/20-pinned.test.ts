import { afterAll, beforeAll, describe, it, vi } from "vitest";
import type { Pace } from "../../../lab/api.ts";
import { RELEASES } from "../../../lab/releases/index.ts";
import { atLeast, type Microversion } from "../../../openstack/http/microversion.ts";
import { FLEET_ZONES, testedRelease } from "../../support/environment.ts";
import { wholeOn } from "../../support/lab/cloud.ts";
import type { EngineResult } from "../../support/lab/run-engine.ts";
import { Scenarios, type Scenario } from "../../support/lab/fault-scenario.ts";

// All of a file wait for four hosts at once, on a machine that may be busy.
vi.setConfig({ testTimeout: 1_500_000 });

const computeApi = RELEASES[testedRelease()].computeApi as Microversion;
const showsPin = atLeast(computeApi, "2.96");
const unpins = atLeast(computeApi, "2.104");

let scenarios: Scenarios;
beforeAll(async () => {
  scenarios = await Scenarios.open();
});
afterAll(() => scenarios.close());

const zoneOf = (host: string) =>
  Object.entries(FLEET_ZONES).find(([, hosts]) => hosts.some((one) => one === host))?.[0] ?? "";
const pinned = (from: string) => ({ dataVolumes: 0, server: { availability_zone: `${zoneOf(from)}:${from}` } });
const codes = ({ record }: EngineResult) => record?.findings.map(({ code }) => code);
/** Zone that the server is pinned to, by Nova itself. Undefined where its API does not show it. */
const pinOf = async ({ cloud, id }: Scenario) => (await cloud.compute.getServer(id)).pinnedAvailabilityZone;
/** What Nova shows of a server that is pinned to a host's zone. */
const pinnedTo = (host: string) => (showsPin ? zoneOf(host) : undefined);

describe("a server that is pinned to its zone", () => {
  it.concurrent("moves within the zone and stays pinned: exit 0", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const { exitCode, stderr } = await scenario.run(["--host", scenario.other]);
      expect(exitCode, stderr).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.other, 1));
      expect(await pinOf(scenario)).toBe(pinnedTo(scenario.from));
    });
  });

  it.concurrent("is forced into another zone with a warning, and its pin stays: exit 0", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const forced = await scenario.run(["--az-pin", "force"]);
      expect([forced.exitCode, codes(forced)], forced.stderr).toEqual([0, ["force-keeps-pin"]]);
      expect(forced.stderr).toContain(unpins ? "use azPin: unpin" : "unpin it when the cloud has compute API 2.104");
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await pinOf(scenario)).toBe(pinnedTo(scenario.from));
    });
  });
});

describe.runIf(showsPin)("a pin that Nova shows", () => {
  it.concurrent("is refused before anything is sent, unless a policy says otherwise: exit 3", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      const refused = await scenario.run();
      expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["pinned"]]);
      expect(await scenario.moves()).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
    });
  });
});

describe.runIf(showsPin && !unpins)("a pin that Nova shows and cannot change", () => {
  it.concurrent("is not taken off: exit 3, and the API that it takes", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      const refused = await scenario.run(["--az-pin", "unpin"]);
      expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["unpin-impossible"]]);
      expect(refused.record?.summary).toContain("needs compute API 2.104");
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.from));
      expect(await scenario.moves()).toBe(0);
    });
  });
});

describe.runIf(!showsPin)("a pin that Nova does not show", () => {
  it.concurrent("makes Nova find no host: exit 4, intact, and the pin is named", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      const refused = await scenario.run();
      expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([4, ["pin-unknown"]]);
      expect(refused.record?.summary).toContain("azPin: force moves it anyway");
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
    });
  });
});

describe.runIf(unpins)("a server that is unpinned for its move", () => {
  const unpin = ["--az-pin", "unpin"];

  it.concurrent("moves into the other zone and is pinned to it: exit 0", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 0.5 });
      const { exitCode, record, stderr } = await scenario.run(unpin);
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.to));
    });
  });

  it.concurrent.for<[string, Pace, string]>([
    ["the destination's check", { fail_check: "CPU is too old" }, "error"],
    ["its preparation", { fail_pre: "no such bridge" }, "failed"],
    ["the copy, midway", { seconds: 2, fail_at: 0.5 }, "failed"],
  ])("is pinned to its own zone again after %s failed: exit 4", async ([, pace, status], { expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace(pace);
      const { exitCode, record, stderr } = await scenario.run(unpin);
      expect([exitCode, record?.migration?.status], stderr).toEqual([4, status]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.from));
      expect(codes({ record } as EngineResult)).not.toContain("pin-not-set");
    });
  });

  it.concurrent("is pinned to its own zone again after an abort: exit 4", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start(unpin);
      await scenario.recorded("running");
      expect(await scenario.command("abort")).toMatchObject({ exitCode: 0 });
      expect(await running.ended).toMatchObject({ exitCode: 4, record: { migration: { status: "cancelled" } } });
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.from));
    });
  });

  it.concurrent(
    "is pinned where it arrived by the run that adopts its move after a kill: exit 0",
    async ({ expect }) => {
      await scenarios.play(pinned, async (scenario) => {
        scenario.pace({ seconds: 60 });
        const killed = scenario.start(unpin);
        await scenario.recorded("running");
        killed.kill("SIGKILL");
        await killed.ended;
        expect(await pinOf(scenario)).toBeNull();
        const next = scenario.start(unpin);
        await next.says(/under way already/);
        scenario.pace({ seconds: 0.1 });
        const { exitCode, record, stderr } = await next.ended;
        expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
        expect(await pinOf(scenario)).toBe(zoneOf(scenario.to));
        expect(await scenario.moves()).toBe(1);
      });
    },
  );

  it.concurrent("is pinned where it is by the next run, after a kill and a failed move", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const killed = scenario.start(unpin);
      await scenario.recorded("running");
      killed.kill("SIGKILL");
      await killed.ended;
      scenario.pace({ fail_at: 0 });
      await scenario.recorded("failed");
      // It asks for nothing but where the server is: the pin is all that is left to do.
      const { exitCode, stderr } = await scenario.run(["--host", scenario.from, ...unpin]);
      expect(exitCode, stderr).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 1));
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.from));
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("is moved once by two runs that begin at once, and pinned where it arrived", async ({ expect }) => {
    await scenarios.play(pinned, async (scenario) => {
      scenario.pace({ seconds: 5 });
      const [one, other] = await Promise.all([scenario.run(unpin), scenario.run(unpin)]);
      expect([one.exitCode, other.exitCode], one.stderr + other.stderr).toEqual([0, 0]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await scenario.moves()).toBe(1);
      expect(await pinOf(scenario)).toBe(zoneOf(scenario.to));
    });
  });
});
