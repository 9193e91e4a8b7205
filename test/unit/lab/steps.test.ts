import { describe, expect, test, vi } from "vitest";
import { choose, describe as describeLab } from "../../../lab/settings.ts";
import { planProblems, runSteps, seconds } from "../../../lab/steps.ts";
import { parseStatus } from "../../../lab/supervise.ts";
import { mendSteps, upSteps } from "../../../lab/up.ts";

const step = (name: string, after: string[], log: string[], fail = false) => ({
  name,
  title: name,
  after,
  work: async (): Promise<void> => {
    log.push(`${name} begins`);
    await Promise.resolve();
    if (fail) throw new Error("broken");
    log.push(`${name} ends`);
  },
});

describe("steps", () => {
  test("a step begins after those it waits for", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const log: string[] = [];
    await runSteps([step("c", ["a", "b"], log), step("b", ["a"], log), step("a", [], log)]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  test("a failure names its step, and what depends on it is not begun", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const log: string[] = [];
    await expect(runSteps([step("a", [], log, true), step("b", ["a"], log), step("c", [], log)])).rejects.toThrow(
      /^a: .*broken/,
    );
    expect(log).not.toContain("b begins");
    expect(log).toContain("c ends");
  });

  test("unknown names, names used twice and circles are found", () => {
    const plan = [
      { name: "a", after: ["b"] },
      { name: "b", after: ["a"] },
      { name: "c", after: ["nowhere"] },
      { name: "c" },
    ];
    expect(planProblems(plan)).toEqual([
      "two steps are named c",
      "c waits for nowhere, which is no step",
      "these wait for each other: a, b",
    ]);
  });

  test.each(["guest", "fleet"] as const)("the plans of the %s profile hold together", (profile) => {
    const lab = describeLab(choose(profile, {}), "/s", {});
    expect(planProblems(upSteps(lab))).toEqual([]);
    expect(planProblems(mendSteps(lab))).toEqual([]);
  });

  test("accounts come before what ends on a refused token, the conductor before the computes", () => {
    const steps = new Map(
      upSteps(describeLab(choose("guest", {}), "/s", {})).map(({ name, after = [] }) => [name, after]),
    );
    const before = (name: string): Set<string> =>
      new Set((steps.get(name) ?? []).flatMap((other) => [other, ...before(other)]));
    expect(before("conductor")).toContain("accounts");
    expect(before("computes")).toContain("conductor");
    expect(before("computes")).toContain("ceph-key");
    expect(before("guests")).toContain("wired");
  });

  test("times are shown in seconds", () => {
    expect(seconds(1249)).toBe("1.2 s");
  });
});

describe("the supervisor's status lines", () => {
  test.each([
    ["run: /s/services/nova-api: (pid 12) 34s", { name: "nova-api", state: "run", held: false, pid: 12, seconds: 34 }],
    [
      "down: /s/services/node-31.libvirtd: 3s",
      { name: "node-31.libvirtd", state: "down", held: true, pid: undefined, seconds: 3 },
    ],
    [
      "down: /s/services/rabbitmq: 1s, want up",
      { name: "rabbitmq", state: "down", held: false, pid: undefined, seconds: 1 },
    ],
    [
      "down: /s/services/keystone: 0s, normally up",
      { name: "keystone", state: "down", held: true, pid: undefined, seconds: 0 },
    ],
    [
      "run: /s/services/x: (pid 1) 2s, normally down, want down",
      { name: "x", state: "run", held: false, pid: 1, seconds: 2 },
    ],
    ["fail: /s/services/x: runsv not running", undefined],
  ])("%s", (line, state) => {
    expect(parseStatus(line)).toEqual(state);
  });
});
