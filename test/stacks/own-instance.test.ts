/** The example program: a server that boots from an image, declared as an `Instance` of its own, beside `LiveMigration`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labApi } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { installed, pack } from "../support/packed.ts";
import { changesByName, Stack } from "../support/stack/stack.ts";

const [HOME, ELSEWHERE, ZONE, FLAVOR] = ["node-07", "node-08", "own-zone", "own.disk"];
const EXAMPLE = join(import.meta.dirname, "../../examples/own-instance/index.ts");

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let stack: Stack;
let aggregate: number;
let flavor: string;
let id: string;

const onZone = (action: object) => api.call("compute", "POST", `/os-aggregates/${aggregate}/action`, action);

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  const made = await api.call<{ aggregate: { id: number } }>("compute", "POST", "/os-aggregates", {
    aggregate: { name: ZONE, availability_zone: ZONE },
  });
  aggregate = made.aggregate.id;
  await onZone({ add_host: { host: ELSEWHERE } });
  const body = { flavor: { name: FLAVOR, vcpus: 1, ram: 128, disk: 1 } };
  flavor = (await api.call<{ flavor: { id: string } }>("compute", "POST", "/flavors", body)).flavor.id;
  stack = await open("own-instance");
});
afterAll(async () => {
  await stack.run(["state", "unprotect", "--all", "--yes"]);
  await stack.destroy();
  await onZone({ remove_host: { host: ELSEWHERE } });
  await api.call("compute", "DELETE", `/os-aggregates/${aggregate}`);
  await api.call("compute", "DELETE", `/flavors/${flavor}`);
  await cloud.session.close();
});

const open = (name: string) => Stack.open({ name, example: "own-instance", env: { OS_CLOUD: "lab" } });

async function succeed(args: string[], of = stack): Promise<void> {
  const { exitCode, stdout, stderr } = await of.run(args);
  expect([args[0], exitCode], stdout + stderr).toEqual([args[0], 0]);
}

async function configure(of: Stack, host: string): Promise<void> {
  const values = [`host=${host}`, `flavor=${FLAVOR}`, "image=guest", "network=flat"];
  await succeed(["config", "set-all", ...values.flatMap((value) => ["--plaintext", value])], of);
}

async function upAndRead(): Promise<{ serverId: string; runsOn: { host: string; availabilityZone: string } }> {
  const { exitCode, stdout, stderr } = await stack.up();
  expect([exitCode, stderr], stdout).toEqual([0, ""]);
  return JSON.parse((await stack.run(["stack", "output", "--json"])).stdout) as Awaited<ReturnType<typeof upAndRead>>;
}

/** On a busy machine, packing and installing take minutes. */
const INSTALLING = 900_000;
let packageFolder: string;
beforeAll(async () => {
  packageFolder = await installed(await pack());
}, INSTALLING);

describe("an image-booted Instance of the program's own beside LiveMigration", () => {
  it("is created on its host, and moves to another zone when `host` is edited: same id, then no change", async () => {
    await configure(stack, HOME);
    const created = await upAndRead();
    id = created.serverId;
    expect(created.runsOn.host).toBe(HOME);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 0));

    await configure(stack, ELSEWHERE);
    const planned = await stack.preview();
    expect(changesByName(planned.steps), planned.said).toEqual(["update command:local:Command own_vm01"]);
    expect(planned.said).not.toContain("ignoreChanges");
    expect(await upAndRead()).toEqual({ serverId: id, runsOn: { host: ELSEWHERE, availabilityZone: ZONE } });
    expect(await truth(cloud, id)).toEqual(wholeOn(ELSEWHERE, 0));
    expect(await migrationCount(cloud, id)).toBe(1);

    await succeed(["refresh", "--yes", "--skip-preview"]);
    const { result, steps, said } = await stack.preview();
    expect([result.exitCode, changesByName(steps), said]).toEqual([0, [], ""]);
  });

  it("without `ignoreChanges` would be replaced: the preview says by what, and how to prevent it", async () => {
    const program = await readFile(EXAMPLE, "utf8");
    await stack.edit(program.replace(/ignoreChanges: \[[^\]]*\],/, ""));
    const { steps, said, result } = await stack.preview();
    expect(changesByName(steps).join()).toContain("replace openstack:compute/instance:Instance own_vm01");
    expect(said).toContain(`Instance own_vm01 changes availabilityZoneHints ":${HOME}" => ":${ELSEWHERE}"`);
    expect(said).toContain('Fix: ignoreChanges: ["availabilityZoneHints"]');
    // `protect` holds.
    expect(result.exitCode).not.toBe(0);
    expect(await truth(cloud, id)).toEqual(wholeOn(ELSEWHERE, 0));
  });

  it("that is imported with its zone is warned about in the preview of a move that leaves the zone, not before", async () => {
    const importing = await open("own-instance-import");
    // As `pulumi import` writes it: the zone is declared, and nothing is ignored.
    const program = await readFile(EXAMPLE, "utf8");
    const zoned = program
      .replace(/availabilityZoneHints: `[^`]*`/, `availabilityZone: "${ZONE}"`)
      .replace(/ignoreChanges: \[[^\]]*\]/, `import: "${id}"`);
    const ignoring = `pulumi.runtime.registerResourceTransform(({ props, opts }) => ({
      props, opts: { ...opts, ignoreChanges: ["availabilityZone"] },
    }));`;
    const imported = "import openstack:compute/instance:Instance own_vm01";
    for (const [host, source, warning] of [
      [ELSEWHERE, zoned, undefined],
      [HOME, zoned, `Instance own_vm01 declares availabilityZone "${ZONE}", and the server is in nova after this run`],
      [HOME, zoned.replace("const instance", `${ignoring}\nconst instance`), undefined],
    ] as const) {
      await importing.edit(source);
      await configure(importing, host);
      const { steps, said, result } = await importing.preview();
      expect([result.exitCode, changesByName(steps)], said).toEqual([0, expect.arrayContaining([imported])]);
      if (warning === undefined) expect(said).not.toContain("ignoreChanges");
      else expect(said).toMatch(new RegExp(`${warning}.* Fix: ignoreChanges: \\["availabilityZone"\\]`));
    }
  });

  it("is moved by the packed package, in a program from Pulumi's template, after one update that only verifies", async () => {
    const program = await readFile(EXAMPLE, "utf8");
    await stack.adopt(program.replace('"../../components/index.ts"', '"openstack-live-migration"'), packageFolder);
    await configure(stack, ELSEWHERE);
    const update = ["update command:local:Command own_vm01"];
    const adopting = await stack.preview();
    expect([adopting.result.exitCode, changesByName(adopting.steps)], adopting.said).toEqual([0, update]);
    expect(await upAndRead()).toEqual({ serverId: id, runsOn: { host: ELSEWHERE, availabilityZone: ZONE } });
    expect(await migrationCount(cloud, id)).toBe(1);
    expect(await stack.state()).toContain(
      '"create": "exec node node_modules/openstack-live-migration/dist/live-migrate.js run --json-on-success"',
    );

    await configure(stack, HOME);
    const moving = await stack.preview();
    expect([moving.result.exitCode, changesByName(moving.steps)], moving.said).toEqual([0, update]);
    expect((await upAndRead()).runsOn.host).toBe(HOME);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 0));
    expect(await migrationCount(cloud, id)).toBe(2);
    const { steps, said, result } = await stack.preview();
    expect([result.exitCode, changesByName(steps), said]).toEqual([0, [], ""]);
  });
});
