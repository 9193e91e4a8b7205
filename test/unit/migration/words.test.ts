import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { defaultTimeoutSeconds, estimateSeconds } from "../../../migration/plan/deadline.ts";
import { CloudLost } from "../../../migration/contract/failure.ts";
import { NotFound } from "../../../migration/contract/failure.ts";
import { OutcomeUnknown, reportError, ServerGone } from "../../../migration/contract/failure.ts";
import { plan } from "../../../migration/plan/plan.ts";
import { describePlan } from "../../../migration/contract/plan-document.ts";
import { planDocument } from "../../../migration/plan/plan.ts";
import { BadInput } from "../../../migration/contract/request-input.ts";
import { known, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import { describeStatus } from "../../../migration/contract/status.ts";
import { statusOf } from "../../../migration/engine/status.ts";
import { barProgress, describeBar, describeEvent, lineProgress } from "../../../migration/cli/progress-display.ts";
import type { MigrationRequestInput } from "../../../migration/contract/request.ts";
import { entry, request, server, snapshot } from "../../support/engine/samples.ts";
import { ScriptedCloud } from "../../support/engine/scripted-cloud.ts";

const MIB = 1024 * 1024;

describe("progress, in lines", () => {
  it.each([
    [{ kind: "step", text: "verifying vm on b" } as const, "verifying vm on b"],
    [{ kind: "warning", text: "odd" } as const, "warning: odd"],
    [{ kind: "warning", text: "warning: host (b): odd" } as const, "warning: host (b): odd"],
    [{ kind: "phase", phase: "running", elapsedSeconds: 3.21 } as const, "running (after 3.2 s)"],
    [
      {
        kind: "memory",
        totalBytes: 1024 * MIB,
        remainingBytes: 100 * MIB,
        bytesPerSecond: 30 * MIB,
        elapsedSeconds: 9,
      } as const,
      "memory: 100 of 1024 MiB remaining at 30.0 MiB/s, about 4 s left",
    ],
    [
      { kind: "memory", totalBytes: 1024 * MIB, remainingBytes: 1, bytesPerSecond: null, elapsedSeconds: 9 } as const,
      "memory: 1 of 1024 MiB remaining",
    ],
  ])("%o", (event, line) => {
    expect(describeEvent(event)).toBe(line);
  });

  it("say nothing twice in a row", () => {
    const lines: string[] = [];
    const progress = lineProgress((line) => void lines.push(line));
    for (const text of ["a", "a", "b", "a"]) progress({ kind: "step", text });
    expect(lines).toEqual(["a", "b", "a"]);
  });
});

describe("progress, as a bar", () => {
  const sample = { kind: "memory", totalBytes: 1024 * MIB, elapsedSeconds: 9 } as const;

  it("has the phase, memory remaining, rate and estimated time, and its clock goes on between samples", () => {
    const event = { ...sample, remainingBytes: 100 * MIB, bytesPerSecond: 20 * MIB };
    expect(describeBar(event, "running", 11.2)).toEqual({
      done: 924,
      total: 1024,
      payload: { phase: "running", remaining: 100, rate: "20.0 MiB/s, about 3 s left", elapsed: 11 },
    });
    // Overdue is not "-4 s left".
    expect(describeBar(event, "running", 18).payload.rate).toBe("20.0 MiB/s, about 1 s left");
  });

  it("says that memory does not shrink, and that more is left than there was at first", () => {
    const event = { ...sample, remainingBytes: 1030 * MIB, bytesPerSecond: null };
    expect(describeBar(event, "running", 9)).toMatchObject({ done: 0, payload: { rate: "not shrinking now" } });
  });

  it("is drawn on one line, makes room for what is said, and is gone at the end", async () => {
    const drawn: string[] = [];
    const terminal = new Writable({
      write(chunk: Buffer, _encoding, done) {
        drawn.push(chunk.toString());
        done();
      },
    });
    Object.assign(terminal, { isTTY: true, columns: 80, cursorTo: () => true, clearLine: () => true });
    const said: string[] = [];
    const { progress, stop } = await barProgress((line) => void said.push(line), terminal);
    progress({ kind: "phase", phase: "running", elapsedSeconds: 3 });
    progress({ ...sample, remainingBytes: 100 * MIB, bytesPerSecond: 20 * MIB });
    const line = drawn.find((text) => text.includes("remaining")) ?? "";
    expect(line).toMatch(/^running .{10} 100 of 1024 MiB remaining, 20\.0 MiB\/s, about 5 s left \| 9 s$/u);
    expect(line.length).toBeLessThan(80);
    progress({ kind: "step", text: "verifying" });
    stop();
    expect(said).toEqual(["running (after 3.0 s)", "verifying"]);
  });
});

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
      "a migration is under way or has just ended, and the cloud does not tell all of it yet",
    ],
    ["refuse", of({}, { host: "mars" }), "would not be moved from node-28 (nova)"],
  ])("says in one line: %s", (action, document, line) => {
    expect(document.action).toBe(action);
    expect(describePlan(document)).toBe(`admin_vm01: ${line}`);
  });
});

describe("the status", () => {
  const statusIn = async (facts: Partial<Snapshot>) => {
    const counters = { status: "running", totalBytes: 10, processedBytes: 0, remainingBytes: 3.5 * MIB };
    const cloud = new ScriptedCloud({ resolveServer: ["id"], snapshot: [snapshot(facts)], counters: [counters] });
    return describeStatus(await statusOf(cloud, "vm"));
  };

  it("tells place and migration in flight", async () => {
    const lines = await statusIn({
      server: server({ status: "MIGRATING", taskState: "migrating" }),
      migrations: known([entry({ status: "running" })]),
    });
    expect(lines).toEqual([
      `admin_vm01 (${server().id}) is MIGRATING, task migrating on node-28 (nova)`,
      "migration 7 from node-28 to node-31: running, 4 MiB of memory remaining",
    ]);
  });

  it("tells the last one, or none", async () => {
    expect((await statusIn({ migrations: known([entry()]) }))[1]).toBe(
      "migration 7 from node-28 to node-31: completed",
    );
    expect(await statusIn({})).toHaveLength(1);
  });
});

describe("an end without a record", () => {
  const report = (error: unknown, json: boolean) => {
    const said = { out: [] as string[], err: [] as string[] };
    const { code } = reportError(
      error,
      json,
      (text) => void said.out.push(text),
      (text) => void said.err.push(text),
    );
    return { code, ...said };
  };
  const problem = { path: "--host", value: '""', problem: "must not be empty", fix: "name a host" };

  it.each<[string, number, Error]>([
    ["bad-input", 2, new BadInput([problem])],
    ["bad-input", 2, new NotFound("no server")],
    ["cloud", 7, new CloudLost("no answer")],
    ["outcome-unknown", 7, new OutcomeUnknown("cut")],
    ["server-gone", 5, new ServerGone("deleted")],
  ])("%s exits with %i", (kind, code, error) => {
    const said = report(error, true);
    expect(said.code).toBe(code);
    expect(said.err).toEqual([`live-migrate: ${error.message}`]);
    expect(JSON.parse(said.out.join())).toMatchObject({ schemaVersion: 1, error: { kind } });
    expect(report(error, false).out).toEqual([]);
  });

  it("is not made of a fault of our own", () => {
    expect(() => report(new TypeError("bug"), true)).toThrow("bug");
  });
});

const withMemory = (ramMiB: number) => server({ flavor: { ...server().flavor, ramMiB } });

describe("time", () => {
  it.each([
    [1, 1600],
    [2048, 1600],
    [2049, 2400],
    [8192, 6400],
    [65_536, 51_200],
  ])("Nova gives a server of %i MiB up after %i s", (ram, seconds) => {
    expect(defaultTimeoutSeconds(withMemory(ram))).toBe(seconds);
  });

  it("estimates grow with memory", () => {
    expect(estimateSeconds(withMemory(1024))).toBe(10);
    expect(estimateSeconds(withMemory(65_536))).toBe(112);
  });
});
