import { describe, expect, it } from "vitest";
import { BadInput, readRequest, readServer, type RawInput } from "../../../../migration/contract/request-input.ts";
import type { Problem } from "../../../../openstack/problems.ts";

const GOOD: RawInput = { server: "vm01", host: "node-31" };
const problemsOf = (raw: RawInput): Problem[] => {
  try {
    readRequest(raw);
  } catch (error) {
    if (error instanceof BadInput) return error.problems;
    throw error;
  }
  return [];
};
const guest = (fields: object) => ({ ...GOOD, guest: JSON.stringify(fields) });

/** What is to be done about a wrong one, word by word, by the place that a problem names. */
const FIX: Record<string, string> = {
  SERVER: "give its id, or a name that only one server has",
  "--host": "name one nova-compute host, or a zone instead: `openstack compute service list`",
  "--zone": "name an availability zone, or a host instead: `openstack availability zone list`",
  "--os-cloud": "name an entry of clouds.yaml, or leave it out for OS_CLOUD",
  "--os-region-name": "name a region of the cloud, or leave it out",
  "--volumes": "give Cinder's ids, comma separated, or leave it out for those attached",
  "--az-pin": "refuse, unpin or force; or leave it out",
  "--stopped": "refuse or cold; or leave it out",
  "--on-timeout": "fail, abort or force-complete; or leave it out",
  "--timeout-seconds": "a number of seconds above 0; or leave it out",
  "--stall-seconds": "a number of seconds above 0; or leave it out",
  "--guest": 'for example --guest \'{"user":"root","mountPoints":["/mnt/vol01"]}\'',
  "--guest.user": "name the user to log in as",
  "--guest.address": "an address of the guest that this machine reaches; or leave it out for the server's own",
  "--guest.port": "the port of its ssh server, from 1 to 65535; or leave it out for 22",
  "--guest.identityFile": "the path of a private key; or leave it out for what ssh itself would use",
  "--guest.knownHostsFile": "the path of a known_hosts file; or leave it out to trust the first answer of a run",
  "--guest.mountPoints": 'a list of absolute paths, such as ["/mnt/vol01"]; or leave it out',
  "--guest.files": 'a list of absolute paths, such as ["/etc/hostname"]; or leave it out',
  "--guest.probe": "ping, tcp or none; or leave it out for ping",
  "--guest.waitSeconds": "a number of seconds from 0 to 3600; or leave it out for 120",
};

describe("readRequest", () => {
  it("reads the least", () => {
    expect(readRequest(GOOD)).toEqual({
      server: "vm01",
      host: "node-31",
      azPin: "refuse",
      stopped: "refuse",
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
      volumeIds: " a, b ",
      azPin: "unpin",
      cold: true,
      stopped: "cold",
      keepUnconfirmed: true,
      onTimeout: "abort",
    };
    const numbers = { timeoutSeconds: "90", stallSeconds: "1.5" };
    const inside = '{"user":"root","mountPoints":["/mnt/vol01"]}';
    expect(readRequest({ ...raw, ...numbers, guest: inside })).toEqual({
      ...{ server: "vm01", zone: "nova2", cloud: "prod", region: "R1", volumeIds: ["a", "b"] },
      ...{ cold: true, stopped: "cold", keepUnconfirmed: true },
      ...{ azPin: "unpin", onTimeout: "abort", timeoutSeconds: 90, stallSeconds: 1.5 },
      guest: { user: "root", port: 22, mountPoints: ["/mnt/vol01"], files: [], probe: "ping", waitSeconds: 120 },
    });
  });

  it("takes an empty variable of the environment for none: Pulumi makes one of an empty list", () => {
    const fromEnvironment = ["volumeIds", "guest"];
    const { volumeIds, guest: inside } = readRequest({ ...GOOD, volumeIds: "", guest: "", fromEnvironment });
    expect([volumeIds, inside]).toEqual([[], undefined]);
    // A program may name a volume twice, and must not name nothing.
    expect(readRequest({ ...GOOD, volumeIds: "a,a", fromEnvironment }).volumeIds).toEqual(["a", "a"]);
    expect(problemsOf({ ...GOOD, volumeIds: "a,", fromEnvironment })).toMatchObject([
      { path: "--volumes", problem: "an id in it is empty" },
    ]);
  });

  const EMPTY = "must not be empty";
  const NO_SECONDS = "must be a number of seconds";
  const NO_ID = "an id in it is empty";
  const inside = (fields: object) => guest({ user: "root", ...fields });
  it.each<[string, RawInput, path: string, value: string, problem: string]>([
    ["no server", { host: "node-31" }, "SERVER", '""', EMPTY],
    ["an empty server", { ...GOOD, server: "" }, "SERVER", '""', EMPTY],
    ["neither host nor zone", { server: "vm01" }, "--host", "not given", "give exactly one of host and zone"],
    ["both host and zone", { ...GOOD, zone: "nova2" }, "--host", '"node-31"', "give exactly one of host and zone"],
    ["an empty host", { ...GOOD, host: "" }, "--host", '""', EMPTY],
    ["an empty zone", { server: "vm01", zone: "" }, "--zone", '""', EMPTY],
    ["an empty cloud", { ...GOOD, cloud: "" }, "--os-cloud", '""', EMPTY],
    ["an empty region", { ...GOOD, region: "" }, "--os-region-name", '""', EMPTY],
    ["empty volumes", { ...GOOD, volumeIds: "" }, "--volumes", '""', NO_ID],
    ["blank volumes", { ...GOOD, volumeIds: " " }, "--volumes", '" "', NO_ID],
    ["nothing but commas", { ...GOOD, volumeIds: ",," }, "--volumes", '",,"', NO_ID],
    ["a volume left out", { ...GOOD, volumeIds: "a, ,b" }, "--volumes", '"a, ,b"', NO_ID],
    ["a comma too many", { ...GOOD, volumeIds: "a,b," }, "--volumes", '"a,b,"', NO_ID],
    ["a volume twice", { ...GOOD, volumeIds: "a,b, a,a" }, "--volumes", '"a,b, a,a"', "the volume a is given twice"],
    ["an unknown pin policy", { ...GOOD, azPin: "maybe" }, "--az-pin", '"maybe"', '"refuse"|"unpin"|"force"'],
    ["an unknown policy for stopped servers", { ...GOOD, stopped: "hot" }, "--stopped", '"hot"', '"refuse"|"cold"'],
    ["an empty pin policy", { ...GOOD, azPin: "" }, "--az-pin", '""', '"refuse"|"unpin"|"force"'],
    ["an unknown policy on time-out", { ...GOOD, onTimeout: "panic" }, "--on-timeout", '"panic"', '"fail"|"abort"|'],
    ["an empty policy on time-out", { ...GOOD, onTimeout: "" }, "--on-timeout", '""', '"fail"|"abort"|'],
    ["a deadline in words", { ...GOOD, timeoutSeconds: "soon" }, "--timeout-seconds", '"soon"', NO_SECONDS],
    ["an empty deadline", { ...GOOD, timeoutSeconds: "" }, "--timeout-seconds", '""', NO_SECONDS],
    ["a blank deadline", { ...GOOD, timeoutSeconds: " " }, "--timeout-seconds", '" "', NO_SECONDS],
    ["a deadline with a unit", { ...GOOD, timeoutSeconds: "90s" }, "--timeout-seconds", '"90s"', NO_SECONDS],
    ["no time at all", { ...GOOD, timeoutSeconds: "0" }, "--timeout-seconds", '"0"', "must be above 0"],
    ["a negative time", { ...GOOD, timeoutSeconds: "-1" }, "--timeout-seconds", '"-1"', "must be above 0"],
    ["an endless time", { ...GOOD, timeoutSeconds: "Infinity" }, "--timeout-seconds", '"Infinity"', NO_SECONDS],
    ["a stall in words", { ...GOOD, stallSeconds: "long" }, "--stall-seconds", '"long"', NO_SECONDS],
    ["an empty stall", { ...GOOD, stallSeconds: "" }, "--stall-seconds", '""', NO_SECONDS],
    ["a stall of no time", { ...GOOD, stallSeconds: "0" }, "--stall-seconds", '"0"', "must be above 0"],
    ["a negative stall", { ...GOOD, stallSeconds: "-5" }, "--stall-seconds", '"-5"', "must be above 0"],
    ["an empty guest", { ...GOOD, guest: "" }, "--guest", '""', "not JSON: "],
    ["a guest that is no JSON", { ...GOOD, guest: "{user" }, "--guest", '"{user"', "not JSON: "],
    [
      "a guest that is no object",
      { ...GOOD, guest: '"root"' },
      "--guest",
      '"root"',
      "expected object, received string",
    ],
    ["a guest that is a list", { ...GOOD, guest: "[]" }, "--guest", "[]", "expected object, received array"],
    ["a guest that is null", { ...GOOD, guest: "null" }, "--guest", "null", "expected object, received null"],
    [
      "a misspelt field",
      inside({ points: [] }),
      "--guest",
      '{"user":"root","points":[]}',
      'Unrecognized key: "points"',
    ],
    ["a guest without a user", guest({}), "--guest.user", "not given", "expected string, received undefined"],
    ["an empty user", guest({ user: "" }), "--guest.user", '""', EMPTY],
    ["a user that is a number", guest({ user: 7 }), "--guest.user", "7", "expected string, received number"],
    ["an empty address", inside({ address: "" }), "--guest.address", '""', EMPTY],
    [
      "an address that is a list",
      inside({ address: ["a"] }),
      "--guest.address",
      '["a"]',
      "expected string, received array",
    ],
    ["a port that is text", inside({ port: "22" }), "--guest.port", '"22"', "expected number, received string"],
    ["no port at all", inside({ port: 0 }), "--guest.port", "0", "expected number to be >=1"],
    ["a port out of range", inside({ port: 70_000 }), "--guest.port", "70000", "expected number to be <=65535"],
    ["a port with a fraction", inside({ port: 22.5 }), "--guest.port", "22.5", "expected int"],
    ["an empty key file", inside({ identityFile: "" }), "--guest.identityFile", '""', EMPTY],
    ["a key file that is no text", inside({ identityFile: 1 }), "--guest.identityFile", "1", "expected string"],
    ["an empty known_hosts file", inside({ knownHostsFile: "" }), "--guest.knownHostsFile", '""', EMPTY],
    ["a known_hosts file of null", inside({ knownHostsFile: null }), "--guest.knownHostsFile", "null", "received null"],
    ["a relative mount point", inside({ mountPoints: ["/a", "b"] }), "--guest.mountPoints.1", '"b"', 'start with "/"'],
    ["mount points that are no list", inside({ mountPoints: "/a" }), "--guest.mountPoints", '"/a"', "expected array"],
    ["a relative file", inside({ files: ["x"] }), "--guest.files.0", '"x"', 'start with "/"'],
    ["files that are no list", inside({ files: "/x" }), "--guest.files", '"/x"', "expected array, received string"],
    ["a file that is a number", inside({ files: [7] }), "--guest.files.0", "7", "expected string, received number"],
    ["an unknown probe", inside({ probe: "smoke" }), "--guest.probe", '"smoke"', '"ping"|"tcp"|"none"'],
    ["a probe that is a number", inside({ probe: 1 }), "--guest.probe", "1", '"ping"|"tcp"|"none"'],
    ["a negative wait", inside({ waitSeconds: -1 }), "--guest.waitSeconds", "-1", "expected number to be >=0"],
    ["too long a wait", inside({ waitSeconds: 1e6 }), "--guest.waitSeconds", "1000000", "expected number to be <=3600"],
    ["a wait in words", inside({ waitSeconds: "long" }), "--guest.waitSeconds", '"long"', "received string"],
  ])("refuses %s, and says what to do", (_, raw, path, value, problem) => {
    const fix = FIX[path.replace(/\.\d+$/, "")];
    expect(fix).toBeDefined();
    expect(problemsOf(raw)).toEqual([{ path, value, problem: expect.stringContaining(problem) as string, fix }]);
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
