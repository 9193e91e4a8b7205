import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { judgeMaintenance } from "../../../../components/preview/maintenance-verdict.ts";
import type { MaintenancePlanFile } from "../../../../components/preview/maintenance-plan-file.ts";
import type { MaintenanceRequest } from "../../../../migration/contract/maintenance-request.ts";
import { planMaintenance } from "../../../../migration/hosts/maintain/plan-maintenance.ts";
import { COMMENT_LIMIT, fit } from "../../../../review/comment/fit.ts";
import { plansInComment } from "../../../../review/preview/reviewed-plan.ts";
import { reviewOf, sinceReview } from "../../../../migration/hosts/maintain/since-review.ts";
import { previewComment } from "../../../../review/preview/comment.ts";
import { readPreview } from "../../../../review/preview/document.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { FleetModel } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

const URN = "urn:pulumi:prod::p::openstack-live-migration:index:HostMaintenance::maintenance";
const COMMAND = URN.replace("HostMaintenance", "HostMaintenance$command:local:Command");
const REQUEST: MaintenanceRequest = { "node-01": { reason: "kernel upgrade, CHG-1234" } };

function fleet(servers: number): FleetModel {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= servers; n += 1) model.add(n, "node-01", {}, 16);
  return model;
}

/** The comment on a preview that begins a maintenance. */
async function comment(model: FleetModel, { own = [], op = "create", exitCode = 0 }: Options = {}): Promise<string> {
  const plan = await planMaintenance(REQUEST, model.context());
  const judged = judgeMaintenance({
    name: "maintenance",
    request: REQUEST,
    last: null,
    plan: { known: true, value: plan },
    own: new Set(own),
  });
  const file = { ...judged.plan, urn: URN } as MaintenancePlanFile;
  const diagnostics = judged.lines.map(({ level, text }) => ({
    urn: URN,
    severity: level === "warn" ? "warning" : "info",
    message: level === "warn" ? `warning: ${text}` : text,
  }));
  return shown({ steps: [{ op, urn: COMMAND, newState: { custom: true } }], diagnostics }, [file], exitCode);
}

interface Options {
  /** Ids of the stack's servers. */
  own?: string[];
  op?: string;
  exitCode?: number;
}

const shown = (document: object, maintenances: MaintenancePlanFile[], exitCode = 0): string => {
  const plans = { files: [], maintenances, problems: [] };
  const read = readPreview(JSON.stringify(document), (text) => text);
  return fit(previewComment({ stack: "prod", document: read, plans, exitCode }));
};

describe("the comment on a preview of a maintenance", () => {
  it("shows the host, the room of the targets for all of them, each server, and whose it is", async () => {
    const text = await comment(fleet(2), { own: [uuid(1)] });
    expect(text).toMatch(/### ✅ `prod`: 1 host will be emptied\n/);
    expect(text).toContain(
      "- `node-01` (zone `nova`): kernel upgrade, CHG-1234. 2 servers: 2 to move, 0 that stay; 1 of them is not of this stack.",
    );
    expect(text).toContain("The other hosts have room for all of them together. The drain takes about 18 s.");
    expect(text).toMatch(/\| `node-02` \| `nova` \| 1 \| `VCPU` 0 → 1 of 640, `MEMORY_MB` 0 → 16 of 16384 \|/);
    expect(text).toMatch(/\| `vm1` \| `node-01` → `node-02` \| live, volume-backed \| 9 s \|/);
    expect(text).toMatch(/\| `vm2` \(not of this stack\) \|/);
    expect(text).toMatch(/==>\|"vm1"\|/);
    // What the plan says is not said twice.
    expect(text).not.toContain("What the preview said");
  });

  it("is not good if a server cannot be moved: it says which, why and what to do, before all else", async () => {
    const model = fleet(3);
    model.change(uuid(2), { status: "ERROR" });
    const text = await comment(model);
    expect(text).toMatch(/### ⚠️ `prod`: 1 maintenance would be refused now/);
    expect(text.indexOf("What blocks the maintenance")).toBeLessThan(text.indexOf("#### Maintenance\n"));
    expect(text).toMatch(/- `vm2`, `[^\n]*ERROR[^\n]*\*\*Fix:\*\*/);
    expect(text).toMatch(/\| `vm2` \(not of this stack\) \| `node-01` \| `ERROR` \|/);
    expect(text).toContain("would be **refused** as things are now");
    expect(text).toContain("cannot be moved");
  });

  it("stays within the limit with 300 servers, names each of them, and hides no problem behind them", async () => {
    const model = fleet(300);
    for (let n = 1; n <= 150; n += 1) model.change(uuid(n), { status: "SUSPENDED" });
    model.change(uuid(300), { status: "ERROR" });
    const text = await comment(model);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toMatch(/- 150 servers \(`vm1`, [^\n]*, and 130 more\)/);
    expect(text).toMatch(/- `vm300`, [^\n]*ERROR/);
    expect(text).toContain("<summary>All 149 servers that move</summary>");
    const whole = await comment(fleet(300));
    expect(Buffer.byteLength(whole)).toBeLessThanOrEqual(COMMENT_LIMIT);
    for (let n = 1; n <= 300; n += 1) expect(whole).toContain(`\`vm${n}\``);
  });

  it("holds what it showed, by which the next `up` tells what has changed since", async () => {
    const model = fleet(300);
    const shown = plansInComment(await comment(model)) ?? [];
    expect(shown[0]?.moves.map(({ server, to }) => [server.name, to])).toContainEqual(["vm300", "node-04"]);
    const review = reviewOf(shown.map((plan) => JSON.stringify(plan)));
    const { appeared, reviewed } = sinceReview("node-01", review, [{ id: uuid(7), name: "vm7" }], new Set());
    expect([reviewed, appeared]).toEqual([300, []]);
    expect(plansInComment(await comment(fleet(0)))?.[0]?.moves).toEqual([]);
  });

  it("holds an empty review of a maintenance that was not checked, and none where there is no maintenance", () => {
    const step = { op: "create", urn: COMMAND, newState: { custom: true } };
    expect(plansInComment(shown({ steps: [step], diagnostics: [] }, []))).toEqual([]);
    const messages = ["not checked: the cloud does not answer"];
    const diagnostics = messages.map((message) => ({ urn: URN, severity: "warning", message: `warning: ${message}` }));
    const file: MaintenancePlanFile = {
      schemaVersion: 1,
      document: "maintenance-not-checked",
      urn: URN,
      hosts: ["node-01"],
      reason: "the cloud does not answer",
      ends: [],
      messages,
    };
    const text = shown({ steps: [step], diagnostics }, [file]);
    expect(text).toContain("was **not checked**: the cloud does not answer");
    expect(plansInComment(text)).toEqual([]);
    expect(plansInComment(shown({ steps: [], diagnostics: [] }, []))).toBeUndefined();
    expect(plansInComment(shown({ steps: [{ ...step, op: "delete", oldState: {} }], diagnostics: [] }, []))).toEqual(
      [],
    );
  });

  it("keeps what was reviewed where the comment has to be cut, whatever else the preview says", async () => {
    const plan = await planMaintenance(REQUEST, fleet(300).context());
    const file: MaintenancePlanFile = { ...plan, urn: URN, unmanaged: [], ends: [], messages: ["said"] };
    const errors = Array.from({ length: 50 }, () => ({ severity: "error", message: "x".repeat(2000) }));
    const diagnostics = [{ urn: URN, severity: "info", message: "said" }, ...errors];
    const step = { op: "create", urn: COMMAND, newState: { custom: true } };
    const text = shown({ steps: [step], diagnostics }, [file]);
    expect(text).toContain("_Cut to the size of a comment");
    expect(plansInComment(text)?.[0]?.moves).toHaveLength(300);
  });

  it("is not read where it would unpack to more than any review", () => {
    const bomb = deflateRawSync(Buffer.alloc(17 * 2 ** 20)).toString("base64");
    expect(() => plansInComment(`<!-- openstack-live-migration:reviewed ${bomb} -->`)).toThrow("larger than");
  });

  it("does not call a maintenance checked that left no plan, or one of another preview", async () => {
    const step = { steps: [{ op: "create", urn: COMMAND, newState: { custom: true } }], diagnostics: [] };
    const none = shown(step, []);
    expect(none).toMatch(/### ⚠️ `prod`: 1 maintenance was not checked/);
    const plan = await planMaintenance(REQUEST, fleet(1).context());
    const old = { ...plan, urn: URN, unmanaged: [], ends: [], messages: ["said by another preview"] };
    expect(shown(step, [old])).toBe(none);
  });

  it("says that a maintenance ends, and counts that as no loss", () => {
    const environment = {
      LIVE_MIGRATE_MAINTENANCE: '{"node-01":{"reason":"x"},"node-02":{"reason":"y","return":false}}',
    };
    const steps = [{ op: "delete", urn: COMMAND, oldState: { custom: true, inputs: { environment } } }];
    const text = shown({ steps, diagnostics: [] }, []);
    expect(text).toMatch(/### ✅ `prod`: 2 maintenances end\n/);
    expect(text).toContain(
      "- The maintenance of `node-01` ends: it is enabled once it is ready, and its servers come home.",
    );
    expect(text).toContain("- The maintenance of `node-02` ends: it is enabled once it is ready.");
    expect(text).not.toContain("CAUTION");
  });
});
