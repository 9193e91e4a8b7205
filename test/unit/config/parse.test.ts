import { describe, expect, test } from "vitest";
import { InvalidInputError, type Problem } from "../../../openstack/problems.ts";
import { parseStackConfig } from "../../../config/parse.ts";

const zones = { nova: ["node-27", "node-28"], nova2: ["node-31"] };
const server = {
  host: "node-28",
  flavor: "m1.nano",
  networks: ["flat"],
  bootVolume: { name: "vol01", sizeGiB: 1, image: "guest" },
};

function problemsOf(input: Record<string, unknown>): readonly Problem[] {
  try {
    parseStackConfig(input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
  return [];
}

const paths = (input: Record<string, unknown>) => problemsOf(input).map(({ path }) => path);

test("a right configuration is taken, with defaults filled in", () => {
  const config = parseStackConfig({ cloud: "lab", zones, servers: { vm: server } });
  expect(config.servers["vm"]).toMatchObject({ ...server, dataVolumes: {}, migration: {}, protect: true });
});

test("an empty configuration is a stack of nothing", () => {
  expect(parseStackConfig({})).toEqual({ zones: {}, hosts: {}, defaults: {}, servers: {} });
});

describe("every problem is reported at once", () => {
  test("across zones, servers and top-level settings", () => {
    const found = paths({
      cloud: [7],
      clouds: "lab",
      zones: { nova: ["node-27", "node-28"], nova2: ["node-28"] },
      defaults: { flavour: "m1.nano" },
      servers: {
        a: { ...server, host: "node-99" },
        b: { ...server, bootVolume: { name: "vol02", sizeGiB: 0 }, colour: "red" },
        c: { host: "node-27", zone: "nova", bootVolume: { name: "vol03", sizeGiB: 1 }, networks: [] },
        d: { ...server, bootVolume: { name: "vol01", sizeGiB: 1, image: "guest" }, dataVolumes: { vol01: {} } },
      },
    });
    expect(found.sort()).toEqual(
      [
        "cloud",
        "clouds",
        "zones.nova2.0",
        "defaults.flavour",
        "servers.a.host",
        "servers.b.bootVolume.sizeGiB",
        "servers.b.colour",
        "servers.c.flavor",
        "servers.c.networks",
        "servers.c.host",
        "servers.c.bootVolume.image",
        "servers.d.dataVolumes.vol01.sizeGiB",
        "servers.d.bootVolume",
        "servers.d.dataVolumes.vol01",
      ].sort(),
    );
  });

  test("the message has path, value, problem and fix of each", () => {
    expect(() => parseStackConfig({ zones, servers: { vm: { ...server, host: "node-13" } } })).toThrow(
      /1 problem in the stack configuration:\n {2}servers\.vm\.host = "node-13"\n {4}problem: unknown host.*\n {4}fix: +one of node-27, node-28, node-31/,
    );
  });

  test("a wrong setting does not hide another of the same server", () => {
    expect(paths({ zones, servers: { vm: { ...server, flavor: [3], host: "node-99" } } }).sort()).toEqual([
      "servers.vm.flavor",
      "servers.vm.host",
    ]);
  });

  test("whatever is wrong, each problem has a fix", () => {
    const problems = problemsOf({
      region: "",
      zones: [],
      servers: {
        x: { ...server, guest: { user: "", port: 0, mountPoints: ["mnt"], probe: "udp" }, migration: { azPin: "no" } },
        y: "node-28",
        "": server,
      },
    });
    expect(problems.map(({ path }) => path).sort()).toEqual(
      [
        "region",
        "zones",
        "servers.x.guest.user",
        "servers.x.guest.port",
        "servers.x.guest.mountPoints.0",
        "servers.x.guest.probe",
        "servers.x.migration.azPin",
        "servers.y",
        "servers",
        'servers[""].bootVolume',
      ].sort(),
    );
    for (const { problem, fix } of problems) expect([problem, fix].every((text) => text.length > 3)).toBe(true);
  });
});

describe("places", () => {
  test.each([
    ["neither host nor zone", {}, ["servers.vm.host"]],
    ["both", { host: "node-31", zone: "nova2" }, ["servers.vm.host"]],
    ["an unknown zone", { zone: "nova3" }, ["servers.vm.zone"]],
    ["a zone without hosts", { zone: "empty" }, ["servers.vm.zone"]],
    ["a known zone", { zone: "nova2" }, []],
    ["a known host", { host: "node-31" }, []],
  ])("%s", (_, place, expected) => {
    const vm = { ...server, host: undefined, ...place };
    expect(paths({ zones: { ...zones, empty: [] }, servers: { vm } })).toEqual(expected);
  });

  test("any host is known where the stack declares no zones", () => {
    expect(paths({ servers: { vm: { ...server, host: "compute-7" } } })).toEqual([]);
  });

  test("a host named twice in a zone", () => {
    expect(problemsOf({ zones: { nova: ["node-27", "node-27"] } })).toMatchObject([
      { path: "zones.nova.1", value: "node-27", fix: "name it once" },
    ]);
  });
});

describe("volumes", () => {
  test("an id attached to two servers", () => {
    const dataVolumes = (name: string) => ({ [name]: { volumeId: "1f" } });
    const servers = {
      a: { ...server, dataVolumes: dataVolumes("d1") },
      b: { ...server, bootVolume: { volumeId: "77" }, dataVolumes: dataVolumes("d2") },
    };
    expect(problemsOf({ zones, servers })).toMatchObject([
      { path: "servers.b.dataVolumes.d2", value: "1f", problem: "the same volume id as servers.a.dataVolumes.d1" },
    ]);
  });

  test("two sources", () => {
    const bootVolume = { sizeGiB: 1, image: "guest", snapshotId: "5e" };
    expect(paths({ zones, servers: { vm: { ...server, bootVolume } } })).toEqual(["servers.vm.bootVolume"]);
  });

  test("an existing volume has the size it has", () => {
    expect(paths({ zones, servers: { vm: { ...server, bootVolume: { volumeId: "1f", sizeGiB: 1 } } } })).toEqual([
      "servers.vm.bootVolume.sizeGiB",
    ]);
  });
});

describe("defaults", () => {
  const defaults = {
    flavor: "m1.nano",
    networks: ["flat"],
    bootVolume: { image: "guest", sizeGiB: 1 },
    guest: { user: "root", identityFile: "key" },
    migration: { onTimeout: "abort", stallSeconds: 60 },
    protect: false,
  };

  test("fill in what a server leaves out: objects merged, lists whole", () => {
    const servers = {
      vm: { host: "node-28", networks: ["own"], migration: { stallSeconds: 30 }, guest: { mountPoints: ["/mnt"] } },
    };
    expect(parseStackConfig({ zones, defaults, servers }).servers["vm"]).toMatchObject({
      flavor: "m1.nano",
      networks: ["own"],
      bootVolume: { image: "guest", sizeGiB: 1 },
      guest: { user: "root", identityFile: "key", mountPoints: ["/mnt"], port: 22 },
      migration: { onTimeout: "abort", stallSeconds: 30 },
      protect: false,
    });
  });

  test("give no second source to a volume, and no size to an existing one", () => {
    const servers = { vm: { host: "node-28", bootVolume: { volumeId: "1f" } } };
    expect(parseStackConfig({ zones, defaults, servers }).servers["vm"]?.bootVolume).toEqual({ volumeId: "1f" });
  });

  test("a mistake in them is reported once, in them", () => {
    const servers = { a: { host: "node-27" }, b: { host: "node-28" } };
    expect(paths({ zones, defaults: { ...defaults, flavor: [7] }, servers })).toEqual(["defaults.flavor"]);
  });
});

describe("a kind of migration", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    [
      "that shuts a running guest down, which may not restart",
      { migration: { kind: "cold" } },
      ["servers.vm.migration.kind"],
    ],
    ["that shuts a running guest down, which may restart", { migration: { kind: "cold" }, allowRestart: true }, []],
    [
      "that is live, with a cold one when stopped",
      { migration: { kind: "live", stopped: "cold" } },
      ["servers.vm.migration.kind"],
    ],
    ["that is live", { migration: { kind: "live" } }, []],
    ["that is cold when stopped", { migration: { stopped: "cold" } }, []],
  ])("%s", (_, more, expected) => {
    expect(paths({ zones, servers: { vm: { ...server, ...more } } })).toEqual(expected);
  });

  test("that all servers have is allowed by each of them", () => {
    const servers = {
      a: { ...server, allowRestart: true },
      b: { ...server, bootVolume: { sizeGiB: 1, image: "guest" } },
    };
    expect(paths({ zones, defaults: { migration: { kind: "cold" } }, servers })).toEqual(["servers.b.migration.kind"]);
  });
});
