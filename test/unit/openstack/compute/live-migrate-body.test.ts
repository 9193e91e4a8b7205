import { describe, expect, it } from "vitest";
import { liveMigrateBody } from "../../../../openstack/compute/live-migrate-body.ts";
import type { LiveMigrateOptions } from "../../../../openstack/compute/live-migrate-body.ts";
import type { Microversion } from "../../../../openstack/http/microversion.ts";

const host = "node-31";

describe("os-migrateLive", () => {
  it.each<[Microversion, LiveMigrateOptions, object]>([
    ["2.93", { host }, { host, block_migration: "auto" }],
    ["2.68", { host: null, blockMigration: false }, { host: null, block_migration: false }],
    ["2.67", { host, force: true }, { host, block_migration: "auto", force: true }],
    ["2.67", { host, force: false }, { host, block_migration: "auto" }],
    ["2.30", { host }, { host, block_migration: "auto" }],
    ["2.29", { host }, { host, block_migration: "auto" }],
    ["2.24", { host }, { host, block_migration: false, disk_over_commit: false }],
    ["2.1", { host, blockMigration: true }, { host, block_migration: true, disk_over_commit: false }],
  ])("at %s with %j is %j", (version, options, body) => {
    expect(liveMigrateBody(version, options)).toEqual({ "os-migrateLive": body });
  });

  it.each<[Microversion, LiveMigrateOptions]>([
    ["2.68", { host, force: true }],
    ["2.29", { host, force: true }],
    ["2.67", { host: null, force: true }],
    ["2.24", { host, blockMigration: "auto" }],
  ])("at %s cannot express %j", (version, options) => {
    expect(() => liveMigrateBody(version, options)).toThrow(RangeError);
  });
});
