import { expect, test } from "vitest";
import { adopt, type Adoption, type Facts, type Settings } from "../../../../operator/import/adoption.ts";
import { withEntries } from "../../../../operator/import/stack-entries.ts";
import { importFile } from "../../../../operator/import/import-file.ts";
import type { Volume } from "../../../../openstack/block-storage/block-storage.ts";
import type { Server } from "../../../../openstack/compute/server.ts";

const volume = (id: string, more: Partial<Volume> = {}): Volume =>
  ({ id, name: id, status: "in-use", sizeGiB: 1, attachments: [{ serverId: "s1" }], ...more }) as Volume;

const facts = (server: Partial<Server> = {}, more: Partial<Facts> = {}): Facts => ({
  wanted: "vm",
  project: "p1",
  servers: [
    {
      id: "s1",
      projectId: "p1",
      name: "vm",
      status: "ACTIVE",
      taskState: null,
      host: "h1",
      image: null,
      flavor: { originalName: "m1.nano" },
      addresses: [
        { network: "flat", address: "10.0.0.2", mac: "a", type: "fixed" },
        { network: "flat", address: "10.0.0.3", mac: "a", type: "fixed" },
        { network: "flat", address: "198.51.100.1", mac: "a", type: "floating" },
      ],
      ...server,
    } as Server,
  ],
  volumes: [volume("root", { imageId: "i1" }), volume("data")],
  aggregates: [{ id: 7, name: "z", hosts: ["h2", "h1"], metadata: { availability_zone: "z" }, availabilityZone: "z" }],
  ...more,
});

const told = (given: Facts, settings: Settings = {}) => {
  const found = adopt(given, settings);
  return "problems" in found ? found.problems.map(({ path, problem }) => `${path}: ${problem}`) : [];
};

test("a server is written with what the defaults do not say, its volumes and its zone", () => {
  const found = adopt(facts(), { defaults: { networks: ["flat"], protect: false } }) as Adoption;
  expect(found.server).toEqual({
    host: "h1",
    flavor: "m1.nano",
    bootVolume: { name: "root", image: "i1", sizeGiB: 1 },
    dataVolumes: { data: { sizeGiB: 1 } },
    protect: true,
  });
  expect(found.zone).toEqual({ name: "z", hosts: ["h1", "h2"] });
  expect(importFile("dev", found.imported).resources.map(({ name, id }) => [name, id])).toEqual([
    ["the zone", undefined],
    ["z", "7"],
    ["the server", undefined],
    ["vm-boot", "root"],
    ["vm-data", "data"],
    ["vm", "s1"],
    ["vm-data", "s1/data"],
  ]);
});

/** What the cloud has after the command of a fix was run. */
const renamed = (given: Facts, command: string): Facts => {
  const [, name, id] = /openstack server set --name (\S+) (\S+?)`/.exec(command) ?? [];
  return {
    ...given,
    servers: given.servers.map((one) => (one.id === id && name !== undefined ? { ...one, name } : one)),
  };
};

test.each(["<<", "__proto__"])("a server called %s is refused with a fix after which it can be imported", (name) => {
  const given = facts({ name });
  const found = adopt(given, {});
  expect(found).toMatchObject({
    problems: [{ path: "server", value: name, problem: "a stack file cannot have an entry of this name" }],
  });
  const fix = "problems" in found ? (found.problems[0]?.fix ?? "") : "";
  const next = adopt(renamed(given, fix), {});
  expect(next).toMatchObject({ name: "NEW_NAME" });
  if ("problems" in next) return;
  const changed = withEntries("p", "x.yaml", "config:\n", [
    { setting: "servers", name: next.name, value: next.server },
  ]);
  expect(changed).toHaveProperty("text");
});

test.each(["<<", "__proto__"])("a volume or zone called %s stays outside of the stack, and is lost nowhere", (name) => {
  const zone = { id: 7, name, hosts: ["h1"], metadata: { availability_zone: name }, availabilityZone: name };
  const volumes = [volume("root", { imageId: "i1" }), volume("v1", { name })];
  const found = adopt(facts({}, { volumes, aggregates: [zone] }), {}) as Adoption;
  expect(found.server["dataVolumes"]).toEqual({ v1: { volumeId: "v1" } });
  expect(found.zone).toBeUndefined();
  expect(found.notes).toHaveLength(2);
  const changed = withEntries("p", "x.yaml", "config:\n", [{ setting: "servers", name: "vm", value: found.server }]);
  expect(changed).toHaveProperty("text");
});

test("every problem is reported at once", () => {
  const given = facts(
    { image: "i1", status: "ERROR", host: undefined },
    { volumes: [volume("v", { status: "available" })] },
  );
  expect(told(given, { servers: { vm: {} } })).toEqual([
    "image: it boots from an image, and a stack file can only declare servers that boot from a volume",
    "status: it is not at rest",
    "host: this user may not see where it runs",
    "servers.vm: the stack has a server of this name already",
    "volumes.v: not in use by this server alone",
  ]);
  expect(told(facts({}, { servers: [] }))).toEqual([
    "server: no such server in the project of this entry of clouds.yaml (p1)",
  ]);
  const twice = [...facts().servers, ...facts().servers];
  expect(told(facts({}, { servers: twice }))).toEqual(["server: 2 servers have this name"]);
});

test("a server that boots from an image is refused, with the program and the command that move it", () => {
  for (const volumes of [[], [volume("data")]]) {
    const found = adopt(facts({ image: "i1" }, { volumes }), {});
    expect(found).toEqual({
      problems: [
        expect.objectContaining({ path: "image", fix: expect.stringContaining("examples/own-instance") as string }),
      ],
    });
    expect(JSON.stringify(found)).toContain("`live-migrate run s1 --host NEW_HOST`");
  }
  expect(told(facts({}, { volumes: [] }))).toEqual(["volumes: it has no image, and no volume is attached to it"]);
});

test("refuses a server of another project, by its id or its name, and names its project", () => {
  const theirs = { ...facts().servers[0], projectId: "p2" } as Server;
  const said = "it belongs to project p2, and this entry of clouds.yaml is for p1";
  expect(told(facts({ projectId: "p2" }))).toEqual([`project: ${said}`]);
  expect(told(facts({}, { servers: [], elsewhere: [theirs] }))).toEqual([`server: ${said}`]);
  // A token of no project is for all of them.
  expect(told(facts({ projectId: "p2" }, { project: "" }))).toEqual([]);
});

test("volumes that could not be declared without a change stay outside of the stack", () => {
  const volumes = [
    volume("root"),
    volume("a", { name: "twin" }),
    volume("b", { name: "twin" }),
    volume("c", { name: "" }),
  ];
  const found = adopt(facts({}, { volumes }), {}) as Adoption;
  expect(found.server).toMatchObject({
    bootVolume: { volumeId: "root" },
    dataVolumes: { a: { volumeId: "a" }, b: { volumeId: "b" }, c: { volumeId: "c" } },
  });
  expect(importFile("dev", found.imported).resources.filter(({ type }) => type.endsWith(":Volume"))).toEqual([]);
  expect(found.notes).toHaveLength(4);
});

test("a zone that would be changed by an import is left alone; a stack that declares zones is refused then", () => {
  const aggregates = [
    { id: 7, name: "other", hosts: ["h1"], metadata: { availability_zone: "z" }, availabilityZone: "z" },
  ];
  const found = adopt(facts({}, { aggregates }), {}) as Adoption;
  expect([found.zone, found.notes.length]).toEqual([undefined, 1]);
  expect(told(facts({}, { aggregates }), { zones: { y: ["h9"] } })).toEqual([
    "zones: the aggregate of zone z is called other, and this stack declares zones, without that host",
  ]);
  expect((adopt(facts(), { zones: { z: ["h1"] } }) as Adoption).imported.zone).toBeUndefined();
});
