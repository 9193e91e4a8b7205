import { describe, expect, it } from "vitest";
import { concludeMove, concludeUnmoved, isIntact, noLongerChecked } from "../../../../migration/verify/outcome.ts";
import type { Check } from "../../../../migration/contract/record.ts";
import { snapshot, server, SERVER, BOOT, DATA } from "../../../support/engine/samples.ts";
import { verify } from "../../../../migration/verify/checks.ts";

const all = verify(
  {
    serverId: SERVER,
    host: "node-28",
    hostId: server().hostId,
    status: "ACTIVE",
    vmState: "active",
    image: null,
    silentPortIds: [],
    unboundPortIds: [],
    volumeIds: [BOOT, DATA],
    migrationUuid: null,
  },
  snapshot(),
);
/** Every check passed, but the ones named. */
const but = (outcome: Check["outcome"], ...names: string[]) =>
  all.map((check): Check => (names.includes(check.check) ? { ...check, outcome, reason: "because" } : check));
const completed = { completed: true, onDestination: true };
const failed = { completed: false, onDestination: false };
const NAMES = [...new Set(all.map(({ check }) => check))];
const ESSENTIAL = ["server-id", "server-status", "task-state", "host", "volumes-attached"];

describe("what a run concludes", () => {
  it("is success where everything passed", () => {
    expect(concludeMove(completed, all, all)).toBe("migrated");
    expect(concludeUnmoved(all, all)).toBe("already-there");
    expect(concludeMove(failed, all, all)).toBe("failed");
  });

  it.each(NAMES)("needs a human where %s failed", (name) => {
    const checks = but("failed", name);
    expect(concludeMove(completed, checks, all)).toBe("needs-attention");
    expect(concludeMove(failed, checks, all)).toBe("needs-attention");
    expect(concludeUnmoved(checks, all)).toBe("needs-attention");
  });

  it.each(NAMES)("is open, and no case for a human, where %s could be checked before and cannot now", (name) => {
    const checks = but("not-checked", name);
    const essential = ESSENTIAL.includes(name);
    expect(concludeMove(completed, checks, all)).toBe(essential ? "needs-attention" : "still-running");
    expect(concludeUnmoved(checks, all)).toBe(essential ? "needs-attention" : "still-running");
    // Without Cinder's attachments nothing rules out a guest in two places.
    const intact = essential || name === "volume-attached-once";
    expect(concludeMove(failed, checks, all)).toBe(intact ? "needs-attention" : "still-running");
  });

  it.each(NAMES)("where %s never could be checked, it depends on whether it is essential", (name) => {
    const checks = but("not-checked", name);
    const essential = ESSENTIAL.includes(name);
    expect(concludeMove(completed, checks, checks)).toBe(essential ? "needs-attention" : "migrated");
    expect(concludeUnmoved(checks, checks)).toBe(essential ? "needs-attention" : "already-there");
    const intact = essential || name === "volume-attached-once";
    expect(concludeMove(failed, checks, checks)).toBe(intact ? "needs-attention" : "failed");
  });

  it.each(ESSENTIAL)("needs a human where %s was not made at all", (name) => {
    expect(
      concludeMove(
        completed,
        all.filter(({ check }) => check !== name),
        all,
      ),
    ).toBe("needs-attention");
  });

  it("never calls a failure harmless where the server is on the destination", () => {
    expect(concludeMove({ completed: false, onDestination: true }, all, all)).toBe("needs-attention");
  });
});

describe("what a run concludes of a server without volumes", () => {
  const image = all
    .filter(({ check }) => !["volume-in-use", "volume-attached-once"].includes(check))
    .map((check): Check => (check.check === "boot-from-volume" ? { ...check, check: "image" } : check));
  const hidden = (name: string) =>
    image.map((check): Check => (check.check === name ? { ...check, outcome: "not-checked" } : check));

  it("is that it is intact after a failure if Placement has it on its source alone", () => {
    expect(concludeMove(failed, image, image)).toBe("failed");
    expect(isIntact(image, image)).toBe(true);
  });

  it("needs a human after a failure where Placement does not show it, whether or not it did before", () => {
    const checks = hidden("allocations");
    for (const before of [image, checks]) {
      expect(concludeMove(failed, checks, before)).toBe("needs-attention");
      expect(isIntact(checks, before)).toBe(false);
    }
  });

  it("is open where anything else could be checked before and cannot now", () => {
    expect(concludeMove(failed, hidden("port-bound"), image)).toBe("still-running");
    expect(concludeMove(completed, hidden("allocations"), image)).toBe("still-running");
  });

  it("needs a human if it should have volumes: that none is attached proves nothing", () => {
    const checks = image.map((check): Check =>
      check.check === "image" ? { ...check, check: "boot-from-volume" } : check,
    );
    expect(concludeMove(failed, checks, checks)).toBe("needs-attention");
  });
});

it("a list that cannot be read any more loses sight of all that was in it", () => {
  const ports: Check = {
    check: "port-bound",
    expected: "x",
    observed: "unknown",
    outcome: "not-checked",
    reason: "503",
  };
  expect(noLongerChecked([ports], all)).toEqual([ports]);
  expect(concludeMove(completed, [...all.filter(({ check }) => check !== "port-bound"), ports], all)).toBe(
    "still-running",
  );
});

it("lost sight is of the same check of the same thing", () => {
  const [first, second] = all.filter(({ check }) => check === "volume-in-use") as [Check, Check];
  const hidden: Check = { ...second, outcome: "not-checked" };
  expect(noLongerChecked([first, hidden], [first])).toEqual([]);
  expect(noLongerChecked([first, hidden], [first, second])).toEqual([hidden]);
  expect(noLongerChecked([hidden], [hidden])).toEqual([]);
});
