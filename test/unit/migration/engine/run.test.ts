import { describe, expect, it } from "vitest";
import { EXIT_CODES, type MigrationRecord } from "../../../../migration/contract/record.ts";
import { MigrationRequestSchema, type MigrationRequestInput } from "../../../../migration/contract/request.ts";
import { run } from "../../../../migration/engine/run.ts";
import { OutcomeUnknown, ServerGone } from "../../../../migration/contract/failure.ts";
import { known } from "../../../../migration/cloud/snapshot.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../../support/engine/migration-script.ts";
import { contextOf } from "../../../support/engine/run-context.ts";
import { BOOT, DATA, request, volume, SERVER } from "../../../support/engine/samples.ts";

function scenarios(script: Partial<MigrationScript> = {}, changes: Partial<MigrationRequestInput> = {}) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, script);
  const context = contextOf(nova, clock);
  return { clock, nova, context, go: () => run(request(changes), context) };
}

const failed = ({ checks }: MigrationRecord) => checks.filter(({ outcome }) => outcome === "failed");

describe("run: a move that works", () => {
  it("is reported as migrated, with the record, the places and every check", async () => {
    const { nova, context, go } = scenarios();
    const record = await go();
    expect(record).toMatchObject({
      schemaVersion: 1,
      outcome: "migrated",
      adopted: false,
      requestId: "req-1",
      method: "compute 2.104, host validated by the scheduler",
      source: { host: "node-28", availabilityZone: "nova" },
      destination: { host: "node-31", availabilityZone: "nova2" },
      current: { host: "node-31", hypervisorHostname: "node-31.example", availabilityZone: "nova2" },
      migration: { id: 1, status: "completed" },
    });
    expect(EXIT_CODES[record.outcome]).toBe(0);
    expect(failed(record)).toEqual([]);
    expect(record.checks.filter(({ outcome }) => outcome === "not-checked").map(({ check }) => check)).toEqual([
      "guest-reachable",
      "guest-not-rebooted",
      "guest-block-devices",
    ]);
    expect(record.volumes.map(({ id, attachments, attachedHosts }) => [id, attachments, attachedHosts])).toEqual([
      [BOOT, 1, ["node-31"]],
      [DATA, 1, ["node-31"]],
    ]);
    expect(nova.posts).toHaveLength(1);
    expect(context.told[0]).toEqual({ kind: "step", text: "moving admin_vm01 from node-28 to node-31" });
  });

  it("says why it chose the host of a zone", async () => {
    const { context } = scenarios();
    const zoned = MigrationRequestSchema.parse({ server: SERVER, zone: "nova2" });
    expect((await run(zoned, context)).outcome).toBe("migrated");
    expect(context.told[0]).toEqual({
      kind: "step",
      text: "moving admin_vm01 from node-28 to node-31, the least loaded of nova2 that can take it",
    });
  });

  it("counts the requests of the watch apart, and needs few others", async () => {
    const { requests } = await scenarios({ runs: 60_000 }).go();
    expect(requests.watching).toBeGreaterThan(20);
    expect(requests.total - requests.watching).toBeLessThanOrEqual(6);
  });

  it("records how long each phase took", async () => {
    const { timings, migration } = await scenarios({ queued: 30_000 }).go();
    const phases = Object.fromEntries(timings.phases.map(({ phase, seconds }) => [phase, seconds]));
    expect(phases).toMatchObject({ preflight: 0, queued: expect.closeTo(30, -1) as number });
    expect(timings.totalSeconds).toBeGreaterThan(30);
    expect(migration?.memoryTotalBytes).toBe(1024 ** 3);
  });

  it("does nothing the second time, and verifies again", async () => {
    const { nova, go } = scenarios();
    await go();
    const again = await go();
    expect(again).toMatchObject({ outcome: "already-there", adopted: false, migration: null });
    expect(nova.posts).toHaveLength(1);
  });

  it("holds a port that was not ACTIVE before to its host alone: exit 0, and the rest is not checked", async () => {
    const { nova, go } = scenarios();
    nova.adjust = (all) => ({
      ...all,
      ports: all.ports.known ? known(all.ports.value.map((port) => ({ ...port, status: "DOWN" }))) : all.ports,
    });
    const record = await go();
    expect([record.outcome, EXIT_CODES[record.outcome]]).toEqual(["migrated", 0]);
    expect(record.checks.find(({ check }) => check === "port-bound")).toMatchObject({ outcome: "not-checked" });
  });

  it("takes a volume that is attached as it moves for no loss, and verifies it like the others: exit 0", async () => {
    const { nova, clock, go } = scenarios();
    const late = "00000000-0000-4000-8000-00000000cafe";
    clock.after(2_000, () => {
      nova.adjust = (all) => ({
        ...all,
        server: { ...all.server, volumes: [...all.server.volumes, { id: late, device: "/dev/vdc" }] },
        volumes: all.volumes.known ? known([...all.volumes.value, volume(late, "node-31")]) : all.volumes,
        attachments: all.attachments.known
          ? known([...all.attachments.value, { id: "late", volumeId: late, status: "attached" }])
          : all.attachments,
      });
    });
    const record = await go();
    expect([record.outcome, EXIT_CODES[record.outcome]]).toEqual(["migrated", 0]);
    expect(
      record.checks.filter(({ subject }) => subject === late).map(({ check, outcome }) => [check, outcome]),
    ).toEqual([
      ["volume-in-use", "passed"],
      ["volume-attached-once", "passed"],
    ]);
  });

  it("moves a paused server, and expects it to be paused afterwards", async () => {
    const { nova, go } = scenarios();
    nova.state = { ...nova.state, status: "PAUSED", vmState: "paused" };
    const record = await go();
    // The model wakes it up: that is not what was there before.
    expect(record.outcome).toBe("needs-attention");
    expect(failed(record).map(({ check, expected, observed }) => [check, expected, observed])).toEqual([
      ["server-status", "PAUSED", "ACTIVE"],
      ["vm-state", "paused", "active"],
    ]);
  });
});

describe("run: a move that fails", () => {
  it.each([
    ["pre-check", "error"],
    ["rolled-back", "failed"],
  ] as const)("after %s the server is verified on its source: exit 4, with Nova's reason", async (ending, status) => {
    const { go, nova } = scenarios({ ending });
    const record = await go();
    expect(record).toMatchObject({ outcome: "failed", migration: { status }, current: { host: "node-28" } });
    expect(EXIT_CODES[record.outcome]).toBe(4);
    expect(failed(record)).toEqual([]);
    expect(record.summary).toContain(`failed (${status}): CPU doesn't have compatibility. It is intact on node-28`);
    expect(nova.posts).toHaveLength(1);
  });

  it.each([
    ["post-failure", "node-31", "server-status: ERROR instead of ACTIVE"],
    ["source-dies", "node-28", "2 attachments, on node-28 and node-31 instead of 1 attachment, on node-28"],
    ["record-stays", "node-28", "its record stays running while the server is idle"],
  ] as const)("after %s a human must look: exit 5", async (ending, current, text) => {
    const record = await scenarios({ ending }).go();
    expect(record).toMatchObject({ outcome: "needs-attention", current: { host: current } });
    expect(EXIT_CODES[record.outcome]).toBe(5);
    expect(record.summary).toContain("NEEDS A HUMAN");
    expect(record.summary).toContain(text);
    expect(record.summary).toContain(`Nova says that it is on ${current}`);
    expect(record.summary).toContain("Do not restart, migrate or evacuate it");
  });

  it("after a post-phase failure the checks look at the destination, where the guest is", async () => {
    const record = await scenarios({ ending: "post-failure" }).go();
    expect(record.checks.find(({ check }) => check === "host")).toMatchObject({
      outcome: "passed",
      observed: "node-31",
    });
  });

  it.each(["post-failure", "source-dies", "record-stays"] as const)(
    "after %s the next run says the same",
    async (ending) => {
      const { go, nova, clock } = scenarios({ ending });
      const first = await go();
      await clock.sleep(3_600_000);
      const again = await go();
      expect([first.outcome, again.outcome]).toEqual(["needs-attention", "needs-attention"]);
      expect(nova.posts).toHaveLength(1);
    },
  );

  it("is refused by Nova itself: exit 3", async () => {
    const { nova, go, context } = scenarios();
    nova.adjust = (facts) => ({ ...facts, hosts: { known: false, reason: "forbidden" } });
    const record = await run(request({ host: "mars" }), context);
    expect(record).toMatchObject({ outcome: "refused", current: { host: "node-28" }, requestId: "req-no" });
    expect(record.findings.at(-1)).toMatchObject({
      code: "nova-refused",
      value: "Compute host mars could not be found.",
    });
    expect(nova.posts).toEqual([]);
    nova.adjust = (facts) => facts;
    expect((await go()).outcome).toBe("migrated");
  });

  it("throws if the server is deleted meanwhile", async () => {
    const { nova, clock, go } = scenarios();
    clock.after(2_000, () => (nova.deleted = true));
    const gone = go();
    await expect(gone).rejects.toThrow(ServerGone);
    await expect(gone).rejects.toThrow(/ was deleted while it was being moved or verified. Fix: ask who deleted it/);
  });
});

describe("run: refused by preflight", () => {
  it("sends nothing: exit 3, every problem with its fix", async () => {
    const { nova, go } = scenarios();
    nova.state = { ...nova.state, status: "SHUTOFF", vmState: "stopped", pin: "nova" };
    const record = await go();
    expect(record.outcome).toBe("refused");
    expect(EXIT_CODES[record.outcome]).toBe(3);
    expect(record.findings.map(({ code }) => code)).toEqual(["server-state", "pinned"]);
    expect(record.summary).toMatch(/was not moved and stays on node-28: .*SHUTOFF \(fix: .*\); .*zone nova.*\(fix: /);
    expect([nova.posts, nova.pins]).toEqual([[], []]);
  });

  it.each(["node-28", "node-31"])("leaves a server in ERROR on %s to a human: exit 5", async (host) => {
    const { nova, go } = scenarios();
    nova.state = { ...nova.state, status: "ERROR", vmState: "error", host };
    const record = await go();
    expect(record).toMatchObject({ outcome: "needs-attention", current: { host } });
    expect(record.summary).toContain("ERROR");
    expect(nova.posts).toEqual([]);
  });

  it("leaves volumes attached twice to a human: exit 5", async () => {
    const { nova, go } = scenarios();
    nova.attached = ["node-28", "node-27"];
    expect(await go()).toMatchObject({ outcome: "needs-attention", findings: [{ code: "attached-twice" }] });
    expect(nova.posts).toEqual([]);
  });

  it("waits for a destination that Nova reports later, then adopts", async () => {
    const { nova, context, go } = scenarios({ choosing: 30_000 });
    await nova.start("", "node-31", { kind: "validated", microversion: "2.96" });
    const record = await go();
    expect(record).toMatchObject({ outcome: "migrated", adopted: true });
    expect(context.told[0]).toMatchObject({ text: expect.stringContaining("under way already") as string });
  });

  it("refuses if Nova never reports the destination", async () => {
    const { nova, clock, go } = scenarios({ choosing: 3_600_000 });
    await nova.start("", "node-31", { kind: "validated", microversion: "2.96" });
    const began = clock.now();
    expect(await go()).toMatchObject({ outcome: "refused", findings: [{ code: "migration-in-flight" }] });
    expect(clock.now() - began).toBe(60_000);
  });
});

describe("run: an answer that was lost", () => {
  it("finds that the migration has begun, and continues", async () => {
    const { nova, go } = scenarios({ delivery: "answer-lost" });
    expect(await go()).toMatchObject({ outcome: "migrated", requestId: null, adopted: false });
    expect(nova.posts).toHaveLength(1);
  });

  it("finds it even if Nova takes the request late", async () => {
    const { nova, go } = scenarios({ delivery: { after: 40_000 } });
    expect((await go()).outcome).toBe("migrated");
    expect(nova.posts).toHaveLength(1);
  });

  it("gives up when nothing shows, and says that a repetition is safe", async () => {
    const { nova, go } = scenarios({ delivery: "never-arrives" });
    await expect(go()).rejects.toThrow(OutcomeUnknown);
    await expect(go()).rejects.toThrow(
      /^it is not known whether Nova has accepted the request, and nothing shows yet: .*the connection broke.*Fix: run this again/,
    );
    nova.script.delivery = "answered";
    expect((await go()).outcome).toBe("migrated");
    expect(nova.posts).toHaveLength(1);
  });
});
