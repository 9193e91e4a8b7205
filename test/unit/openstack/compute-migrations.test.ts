import { describe, expect, it } from "vitest";
import type { Microversion } from "../../../openstack/http/microversion.ts";
import { mockCloud } from "../../support/http/mock-cloud.ts";
import type { MockCloud } from "../../support/http/mock-cloud.ts";
import { fixture } from "./fixture.ts";

const ID = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
const cloudAt = (max: Microversion): MockCloud => mockCloud({ microversions: { compute: { min: "2.1", max } } });
const versionOf = (mock: MockCloud) => mock.calls.at(-1)?.headers["openstack-api-version"];

describe("migrations", () => {
  it("are read from history, without counters", async () => {
    const mock = mockCloud().answer("compute", "GET /os-migrations", { body: fixture("migrations-2.93") });
    const migrations = await mock.cloud.compute.getMigrations({
      instanceId: ID,
      migrationType: "live-migration",
      limit: 2,
    });
    expect(migrations).toMatchObject([
      {
        id: 1,
        uuid: "5c9bb8a9-35ab-4b4e-8ec9-d1dc36514d7d",
        status: "completed",
        type: "live-migration",
        sourceCompute: "node-28",
        destCompute: "node-31",
        instanceUuid: ID,
        createdAt: "2026-11-23T20:40:21.000000Z",
        memoryTotalBytes: undefined,
      },
    ]);
    expect(mock.log("compute")).toEqual([
      `GET /os-migrations?instance_uuid=${ID}&migration_type=live-migration&limit=2`,
    ]);
  });

  it("are cut to the limit here where Nova knows none", async () => {
    const [one] = (fixture("migrations-2.93") as { migrations: unknown[] }).migrations;
    const mock = cloudAt("2.58").answer("compute", "GET /os-migrations", { body: { migrations: [one, one, one] } });
    expect(await mock.cloud.compute.getMigrations({ limit: 2 })).toHaveLength(2);
    expect(mock.log("compute")).toEqual(["GET /os-migrations"]);
  });

  it("are read with counters while they run, and are undefined otherwise", async () => {
    const mock = mockCloud().answer(
      "compute",
      `GET /servers/${ID}/migrations/1`,
      { body: fixture("server-migration-2.93") },
      { status: 404, body: { itemNotFound: { message: "not in progress" } } },
    );
    expect(await mock.cloud.compute.getServerMigration(ID, 1)).toMatchObject({
      status: "running",
      instanceUuid: ID,
      memoryRemainingBytes: 0,
    });
    expect(await mock.cloud.compute.getServerMigration(ID, 1)).toBeUndefined();
  });

  it("start with the newest version of the cloud, or the one wanted", async () => {
    const mock = mockCloud().answer("compute", `POST /servers/${ID}/action`, {
      status: 202,
      headers: { "x-openstack-request-id": "req-bf70" },
    });
    expect(await mock.cloud.compute.liveMigrate(ID, { host: "node-31" })).toEqual({
      requestId: "req-bf70",
      microversion: "2.93",
    });
    expect(mock.calls.at(-1)?.body).toEqual({ "os-migrateLive": { host: "node-31", block_migration: "auto" } });
    await mock.cloud.compute.liveMigrate(ID, { host: "node-31", force: true, microversion: "2.67" });
    expect(versionOf(mock)).toBe("compute 2.67");
    expect(mock.calls.at(-1)?.body).toMatchObject({ "os-migrateLive": { force: true } });
  });

  it("are never started twice when the answer was lost", async () => {
    const mock = mockCloud().answer("compute", `POST /servers/${ID}/action`, { fail: "ECONNRESET" });
    await expect(mock.cloud.compute.liveMigrate(ID, { host: "node-31" })).rejects.toMatchObject({ ambiguous: true });
    expect(mock.log("compute")).toEqual([`POST /servers/${ID}/action`]);
  });

  it("can be aborted and forced to complete, on a cloud that can", async () => {
    const mock = mockCloud()
      .answer("compute", `DELETE /servers/${ID}/migrations/1`, { status: 202 })
      .answer("compute", `POST /servers/${ID}/migrations/1/action`, { status: 202 });
    await mock.cloud.compute.abortMigration(ID, 1);
    await mock.cloud.compute.forceCompleteMigration(ID, 1);
    expect(mock.calls.at(-1)?.body).toEqual({ force_complete: null });
    const old = cloudAt("2.21");
    await expect(old.cloud.compute.abortMigration(ID, 1)).rejects.toThrow("only 2.24 and newer abort a migration");
    await expect(old.cloud.compute.forceCompleteMigration(ID, 1)).rejects.toThrow(RangeError);
  });

  it("leave actions with events", async () => {
    const path = `GET /servers/${ID}/os-instance-actions/req-bf70498b`;
    const mock = mockCloud().answer("compute", path, { body: fixture("instance-action-2.93") }, { status: 404 });
    const action = await mock.cloud.compute.getInstanceAction(ID, "req-bf70498b");
    expect(action).toMatchObject({ action: "live-migration", startTime: "2026-11-23T20:40:21.000000Z" });
    expect(action?.events).toHaveLength(6);
    expect(action?.events.at(-2)).toEqual({
      event: "compute_check_can_live_migrate_destination",
      startTime: "2026-11-23T20:40:23.000000Z",
      finishTime: "2026-11-23T20:40:24.000000Z",
      result: "Success",
      details: undefined,
      traceback: undefined,
      host: "node-31",
    });
    expect(await mock.cloud.compute.getInstanceAction(ID, "req-bf70498b")).toBeUndefined();
  });
});

describe("the pinned zone", () => {
  it("is changed in the version that can", async () => {
    const mock = cloudAt("2.110").answer("compute", `PUT /servers/${ID}`, { body: {} });
    await mock.cloud.compute.setPinnedAvailabilityZone(ID, null);
    expect(versionOf(mock)).toBe("compute 2.104");
    expect(mock.calls.at(-1)?.body).toEqual({ server: { pinned_availability_zone: null } });
  });

  it("is not changed on an older cloud", async () => {
    const mock = cloudAt("2.103");
    await expect(mock.cloud.compute.setPinnedAvailabilityZone(ID, null)).rejects.toThrow("compute 2.103: only 2.104");
    expect(mock.log("compute")).toEqual([]);
  });
});

describe("the version", () => {
  it("is asked for once", async () => {
    const mock = mockCloud().answer("compute", "GET /os-aggregates", { body: { aggregates: [] } });
    await Promise.all([mock.cloud.compute.getAggregates(), mock.cloud.compute.getAggregates()]);
    expect(mock.events.filter(({ url }) => url.endsWith("/v2.1/"))).toHaveLength(1);
    expect(await mock.cloud.compute.range()).toEqual({ min: "2.1", max: "2.93" });
  });

  it("is never newer than what this client knows", async () => {
    const mock = cloudAt("2.150").answer("compute", "GET /os-aggregates", { body: { aggregates: [] } });
    await mock.cloud.compute.getAggregates();
    expect(versionOf(mock)).toBe("compute 2.104");
  });
});
