import { describe, expect, it } from "vitest";
import { drainPlanDocument } from "../../../../migration/hosts/drain-document.ts";
import { hostsOfZone } from "../../../../migration/hosts/close-hosts.ts";
import { previewDrain } from "../../../../migration/hosts/drain.ts";
import type { DrainOptions } from "../../../../migration/hosts/drain-options.ts";
import { describeDrainPlan } from "../../../../migration/cli/hosts/hosts-text.ts";
import type { FleetModel } from "../../../support/hosts/fleet-model.ts";
import { fleet, OURS, runDrain as run } from "../../../support/hosts/drained.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";

/** Nova moves it cold, and never live: its memory is encrypted. */
const encrypted = (model: FleetModel, n: number) => {
  const id = model.add(n, "node-01");
  const flavor = model.tenants.get(id)?.facts.flavor;
  if (flavor) model.change(id, { flavor: { ...flavor, extraSpecs: { "hw:mem_encryption": "true" } } });
  return id;
};
const preview = async (model: FleetModel, over: Partial<DrainOptions>) => {
  const options = { ...OPTIONS, ...over };
  const { plan, findings } = await previewDrain(options, model.context());
  return drainPlanDocument(plan, findings, options);
};

describe("a server that cannot move live", () => {
  it("is stopped, moved cold and started again if that was asked for, and the plan tells its user", async () => {
    const model = fleet(1);
    encrypted(model, 2);
    const plan = await preview(model, { notMovable: "stop" });
    expect([plan.exitCode, plan.summary]).toEqual([0, expect.stringContaining("1 of them stopped for it: vm2")]);
    const lines = describeDrainPlan(plan).join("\n");
    expect(lines).toContain("vm2: node-01 → node-03; 1024 MiB; STOPPED for it, and started again; cold");
    expect(lines).toMatch(/the guest is shut down for the move, and started on its destination; live it cannot move: /);
    const done = await run(model, { notMovable: "stop" });
    expect([done.exitCode, model.log.filter((line) => line.startsWith("vm"))]).toEqual([
      0,
      ["vm1 node-01 > node-02", "vm2 node-01 > node-03 stopped"],
    ]);
  });

  it("is not stopped while another target takes it live", async () => {
    const model = fleet(1);
    const hypervisor = model.hosts[1]?.hypervisor;
    if (!hypervisor) throw new Error("the model has no hypervisor");
    model.setHost("node-02", { hypervisor: { ...hypervisor, version: 1 } });
    const { moves } = await preview(model, { notMovable: "stop" });
    expect(moves).toMatchObject([{ to: "node-03", kind: "live-volume-backed" }]);
  });

  it("is never stopped unless asked for: the drain is refused", async () => {
    const model = fleet(1);
    encrypted(model, 2);
    expect([(await run(model)).exitCode, model.log]).toEqual([3, []]);
  });

  it("is refused all the same if it cannot move cold either", async () => {
    const model = fleet(1);
    model.add(2, "node-01", { status: "SUSPENDED", vmState: "suspended" });
    expect([(await run(model, { notMovable: "stop" })).exitCode, model.log]).toEqual([3, []]);
  });

  it("has a policy of its own if it is given one", async () => {
    const model = fleet(1);
    encrypted(model, 2);
    encrypted(model, 3);
    const done = await run(model, { notMovable: "leave", notMovableServers: { [uuid(3)]: "stop" } });
    expect([done.exitCode, model.places()]).toEqual([
      5,
      ["vm1 node-02", "vm2 node-01", expect.stringMatching(/vm3 node-0[34]/)],
    ]);
    const held = fleet(0);
    encrypted(held, 1);
    const refused = await run(held, { notMovable: "stop", notMovableServers: { [uuid(1)]: "refuse" } });
    expect([refused.exitCode, held.log]).toEqual([3, []]);
  });

  it("that was stopped for its move when the drain was killed is verified and confirmed", async () => {
    const model = fleet(0);
    model.setHost("node-01", OURS);
    const id = model.add(5, "node-03", { status: "VERIFY_RESIZE", vmState: "resized", running: true });
    model.migrated(id, "node-01", "node-03", { status: "finished", type: "migration" });
    expect((await run(model)).exitCode).toBe(3);
    const done = await run(model, { notMovable: "stop" });
    expect([done.exitCode, done.moves.map(({ server, to }) => `${server.name} ${to}`)]).toEqual([0, ["vm5 node-03"]]);
  });

  it("is warned of where its policy names no server of these hosts", async () => {
    const plan = await preview(fleet(1), { notMovableServers: { [uuid(9)]: "leave" } });
    expect([plan.exitCode, plan.findings.map(({ code }) => code)]).toEqual([0, ["server-not-there"]]);
  });
});

describe("targets", () => {
  it("are all hosts of the zone that is named, and no others", async () => {
    const model = fleet(3);
    model.setHost("node-04", { availabilityZone: "nova2" });
    const done = await run(model, { toZone: "nova2" });
    expect([done.exitCode, model.on("node-04").length]).toEqual([0, 3]);
    const wrong = await run(fleet(1), { toZone: "nova9" });
    expect([wrong.exitCode, wrong.findings[0]?.problem]).toEqual([3, "no compute host is in the zone nova9"]);
  });

  it("are filled no further than asked for", async () => {
    const model = fleet(4);
    model.memory = 2048;
    const { moves, stays } = await preview(model, { fillTo: 50 });
    expect([moves.length, stays[0]?.findings[0]?.value]).toEqual([
      3,
      expect.stringContaining("MEMORY_MB 1024 of 0 free below 50 %"),
    ]);
  });

  it("take at most two servers at a time, or as many as asked for", async () => {
    const most = async (perTarget?: number) => {
      const model = fleet(0);
      for (let n = 1; n <= 9; n += 1) model.add(n, `node-0${(n % 3) + 1}`);
      let [now, top] = [0, 0];
      const options = {
        hosts: ["node-01", "node-02", "node-03"],
        canary: 0,
        ...(perTarget !== undefined && { perTarget }),
      };
      const done = await run(model, options, {
        move: async (request) => {
          now += 1;
          top = Math.max(top, now);
          await new Promise((resolve) => setTimeout(resolve, 1));
          const end = await model.move(request);
          now -= 1;
          return end;
        },
      });
      return [done.exitCode, top];
    };
    expect(await most()).toEqual([0, 2]);
    expect(await most(3)).toEqual([0, 3]);
  });
});

describe("the hosts of a zone", () => {
  const { hosts } = fleet(0);
  it("are all of its compute hosts", () => {
    expect(hostsOfZone({ entries: hosts }, "nova")).toEqual(["node-01", "node-02", "node-03", "node-04"]);
  });

  it("are not known if there are none, or not all can be read", () => {
    expect(() => hostsOfZone({ entries: hosts }, "nova9")).toThrow("no compute host is in this zone");
    expect(() => hostsOfZone({ entries: hosts, gap: "a cell is down" }, "nova")).toThrow("a cell is down");
  });
});
