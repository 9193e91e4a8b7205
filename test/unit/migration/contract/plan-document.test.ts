import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../migration/contract/plan-document.ts";
import type { MigrationRequestInput } from "../../../../migration/contract/request.ts";
import { known, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { plan, planDocument } from "../../../../migration/plan/plan.ts";
import { entry, request, server, snapshot } from "../../../support/engine/samples.ts";

describe("the plan document", () => {
  const of = (facts: Partial<Snapshot>, changes: Partial<MigrationRequestInput> = {}, on?: string) => {
    const all = snapshot(facts, on);
    return planDocument(plan(request(changes), all), all);
  };
  const migrating = { server: server({ taskState: "migrating" }) };

  it("has everything that a machine wants", () => {
    expect(of({}, { zone: "nova2" })).toEqual({
      schemaVersion: 1,
      action: "migrate",
      server: { id: server().id, name: "admin_vm01" },
      source: { host: "node-28", hypervisorHostname: "node-28.example", availabilityZone: "nova" },
      destination: { host: "node-31", hypervisorHostname: "node-31.example", availabilityZone: "nova2" },
      why: "the least loaded of nova2 that can take it",
      method: "compute 2.96, host validated by the scheduler",
      kind: "live-volume-backed",
      estimateSeconds: 10,
      timeoutSeconds: 1600,
      findings: [],
    });
  });

  it.each([
    [
      "migrate",
      of({}),
      "node-28 (nova) → node-31 (nova2); live, volume-backed; about 10 s; compute 2.96, host validated by the scheduler",
    ],
    ["nothing", of({}, {}, "node-31"), "on node-31 (nova2) already"],
    [
      "adopt",
      of({ ...migrating, migrations: known([entry({ status: "running" })]) }),
      "on its way to node-31 (nova2); a run would watch and verify it",
    ],
    [
      "look-again",
      of(migrating),
      "a migration is running or has just ended, and the cloud does not report all of it yet",
    ],
    ["refuse", of({}, { host: "mars" }), "would not be moved from node-28 (nova)"],
  ])("says in one line: %s", (action, document, line) => {
    expect(document.action).toBe(action);
    expect(describePlan(document)).toBe(`admin_vm01: ${line}`);
  });
});
