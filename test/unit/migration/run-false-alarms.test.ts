import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CloudLost, NotFound, OutcomeUnknown } from "../../../migration/contract/failure.ts";
import { run, verifyOnly } from "../../../migration/engine/run.ts";
import { known, unknown, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { NovaModel } from "../../support/engine/nova-model.ts";
import { DEFAULT_SCRIPT, type Ending, type MigrationScript } from "../../support/engine/migration-script.ts";
import { contextOf } from "../../support/engine/run-context.ts";
import { DATA, hostsWith, request } from "../../support/engine/samples.ts";
import { METHOD, scenarios } from "../../support/engine/staged-run.ts";

/** Ends after which the server is whole. */
const HARMLESS = ["completed", "completed", "rolled-back", "pre-check"] as const satisfies Ending[];
const script = fc.record({
  ending: fc.constantFrom<Ending>(...HARMLESS),
  runs: fc.integer({ min: 500, max: 30_000 }),
  choosing: fc.integer({ min: 0, max: 5_000 }),
  queued: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
});
/** What somebody else does to the server meanwhile. */
const meddling = fc.record({
  at: fc.integer({ min: 0, max: 50_000 }),
  does: fc.oneof(
    fc.record({ to: fc.constantFrom("node-27", "node-28", "node-31"), script }),
    fc.record({
      task: fc.constantFrom("reboot_started", "rebooting_hard"),
      takes: fc.integer({ min: 1, max: 40_000 }),
    }),
    // A cold migration or an evacuation: Nova lists neither as a live migration. One to where a failed move was to go looks
    // like a failure after the switch, which is for a human.
    fc.record({ unlisted: fc.constantFrom("node-27", "node-28") }),
  ),
});

/** Odd, and none of a migration's business. */
const oddities = fc.record({
  volume: fc.constantFrom("in-use", "in-use", "retyping", "extending", "backing-up", "maintenance"),
  unbound: fc.boolean(),
});
const withOddities =
  ({ volume, unbound }: { volume: string; unbound: boolean }) =>
  (facts: Snapshot): Snapshot => ({
    ...facts,
    volumes: facts.volumes.known
      ? known(facts.volumes.value.map((one) => (one.id === DATA ? { ...one, status: volume } : one)))
      : facts.volumes,
    ports:
      facts.ports.known && unbound
        ? known([...facts.ports.value, { id: "never-plugged", host: "", status: "DOWN" }])
        : facts.ports,
  });

describe("a server that ends up healthy", () => {
  it("is never called a case for a human, whoever moved or restarted it, and whatever its volumes and ports are at", async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.array(meddling, { maxLength: 3 }),
        oddities,
        fc.constantFrom("node-28", "node-31"),
        fc.constantFrom(run, run, run, verifyOnly),
        fc.integer({ min: 0, max: 500 }),
        async (own, meddlings, odd, host, command, answers) => {
          const clock = new FakeClock();
          const nova = new NovaModel(clock, { ...own, answers });
          nova.adjust = withOddities(odd);
          for (const { at, does } of meddlings) {
            clock.after(at, () => {
              if (nova.state.taskState !== null) return;
              if ("to" in does) nova.beginOther(does.to, METHOD, { ...DEFAULT_SCRIPT, ...does.script });
              else if ("unlisted" in does) nova.appearOn(does.unlisted);
              else nova.restart(does.task, does.takes);
            });
          }
          const asked = command(request({ host: command === run ? host : "node-28" }), contextOf(nova, clock));
          const outcome = await asked.then(
            (record) => (record.outcome === "needs-attention" ? record.summary : record.outcome),
            (error: unknown) => {
              if ([CloudLost, NotFound, OutcomeUnknown].some((kind) => error instanceof kind)) return "none";
              throw error;
            },
          );
          // `verify` is asked whether it is where it should be, and it may be elsewhere.
          if (command === run || nova.arrivals.length === 0) {
            expect(["migrated", "already-there", "refused", "failed", "still-running", "none"]).toContain(outcome);
          }
          // Exit 3 means that nothing was sent.
          if (outcome === "refused") expect(nova.posts).toEqual([]);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        },
      ),
      { numRuns: 600 },
    );
    for (const outcome of ["migrated", "already-there", "refused", "failed"]) {
      expect([outcome, outcomes.has(outcome)]).toEqual([outcome, true]);
    }
  }, 120_000);

  it("is reported as migrating, with its destination, if someone else started to move it between two polls", async () => {
    const { nova, clock, go } = scenarios({ answers: 100 });
    clock.after(250, () => {
      nova.beginOther("node-27", METHOD, DEFAULT_SCRIPT);
    });
    const record = await go({ host: "node-28" });
    expect(record).toMatchObject({ outcome: "refused", findings: [{ code: "migrating-elsewhere" }] });
    expect(record.summary).toContain("node-27");
  });

  it("is reported as moved on if someone else moves it before its own move is verified, never with exit 3", async () => {
    const { nova, clock, go } = scenarios({ runs: 2_000 });
    clock.after(3_020, () => {
      nova.beginOther("node-27", METHOD, { ...DEFAULT_SCRIPT, choosing: 0 });
    });
    const record = await go();
    expect(record).toMatchObject({ outcome: "still-running", findings: [{ code: "migrating-elsewhere" }] });
    expect(record.summary).toMatch(/its move to node-31 was overtaken: the server is on its way to node-27/);
    expect(record.migration).toMatchObject({ id: 1, status: "completed" });
  });

  it("is reported elsewhere if someone else has moved it meanwhile, and is not moved back", async () => {
    const { nova, clock, go } = scenarios({ answers: 100 });
    clock.after(250, () => {
      nova.appearOn("node-27");
    });
    const record = await go({ host: "node-28" });
    expect(record).toMatchObject({ outcome: "refused", findings: [{ code: "moved-by-others", value: "node-27" }] });
    expect(nova.posts).toEqual([]);
  });
});

describe("a server that someone moves otherwise right after its own move, which Nova then does not list", () => {
  it.each<[host: string, ending: Ending]>([
    ["node-27", "completed"],
    ["node-28", "completed"],
    ["node-27", "rolled-back"],
  ])("is reported on %s, intact, after a move that %s: exit 6, never 5", async (host, ending) => {
    const { nova, clock, go } = scenarios({ ending, runs: 2_000 });
    clock.after(ending === "completed" ? 3_500 : 6_500, () => {
      nova.appearOn(host);
    });
    const record = await go();
    expect(record).toMatchObject({ outcome: "still-running", findings: [{ code: "moved-by-others", value: host }] });
    expect(record.summary).toContain(`someone else moved it to ${host} during this run, and it is intact there`);
    expect(nova.posts).toHaveLength(1);
  });

  it("is reported on its target also while someone restarts it", async () => {
    const { nova, clock, go } = scenarios({ runs: 2_000 });
    clock.after(3_500, () => {
      nova.appearOn("node-27");
      nova.restart("reboot_started", 40_000);
    });
    expect(await go()).toMatchObject({ outcome: "still-running", findings: [{ code: "moved-by-others" }] });
  });

  it("is for a human where its volumes are on another host than itself", async () => {
    const { nova, clock, go } = scenarios({ runs: 2_000 });
    clock.after(3_500, () => {
      nova.appearOn("node-28");
      nova.attached = ["node-31"];
    });
    expect((await go()).outcome).toBe("needs-attention");
  });
});

const GONE = unknown("503 Service Unavailable");
type Service = "Placement" | "Neutron" | "Cinder";
/** What one of the services that Nova needs for a move tells after it went away for good. */
const without = (facts: Snapshot, away: readonly Service[]): Snapshot => ({
  ...facts,
  ...(away.includes("Placement") && {
    allocations: GONE,
    migrationAllocations: facts.migrationAllocations === null ? null : GONE,
  }),
  ...(away.includes("Neutron") && { ports: GONE }),
  ...(away.includes("Cinder") && { volumes: GONE, attachments: GONE }),
});

describe("a check that could be made before the move and never after it", () => {
  const services: [service: Service, checks: string[]][] = [
    ["Placement", ["allocations", "migration-allocations"]],
    ["Neutron", ["port-bound"]],
    ["Cinder", ["volume-in-use", "volume-attached-once"]],
  ];
  const loses = (service: Service, script: Partial<MigrationScript> = {}) => {
    const staged = scenarios({ runs: 10_000, ...script });
    let away: Service[] = [];
    staged.clock.after(2_000, () => (away = [service]));
    staged.nova.adjust = (facts) => without(facts, away);
    return { ...staged, back: () => (away = []) };
  };

  it.each(services)(
    "of %s leaves the move to be verified by the next run, which moves nothing",
    async (service, names) => {
      const { nova, clock, go, back } = loses(service);
      const began = clock.now();
      const record = await go();
      expect(record).toMatchObject({ outcome: "still-running", migration: { status: "completed" } });
      expect(clock.now() - began).toBeLessThan(90_000);
      const open = record.checks.filter(({ outcome }) => outcome === "not-checked").map(({ check }) => check);
      expect(open).toEqual(expect.arrayContaining(names));
      for (const name of names) expect(record.summary).toContain(name);
      expect(record.summary).toMatch(/moved live from node-28 to node-31, but not all of it could be verified.*503/);
      back();
      expect(await go()).toMatchObject({ outcome: "migrated", adopted: true });
      expect(nova.posts).toHaveLength(1);
    },
  );

  it.each(services)("of %s leaves a failed move open, except where the guest may run twice", async (service) => {
    const { go } = loses(service, { ending: "rolled-back" });
    const record = await go();
    expect(record.outcome).toBe(service === "Cinder" ? "needs-attention" : "still-running");
    expect(record.summary).not.toContain("It is intact");
  });
});

describe("a migration that nobody ends", () => {
  it("is for a human when its record is completed and the server is not taken over, on every run", async () => {
    const { nova, clock, context, go } = scenarios({ ending: "not-taken-over" });
    const began = clock.now();
    const record = await go();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toMatch(
      /guest most probably runs on node-31\. Restart nova-compute on node-31.*do not start it on node-28/,
    );
    expect(clock.now() - began).toBeLessThan(240_000);
    expect((await go()).outcome).not.toBe("already-there");
    await clock.sleep(600_000);
    expect(await go()).toMatchObject({ outcome: "needs-attention" });
    expect(await verifyOnly(request(), context)).toMatchObject({ outcome: "needs-attention" });
    expect(nova.posts).toHaveLength(1);
  });

  it.each(["node-28", "node-31"])("is for a human when the nova-compute of %s stays down", async (silent) => {
    const { nova, clock, context, go } = scenarios({ ending: "endless" });
    clock.after(10_000, () => {
      nova.adjust = (facts) => ({ ...facts, hosts: hostsWith(silent, { up: false }) });
    });
    const began = clock.now();
    const record = await go();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain(`nova-compute on ${silent} is down`);
    expect(record.summary).toContain("Do not reset the server's state");
    expect(clock.now() - began).toBeLessThan(300_000);
    await clock.sleep(600_000);
    expect(await verifyOnly(request(), context)).toMatchObject({ outcome: "needs-attention" });
    // However short its time is.
    expect(await go({ timeoutSeconds: 10 })).toMatchObject({ outcome: "needs-attention" });
  });

  it("is watched on when the nova-compute is back in time", async () => {
    const { nova, clock, go } = scenarios({ ending: "completed", runs: 400_000, countersEvery: 1_000_000 });
    clock.after(10_000, () => {
      nova.adjust = (facts) => ({ ...facts, hosts: hostsWith("node-31", { up: false }) });
    });
    clock.after(120_000, () => {
      nova.adjust = (facts) => facts;
    });
    expect((await go({ stallSeconds: 1000 })).outcome).toBe("migrated");
  });
});
