import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { labApi, labPaths, makeServer, setPace, type MadeServer } from "../../../lab/api.ts";
import { EventSchema } from "../../../migration/contract/event.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { severalIn, startEngine } from "../../support/lab/run-engine.ts";
import { FaultProxy } from "../../support/http/fault-proxy.ts";
import { recorded } from "../../support/lab/fault-scenario.ts";

// Each test has the servers where the one before has left them.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let cloud: Cloud;
let proxy: FaultProxy;
let folder: string;
let made: MadeServer[] = [];
/** Live migrations of each before the test. */
let before: number[] = [];

const ids = () => made.map(({ id }) => id);
const counts = () => Promise.all(ids().map((id) => migrationCount(cloud, id)));
const moves = async () => (await counts()).map((count, i) => count - (before[i] ?? 0));
const truths = () => Promise.all(ids().map((id) => truth(cloud, id)));
const allOn = (host: string) => made.map(({ volumeIds }) => wholeOn(host, volumeIds.length));

/** `live-migrate run` of all three, through the proxy. */
const start = (...args: string[]) =>
  startEngine(["run", ...ids(), ...args], { OS_CLIENT_CONFIG_FILE: join(folder, "clouds.yaml") });

async function run(...args: string[]) {
  const ended = await start(...args).ended;
  return { ...ended, ...severalIn(ended.stdout) };
}

beforeAll(async () => {
  cloud = await connectLab();
  folder = await mkdtemp(join(tmpdir(), "several-"));
  proxy = await FaultProxy.forClouds(labPaths().cloudsFile, join(folder, "clouds.yaml"));
  const api = await labApi();
  for (const [i, host] of ["node-01", "node-02", "node-01"].entries()) {
    made.push(await makeServer(api, { name: `several-${i + 1}`, host, dataVolumes: i === 0 ? 1 : 0 }));
  }
  before = await counts();
});

afterEach(async () => {
  for (const id of ids()) setPace(undefined, id);
  before = await counts();
  proxy.log.splice(0);
});

afterAll(async () => {
  await Promise.all(made.map((server) => server.remove()));
  made = [];
  await proxy.close();
  await cloud.session.close();
  await rm(folder, { recursive: true });
});

describe("several servers", () => {
  it("one after another: one that fails stops no other, and the same command moves it once mended", async () => {
    const [, failing = ""] = ids();
    setPace({ seconds: 1, fail_at: 0.5 }, failing);
    const records = await mkdtemp(join(folder, "records-"));
    const { exitCode, stderr, each, all } = await run("--host", "node-03", "--record", records, "--report", records);
    expect(exitCode, stderr).toBe(4);
    expect(all).toMatchObject({ schemaVersion: 1, exitCode: 4 });
    expect(all.servers.map(({ name, result, exitCode: code }) => [name, result, code])).toEqual([
      ["several-1", "migrated", 0],
      ["several-2", "failed", 4],
      ["several-3", "migrated", 0],
    ]);
    expect(all.summary).toMatch(
      /^3 servers in .* s: 2 moved; 0 on the target host already; 1 failed, intact on .*: several-2$/,
    );
    expect(each.map(({ outcome }) => outcome)).toEqual(["migrated", "failed", "migrated"]);
    // One at a time, in the order in which they were given, and each with its own requests.
    const times = each.map(({ timings }) => [timings?.startedAt ?? "", timings?.finishedAt ?? ""]).flat();
    expect(times).toEqual(times.toSorted());
    expect(each.map(({ server }) => server?.id)).toEqual(ids());
    const sent = each.map(({ requests }) => requests?.total ?? NaN);
    expect(all.requests.total).toBe(proxy.log.length);
    expect(sent.reduce((sum, requests) => sum + requests, 0)).toBeLessThan(proxy.log.length);
    expect(proxy.log.filter(({ service, path }) => service === "identity" && path.endsWith("/tokens"))).toHaveLength(1);
    expect(await readdir(records)).toEqual(
      ids()
        .flatMap((id) => [`live-migrate-${id}.html`, `live-migrate-${id}.json`])
        .toSorted(),
    );
    const [first, second, third] = made.map(({ volumeIds }) => volumeIds.length);
    expect(await truths()).toEqual([
      wholeOn("node-03", first ?? 0),
      wholeOn("node-02", second ?? 0),
      wholeOn("node-03", third ?? 0),
    ]);

    setPace(undefined, failing);
    const again = await run("--host", "node-03");
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.all.servers.map(({ result }) => result)).toEqual(["already-there", "migrated", "already-there"]);
    expect(await truths()).toEqual(allOn("node-03"));
    expect(await moves()).toEqual([1, 2, 1]);
  });

  it("at a time: an interrupt stops watching and starts no other server; the same command continues", async () => {
    for (const id of ids()) setPace({ seconds: 120 }, id);
    const events = join(folder, "events.jsonl");
    const running = start("--host", "node-04", "--parallel", "2", "--events", events);
    // All three are on one host, which sends one at a time.
    await Promise.all(
      ids()
        .slice(0, 2)
        .map((id) => recorded(cloud, id, "queued", "preparing", "running")),
    );
    running.kill("SIGINT");
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(6);
    expect(stderr).toMatch(/^Stopped watching.* to resume. Press Ctrl-C again .* abort the running ones/m);
    const { each, all } = severalIn(stdout);
    expect(each.map(({ outcome }) => outcome)).toEqual(["still-running", "still-running"]);
    expect(all.servers.map(({ result, exitCode: code }) => [result, code])).toEqual([
      ["still-running", 6],
      ["still-running", 6],
      ["not-begun", 3],
    ]);
    expect(all.summary).toMatch(
      /2 still running, or not verified yet: .*1 not started: several-3\. Run the same command again to continue with them$/,
    );
    expect(await moves()).toEqual([1, 1, 0]);
    const [first = "", second = "", third = ""] = ids();
    const happened = (await readFile(events, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => EventSchema.parse(JSON.parse(line)));
    const of = (id: string | null) =>
      happened
        .filter((one) => ("server" in one ? one.server?.id === id : id === null))
        .map((one) => ("exitCode" in one ? `${one.event} ${one.exitCode}` : one.event))
        .filter((event) => event !== "message" && event !== "phase");
    expect([first, second, third, null].map(of)).toEqual([
      ["started", "finished 6"],
      ["started", "finished 6"],
      ["not-begun"],
      ["exit 6"],
    ]);

    for (const id of ids()) setPace({ seconds: 0.1 }, id);
    const again = await run("--host", "node-04", "--parallel", "2");
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.all.servers.map(({ result }) => result)).toEqual(["migrated", "migrated", "migrated"]);
    const adopted = new Map(again.each.map((record) => [record.server?.id, record.adopted]));
    expect(ids().map((id) => adopted.get(id))).toEqual([true, true, false]);
    expect(await truths()).toEqual(allOn("node-04"));
    expect(await moves()).toEqual([1, 1, 1]);
  });

  it("at a time: two interrupts abort all that are under way, and verify each on its source", async () => {
    for (const id of ids()) setPace({ seconds: 120 }, id);
    const running = start("--host", "node-03", "--parallel", "3");
    await Promise.all(ids().map((id) => recorded(cloud, id, "queued", "running")));
    running.kill("SIGINT");
    setTimeout(() => running.kill("SIGINT"), 200);
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(4);
    expect(stderr.match(/^several-\d: abort of migration \d+: accepted/gm)).toHaveLength(3);
    const { each } = severalIn(stdout);
    expect(each.map(({ migration }) => migration?.status)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(await truths()).toEqual(allOn("node-04"));
    expect(await moves()).toEqual([1, 1, 1]);
  });

  it("with --stop-on-failure none is begun after one that failed", async () => {
    setPace({ fail_pre: "no such bridge" }, ids()[0]);
    const { exitCode, stderr, each, all } = await run("--host", "node-03", "--stop-on-failure");
    expect(exitCode, stderr).toBe(4);
    expect(each.map(({ outcome }) => outcome)).toEqual(["failed"]);
    expect(all.servers.map(({ result }) => result)).toEqual(["failed", "not-begun", "not-begun"]);
    expect(await truths()).toEqual(allOn("node-04"));
    expect(await moves()).toEqual([1, 0, 0]);
  });

  it("are all found before any is moved: a name that is wrong is bad input", async () => {
    const { exitCode, stdout, stderr } = await start("no-such-server", "--host", "node-03").ended;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/SERVER \(no-such-server\): no server has the id or name/);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "bad-input", problems: [{ value: "no-such-server" }] } });
    expect(await moves()).toEqual([0, 0, 0]);
  });
});
