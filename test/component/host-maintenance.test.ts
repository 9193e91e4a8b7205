import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HostMaintenance } from "../../components/host-maintenance.ts";
import type { HostMaintenanceArgs } from "../../components/host-maintenance-args.ts";
import { inject } from "../../components/injected.ts";
import { LiveMigration } from "../../components/live-migration.ts";
import { MaintenancePlanner, type HostsReader } from "../../components/preview/maintenance-planner.ts";
import { MovePlanner } from "../../components/preview/move-planner.ts";
import { MaintenancePlanFileSchema } from "../../components/preview/maintenance-plan-file.ts";
import type { MaintenanceDocument } from "../../migration/contract/maintenance.ts";
import { markerText } from "../../migration/hosts/marker.ts";
import { NO_REVIEW } from "../../migration/hosts/maintain/since-review.ts";
import { maintain } from "../../migration/hosts/maintain/maintain.ts";
import { FakeClock } from "../support/engine/fake-clock.ts";
import { recordOf } from "../support/engine/record.ts";
import { FleetModel } from "../support/hosts/fleet-model.ts";
import { uuid } from "../support/hosts/fleet-samples.ts";
import { declare, valueOf } from "../support/stack/declared.ts";
import { tempFolder } from "../support/temp-folder.ts";

const COMMAND = "command:local:Command";
const HOSTS = { "node-01": { reason: "kernel upgrade" } };
const OWNER = "openstack-live-migration/test/maintenance";
const ENVIRONMENT = {
  LIVE_MIGRATE_MAINTENANCE: JSON.stringify({ "node-01": { reason: "kernel upgrade" } }),
  LIVE_MIGRATE_MAINTENANCE_OWNER: OWNER,
};
const NO_JOURNAL = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(false),
  remove: () => Promise.resolve(),
};

function fleet(servers: number): FleetModel {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= servers; n += 1) model.add(n, "node-01");
  return model;
}

async function drained(model: FleetModel): Promise<MaintenanceDocument> {
  return await maintain(HOSTS, {
    ...model.context(),
    journal: NO_JOURNAL,
    previous: null,
    owner: OWNER,
    review: NO_REVIEW,
  });
}

const plannerOf = (model: FleetModel) =>
  new MaintenancePlanner({
    open: () =>
      Promise.resolve(Object.assign(model, { [Symbol.asyncDispose]: () => Promise.resolve() }) as HostsReader),
  });

interface World {
  model?: FleetModel;
  /** What the last `up` left. */
  last?: { document: MaintenanceDocument; environment?: Record<string, string> };
  dryRun?: boolean;
  planner?: MaintenancePlanner | null;
}

/** Declares a maintenance as a program of this stack does. */
async function run(args: Partial<HostMaintenanceArgs> = {}, world: World = {}) {
  const { model = fleet(2), last, dryRun = true } = world;
  const planner = world.planner === undefined ? plannerOf(model) : world.planner;
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(dryRun);
  const said: string[] = [];
  for (const level of ["info", "warn"] as const) {
    vi.spyOn(pulumi.log, level).mockImplementation((text) => {
      said.push(text);
      return Promise.resolve();
    });
  }
  const failed: string[] = [];
  const moves = new MovePlanner({ fail: (error) => failed.push(error.message) });
  const known = {
    ...ENVIRONMENT,
    ...last?.environment,
  };
  const urn =
    "urn:pulumi:test::openstack-live-migration::openstack-live-migration:index:HostMaintenance$command:local:Command::maintenance";
  const outputs = last && {
    [urn]: { type: COMMAND, outputs: { environment: known, stdout: JSON.stringify(last.document) } },
  };
  const document = last?.document ?? (await drained(fleet(1)));
  const { resources, value } = await declare(
    (opts) =>
      new HostMaintenance(
        "maintenance",
        inject({ hosts: HOSTS, ...args }, { maintenancePlanner: planner, planner: moves }),
        opts,
      ),
    { [COMMAND]: () => ({ stdout: JSON.stringify(document), stderr: "" }) },
    { "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs: outputs ?? {} }) },
  );
  await new Promise((resolve) => setImmediate(resolve));
  const command = resources.find(({ type }) => type === COMMAND);
  const environment = command?.inputs["environment"] as Record<string, string>;
  return { said, failed, value, command, environment, resources };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("HostMaintenance", () => {
  it("is one command: to drain, and at its deletion to end; no trigger, no path of this machine", async () => {
    const { command } = await run({ cloud: "lab", region: "RegionOne" }, { planner: null });
    expect(command?.inputs).toMatchObject({
      create: "exec node dist/live-migrate.js maintain",
      update: "exec node dist/live-migrate.js maintain",
      delete: "exec node dist/live-migrate.js maintain --end",
      logging: "stderr",
    });
    expect(command?.inputs).not.toHaveProperty("triggers");
    expect(JSON.stringify(command?.inputs)).not.toContain(process.cwd());
    expect(command?.inputs["environment"]).toEqual({
      LIVE_MIGRATE_MAINTENANCE: '{"node-01":{"reason":"kernel upgrade"}}',
      LIVE_MIGRATE_MAINTENANCE_OWNER: OWNER,
      LIVE_MIGRATE_CLOUD: "lab",
      LIVE_MIGRATE_REGION: "RegionOne",
    });
  });

  it("has the same request for the same hosts and settings in another order", async () => {
    const of = async (hosts: HostMaintenanceArgs["hosts"]) => (await run({ hosts }, { planner: null })).environment;
    const one = await of({ "node-02": { reason: "x", parallel: 2 }, "node-01": { parallel: 1, reason: "y" } });
    expect(await of({ "node-01": { reason: "y", parallel: 1 }, "node-02": { parallel: 2, reason: "x" } })).toEqual(one);
  });

  it("refuses arguments that contradict each other, all at once", async () => {
    const hosts = { "node-01": { reason: "x", to: ["node-01"], zone: "nova" } };
    await expect(run({ hosts }, { planner: null })).rejects.toThrow(/2 problems[^]*zone[^]*to\[0\]/);
  });

  it("tells by the document of each host and of where each server is", async () => {
    const model = fleet(2);
    const document = await drained(model);
    const { value } = await run({}, { planner: null, last: { document } });
    expect((await valueOf(value.hosts))["node-01"]).toMatchObject({ state: "empty", settings: HOSTS["node-01"] });
    const home = { host: "node-01", availabilityZone: "nova" };
    const place = await valueOf(value.placeOf(uuid(1), home));
    expect(place.host).toBe(model.tenants.get(uuid(1))?.facts.host);
    expect(await valueOf(value.placeOf("another", home))).toEqual(home);
  });
});

describe("a preview of a maintenance", () => {
  it("names every server with its target, the room of the targets, and servers of others; it changes nothing", async () => {
    const model = fleet(2);
    const { said, failed } = await run({}, { model });
    const text = said.join("\n");
    expect(text).toMatch(/vm1: node-01 → node-0[234]; live, volume-backed; about \d+ s/);
    expect(text).toMatch(/vm2: node-01 → node-0[234]; live/);
    expect(text).toMatch(/node-02: 1 server arrives; VCPU 0 → 1 of 640, MEMORY_MB 0 → 1024 of 16384/);
    expect(text).toContain("not of this stack: vm1, vm2");
    expect(text).not.toContain("{");
    expect([failed, model.log]).toEqual([[], []]);
  });

  it("writes its plan for the review", async () => {
    const folder = join(tempFolder(), "plans");
    vi.stubEnv("LIVE_MIGRATE_PLANS", folder);
    const { said } = await run();
    const [file = ""] = readdirSync(folder);
    const plan = MaintenancePlanFileSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
    expect(plan).toMatchObject({
      document: "maintenance-plan",
      urn: expect.stringMatching(/HostMaintenance::maintenance$/) as string,
      unmanaged: [uuid(1), uuid(2)],
      messages: said,
    });
  });

  it("fails with every reason that will still be there, and warns of one that may be gone by then", async () => {
    const model = fleet(3);
    model.change(uuid(1), { status: "SUSPENDED" });
    model.change(uuid(2), { status: "ERROR" });
    const { said, failed } = await run({ hosts: { "node-01": { reason: "x", to: ["node-77"] } } }, { model });
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatch(/node-77/);
    expect(said.join("\n")).toMatch(/vm2: stays on node-01; blocker/);
  });

  it("says that a host is not there, and what was not checked", async () => {
    const missing = await run({ hosts: { "node-88": { reason: "x" } } });
    expect(missing.failed[0]).toMatch(/maintenance\.hosts = "node-88"[^]*no nova-compute service has this host/);
    const planner = new MaintenancePlanner({ open: () => Promise.reject(new Error("no clouds.yaml")) });
    const { said, failed } = await run({}, { planner });
    expect(said.join()).toMatch(/not checked: the maintenance of node-01: .*no clouds.yaml/);
    expect(failed).toEqual([]);
  });

  it("says whose maintenance ends, and who comes home", async () => {
    const model = fleet(2);
    const document = await drained(model);
    const { said } = await run({ hosts: { "node-02": { reason: "y" } } }, { model, last: { document } });
    expect(said[0]).toBe("node-01: its maintenance ends: it is enabled once it is ready, and 2 servers come home");
  });

  it.each([true, false])("changes nothing while the host is as the last `up` left it (preview: %s)", async (dryRun) => {
    const model = fleet(2);
    const document = await drained(model);
    const { environment, said } = await run({}, { model, last: { document }, dryRun });
    expect([environment, said]).toEqual([ENVIRONMENT, []]);
  });

  it("opens a host that an `up` that failed has closed, and whose entry was removed since", async () => {
    const model = fleet(2);
    const document = await drained(model);
    const since = "2026-11-30T10:00:00Z";
    const ours = (owner: string) => markerText({ since, after: 0, reason: `${owner}: new disk` });
    model.setHost("node-02", { enabled: false, disabledReason: ours(OWNER) });
    model.setHost("node-03", { enabled: false, disabledReason: ours("another/stack/maintenance") });
    const told = "an `up` that failed has closed node-02, which is not in maintenance any more; `pulumi up` opens it";
    const { environment, said } = await run({}, { model, last: { document } });
    expect([environment["LIVE_MIGRATE_MAINTAIN_AGAIN"], said[0]]).toEqual([document.timings.finishedAt, told]);
    expect(said.join()).not.toContain("node-03");
    // The first `up` of a maintenance failed, and nothing else is declared.
    model.setHost("node-01", { enabled: true, disabledReason: null });
    expect((await run({ hosts: {} }, { model })).said).toEqual([told]);
  });

  it("drains again once somebody opened the host, or a server is on it; preview and `up` agree", async () => {
    const model = fleet(2);
    const document = await drained(model);
    model.setHost("node-01", { enabled: true, disabledReason: null });
    model.add(7, "node-01");
    const last = { document };
    const preview = await run({}, { model, last });
    expect(preview.environment["LIVE_MIGRATE_MAINTAIN_AGAIN"]).toBe(document.timings.finishedAt);
    expect(preview.said.slice(0, 2)).toEqual([
      "node-01 is enabled, and takes new servers; `pulumi up` drains it again",
      "node-01 is not empty any more: vm7; `pulumi up` drains it again",
    ]);
    expect((await run({}, { model, last, dryRun: false })).environment).toEqual(preview.environment);
    // From then on the variable is kept.
    const kept = { document, environment: { LIVE_MIGRATE_MAINTAIN_AGAIN: "earlier" } };
    const well = fleet(0);
    well.setHost("node-01", { enabled: false });
    const later = await run({}, { model: well, last: kept });
    expect([later.environment["LIVE_MIGRATE_MAINTAIN_AGAIN"], later.said]).toEqual(["earlier", []]);
  });
});

describe("a move beside a maintenance of its host", () => {
  it("is refused onto that host, also for a server that `up` will create", async () => {
    vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
    for (const level of ["info", "warn"] as const) vi.spyOn(pulumi.log, level).mockResolvedValue();
    const document = await drained(fleet(1));
    const failed: string[] = [];
    const planner = new MovePlanner({
      lastRuns: () =>
        Promise.resolve((urn) =>
          urn.endsWith("home")
            ? { kind: "known", environment: { LIVE_MIGRATE_SERVER: "s", LIVE_MIGRATE_HOST: "node-01" } }
            : { kind: "none" },
        ),
      survey: () => Promise.reject(new Error("no cloud")),
      fail: (error) => failed.push(error.message),
    });
    await declare(
      (opts) => {
        const created = pulumi.output(pulumi.unknown) as pulumi.Output<string>;
        new LiveMigration("new", inject({ serverId: created, host: "node-01" }, { planner }), opts);
        new LiveMigration("edited", inject({ serverId: "s2", host: "node-01" }, { planner }), opts);
        new LiveMigration("home", inject({ serverId: "s", host: "node-01" }, { planner }), opts);
        new HostMaintenance("maintenance", inject({ hosts: HOSTS }, { maintenancePlanner: null, planner }), opts);
      },
      {
        [COMMAND]: (_, name) => ({
          stdout: JSON.stringify(name === "maintenance" ? document : recordOf()),
          stderr: "",
        }),
      },
    ).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(failed.join("\n")).toMatch(/2 problems/);
    expect(failed.join("\n")).toMatch(/edited\.host = "node-01"[^]*node-01 is in maintenance \(kernel upgrade\)/);
    expect(failed.join("\n")).toMatch(/new\.host = "node-01"/);
  });
});
