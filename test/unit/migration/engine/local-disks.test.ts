import { describe, expect, it } from "vitest";
import { known, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { awayFromHome } from "../../../../migration/engine/away.ts";
import { run } from "../../../../migration/engine/run.ts";
import { plan } from "../../../../migration/plan/plan.ts";
import type { Ending, MigrationScript } from "../../../support/engine/migration-script.ts";
import { recordOf } from "../../../support/engine/record.ts";
import {
  hostsWith,
  providerOf,
  request,
  RESOURCES,
  SERVER,
  server,
  snapshot,
} from "../../../support/engine/samples.ts";
import { scenarios } from "../../../support/engine/staged-run.ts";

const local = (script: Partial<MigrationScript> = {}) => {
  const staged = scenarios(script);
  staged.nova.image = "cirros";
  return staged;
};

describe("a server without volumes, which boots from an image", () => {
  it("is moved and verified, and its record has the kind", async () => {
    const { go, nova } = local();
    const record = await go();
    expect(record).toMatchObject({ outcome: "migrated", kind: "live-local-disks" });
    expect(record.checks).toContainEqual(expect.objectContaining({ check: "image", outcome: "passed" }));
    expect(record.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(nova.posts).toHaveLength(1);
    expect((await go()).kind).toBeNull();
  });

  it.each<Ending>(["pre-check", "rolled-back"])("is intact on its source after %s", async (ending) => {
    const record = await local({ ending }).go();
    expect(record).toMatchObject({ outcome: "failed", kind: "live-local-disks", current: { host: "node-28" } });
  });

  it.each<Ending>(["source-dies", "record-stays", "post-failure"])(
    "needs a human when the source dies, or anything else leaves it unclear: %s",
    async (ending) => {
      const { go } = local({ ending });
      expect((await go()).outcome).toBe("needs-attention");
    },
  );

  it("needs a human on the next run too, and nothing is sent", async () => {
    const { nova, context, clock, go } = local({ ending: "source-dies" });
    await go();
    await clock.sleep(3_600_000);
    const again = await run(request(), context);
    expect(again.outcome).toBe("needs-attention");
    expect(again.findings.map(({ code }) => code)).toContain("held-elsewhere");
    expect(nova.posts).toHaveLength(1);
  });

  it("is not called intact where Placement is not visible", async () => {
    const { nova, go } = local({ ending: "rolled-back" });
    nova.adjust = (facts) => ({ ...facts, allocations: { known: false, reason: "forbidden" } });
    expect((await go()).outcome).toBe("needs-attention");
  });
});

describe("a server without volumes whose Placement cannot be asked any more", () => {
  const lost = async (ending: Ending) => {
    const { nova, go } = local({ ending });
    nova.adjust = (facts) =>
      nova.posts.length === 0 ? facts : { ...facts, allocations: { known: false, reason: "503" } };
    return await go();
  };

  it("needs a human after a failure: nothing else excludes a guest on the destination", async () => {
    const record = await lost("rolled-back");
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain("could not be checked: allocations (503)");
  });

  it("is left open, as with volumes, when the move has completed", async () => {
    const record = await lost("completed");
    expect(record).toMatchObject({ outcome: "still-running", current: { host: "node-31" } });
    expect(record.summary).toMatch(/moved live .*, but not all of it could be verified: allocations \(503\)/);
  });
});

describe("what Placement holds of a server", () => {
  const elsewhere = { allocations: known({ [providerOf("node-31")]: RESOURCES }) };

  it("on another host is left to Cinder where there are volumes", () => {
    expect(plan(request(), snapshot(elsewhere)).action).toBe("migrate");
  });

  it("on another host stops the move of one without volumes", () => {
    const facts = { ...elsewhere, server: server({ image: "cirros", volumes: [] }) };
    const { action, findings } = plan(request(), snapshot(facts));
    expect(action).toBe("refuse");
    expect(findings.find(({ code }) => code === "held-elsewhere")).toMatchObject({
      severity: "blocker",
      value: "node-31",
    });
  });

  it("on two hosts stops it, too, where the hypervisor of its own is not visible", () => {
    const hosts = hostsWith("node-28", { hypervisor: null });
    const held = (...names: string[]) => known(Object.fromEntries(names.map((name) => [providerOf(name), RESOURCES])));
    const of = (allocations: Snapshot["allocations"]) =>
      plan(request(), snapshot({ hosts, allocations, server: server({ image: "cirros", volumes: [] }) })).findings;
    expect(of(held("node-28", "node-31")).map(({ code }) => code)).toContain("held-elsewhere");
    expect(of(held("node-28")).map(({ code }) => code)).not.toContain("held-elsewhere");
  });

  it("on another host is not covered by its own host's being closed", () => {
    const hosts = hostsWith("node-31", { enabled: false });
    const facts = snapshot({ ...elsewhere, hosts, server: server({ image: "cirros", volumes: [] }) });
    const previous = recordOf({ server: { id: SERVER, name: "admin_vm01" } });
    expect(awayFromHome(request(), facts, plan(request(), facts), previous)).toBeNull();
    const clean = { ...facts, allocations: known({ [providerOf("node-28")]: RESOURCES }) };
    expect(awayFromHome(request(), clean, plan(request(), clean), previous)).toMatchObject({ action: "nothing" });
  });
});
