import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDrain, readRestore, readRoll, type RawHosts } from "../../../../../migration/cli/hosts/hosts-input.ts";
import { BadInput } from "../../../../../migration/contract/request-input.ts";
import { requestOf } from "../../../../../migration/hosts/plan/drain-plan.ts";
import { tempPath } from "../../../../support/temp-folder.ts";

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
    const raw = { to: "x,,x", canary: "-1", stopAfter: "0", parallel: "1.5", stopped: "stop", notMovable: "kill" };
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

describe("a drain of a zone", () => {
  it("takes all hosts of the zone to another one", () => {
    expect(readDrain([], { zone: "nova", toZone: "nova2" })).toMatchObject({ hosts: [], toZone: "nova2", to: null });
  });

  it("needs another zone, and no hosts beside it", () => {
    expect(problems(() => readDrain(["a"], { zone: "nova" }))).toEqual([
      "--zone: it names all hosts of a zone, and hosts are named too",
      "--zone: where do its servers go?",
    ]);
    expect(problems(() => readDrain([], { zone: "nova", toZone: "nova", to: "x" }))).toEqual([
      "--to-zone: it is the zone that is emptied",
      "--to-zone: --to names the targets already",
    ]);
  });
});

describe("policies and limits", () => {
  const id = "00000000-0000-4000-8000-000000000001";
  it("are read for single servers, targets and their load", () => {
    const raw = { notMovable: "stop", notMovableServer: [`${id}=leave`], perTarget: "3", fillTo: "80%" };
    expect(readDrain(["a"], raw)).toMatchObject({
      notMovable: "stop",
      notMovableServers: { [id]: "leave" },
      perTarget: 3,
      fillTo: 80,
    });
  });

  it("are told if they are wrong", () => {
    const raw = {
      notMovableServer: ["vm1=leave", `${id}=kill`, `${id}=stop`, `${id}=stop`],
      fillTo: "120",
      perTarget: "0",
    };
    expect(problems(() => readDrain(["a"], raw))).toEqual([
      "--not-movable-server: not of the form ID=POLICY",
      "--not-movable-server: not of the form ID=POLICY",
      "--not-movable-server: this server is given twice",
      "--per-target: not a whole number that fits",
      "--fill-to: not a percentage",
    ]);
  });
});

describe("a reviewed plan", () => {
  const kept = (value: unknown) => {
    const path = tempPath("plan.json");
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  const plan = {
    ...{ schemaVersion: 1, summary: "", exitCode: 0, hosts: ["a"], moves: [], stays: [], targets: [] },
    ...{ findings: [], estimateSeconds: 0 },
  };

  it("is read from its file, with what becomes of moves that nobody has reviewed", () => {
    expect(readDrain(["a"], { reviewed: kept(plan), unreviewed: "refuse" }).review).toMatchObject({
      unreviewed: "refuse",
      plan: { hosts: ["a"] },
    });
  });

  it("has to be one, and for the same hosts", () => {
    const wrong = (raw: RawHosts) => problems(() => readDrain(["a", "b"], raw));
    expect(wrong({ reviewed: kept(plan) })).toEqual(["--reviewed: it is a plan for a"]);
    expect(wrong({ reviewed: kept({ moves: [] }) })).toEqual(["--reviewed: holds no plan of a drain"]);
    expect(wrong({ reviewed: "/no/such" })[0]).toMatch(/^--reviewed: cannot be read/);
    expect(wrong({ unreviewed: "leave" })).toEqual(["--unreviewed: nothing was reviewed"]);
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
