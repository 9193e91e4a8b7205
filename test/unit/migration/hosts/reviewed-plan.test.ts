import { describe, expect, it } from "vitest";
import type { ServerFacts } from "../../../../migration/cloud/snapshot.ts";
import { previewDrain } from "../../../../migration/hosts/drain.ts";
import { drainPlanDocument } from "../../../../migration/hosts/drain-document.ts";
import type { DrainOptions, Review } from "../../../../migration/hosts/drain-options.ts";
import type { FleetModel } from "../../../support/hosts/fleet-model.ts";
import { fleet, runDrain as run } from "../../../support/hosts/drained.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";

async function reviewed(model: FleetModel, unreviewed: Review["unreviewed"] = "move"): Promise<Review> {
  const { plan, findings } = await previewDrain(OPTIONS, model.context());
  return { plan: drainPlanDocument(plan, findings, OPTIONS), unreviewed };
}
const changed = ({ changes = [] }: Awaited<ReturnType<typeof run>>) =>
  changes.map(({ server, change }) => `${server.name} ${change}`);

describe("a drain of a plan that was reviewed", () => {
  it("says nothing where nothing has changed", async () => {
    const model = fleet(3);
    const done = await run(model, { review: await reviewed(model) });
    expect([done.exitCode, done.changes]).toEqual([0, []]);
  });

  it("says which servers appeared, disappeared, go elsewhere, or move in another way", async () => {
    const model = fleet(3);
    const review = await reviewed(model);
    model.add(9, "node-01");
    model.tenants.delete(uuid(1));
    model.change(uuid(2), { status: "SHUTOFF", vmState: "stopped", running: false });
    model.setHost("node-04", { enabled: false, disabledReason: "theirs" });
    const done = await run(model, { review });
    expect(changed(done).sort()).toEqual(["vm1 disappeared", "vm2 kind", "vm3 target", "vm9 appeared"]);
    expect(done.told).toContain("vm9 on node-01 appeared since the review: it moves to node-02, live, volume-backed");
    expect(done.exitCode).toBe(0);
  });

  it("is refused before anything is changed if nobody has reviewed a move, and that was asked for", async () => {
    const model = fleet(2);
    const review = await reviewed(model, "refuse");
    model.add(9, "node-01");
    const done = await run(model, { review });
    expect([done.exitCode, model.log, done.stays.map(({ why }) => why)]).toEqual([3, [], ["unreviewed"]]);
    expect(done.summary).toContain("vm9");
  });

  it("leaves them where they are if that was asked for: the host is not empty", async () => {
    const model = fleet(2);
    const review = await reviewed(model, "leave");
    model.add(9, "node-01");
    const done = await run(model, { review });
    expect([done.exitCode, model.on("node-01").length, done.moves.length]).toEqual([5, 1, 2]);
    expect(done.hosts[0]?.leftovers).toMatchObject([{ name: "vm9", asRequested: true }]);
  });

  it("moves late arrivals only if nobody has to review them", async () => {
    const late = async (unreviewed: Review["unreviewed"]) => {
      const model = fleet(2);
      const review = await reviewed(model, unreviewed);
      model.before = (call) => {
        if (call === `begin ${uuid(2)}` && !model.tenants.has(uuid(9))) model.add(9, "node-01");
      };
      const done = await run(model, { review });
      return [done.exitCode, ...changed(done)];
    };
    expect(await late("move")).toEqual([0, "vm9 appeared"]);
    expect(await late("refuse")).toEqual([5, "vm9 appeared"]);
  });

  it("moves a server that could not be moved when it was reviewed, once it can move live; stopped for it, it is not", async () => {
    const after = async (now: Partial<ServerFacts>, options: Partial<DrainOptions> = {}) => {
      const model = fleet(2);
      model.change(uuid(2), { taskState: "image_snapshot" });
      const review = await reviewed(model, "refuse");
      model.change(uuid(2), { taskState: null, ...now });
      const done = await run(model, { review, ...options });
      return [
        done.exitCode,
        ...changed(done),
        ...model
          .on("node-01")
          .map(({ facts }) => facts.name)
          .sort(),
      ];
    };
    expect(await after({})).toEqual([0, "vm2 moves"]);
    const off = { status: "SHUTOFF", vmState: "stopped", running: false };
    expect(await after(off)).toEqual([3, "vm2 moves", "vm1", "vm2"]);
    // Who reviewed that it is left may not find it gone.
    expect(await after({}, { notMovable: "leave" })).toEqual([3, "vm2 moves", "vm1", "vm2"]);
  });

  it("does not take for a change what an earlier run of it has moved", async () => {
    const model = fleet(3);
    const review = await reviewed(model);
    model.killAt = `end ${uuid(2)}`;
    await expect(run(model, { review })).rejects.toThrow();
    model.killAt = undefined;
    const done = await run(model, { review });
    expect([done.exitCode, changed(done).filter((line) => line.includes("disappeared"))]).toEqual([0, []]);
  });
});
