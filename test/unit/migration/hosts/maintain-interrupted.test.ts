import { describe, expect, it } from "vitest";
import { markerText } from "../../../../migration/hosts/marker.ts";
import { Killed } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";
import { BOTH, fleet, MaintainedStack, on, states, UPGRADE } from "../../../support/hosts/maintained-stack.ts";

describe("a maintenance that does not come to its end", () => {
  it("opens the host whose drain failed once its entry is removed, though the state knows nothing of it", async () => {
    const model = fleet({ "node-01": 2, "node-02": 2 });
    const stack = new MaintainedStack(model);
    await stack.up(UPGRADE);
    model.killAt = `begin ${uuid(4)}`;
    await expect(stack.up(BOTH)).rejects.toThrow(Killed);
    model.killAt = undefined;
    expect(model.hosts.map(({ enabled }) => enabled)).toEqual([false, false, true, true]);
    stack.report();
    const done = await stack.up(UPGRADE);
    expect([done.exitCode, done.summary]).toEqual([0, expect.stringContaining("node-02 is open")]);
    expect(model.hosts.map(({ enabled }) => enabled)).toEqual([false, true, true, true]);
    expect(on(model, "node-01")).toEqual([]);
  });

  it("opens at its end what a failed drain has closed, and nothing that other stacks have", async () => {
    const model = fleet({ "node-01": 2, "node-02": 1 });
    model.setHost("node-03", {
      enabled: false,
      disabledReason: markerText({ since: "2026-11-30T10:00:00Z", after: 0, reason: "hosting/test/maintenance: x" }),
    });
    const stack = new MaintainedStack(model);
    model.killAt = `begin ${uuid(2)}`;
    await expect(stack.up(UPGRADE)).rejects.toThrow(Killed);
    model.killAt = undefined;
    stack.report();
    const ended = await stack.end({});
    expect([ended.exitCode, states(ended)]).toEqual([0, ["node-01 open"]]);
    expect(model.hosts.map(({ enabled }) => enabled)).toEqual([true, true, false, true]);
    expect(on(model, "node-01")).toEqual(["vm1", "vm2"]);
  });

  it("goes on after a kill, moves nothing twice, and remembers by Nova what the killed run has moved", async () => {
    const model = fleet({ "node-01": 3 });
    const stack = new MaintainedStack(model);
    model.killAt = `begin ${uuid(3)}`;
    await expect(stack.up(UPGRADE)).rejects.toThrow(Killed);
    model.killAt = undefined;
    const done = await stack.up(UPGRADE);
    expect([done.exitCode, states(done)]).toEqual([0, ["node-01 empty"]]);
    expect(done.hosts["node-01"]?.moved.map(({ server }) => server.name).sort()).toEqual(["vm1", "vm2", "vm3"]);
    const starts = model.log.filter((line) => line.includes(" > "));
    expect(new Set(starts.map((line) => line.split(" ")[0])).size).toBe(3);
    await stack.end(UPGRADE);
    expect(on(model, "node-01")).toEqual(["vm1", "vm2", "vm3"]);
  });

  it("brings home from another machine what a killed end has left, by the document of the state", async () => {
    const model = fleet({ "node-01": 3 });
    const stack = new MaintainedStack(model);
    await stack.up(UPGRADE);
    // The host was opened, and then the run was killed.
    model.setHost("node-01", { enabled: true, disabledReason: null });
    const ended = await stack.end(UPGRADE);
    expect([ended.exitCode, on(model, "node-01")]).toEqual([0, ["vm1", "vm2", "vm3"]]);
  });
});
