import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { becomes, labApi, makeServer, setPace, type MadeServer } from "../../lab/api.ts";
import type { Api } from "../../lab/rest.ts";
import { DrainPlanSchema, DrainSchema } from "../../migration/contract/drain.ts";
import { HostsSchema } from "../../migration/contract/hosts.ts";
import { RestoreSchema } from "../../migration/contract/restore.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab } from "../support/lab/cloud.ts";
import { engine, startEngine, type EngineResult } from "../support/lab/run-engine.ts";

// About a minute on a quiet machine; most of a drain is waiting for Nova.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** No other test of the fleet makes servers there at the same time: files run one by one. */
const HOST = "node-03";
const LIVE = 4;

let cloud: Cloud;
let api: Api;
let servers: MadeServer[] = [];
beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  const names = [...Array.from({ length: LIVE }, (_, i) => `drain-${i + 1}`), "drain-off"];
  await clearHost();
  servers = await Promise.all(names.map((name) => makeServer(api, { name, host: HOST, dataVolumes: 0 })));
  const off = servers[LIVE]?.id ?? "";
  await api.call("compute", "POST", `/servers/${off}/action`, { "os-stop": null });
  await becomes(api, off, "SHUTOFF");
});
afterAll(async () => {
  setPace(undefined);
  await setStatus({ status: "enabled" });
  await Promise.all(servers.map((server) => server.remove()));
  await cloud.session.close();
});

/** The one document on stdout, by its schema. */
const documentOf = <T>(schema: { parse: (value: unknown) => T }, { stdout, stderr }: EngineResult): T => {
  if (stdout === "") throw new Error(`no document; it said: ${stderr}`);
  return schema.parse(JSON.parse(stdout));
};
const service = async () => {
  const [found] = await cloud.compute.getServices({ host: HOST, binary: "nova-compute" });
  return found ?? expect.unreachable();
};
const setStatus = async (body: object) => {
  await api.call("compute", "PUT", `/os-services/${(await service()).id}`, body);
};
const namesOn = async (host: string) =>
  (await cloud.compute.getServers({ allProjects: true, host })).map(({ name }) => name).sort();
const provider = async () => {
  const found = (await cloud.compute.getHypervisors()).find(({ serviceHost }) => serviceHost === HOST);
  return found?.id ?? "";
};
/** Removes what a test that broke a move before has left in Placement: the drain would name it, and rightly so. */
const clearHost = async () => {
  const held = Object.keys(await cloud.placement.getProviderAllocations(await provider()));
  for (const consumer of held) {
    console.warn(`${HOST} was not empty before this test: ${consumer}`);
    await api.call("placement", "DELETE", `/allocations/${consumer}`);
  }
};
/** What must hold of a host that is called empty, asked without the program under test. */
const truth = async () => ({
  servers: await namesOn(HOST),
  allocations: Object.keys(await cloud.placement.getProviderAllocations(await provider())),
  status: (await service()).status,
});
const EMPTY = { servers: [], allocations: [], status: "disabled" };
const ALL = ["drain-1", "drain-2", "drain-3", "drain-4", "drain-off"];

/** Moves of each server since it was made, of whatever kind. */
const moves = async () =>
  await Promise.all(servers.map(async ({ id }) => (await cloud.compute.getMigrations({ instanceId: id })).length));
const drain = (...args: string[]) => engine(["drain", HOST, ...args]);

describe("a host with five servers, one of them shut off", () => {
  it("is planned without a change", async () => {
    const planned = await drain("--plan");
    const plan = documentOf(DrainPlanSchema, planned);
    expect([planned.exitCode, plan.stays, plan.findings]).toEqual([0, [], []]);
    expect(plan.moves.map(({ server }) => server.name).sort()).toEqual(ALL);
    expect(plan.moves.find(({ server }) => server.name === "drain-off")?.kind).toBe("cold");
    expect(plan.moves.map(({ to }) => to)).not.toContain(HOST);
    expect((await truth()).status).toBe("enabled");
    expect(await moves()).toEqual([0, 0, 0, 0, 0]);
  });

  it("is drained on by the same command after a kill in mid-move and after a SIGINT, and proven empty: exit 0", async () => {
    setPace({ seconds: 5 });
    const killed = startEngine(["drain", HOST, "--reason", "kernel upgrade"]);
    await killed.says(/drain-\d: .*(running|preparing)/);
    killed.kill("SIGKILL");
    await killed.ended;
    expect((await service()).disabledReason).toMatch(
      /^openstack-live-migration: maintenance since .*: kernel upgrade$/,
    );

    const stopped = startEngine(["drain", HOST]);
    await stopped.says(/drain-\d: .*(running|preparing)/);
    stopped.kill("SIGINT");
    const interrupted = documentOf(DrainSchema, await stopped.ended);
    expect([interrupted.exitCode, interrupted.hosts[0]?.state]).toEqual([6, "draining"]);
    expect(interrupted.moves.map(({ result }) => result)).toContain("migrated");
    expect(interrupted.hosts[0]?.leftovers.length).toBeGreaterThan(0);

    setPace({ seconds: 0.5 });
    const done = documentOf(DrainSchema, await drain());
    const told = JSON.stringify([done.summary, done.hosts, done.moves], undefined, 1);
    expect([done.exitCode, done.hosts[0]?.state], told).toEqual([0, "empty"]);
    expect(done.hosts[0]?.checks.map(({ outcome }) => outcome)).toEqual(Array(5).fill("passed"));
    expect(await truth()).toEqual(EMPTY);
    // Killed, interrupted and finished: each server moved once.
    expect(await moves()).toEqual([1, 1, 1, 1, 1]);
    expect((await cloud.compute.getServer(servers[LIVE]?.id ?? "")).status).toBe("SHUTOFF");

    const again = documentOf(DrainSchema, await drain());
    expect([again.exitCode, again.moves]).toEqual([0, []]);
    const { hosts } = documentOf(HostsSchema, await engine(["hosts", HOST]));
    expect(hosts).toMatchObject([{ host: HOST, enabled: false, disabledBy: "this-program", servers: {} }]);
  });

  it("is not opened once somebody else has put in a reason: exit 3", async () => {
    const ours = (await service()).disabledReason;
    await setStatus({ status: "disabled", disabled_reason: "broken fan" });
    const refused = documentOf(RestoreSchema, await engine(["restore", HOST, "--return"]));
    expect([refused.exitCode, refused.findings[0]?.code]).toEqual([3, "disabled-by-others"]);
    expect(await truth()).toEqual(EMPTY);
    await setStatus({ status: "disabled", disabled_reason: ours });
  });

  it("is opened once it is ready, and all of its servers come home: exit 0", async () => {
    const restored = documentOf(RestoreSchema, await engine(["restore", HOST, "--return"]));
    expect([restored.exitCode, restored.hosts[0]?.state, restored.hosts[0]?.away], restored.summary).toEqual([
      0,
      "open",
      [],
    ]);
    expect((await truth()).status).toBe("enabled");
    expect(await namesOn(HOST)).toEqual(ALL);
    expect(await moves()).toEqual([2, 2, 2, 2, 2]);
    expect((await cloud.compute.getServer(servers[LIVE]?.id ?? "")).status).toBe("SHUTOFF");
  });
});
