import { expect, test } from "vitest";
import { parse } from "yaml";
import { stackFileProblems } from "../../../../config/file/stack-file.ts";
import type { ComputeService } from "../../../../openstack/compute/compute-hosts.ts";
import type { Flavor } from "../../../../openstack/compute/server.ts";
import { placeProblems, placesOf } from "../../../../operator/new-stack/places.ts";
import { stackFile } from "../../../../operator/new-stack/stack-file.ts";
import {
  readRequestedStack,
  type Arguments,
  type RequestedStack,
} from "../../../../operator/new-stack/requested-stack.ts";

const PROJECT_NAME = "openstack-live-migration";
const key = (setting: string) => `${PROJECT_NAME}:${setting}`;

/** The file after an editor removed the comment signs of its settings. */
const withExample = (text: string) => text.replaceAll(/^ {2}# (openstack-live-migration:\w+:| {2,})/gm, "  $1");

type Config = Record<string, unknown>;
const configOf = (text: string) => (parse(text) as { config: Config }).config;

const request = (given: Omit<Arguments, "names"> = {}): RequestedStack => {
  const found = readRequestedStack({ names: ["staging"], ...given });
  if ("problems" in found) throw new Error(JSON.stringify(found.problems));
  return found;
};

const service = (host: string, zone: string, more: Partial<ComputeService> = {}) =>
  ({ host, zone, status: "enabled", state: "up", forcedDown: false, ...more }) as ComputeService;
const flavor = (originalName: string, ramMiB: number) => ({ originalName, ramMiB, vcpus: 1 }) as Flavor;

const places = placesOf(
  [
    service("h3", "az1"),
    service("h1", "az1", { state: "down" }),
    service("h2", "az1", { status: "disabled" }),
    service("h9", "nova"),
  ],
  [{ availabilityZone: "az1" }, { availabilityZone: "empty" }, { availabilityZone: undefined }],
  [flavor("big", 4096), flavor("small", 512)],
);

test("writes a valid file without any option, whose example is valid once the comment signs are removed", () => {
  const text = stackFile(request());
  expect(stackFileProblems(PROJECT_NAME, "f.yaml", text)).toBeUndefined();
  expect(Object.keys(configOf(text))).toEqual([key("defaults")]);
  const full = withExample(text);
  expect(stackFileProblems(PROJECT_NAME, "f.yaml", full)).toBeUndefined();
  expect(Object.keys(configOf(full))).toEqual(["cloud", "zones", "defaults", "servers"].map(key));
});

test("writes every option whatever its characters, with an example in the stack's own zones", () => {
  const text = withExample(
    stackFile(
      request({
        cloud: "my cloud: #1",
        region: "42",
        zone: ["az 1=h1,h2", "az2=h3"],
        flavor: "m1 [x]",
        network: ["a, b", "c"],
        image: "debian {12}",
      }),
    ),
  );
  expect(stackFileProblems(PROJECT_NAME, "f.yaml", text)).toBeUndefined();
  expect(configOf(text)).toMatchObject({
    [key("cloud")]: "my cloud: #1",
    [key("region")]: "42",
    [key("zones")]: { "az 1": ["h1", "h2"], az2: ["h3"] },
    [key("defaults")]: {
      flavor: "m1 [x]",
      networks: ["a, b", "c"],
      bootVolume: { image: "debian {12}", sizeGiB: 10 },
    },
    [key("servers")]: { vm01: { host: "h1" } },
  });
});

test("reports every problem of the arguments at once", () => {
  const problemsOf = (given: Arguments) => {
    const found = readRequestedStack(given);
    return "problems" in found ? found.problems.map(({ path, value, problem }) => [path, value, problem]) : [];
  };
  expect(problemsOf({ names: [] })).toEqual([["NAME", undefined, "missing"]]);
  expect(problemsOf({ names: ["a", "b"] })).toEqual([["NAME", "a b", "more than one name"]]);
  const zones = ["z", "=h", "z=", "z=h,", "z=h=i", "z=h", "z=i"];
  expect(problemsOf({ names: ["org/ä"], zone: zones })).toEqual([
    ["NAME", "org/ä", "not a name that Pulumi accepts for a stack"],
    ...zones.slice(0, 5).map((zone) => ["--zone", zone, "not a zone with its hosts"]),
    ["--zone", "z=i", "this zone was given before"],
  ]);
  expect(readRequestedStack({ names: ["org/prod"] })).toMatchObject({ stack: "prod" });
});

test.each(["", "/x", "../x", "org/../x", "a b/x", "org//x", "a/b/c/d", "org/", "x\n"])(
  "refuses the name %j, which Pulumi refuses, before it writes a file",
  (name) => {
    expect(readRequestedStack({ names: [name] })).toMatchObject({ problems: [{ path: "NAME", value: name }] });
  },
);

test("keeps a zone called __proto__, which the check of the file refuses", () => {
  const text = stackFile(request({ zone: ["__proto__=h1"] }));
  expect(stackFileProblems(PROJECT_NAME, "f.yaml", text)).toContain("zones.__proto__");
});

test("writes the cloud's zones, hosts and flavors, and an example on a host that can take a server", () => {
  const text = stackFile(request({ cloud: "c" }), places);
  expect(text).toContain("#   az1: [h1, h2, h3]\n  #   empty: []\n  #   nova: [h9]\n");
  expect(text).toContain("# One of small, big.\n    flavor: small\n");
  expect(configOf(text)).not.toHaveProperty(key("zones"));
  expect(text).toContain("host: h3 #");
  expect(stackFile(request({ zone: ["mine=h1,h9"] }), places)).toContain("host: h9 #");
});

test("lists only some of hundreds of flavors", () => {
  const many = placesOf(
    [],
    [],
    Array.from({ length: 100 }, (_, i) => flavor(`f${i}`, i)),
  );
  expect(stackFile(request(), many)).toMatch(/# One of f0, .*, f11 and 88 more\.\n/);
});

test("reports what the cloud lacks, or has already, before it writes anything", () => {
  const problemsOf = (given: Omit<Arguments, "names">) =>
    placeProblems(request(given), places).map(({ path, value, problem }) => [path, value, problem]);
  expect(problemsOf({ zone: ["new=h9"], flavor: "small" })).toEqual([]);
  // Hosts without an aggregate are in Nova's default zone: a stack may make a zone of that name.
  expect(problemsOf({ zone: ["nova=h9"] })).toEqual([]);
  expect(problemsOf({ zone: ["az1=h9", "new=h3,h7"], flavor: "tiny" })).toEqual([
    ["zones.az1", ["h9"], "the cloud has this zone already, and this stack would make a second one"],
    ["zones.new", "h3", "this host is in zone az1"],
    ["zones.new", "h7", "the cloud has no such host"],
    ["flavor", "tiny", "the cloud has no such flavor"],
  ]);
});
