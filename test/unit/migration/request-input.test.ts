import { describe, expect, it } from "vitest";
import {
  BadInput,
  readRequest,
  readServer,
  type InputProblem,
  type RawInput,
} from "../../../migration/request-input.ts";

const GOOD: RawInput = { server: "vm01", host: "node-31" };
const problemsOf = (raw: RawInput): InputProblem[] => {
  try {
    readRequest(raw);
  } catch (error) {
    if (error instanceof BadInput) return error.problems;
    throw error;
  }
  return [];
};
const guest = (fields: object) => ({ ...GOOD, guest: JSON.stringify(fields) });

describe("readRequest", () => {
  it("reads the least", () => {
    expect(readRequest(GOOD)).toEqual({
      server: "vm01",
      host: "node-31",
      azPin: "refuse",
      onTimeout: "fail",
      stallSeconds: 300,
    });
  });

  it("reads everything", () => {
    const raw = {
      server: "vm01",
      zone: "nova2",
      cloud: "prod",
      region: "R1",
      volumes: " a, b ,a,",
      azPin: "unpin",
      onTimeout: "abort",
    };
    const numbers = { timeoutSeconds: "90", stallSeconds: "1.5" };
    const inside = '{"user":"root","mountPoints":["/mnt/vol01"]}';
    expect(readRequest({ ...raw, ...numbers, guest: inside })).toEqual({
      ...{ server: "vm01", zone: "nova2", cloud: "prod", region: "R1", volumeIds: ["a", "b", "a"] },
      ...{ azPin: "unpin", onTimeout: "abort", timeoutSeconds: 90, stallSeconds: 1.5 },
      guest: { user: "root", port: 22, mountPoints: ["/mnt/vol01"], files: [], probe: "ping", waitSeconds: 120 },
    });
  });

  it.each<[string, RawInput, path: string, value: string]>([
    ["no server", { host: "node-31" }, "SERVER", '""'],
    ["an empty server", { ...GOOD, server: "" }, "SERVER", '""'],
    ["neither host nor zone", { server: "vm01" }, "--host", "not given"],
    ["both host and zone", { ...GOOD, zone: "nova2" }, "--host", '"node-31"'],
    ["an empty host", { ...GOOD, host: "" }, "--host", '""'],
    ["an empty zone", { server: "vm01", zone: "" }, "--zone", '""'],
    ["an empty cloud", { ...GOOD, cloud: "" }, "--os-cloud", '""'],
    ["an empty region", { ...GOOD, region: "" }, "--os-region-name", '""'],
    ["an unknown pin policy", { ...GOOD, azPin: "maybe" }, "--az-pin", '"maybe"'],
    ["an empty pin policy", { ...GOOD, azPin: "" }, "--az-pin", '""'],
    ["an unknown policy on time-out", { ...GOOD, onTimeout: "panic" }, "--on-timeout", '"panic"'],
    ["an empty policy on time-out", { ...GOOD, onTimeout: "" }, "--on-timeout", '""'],
    ["a deadline in words", { ...GOOD, timeoutSeconds: "soon" }, "--timeout-seconds", '"soon"'],
    ["an empty deadline", { ...GOOD, timeoutSeconds: "" }, "--timeout-seconds", '""'],
    ["a blank deadline", { ...GOOD, timeoutSeconds: " " }, "--timeout-seconds", '" "'],
    ["a deadline with a unit", { ...GOOD, timeoutSeconds: "90s" }, "--timeout-seconds", '"90s"'],
    ["no time at all", { ...GOOD, timeoutSeconds: "0" }, "--timeout-seconds", '"0"'],
    ["a negative time", { ...GOOD, timeoutSeconds: "-1" }, "--timeout-seconds", '"-1"'],
    ["an endless time", { ...GOOD, timeoutSeconds: "Infinity" }, "--timeout-seconds", '"Infinity"'],
    ["a stall in words", { ...GOOD, stallSeconds: "long" }, "--stall-seconds", '"long"'],
    ["an empty stall", { ...GOOD, stallSeconds: "" }, "--stall-seconds", '""'],
    ["a guest that is no JSON", { ...GOOD, guest: "{user" }, "--guest", "{user"],
    ["a guest that is no object", { ...GOOD, guest: '"root"' }, "--guest", '"root"'],
    ["a guest that is null", { ...GOOD, guest: "null" }, "--guest", "null"],
    ["a guest without a user", guest({}), "--guest.user", "not given"],
    ["an empty user", guest({ user: "" }), "--guest.user", '""'],
    ["a user of the wrong type", guest({ user: 7 }), "--guest.user", "7"],
    ["an empty address", guest({ user: "root", address: "" }), "--guest.address", '""'],
    ["a port that is text", guest({ user: "root", port: "22" }), "--guest.port", '"22"'],
    ["a port out of range", guest({ user: "root", port: 70_000 }), "--guest.port", "70000"],
    ["a port with a fraction", guest({ user: "root", port: 22.5 }), "--guest.port", "22.5"],
    ["an empty key file", guest({ user: "root", identityFile: "" }), "--guest.identityFile", '""'],
    ["an empty known_hosts file", guest({ user: "root", knownHostsFile: "" }), "--guest.knownHostsFile", '""'],
    ["a relative mount point", guest({ user: "root", mountPoints: ["/a", "mnt"] }), "--guest.mountPoints.1", '"mnt"'],
    ["mount points that are no list", guest({ user: "root", mountPoints: "/mnt" }), "--guest.mountPoints", '"/mnt"'],
    ["a relative file", guest({ user: "root", files: ["x"] }), "--guest.files.0", '"x"'],
    ["an unknown probe", guest({ user: "root", probe: "smoke" }), "--guest.probe", '"smoke"'],
    ["too long a wait", guest({ user: "root", waitSeconds: 1e6 }), "--guest.waitSeconds", "1000000"],
    ["a misspelt field", guest({ user: "root", mountpoints: [] }), "--guest", '{"user":"root","mountpoints":[]}'],
  ])("refuses %s", (_, raw, path, value) => {
    const problems = problemsOf(raw);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path, value });
    expect(problems[0]?.problem).toMatch(/\w{3}/);
    expect(problems[0]?.fix).toMatch(/\w{3}.*\w{3}/);
  });

  it("lists everything at once, with the place and the fix", () => {
    const problems = problemsOf({ azPin: "maybe", timeoutSeconds: "soon", guest: "{" });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "--az-pin",
      "--guest",
      "--host",
      "--timeout-seconds",
      "SERVER",
    ]);
    const error = new BadInput(problems);
    expect(error.message.split("\n")).toHaveLength(5);
    expect(error.message).toMatch(/--az-pin \("maybe"\): .*refuse.*unpin.*force.* Fix: /);
  });
});

it("readServer refuses what is no name", () => {
  expect(readServer("vm01")).toBe("vm01");
  expect(() => readServer(undefined)).toThrow("SERVER (not given): which server?");
  expect(() => readServer("")).toThrow(BadInput);
});
