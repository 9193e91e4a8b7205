import { describe, expect, it } from "vitest";
import { readDrain, readRestore, readRoll, type RawHosts } from "../../../../../migration/cli/hosts/hosts-input.ts";
import { BadInput } from "../../../../../migration/contract/request-input.ts";
import { requestOf } from "../../../../../migration/hosts/plan/drain-plan.ts";

const problems = (read: () => unknown): string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof BadInput) return error.problems.map(({ path, problem }) => `${path}: ${problem}`);
    throw error;
  }
  return [];
};

describe("the options of a drain", () => {
  it("have defaults that move every server, one at a time, and stop at the first failure", () => {
    expect(readDrain(["node-28"], {})).toEqual({
      hosts: ["node-28"],
      to: null,
      toOtherZones: false,
      stopped: "cold",
      notMovable: "refuse",
      canary: 1,
      stopAfter: 1,
      parallel: 1,
      reason: "",
    });
  });

  it("are read as they are given", () => {
    const raw: RawHosts = {
      ...{ to: "node-27, node-31", toOtherZones: true, stopped: "leave", notMovable: "leave" },
      ...{ canary: "0", stopAfter: "2", parallel: "3", reason: "CHG-1" },
    };
    expect(readDrain(["a", "b"], raw)).toMatchObject({
      hosts: ["a", "b"],
      to: ["node-27", "node-31"],
      canary: 0,
      stopAfter: 2,
      parallel: 3,
      stopped: "leave",
      notMovable: "leave",
      reason: "CHG-1",
    });
  });

  it("are told with every problem at once", () => {
    const raw = { to: "x,,x", canary: "-1", stopAfter: "0", parallel: "1.5", stopped: "stop", notMovable: "stop" };
    expect(problems(() => readDrain(["a", "a"], raw))).toEqual([
      "HOST: this host is given twice",
      "--to: this host is given twice",
      "--to: a host name is empty",
      "--stopped: not one of the choices",
      "--not-movable: not one of the choices",
      "--canary: not a whole number that fits",
      "--stop-after: not a whole number that fits",
      "--parallel: not a whole number that fits",
    ]);
  });
});

describe("the options of a restore", () => {
  it("take a time with its zone, and only to bring servers home", () => {
    const since = "2026-01-31T22:00:00Z";
    expect(readRestore(["a"], { return: true, since })).toMatchObject({ return: true, since, readySeconds: 600 });
    expect(problems(() => readRestore(["a"], { since: "yesterday" }))).toEqual([
      "--since: not a time with its zone",
      "--since: it tells which servers come home, and none is to",
    ]);
  });
});

describe("the check of guests", () => {
  const guest = '{"user":"root","mountPoints":["/mnt/vol01"]}';

  it("is taken by a drain, a roll, and a restore that brings servers home", () => {
    const read = { user: "root", mountPoints: ["/mnt/vol01"] };
    expect(readDrain(["a"], { guest })).toMatchObject({ guest: read });
    expect(readRoll(["a"], { guest, run: "true" })).toMatchObject({ guest: read });
    expect(readRestore(["a"], { guest, return: true })).toMatchObject({ guest: read });
    expect(readDrain(["a"], {})).not.toHaveProperty("guest");
  });

  it("is refused where it cannot be read, has one address for all, or nobody to ask", () => {
    expect(problems(() => readDrain(["a"], { guest: "root" }))[0]).toMatch(/^--guest: not JSON/);
    const addressed = '{"user":"root","address":"10.0.0.5"}';
    expect(problems(() => readDrain(["a"], { guest: addressed }))).toEqual([
      "--guest.address: several servers cannot share it",
    ]);
    expect(problems(() => readRestore(["a"], { guest }))).toEqual([
      "--guest: no server comes home whose guest could be checked",
    ]);
  });

  it("is part of the request of each move", () => {
    const { guest: wanted } = readDrain(["a"], { guest });
    expect(requestOf("vm", "b", { stopped: "cold", ...(wanted && { guest: wanted }) }).guest).toEqual(wanted);
  });
});

describe("the options of a roll", () => {
  it("need a command", () => {
    expect(problems(() => readRoll(["a"], {}))).toEqual(["--run: which command?"]);
    expect(readRoll(["a"], { run: "true", return: true })).toMatchObject({ command: "true", return: true });
  });
});
