import { describe, expect, it } from "vitest";
import type { MaintenanceDocument } from "../../../../migration/contract/maintenance.ts";
import type { MaintenanceRequest } from "../../../../migration/contract/maintenance-request.ts";
import { maintain } from "../../../../migration/hosts/maintain/maintain.ts";
import { NO_REVIEW, type Review } from "../../../../migration/hosts/maintain/since-review.ts";
import { fit } from "../../../../review/comment/fit.ts";
import { upComment } from "../../../../review/up/comment.ts";
import { readResult } from "../../../../review/up/records.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { FleetModel } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

const REQUEST: MaintenanceRequest = { "node-01": { reason: "kernel upgrade" } };
const journal = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(false),
  remove: () => Promise.resolve(),
};

function fleet(): FleetModel {
  const model = new FleetModel(new FakeClock());
  for (const n of [1, 2]) model.add(n, "node-01");
  return model;
}
const run = (model: FleetModel, request = REQUEST, review: Review = NO_REVIEW) =>
  maintain(request, { ...model.context(), journal, previous: null, owner: null, review });

const comment = (document: MaintenanceDocument) => {
  const results = [readResult(JSON.stringify(document), "live-migrate-maintenance.json")];
  const log = { resources: [], diagnostics: [] };
  return fit(upComment({ stack: "prod", results, log, exitCode: document.exitCode === 0 ? 0 : 255 }));
};

describe("the comment on an `up` with a maintenance", () => {
  it("says that the host is proven empty, and what differs from the review", async () => {
    const model = fleet();
    const hosts = new Map([
      [
        "node-01",
        [
          { id: uuid(1), name: "vm1" },
          { id: uuid(9), name: "vm9" },
        ],
      ],
    ]);
    const request = { "node-01": { reason: "x", unreviewed: "move" as const } };
    const text = comment(await run(model, request, { given: true, plan: { moves: [], stays: [] }, hosts }));
    expect(text).toMatch(/### ✅ `prod`: 1 host is proven empty\n/);
    expect(text).toContain(
      "| `node-01` | ✅ proven empty | 2 | 0 | appeared: `vm2`; gone: `vm9` | not measured | 20.0 s |",
    );
  });

  it("names what is left on a host that is not empty, with its fix, and is not good", async () => {
    const model = fleet();
    model.endings.set(uuid(1), ["failed"]);
    const text = comment(await run(model));
    expect(text).toMatch(/### ⛔ `prod`: `pulumi up` failed; 1 host is NOT as requested/);
    expect(text).toMatch(/- `node-01`, `vm1`: [^\n]*\*\*Fix:\*\*/);
    expect(text).toContain("| `node-01` | ⛔ not empty |");
  });

  it("says why a maintenance was refused", async () => {
    const model = fleet();
    model.change(uuid(2), { status: "ERROR" });
    const text = comment(await run(model));
    expect(text).toContain("refused before anything was changed");
    expect(text).toMatch(/- `vm2`: [^\n]*ERROR[^\n]*\*\*Fix:\*\*/);
  });
});
