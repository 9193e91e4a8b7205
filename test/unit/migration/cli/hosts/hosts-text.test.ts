import { describe, expect, it } from "vitest";
import {
  describeDrain,
  describeDrainPlan,
  describeHosts,
  describeRestore,
} from "../../../../../migration/cli/hosts/hosts-text.ts";
import { drain, previewDrain } from "../../../../../migration/hosts/drain.ts";
import { drainPlanDocument } from "../../../../../migration/hosts/drain-document.ts";
import { HostJournal } from "../../../../../migration/hosts/restore/host-journal.ts";
import { inventory } from "../../../../../migration/hosts/inventory.ts";
import { restore } from "../../../../../migration/hosts/restore/restore.ts";
import { FakeClock } from "../../../../support/engine/fake-clock.ts";
import { FleetModel } from "../../../../support/hosts/fleet-model.ts";
import { OPTIONS } from "../../../../support/hosts/fleet-samples.ts";
import { tempPath } from "../../../../support/temp-folder.ts";

const fleet = () => {
  const model = new FleetModel(new FakeClock(), 3);
  model.add(1, "node-01");
  model.add(2, "node-01", { status: "SHUTOFF", vmState: "stopped", running: false });
  return model;
};

describe("what people read", () => {
  it("of a plan: each move, each server that stays, how full the targets get", async () => {
    const model = fleet();
    model.add(3, "node-01", { status: "ERROR", vmState: "error" });
    const { plan, findings } = await previewDrain(OPTIONS, model.context());
    expect(describeDrainPlan(drainPlanDocument(plan, findings, OPTIONS))).toEqual([
      "node-01: 2 servers to move, about 30 s; 1 cannot be moved; a drain would be refused",
      "  vm1: node-01 → node-02; 1024 MiB; live, volume-backed; about 10 s",
      "  vm2: node-01 → node-03; 1024 MiB; cold; about 20 s",
      expect.stringMatching(/^ {2}vm3: stays on node-01; blocker: server .*this one is ERROR\. Fix: find out why/),
      "  node-02: 1 arrive; VCPU 0 → 1 of 640, MEMORY_MB 0 → 1024 of 16384",
      "  node-03: 1 arrive; VCPU 0 → 1 of 640, MEMORY_MB 0 → 1024 of 16384",
    ]);
  });

  it("of a drain: what is left with its fix, what was not checked, the summary last", async () => {
    const model = fleet();
    model.placement = { readable: false, reason: "placement answers 403" };
    const lines = describeDrain(await drain({ ...OPTIONS, stopped: "leave" }, model.context()));
    expect(lines.slice(-4)).toEqual([
      "    no-servers: FAILED: 1: vm2 (see the leftovers)",
      "    no-allocations: not checked: not visible (placement answers 403)",
      expect.stringMatching(
        /^ {4}server vm2 \(.*\), SHUTOFF: it is shut off, and was left as requested\. Fix: run the drain/,
      ),
      expect.stringContaining("node-01 is NOT empty: 1 left, 1 of them as requested"),
    ]);
  });

  it("of the hosts: a table, and whose maintenance it is", async () => {
    const model = fleet();
    model.setHost("node-02", { enabled: false, disabledReason: "broken fan" });
    const lines = describeHosts(await inventory([], model.context()));
    expect(lines[0]).toMatch(/^HOST +ZONE +STATE +SERVERS +FREE +AGENTS +MOVES +DISABLED$/);
    expect(lines[1]).toMatch(/^node-01 +nova +up +1 ACTIVE, 1 SHUTOFF +14336 MiB, 638 VCPU +0 alive +0 out, 0 in$/);
    expect(lines[2]).toMatch(/^node-02 +nova +up, disabled +none .* by others: broken fan$/);
  });

  it("of a restore: why a host is not ready", async () => {
    const model = fleet();
    model.setHost("node-01", { up: false });
    const options = { hosts: ["node-01"], return: false, since: null, parallel: 1, stopAfter: 1, readySeconds: 5 };
    const journal = new HostJournal({ XDG_STATE_HOME: tempPath("hosts") });
    expect(describeRestore(await restore(options, model.context(), journal))).toEqual([
      "    service-up: FAILED: down (nova-compute does not report: start it, or look in its log)",
      "    agents-alive: not checked: not visible (Neutron lists no agent of this host)",
      "node-01 is NOT ready and enabled: service-up (down)",
    ]);
  });
});
