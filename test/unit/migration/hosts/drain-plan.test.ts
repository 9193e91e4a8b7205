import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { known, unknown, type GroupFacts } from "../../../../migration/cloud/snapshot.ts";
import { planDrain, type DrainServer } from "../../../../migration/hosts/plan/drain-plan.ts";
import type { DrainOptions } from "../../../../migration/hosts/drain-options.ts";
import type { HostService } from "../../../../migration/hosts/hosts-cloud.ts";
import { entry } from "../../../support/engine/samples.ts";
import {
  inGroup,
  OPTIONS,
  roomFor,
  seeing,
  service,
  services,
  uuid,
  waiting,
} from "../../../support/hosts/fleet-samples.ts";

const FOUR = services(4);
interface Planned extends Partial<DrainOptions> {
  fleet?: HostService[];
  /** Of each host, in MiB. */
  memory?: number;
  used?: Record<string, number>;
}
const planned = (servers: DrainServer[], { fleet = FOUR, memory = 8192, used = {}, ...options }: Planned = {}) =>
  planDrain(
    { hosts: fleet, servers: seeing(servers, fleet), room: roomFor(fleet, memory, used) },
    { ...OPTIONS, ...options },
  );
const where = ({ moves }: ReturnType<typeof planned>) => moves.map(({ server, to }) => `${server.name} ${to}`);
const why = ({ stays }: ReturnType<typeof planned>) =>
  stays.map(({ server, findings }) => [server.name, ...findings.map(({ code }) => code)].join(" "));

describe("a drain plan", () => {
  it("spreads servers of one size evenly, the lowest name first", () => {
    const plan = planned([1, 2, 3, 4].map((n) => waiting(n, "node-01")));
    expect(where(plan)).toEqual(["vm1 node-02", "vm2 node-03", "vm3 node-04", "vm4 node-02"]);
    expect(plan.targets[0]).toMatchObject({
      host: "node-02",
      arriving: 2,
      resources: { MEMORY_MB: { capacity: 8192, before: 0, after: 2048 } },
    });
  });

  it("moves the largest first, to where memory is least used", () => {
    const plan = planned([waiting(1, "node-01", {}, 512), waiting(2, "node-01", {}, 4096)], {
      used: { "node-02": 3000, "node-03": 1000, "node-04": 2000 },
    });
    expect(where(plan)).toEqual(["vm2 node-03", "vm1 node-04"]);
  });

  it("never goes onto a host that is drained itself, disabled, down, forced down or in maintenance", () => {
    const fleet = [
      ...services(2),
      service("node-03", { enabled: false }),
      service("node-04", { up: false }),
      service("node-05", { forcedDown: true }),
      service("node-06"),
    ];
    const plan = planned([waiting(1, "node-01"), waiting(2, "node-02")], { fleet, hosts: ["node-01", "node-02"] });
    expect(where(plan)).toEqual(["vm1 node-06", "vm2 node-06"]);
  });

  it("stays within the zone unless other zones are allowed, or a target is named", () => {
    const fleet = [service("node-01"), service("node-02", { availabilityZone: "nova2" })];
    const one = [waiting(1, "node-01")];
    const plan = planned(one, { fleet });
    expect(why(plan)).toEqual(["vm1 no-target"]);
    expect(plan.stays[0]?.findings[0]?.fix).toContain("`--to-other-zones`: node-02");
    expect(where(planned(one, { fleet, toOtherZones: true }))).toEqual(["vm1 node-02"]);
    expect(where(planned(one, { fleet, to: ["node-02"] }))).toEqual(["vm1 node-02"]);
  });

  it("leaves a pinned server in its zone, though a host of another one is less used", () => {
    const fleet = [service("node-01"), service("node-02"), service("node-03", { availabilityZone: "nova2" })];
    const pinned = waiting(1, "node-01", { pin: { known: true, zone: "nova" } });
    const used = { "node-02": 4000 };
    expect(where(planned([pinned], { fleet, used, toOtherZones: true }))).toEqual(["vm1 node-02"]);
  });

  it("says of a full fleet what each host lacks", () => {
    const plan = planned([waiting(1, "node-01", {}, 4096)], { memory: 2048 });
    expect(plan.stays[0]?.findings[0]?.value).toContain("node-02: MEMORY_MB 4096 of 2048 free");
  });

  it("counts what is planned before: the last of several finds no room", () => {
    const plan = planned(
      [1, 2, 3, 4].map((n) => waiting(n, "node-01")),
      { memory: 1500 },
    );
    expect(where(plan)).toHaveLength(3);
    expect(why(plan)).toEqual(["vm4 no-target"]);
  });

  it("keeps members of an anti-affinity group apart, also from those that the same plan brings", () => {
    const group = (self: number): GroupFacts => ({
      id: "g",
      name: "apart",
      policy: "anti-affinity",
      members: [1, 2, 3, 4]
        .filter((n) => n !== self)
        .map((n) => ({ id: uuid(n), name: `vm${n}`, host: n === 4 ? "node-02" : "node-01" })),
    });
    const members = [1, 2, 3].map((n) => inGroup(waiting(n, "node-01"), group(n)));
    const plan = planned(members, { used: { "node-04": 7000 } });
    expect(where(plan)).toEqual(["vm1 node-03", "vm2 node-04"]);
    expect(why(plan)).toEqual(["vm3 group-anti-affinity"]);
  });

  it("moves a server that is shut off cold, or leaves it as requested", () => {
    const off = () => [waiting(1, "node-01", { status: "SHUTOFF", vmState: "stopped", running: false })];
    expect(planned(off()).moves[0]).toMatchObject({ kind: "cold", adopt: false });
    const left = planned(off(), { stopped: "leave" });
    expect(left.stays).toMatchObject([{ why: "left", status: "SHUTOFF" }]);
  });

  it.each([
    ["ERROR", "error"],
    ["BUILD", "building"],
    ["SUSPENDED", "suspended"],
    ["RESCUE", "rescued"],
    ["VERIFY_RESIZE", "resized"],
    ["SHELVED", "shelved"],
  ])("says of a server in %s why it cannot be moved", (status, vmState) => {
    const plan = planned([waiting(1, "node-01", { status, vmState }), waiting(2, "node-01")]);
    expect(plan.stays).toMatchObject([{ why: "not-movable", status, findings: [{ code: "server-state" }] }]);
    expect(where(plan)).toEqual(["vm2 node-02"]);
  });

  it("moves PAUSED and locked servers, with a warning", () => {
    const plan = planned([
      waiting(1, "node-01", { status: "PAUSED", vmState: "paused" }),
      waiting(2, "node-01", { locked: true }),
    ]);
    expect(plan.moves.map(({ findings }) => findings.map(({ code }) => code))).toEqual([
      ["server-paused"],
      ["server-locked-admin"],
    ]);
  });

  it("adopts a migration that is under way, first, and counts its resources once", () => {
    const moving = waiting(1, "node-01", { status: "MIGRATING", taskState: "migrating" }, 512);
    const migrations = known([entry({ status: "running", sourceCompute: "node-01", destCompute: "node-04" })]);
    const adopted = { ...moving, snapshot: { ...moving.snapshot, migrations } };
    const plan = planned([waiting(2, "node-01"), adopted]);
    expect(where(plan)).toEqual(["vm1 node-04", "vm2 node-02"]);
    expect(plan.moves[0]).toMatchObject({ adopt: true, kind: "live-volume-backed" });
  });

  it("does not call a server movable that is on its way to another host that is drained", () => {
    const moving = waiting(1, "node-01", { status: "MIGRATING", taskState: "migrating" });
    const migrations = known([entry({ status: "running", sourceCompute: "node-01", destCompute: "node-02" })]);
    const adopted = { ...moving, snapshot: { ...moving.snapshot, migrations } };
    expect(why(planned([adopted], { hosts: ["node-01", "node-02"] }))).toEqual(["vm1 under-way"]);
  });

  it("adopts a cold migration that waits for its confirmation, and not a resize", () => {
    const waits = (type: string) => {
      const one = waiting(1, "node-01", {
        status: "VERIFY_RESIZE",
        vmState: "resized",
        running: false,
        host: "node-03",
      });
      const moves = known([entry({ type, status: "finished", sourceCompute: "node-01", destCompute: "node-03" })]);
      return { ...one, snapshot: { ...one.snapshot, moves } };
    };
    expect(planned([waits("migration")]).moves).toMatchObject([{ adopt: true, kind: "cold", to: "node-03" }]);
    expect(planned([waits("resize")]).moves).toEqual([]);
  });

  it("does not try a pair of server and host again that was refused before", () => {
    const excluded = new Set([`${uuid(1)} node-02`]);
    const fleet = services(3);
    const input = {
      hosts: fleet,
      servers: seeing([waiting(1, "node-01")], fleet),
      room: roomFor(fleet, 8192),
      excluded,
    };
    expect(planDrain(input, OPTIONS).moves.map(({ to }) => to)).toEqual(["node-03"]);
  });

  it("says that room was not checked where Placement cannot be read, and spreads all the same", () => {
    const hidden = unknown("placement answers 403");
    const servers = seeing(
      [1, 2, 3].map((n) => waiting(n, "node-01")),
      FOUR,
    ).map((one) => ({
      ...one,
      snapshot: { ...one.snapshot, fitting: hidden },
    }));
    const plan = planDrain({ hosts: FOUR, servers, room: hidden }, OPTIONS);
    expect(plan.findings.map(({ code }) => code)).toEqual(["room-not-checked"]);
    expect(plan.moves.map(({ to }) => to)).toEqual(["node-02", "node-03", "node-04"]);
  });

  it("refuses targets that are unknown, closed or drained", () => {
    const fleet = [service("node-01"), service("node-02", { enabled: false }), service("node-03")];
    const plan = planned([], { fleet, to: ["node-01", "node-02", "node-99", "node-03"] });
    expect(plan.findings.map(({ code, value }) => `${code} ${value}`)).toEqual([
      "target-unusable node-01",
      "target-unusable node-02",
      "target-unusable node-99",
    ]);
  });
});

const fleetOf = fc.record({
  hosts: fc.integer({ min: 2, max: 8 }),
  drained: fc.integer({ min: 1, max: 3 }),
  memory: fc.integer({ min: 1024, max: 16_384 }),
  sizes: fc.array(fc.constantFrom(256, 512, 1024, 4096), { maxLength: 40 }),
  closed: fc.integer({ min: 0, max: 7 }),
  shuffle: fc.integer(),
});

const build = ({ hosts, drained, sizes, closed }: Parameters<Parameters<(typeof fleetOf)["map"]>[0]>[0]) => {
  const fleet = services(hosts).map((one, i) => (i === closed ? { ...one, enabled: i < drained } : one));
  const names = fleet.slice(0, Math.min(drained, hosts - 1)).map(({ host }) => host);
  const servers = sizes.map((size, i) => waiting(i + 1, names[i % names.length] ?? "node-01", {}, size));
  return { fleet, names, servers: seeing(servers, fleet) };
};

describe("every drain plan", () => {
  it("never goes onto a drained or closed host, exceeds no capacity, and forgets no server", () => {
    fc.assert(
      fc.property(fleetOf, (shape) => {
        const { fleet, names, servers } = build(shape);
        const plan = planDrain(
          { hosts: fleet, servers, room: roomFor(fleet, shape.memory) },
          { ...OPTIONS, hosts: names },
        );
        for (const { to } of plan.moves) {
          expect(names).not.toContain(to);
          expect(fleet.find(({ host }) => host === to)?.enabled).toBe(true);
        }
        for (const [, moves] of Map.groupBy(plan.moves, ({ to }) => to)) {
          expect(moves.reduce((sum, { ramMiB }) => sum + ramMiB, 0)).toBeLessThanOrEqual(shape.memory);
        }
        const all = [...plan.moves, ...plan.stays].map(({ server }) => server.id).sort();
        expect(all).toEqual(servers.map(({ snapshot }) => snapshot.server.id).sort());
      }),
      { numRuns: 150 },
    );
  });

  it("is the same in whatever order the cloud lists hosts and servers", () => {
    fc.assert(
      fc.property(fleetOf, (shape) => {
        const { fleet, names, servers } = build(shape);
        const options = { ...OPTIONS, hosts: names };
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((item, i) => ({ item, key: Math.imul(i + 1, shape.shuffle | 1) }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const room = roomFor(fleet, shape.memory);
        const one = planDrain({ hosts: fleet, servers, room }, options);
        expect(planDrain({ hosts: shuffled(fleet), servers: shuffled(servers), room }, options)).toEqual(one);
      }),
      { numRuns: 150 },
    );
  });

  it("loads no target above another by more than one server, where all servers are alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 40 }), (hosts, count) => {
        const fleet = services(hosts);
        const servers = Array.from({ length: count }, (_, i) => waiting(i + 1, "node-01"));
        const plan = planDrain(
          { hosts: fleet, servers: seeing(servers, fleet), room: roomFor(fleet, 65_536) },
          OPTIONS,
        );
        const arriving = fleet.slice(1).map(({ host }) => plan.moves.filter(({ to }) => to === host).length);
        expect(Math.max(...arriving) - Math.min(...arriving)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });
});
