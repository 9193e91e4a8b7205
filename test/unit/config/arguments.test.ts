import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initialHost, migrationArgs, serverArgs } from "../../../config/arguments.ts";
import { parseStackConfig } from "../../../config/parse.ts";

const zones = { nova: ["node-27", "node-28"], nova2: ["node-31"] };

function parse(server: Record<string, unknown>) {
  const config = parseStackConfig({
    cloud: "lab",
    zones,
    defaults: { flavor: "m1.nano", networks: ["flat", { name: "own", fixedIp: "10.0.0.7" }] },
    servers: { vm: { host: "node-28", bootVolume: { sizeGiB: 1, image: "guest" }, ...server } },
  });
  const vm = config.servers["vm"];
  if (!vm) throw new Error("no server");
  return { config, vm };
}

test("the server's arguments", () => {
  const { vm } = parse({ dataVolumes: { data: { sizeGiB: 2 } }, protect: false });
  expect(serverArgs("vm", vm, { zones, hosts: {} })).toEqual({
    host: "node-28",
    flavor: "m1.nano",
    networks: [{ name: "flat" }, { name: "own", fixedIp: "10.0.0.7" }],
    bootVolume: { sizeGiB: 1, image: "guest" },
    dataVolumes: { data: { sizeGiB: 2 } },
    protect: false,
  });
});

test("user data comes from its file", () => {
  const userDataFile = join(tmpdir(), `user-data-${process.pid}`);
  writeFileSync(userDataFile, "#cloud-config\n");
  expect(serverArgs("vm", parse({ userDataFile }).vm, { zones, hosts: {} }).userData).toBe("#cloud-config\n");
});

test("the migration's arguments: only what was given, so that a new default of the engine is no change", () => {
  const { config, vm } = parse({ migration: { onTimeout: "abort" } });
  expect(migrationArgs(config, vm)).toEqual({ host: "node-28", cloud: "lab", onTimeout: "abort" });
});

test("a restart that is allowed to the server is allowed to its migration", () => {
  const { config, vm } = parse({ allowRestart: true, migration: { kind: "cold" } });
  expect(migrationArgs(config, vm)).toMatchObject({ kind: "cold", allowRestart: true });
});

describe("initialHost", () => {
  test("is the host", () => {
    expect(initialHost("vm", { host: "node-28" }, zones)).toBe("node-28");
  });

  test("is always the same host of the zone, and not always the first", () => {
    const places = Array.from({ length: 40 }, (_, i) => initialHost(`vm${i}`, { zone: "nova" }, zones));
    expect(new Set(places)).toEqual(new Set(["node-27", "node-28"]));
    expect(initialHost("vm1", { zone: "nova" }, zones)).toBe(initialHost("vm1", { zone: "nova" }, zones));
  });

  test("is the scheduler's choice where the zone is not this stack's", () => {
    expect(initialHost("vm", { zone: "elsewhere" }, {})).toBeUndefined();
  });
});

test("a server of a zone is not created on a host in maintenance", () => {
  const { vm } = parse({ host: undefined, zone: "nova" });
  const hostOf = (...maintained: string[]) => {
    const hosts = Object.fromEntries(maintained.map((host) => [host, { maintenance: { reason: "x" } }]));
    return serverArgs("vm", vm, { zones, hosts }).host;
  };
  expect([hostOf("node-27"), hostOf("node-28")]).toEqual(["node-28", "node-27"]);
  expect(["node-27", "node-28"]).toContain(hostOf("node-27", "node-28"));
});
