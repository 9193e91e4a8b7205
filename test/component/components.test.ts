import * as openstack from "@pulumi/openstack";
import { describe, expect, test } from "vitest";
import { AvailabilityZone } from "../../components/availability-zone.ts";
import { inject, requested, type Injected } from "../../components/injected.ts";
import { LiveMigration } from "../../components/live-migration.ts";
import type { LiveMigrationArgs } from "../../components/live-migration-args.ts";
import { VolumeBackedServer } from "../../components/volume-backed-server.ts";
import type { VolumeBackedServerArgs } from "../../components/volume-backed-server-args.ts";
import { readRequest } from "../../migration/contract/request-input.ts";
import { declare, valueOf, type Declared } from "../support/stack/declared.ts";
import { recordOf } from "../support/engine/record.ts";

const AGGREGATE = "openstack:compute/aggregateV2:AggregateV2";
const INSTANCE = "openstack:compute/instance:Instance";
const VOLUME = "openstack:blockstorage/volume:Volume";
const ATTACH = "openstack:compute/volumeAttach:VolumeAttach";
const COMMAND = "command:local:Command";

const answers = {
  [AGGREGATE]: () => ({}),
  [INSTANCE]: () => ({}),
  [VOLUME]: () => ({}),
  [ATTACH]: () => ({}),
  [COMMAND]: () => ({ stdout: JSON.stringify(recordOf()), stderr: "" }),
};
const calls = { "openstack:images/getImage:getImage": () => ({ id: "image-id" }) };

const args: VolumeBackedServerArgs = {
  host: "node-28",
  flavor: "m1.nano",
  networks: [{ name: "flat" }],
  bootVolume: { name: "admin_vol01", sizeGiB: 1, image: "guest" },
  dataVolumes: { admin_vol12: { sizeGiB: 2 }, admin_vol11: { sizeGiB: 1 } },
};

const server = (over: Partial<VolumeBackedServerArgs> = {}, injected: Injected = {}) =>
  declare((opts) => new VolumeBackedServer("admin_vm01", inject({ ...args, ...over }, injected), opts), answers, calls);

const migration = (over: Partial<LiveMigrationArgs> = {}) =>
  declare(
    (opts) =>
      new LiveMigration(
        "admin_vm01",
        inject({ serverId: "5e", host: "node-28", volumeIds: ["v1", "v2"], ...over }, { planner: null }),
        opts,
      ),
    answers,
  );

function only(resources: Declared[], type: string): Declared {
  const found = resources.filter((resource) => resource.type === type);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of ${type}`);
  return found[0];
}

/** Paths whose values differ between two declarations of the same resources. */
function differences(before: Declared[], after: Declared[]): string[] {
  const flat = (resources: Declared[]) =>
    new Map(
      resources.flatMap(({ type, name, inputs }) =>
        Object.entries(inputs).flatMap(([key, value]) =>
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.entries(value).map(([inner, leaf]) => [`${type} ${name} ${key}.${inner}`, JSON.stringify(leaf)])
            : [[`${type} ${name} ${key}`, JSON.stringify(value)]],
        ),
      ) as [string, string][],
    );
  const [a, b] = [flat(before), flat(after)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
}

describe("AvailabilityZone", () => {
  test("is an aggregate with the zone's name and its hosts", async () => {
    const { resources } = await declare(
      (opts) => new AvailabilityZone("nova", { hosts: ["node-28", "node-27"] }, opts),
      answers,
    );
    expect(only(resources, AGGREGATE).inputs).toEqual({ name: "nova", zone: "nova", hosts: ["node-27", "node-28"] });
  });
});

describe("VolumeBackedServer", () => {
  test("boots from its own volume, made once from the image, which outlives it", async () => {
    const { resources } = await server();
    const volume = resources.find(({ name }) => name === "admin_vm01-boot");
    expect(volume?.inputs).toEqual({ name: "admin_vol01", size: 1, enableOnlineResize: true, imageId: "image-id" });
    expect(volume?.ignoreChanges).toContain("imageId");
    expect(only(resources, INSTANCE).inputs["blockDevices"]).toEqual([
      {
        uuid: "id-of-admin_vm01-boot",
        sourceType: "volume",
        destinationType: "volume",
        bootIndex: 0,
        deleteOnTermination: false,
      },
    ]);
  });

  test("is born on its host without being pinned, and never declares what a move changes", async () => {
    const { resources } = await server();
    const instance = only(resources, INSTANCE);
    expect(instance.inputs["availabilityZoneHints"]).toBe(":node-28");
    expect(instance.ignoreChanges).toContain("availabilityZoneHints");
    expect(instance.inputs).not.toHaveProperty("availabilityZone");
    expect(instance.inputs).not.toHaveProperty("hypervisorHostname");
  });

  test("a changed host changes nothing of it but the ignored hint", async () => {
    const before = (await server()).resources;
    const after = (await server({ host: "node-31" })).resources;
    expect(differences(before, after)).toEqual([`${INSTANCE} admin_vm01 availabilityZoneHints`]);
  });

  test("attaches data volumes one after another, in the order of their names", async () => {
    const { resources } = await server();
    const attached = resources.filter(({ type }) => type === ATTACH);
    expect(attached.map(({ name }) => name)).toEqual(["admin_vm01-admin_vol11", "admin_vm01-admin_vol12"]);
    expect(attached.map(({ dependsOn }) => dependsOn)).toEqual([[], ["admin_vm01-admin_vol11"]]);
    expect(attached[0]?.inputs).toEqual({ instanceId: "id-of-admin_vm01", volumeId: "id-of-admin_vm01-admin_vol11" });
  });

  test.each([
    ["by default", {}, true],
    ["unless told otherwise", { protect: false }, false],
  ])("protects server and boot volume, and keeps data volumes, %s", async (_, over, expected) => {
    const { resources } = await server(over);
    const held = resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    expect(held.map(({ name, protect }) => (protect ? name : `${name} kept`)).sort()).toEqual(
      expected
        ? ["admin_vm01", "admin_vm01", "admin_vm01-admin_vol11 kept", "admin_vm01-admin_vol12 kept", "admin_vm01-boot"]
        : [],
    );
  });

  test("what is protected goes first when all is deleted: it depends on the attachments", async () => {
    const { resources } = await server();
    const { dependsOn, protect } = only(resources, "openstack-live-migration:index:ProtectedServer");
    expect(protect).toBe(true);
    expect(dependsOn).toEqual(["admin_vm01", "admin_vm01-admin_vol11", "admin_vm01-admin_vol12"]);
  });

  test("takes existing volumes as they are, and an image by its id", async () => {
    const image = "3b0f9f3e-0000-4000-8000-000000000001";
    const { resources, value } = await server({
      bootVolume: { volumeId: "existing" },
      dataVolumes: { data: { volumeId: "other" }, scratch: { sizeGiB: 1 } },
    });
    expect(resources.filter(({ type }) => type === VOLUME).map(({ name }) => name)).toEqual(["admin_vm01-scratch"]);
    expect(await valueOf(value.volumeIds)).toEqual(["existing", "other", "id-of-admin_vm01-scratch"]);
    const byId = await declare(
      (opts) => new VolumeBackedServer("x", { ...args, bootVolume: { sizeGiB: 1, image } }, opts),
      answers,
    );
    expect(byId.resources.find(({ name }) => name === "x-boot")?.inputs["imageId"]).toBe(image);
  });

  test("asks for an image once, however many servers boot from it, but once in each cloud", async () => {
    const asked: unknown[] = [];
    const counted = {
      "openstack:images/getImage:getImage": ({ name }: Record<string, unknown>) => {
        asked.push(name);
        return { id: `image-id-${asked.length}` };
      },
    };
    const { resources } = await declare(
      (opts) => {
        for (const cloud of ["east", "west"]) {
          const provider = new openstack.Provider(cloud, { cloud });
          for (const name of ["a", "b"]) {
            new VolumeBackedServer(`${cloud}-${name}`, args, { ...opts, providers: [provider] });
          }
        }
      },
      { ...answers, "pulumi:providers:openstack": () => ({}) },
      counted,
    );
    expect(asked).toEqual(["guest", "guest"]);
    const boots = resources.filter(({ name }) => name.endsWith("-boot")).map(({ inputs }) => inputs["imageId"]);
    expect(new Set(boots.slice(0, 2)).size).toBe(1);
    expect(new Set(boots).size).toBe(2);
  }, 30_000);

  test("an image that is gone, or was not asked for, is no error: existing volumes keep what they hold, Cinder refuses a new one", async () => {
    const failing = (details: string) => ({
      "openstack:images/getImage:getImage": () => {
        // As gRPC hands it on.
        throw Object.assign(new Error(details), { details });
      },
    });
    const idWhen = async (details: string) => {
      const vm = (opts: object) => new VolumeBackedServer("vm", args, opts);
      const { resources } = await declare(vm, answers, failing(details));
      return resources.find(({ name }) => name === "vm-boot")?.inputs["imageId"];
    };
    expect(await idWhen("1 error occurred:\n\t* Your query returned no results.\n")).toBe("no image named guest");
    expect(await idWhen("1 error occurred:\n\t* Error creating OpenStack image client: no route to host\n")).toBe(
      "image guest, which was not looked up",
    );
  });

  test("names its volumes", async () => {
    const { value } = await server();
    expect(await valueOf(value.volumes)).toEqual({
      admin_vol01: "id-of-admin_vm01-boot",
      admin_vol11: "id-of-admin_vm01-admin_vol11",
      admin_vol12: "id-of-admin_vm01-admin_vol12",
    });
  });

  test("shows neither initialHost nor user data among the component's inputs", async () => {
    const { resources } = await server({ userData: "#cloud-config\npassword: hunter2" });
    const component = only(resources, VolumeBackedServer.type);
    expect(JSON.stringify(component.inputs)).not.toMatch(/node-28|hunter2/);
  });

  test("lists every problem at once", async () => {
    const wrong = server({ bootVolume: { sizeGiB: 0 }, dataVolumes: { a: {}, b: { volumeId: "1", sizeGiB: 1 } } });
    await expect(wrong).rejects.toThrow(
      /4 problems[^]*bootVolume\.image[^]*bootVolume\.sizeGiB = 0[^]*dataVolumes\.a\.sizeGiB[^]*dataVolumes\.b\.sizeGiB/,
    );
  });

  test("makes nothing before its turn, and all of it once another move was asked for", async () => {
    const { resources } = await declare(
      (opts) => {
        const first = new LiveMigration("first", inject({ serverId: "5e", host: "node-28" }, { planner: null }), opts);
        return new VolumeBackedServer("second", inject({ ...args }, { turn: requested(first) }), opts);
      },
      answers,
      calls,
    );
    const order = resources.map(({ type }) => type).filter((type) => [COMMAND, VOLUME, INSTANCE].includes(type));
    expect(order).toEqual([COMMAND, VOLUME, VOLUME, VOLUME, INSTANCE]);
    expect(JSON.stringify(resources)).not.toContain("turn");
  });

  test("is made although what it waited for failed", async () => {
    const { resources } = await server({}, { turn: Promise.reject(new Error("no")) });
    expect(only(resources, INSTANCE).name).toBe("admin_vm01");
  });
});

describe("LiveMigration", () => {
  test("a changed host changes one variable of the command, and nothing else", async () => {
    const before = (await migration()).resources;
    const after = (await migration({ host: "node-31" })).resources;
    expect(differences(before, after)).toEqual([`${COMMAND} admin_vm01 environment.LIVE_MIGRATE_HOST`]);
  });

  test("is one exec'ed process, updated in place: no trigger, no deletion, no path of this machine", async () => {
    const { inputs } = only((await migration()).resources, COMMAND);
    expect(inputs).toMatchObject({
      create: "exec node dist/live-migrate.js run --json-on-success",
      update: "exec node dist/live-migrate.js run --json-on-success",
      logging: "stderr",
    });
    expect(inputs).not.toHaveProperty("triggers");
    expect(inputs).not.toHaveProperty("delete");
    expect(JSON.stringify(inputs)).not.toContain(process.cwd());
  });

  test("hands over the whole request", async () => {
    const { resources } = await migration({
      cloud: "lab",
      region: "RegionOne",
      azPin: "unpin",
      onTimeout: "abort",
      timeoutSeconds: 1200,
      stallSeconds: 60,
      guest: { user: "root", mountPoints: ["/mnt/vol01"] },
    });
    expect(only(resources, COMMAND).inputs["environment"]).toEqual({
      LIVE_MIGRATE_SERVER: "5e",
      LIVE_MIGRATE_HOST: "node-28",
      LIVE_MIGRATE_CLOUD: "lab",
      LIVE_MIGRATE_REGION: "RegionOne",
      LIVE_MIGRATE_VOLUMES: "v1,v2",
      LIVE_MIGRATE_AZ_PIN: "unpin",
      LIVE_MIGRATE_ON_TIMEOUT: "abort",
      LIVE_MIGRATE_TIMEOUT_SECONDS: "1200",
      LIVE_MIGRATE_STALL_SECONDS: "60",
      LIVE_MIGRATE_GUEST: '{"user":"root","mountPoints":["/mnt/vol01"]}',
    });
  });

  test("hands over an empty list of volumes as an empty text, which the engine takes for just that", async () => {
    const { inputs } = only((await migration({ volumeIds: [] })).resources, COMMAND);
    expect(inputs["environment"]).toMatchObject({ LIVE_MIGRATE_VOLUMES: "" });
    const wish = { server: "5e", host: "node-28", volumeIds: "", fromEnvironment: ["volumeIds"] };
    expect(readRequest(wish).volumeIds).toEqual([]);
  });

  test("tells where the server is by the record, not by what was asked for", async () => {
    const { value } = await migration({ host: "node-27" });
    expect(await valueOf(value.host)).toBe("node-31");
    expect(await valueOf(value.availabilityZone)).toBe("nova2");
    expect(await valueOf(value.record)).toEqual(recordOf());
  });

  test.each([
    ["neither host nor zone", { host: undefined }],
    ["both", { zone: "nova" }],
  ])("refuses %s", async (_, over) => {
    await expect(migration(over as Partial<LiveMigrationArgs>)).rejects.toThrow(/give exactly one of host and zone/);
  });
});

describe("the kind of a migration", () => {
  const environment = async (over: Partial<LiveMigrationArgs>) =>
    only((await migration(over)).resources, COMMAND).inputs["environment"];

  test("is a variable of the command only where it is cold", async () => {
    expect(await environment({ kind: "cold", allowRestart: true })).toMatchObject({ LIVE_MIGRATE_COLD: "true" });
    for (const kind of ["auto", "live", undefined] as const) {
      expect(await environment(kind === undefined ? {} : { kind })).toEqual(await environment({}));
    }
  });

  test("that may restart the guest is refused until that is allowed, beside all other problems", async () => {
    await expect(migration({ kind: "cold" })).rejects.toThrow(/kind = "cold"[^]*set allowRestart: true/);
    await expect(migration({ kind: "cold", zone: "nova" })).rejects.toThrow(/2 problems[^]*host[^]*kind/);
    await expect(migration({ kind: "live", stopped: "cold" })).rejects.toThrow(/leave stopped out/);
  });
});

test("the mocks throw on what they do not know", async () => {
  await expect(declare((opts) => new AvailabilityZone("z", { hosts: [] }, opts), {})).rejects.toThrow(/not mocked/);
});
