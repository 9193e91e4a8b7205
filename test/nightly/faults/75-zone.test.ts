import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeServer } from "../../../lab/api.ts";
import type { PlanDocument } from "../../../migration/contract/plan-document.ts";
import { Hosts } from "../../chaos/hosts.ts";
import { eventually, wholeOn } from "../../support/lab/cloud.ts";
import { startEngine } from "../../support/lab/run-engine.ts";
import { Scenarios, type Scenario } from "../../support/lab/fault-scenario.ts";

// One after the other, and alone: which host of the zone is the better one is for all.
vi.setConfig({ testTimeout: 300_000 });

let scenarios: Scenarios;
let hosts: Hosts;
/** A zone beside that of all other hosts, and its two hosts. */
let zone: string;
let others: string;
let first: string;
let second: string;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  hosts = new Hosts(scenarios.cloud, ["node-05", "node-06", "node-07", "node-08"]);
  [others = "", zone = ""] = hosts.zones;
  [first = "", second = ""] = hosts.inZone(zone);
  await hosts.makeZone();
});
afterAll(async () => {
  await hosts.removeZone();
  await scenarios.close();
});

async function planned(scenario: Scenario): Promise<PlanDocument> {
  return JSON.parse((await scenario.command("plan", ["--zone", zone])).stdout) as PlanDocument;
}

/** With another server on one of the zone's hosts, so that it is the more loaded one. */
async function burdened(host: string, body: () => Promise<void>): Promise<void> {
  const name = `burden-on-${host}`;
  const burden = await makeServer(scenarios.api, { name, host, flavor: "m1.duo", dataVolumes: 0 });
  try {
    // Nova counts servers that are gone for up to a minute more.
    await eventually(`${host} is more loaded than the other`, 120, async () => {
      const both = (await scenarios.cloud.compute.getHypervisors()).filter(({ serviceHost }) =>
        [first, second].includes(serviceHost),
      );
      const used = (ofIt: boolean) => both.find((one) => (one.serviceHost === host) === ofIt)?.memoryUsedMiB ?? NaN;
      return used(true) > used(false);
    });
    await body();
  } finally {
    await burden.remove();
  }
}

describe("a zone as the place where a server is to run", () => {
  it("has its least loaded host chosen, and why is reported; the same command stays with it, and sends nothing", () =>
    scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      await burdened(first, async () => {
        expect(await planned(scenario)).toMatchObject({
          action: "migrate",
          destination: { host: second, availabilityZone: zone },
          why: `the least loaded of ${zone} that can take it (also possible: ${first})`,
        });
        const moved = await scenario.run(["--zone", zone]);
        expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
        expect(moved.stderr).toContain(`to ${second}, the least loaded of ${zone} that can take it`);
        expect(moved.record).toMatchObject({
          source: { host: scenario.from, availabilityZone: others },
          destination: { host: second, availabilityZone: zone },
        });
        expect(await scenario.truth()).toEqual(wholeOn(second, 2));
      });
      // Now the other host is the better one.
      await burdened(second, async () => {
        expect(await planned(scenario)).toMatchObject({ action: "nothing", why: `the server is in ${zone} already` });
        const again = await scenario.run(["--zone", zone]);
        expect([again.exitCode, again.record?.outcome], again.stderr).toEqual([0, "already-there"]);
        expect(again.record?.summary).toContain(`runs on ${second}: nothing to move`);
      });
      expect(await scenario.truth()).toEqual(wholeOn(second, 2));
      expect(await scenario.moves()).toBe(1);
    }));

  it("gives each of several servers that move at the same time a host of its own, where both hosts are as good", () =>
    scenarios.play({}, async (one) => {
      await scenarios.play({}, async (other) => {
        for (const scenario of [one, other]) scenario.pace({ seconds: 10 });
        const { exitCode, stderr } = await startEngine(["run", one.id, other.id, "--zone", zone, "--parallel", "2"])
          .ended;
        expect(exitCode, stderr).toBe(0);
        const places = await Promise.all(
          [one, other].map(async ({ id }) => (await scenarios.cloud.compute.getServer(id)).host),
        );
        expect(places.sort()).toEqual([first, second]);
        for (const scenario of [one, other]) expect(await scenario.moves()).toBe(1);
      });
    }));

  it("is kept to by the same command while the server is on its way there: adopted, moved once", () =>
    scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const killed = scenario.start(["--zone", zone]);
      const { destCompute } = await scenario.recorded("running");
      killed.kill("SIGKILL");
      await killed.ended;
      const host = destCompute ?? "";
      expect([first, second]).toContain(host);
      await burdened(host, async () => {
        expect(await planned(scenario)).toMatchObject({
          action: "adopt",
          destination: { host },
          why: "the server is on its way there",
        });
        scenario.pace({ seconds: 0.1 });
        const again = await scenario.run(["--zone", zone]);
        expect(again.exitCode, again.stderr).toBe(0);
        expect(again.record).toMatchObject({ outcome: "migrated", adopted: true, destination: { host } });
      });
      expect(await scenario.truth()).toEqual(wholeOn(host, 2));
      expect(await scenario.moves()).toBe(1);
    }));

  it("is refused if there is none of that name, with those there are; if none of its hosts can take the server, with the reason of each: exit 3; once one can, it moves", () =>
    scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      /** By one finding, which is about the zone; nothing is sent. */
      const refusedIn = async (asked: string, code: string, why: string) => {
        const { exitCode, record, stderr } = await scenario.run(["--zone", asked]);
        expect(exitCode, stderr).toBe(3);
        expect(record).toMatchObject({ outcome: "refused", findings: [{ code, path: "zone", value: asked }] });
        expect(record?.summary).toContain(`was not moved and stays on ${scenario.from}: ${why}`);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
        expect(await scenario.moves()).toBe(0);
      };
      const none = "no compute host is in the availability zone atlantis";
      await refusedIn("atlantis", "zone-unknown", `${none} (fix: one of: ${zone}, ${others})`);

      const refused = (reasons: string) =>
        refusedIn(
          zone,
          "zone-has-no-host",
          `no host of ${zone} can take the server now: ${reasons} (fix: bring a host of that zone up, enable it, or free resources)`,
        );
      await using mended = new AsyncDisposableStack();
      const enableFirst = mended.adopt(await hosts.disable(first), (enable) => enable());
      const enableSecond = mended.adopt(await hosts.disable(second), (enable) => enable());
      await refused(`${first} is disabled; ${second} is disabled`);
      mended.defer(await hosts.fill(first));
      await enableFirst();
      await refused(`${first} has no room; ${second} is disabled`);
      await enableSecond();
      await eventually("the scheduler knows that it is enabled", 120, async () => {
        const { exitCode } = await scenario.run(["--zone", zone]);
        return exitCode === 0;
      });
      expect(await scenario.truth()).toEqual(wholeOn(second, 2));
    }));
});
