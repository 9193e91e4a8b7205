import { describe, expect, it } from "vitest";
import { known, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { describeStatus } from "../../../../migration/contract/status.ts";
import { statusOf } from "../../../../migration/engine/status.ts";
import { entry, server, snapshot } from "../../../support/engine/samples.ts";
import { ScriptedCloud } from "../../../support/engine/scripted-cloud.ts";

const MIB = 1024 * 1024;

describe("the status", () => {
  const statusIn = async (facts: Partial<Snapshot>) => {
    const counters = { status: "running", totalBytes: 10, processedBytes: 0, remainingBytes: 3.5 * MIB };
    const cloud = new ScriptedCloud({ resolveServer: ["id"], snapshot: [snapshot(facts)], counters: [counters] });
    return describeStatus(await statusOf(cloud, "vm"));
  };

  it("shows the place and the migration in flight", async () => {
    const lines = await statusIn({
      server: server({ status: "MIGRATING", taskState: "migrating" }),
      migrations: known([entry({ status: "running" })]),
    });
    expect(lines).toEqual([
      `admin_vm01 (${server().id}) is MIGRATING, task migrating on node-28 (nova)`,
      "migration 7 from node-28 to node-31: running, 4 MiB of memory remaining",
    ]);
  });

  it("shows the last migration, or none", async () => {
    expect((await statusIn({ migrations: known([entry()]) }))[1]).toBe(
      "migration 7 from node-28 to node-31: completed",
    );
    expect(await statusIn({})).toHaveLength(1);
  });
});
