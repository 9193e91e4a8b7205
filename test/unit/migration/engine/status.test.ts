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

  it("shows a cold migration that waits for a decision, and how to decide", async () => {
    const cold = entry({ id: 8, type: "migration", status: "finished" });
    const cloud = new ScriptedCloud({
      resolveServer: ["id"],
      snapshot: [
        snapshot({
          server: server({ status: "VERIFY_RESIZE", vmState: "resized", host: "node-31" }),
          migrations: known([entry()]),
          moves: known([cold, entry()]),
        }),
      ],
    });
    const status = await statusOf(cloud, "vm");
    expect(status).toMatchObject({ kind: "cold", migration: { id: 8, type: "migration", inFlight: false } });
    expect(describeStatus(status).at(-1)).toContain("`live-migrate confirm` verifies it and keeps it there");
  });

  it("names the kind of a server that is shut off", async () => {
    const off = snapshot({ server: server({ status: "SHUTOFF", vmState: "stopped" }) });
    const cloud = new ScriptedCloud({ resolveServer: ["id"], snapshot: [off] });
    expect((await statusOf(cloud, "vm")).kind).toBe("cold");
  });

  it("shows the last migration, or none", async () => {
    expect((await statusIn({ migrations: known([entry()]) }))[1]).toBe(
      "migration 7 from node-28 to node-31: completed",
    );
    expect(await statusIn({})).toHaveLength(1);
  });
});
