import { afterAll, beforeAll, describe, it, vi } from "vitest";
import type { Pace } from "../../lab/api.ts";
import { wholeOn } from "../support/lab/cloud.ts";
import { Stage } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

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
    await stage.play({}, async (scene) => {
      scene.pace(pace);
      const { exitCode, record } = await scene.run();
      expect(record?.summary).toMatch(words);
      expect(record?.summary).not.toContain("No valid host");
      expect(record?.summary).toContain(`intact on ${scene.from}, each volume attached once`);
      expect([exitCode, record?.migration?.status]).toEqual([4, status]);
      expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
      expect(await scene.moves()).toBe(1);
      // Mended, the same command moves it.
      scene.pace({ seconds: 0.1 });
      expect(await scene.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
      expect(await scene.truth()).toEqual(wholeOn(scene.to, 2));
      expect(await scene.moves()).toBe(2);
    });
  });
});

describe("a migration that fails after the guest has moved", () => {
  it.concurrent("exits 5, though Nova records it as completed, and names the cause", async ({ expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ fail_post: "the disk is on fire" });
      const { exitCode, record } = await scene.run();
      expect(record?.summary).toMatch(/NEEDS A HUMAN: .*the disk is on fire.*server-status: ERROR instead of ACTIVE/);
      expect(record?.summary).toContain(`Nova says that it is on ${scene.to}. Do not restart, migrate or evacuate it`);
      expect([exitCode, record?.migration?.status]).toEqual([5, "completed"]);
      expect(await scene.truth()).toEqual({ ...wholeOn(scene.to, 2), status: "ERROR" });
      // Nor does the next run make anything of it.
      expect(await scene.run()).toMatchObject({ exitCode: 5, record: { outcome: "needs-attention" } });
      expect(await scene.moves()).toBe(1);
    });
  });
});

describe("a migration that someone aborts", () => {
  it.concurrent.for([
    ["another live-migrate", "abort"],
    ["a request to Nova", "raw"],
  ])("by %s: the run exits 4, and says that it was aborted", async ([, how], { expect }) => {
    await stage.play({}, async (scene) => {
      scene.pace({ seconds: 60 });
      const running = scene.start();
      const { id } = await scene.recorded("running");
      if (how === "raw") await scene.api.call("compute", "DELETE", `/servers/${scene.id}/migrations/${id}`);
      else {
        const aborted = await scene.command("abort");
        expect(aborted).toMatchObject({ exitCode: 0, record: { outcome: "failed", current: { host: scene.from } } });
        expect(aborted.record?.summary).toMatch(/was aborted: .*intact on node-\d+, each volume attached once/);
      }
      const { exitCode, record } = await running.ended;
      expect(record?.summary).toMatch(
        /was aborted: by an operator, or by Nova's own time-out .*To move it, run this again/,
      );
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
      expect(await scene.moves()).toBe(1);
    });
  });
});
