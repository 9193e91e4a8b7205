import { afterAll, beforeAll, describe, it, vi } from "vitest";
import type { Pace } from "../../lab/api.ts";
import { wholeOn } from "../support/lab/cloud.ts";
import { Scenarios } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let scenarios: Scenarios;
beforeAll(async () => {
  scenarios = await Scenarios.open();
});
afterAll(() => scenarios.close());

describe("a migration that Nova gives up exits 4, with the cause or where it is logged, and the server is intact on its source", () => {
  it.concurrent.for<[string, Pace, string, RegExp]>([
    // Nova's own words for it are "No valid host".
    [
      "the destination's check",
      { fail_check: "CPU is too old" },
      "error",
      /failed \(error\): .*CPU is too old\. It is/,
    ],
    // The record says `error` while the rollback runs, and then `failed`.
    ["its preparation", { fail_pre: "no such bridge" }, "failed", /failed \(failed\): no such bridge\. It is intact/],
    // Of that, Nova's API keeps no cause.
    ["the copy, midway", { seconds: 2, fail_at: 0.5 }, "failed", /failed \(failed\): .*log of nova-compute on node-\d/],
  ])("%s fails", async ([, pace, status, words], { expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace(pace);
      const { exitCode, record } = await scenario.run();
      expect(record?.summary).toMatch(words);
      expect(record?.summary).not.toContain("No valid host");
      expect(record?.summary).toContain(`intact on ${scenario.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, status]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.moves()).toBe(1);
      // Mended, the same command moves it.
      scenario.pace({ seconds: 0.1 });
      expect(await scenario.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(2);
    });
  });
});

describe("a migration that fails after the guest has moved", () => {
  it.concurrent("exits 5, though Nova records it as completed, and names the cause", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ fail_post: "the disk is on fire" });
      const { exitCode, record } = await scenario.run();
      expect(record?.summary).toMatch(/NEEDS A HUMAN: .*the disk is on fire.*server-status: ERROR instead of ACTIVE/);
      expect(record?.summary).toContain(
        `Nova says that it is on ${scenario.to}. Do not restart, migrate or evacuate it`,
      );
      expect([exitCode, record?.migration?.status]).toEqual([5, "completed"]);
      expect(await scenario.truth()).toEqual({ ...wholeOn(scenario.to, 2), status: "ERROR" });
      // Nor does the next run make anything of it.
      expect(await scenario.run()).toMatchObject({ exitCode: 5, record: { outcome: "needs-attention" } });
      expect(await scenario.moves()).toBe(1);
    });
  });
});

describe("a migration that someone aborts", () => {
  it.concurrent.for([
    ["another live-migrate", "abort"],
    ["a request to Nova", "raw"],
  ])("by %s: the run exits 4, and says that it was aborted", async ([, how], { expect }) => {
    await scenarios.play({}, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      const { id } = await scenario.recorded("running");
      if (how === "raw") await scenario.api.call("compute", "DELETE", `/servers/${scenario.id}/migrations/${id}`);
      else {
        const aborted = await scenario.command("abort");
        expect(aborted).toMatchObject({ exitCode: 0, record: { outcome: "failed", current: { host: scenario.from } } });
        expect(aborted.record?.summary).toMatch(/was aborted: .*intact on node-\d+, each volume attached once/);
      }
      const { exitCode, record } = await running.ended;
      expect(record?.summary).toMatch(
        /was aborted: by an operator, or by Nova's own time-out .*To move it, run the move again/,
      );
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });
});
