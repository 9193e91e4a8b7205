import { composeRecord, type RecordInputs } from "./compose-record.ts";
import { abandonedReason } from "./failure-reason.ts";
import { describeFinding } from "../plan/finding.ts";
import type { GuestResult } from "../guest/guest-monitor.ts";
import { describeColdMethod } from "../plan/cold-method.ts";
import { describeMethod } from "../plan/zone-pin.ts";
import type { Plan } from "../plan/plan.ts";
import { placeOf, currentPlace } from "../cloud/places.ts";
import type { Finding, MigrationRecord, Outcome, Phase, Place } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { RunContext } from "./run-context.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { abandonedMigration } from "../cloud/migration-status.ts";

/** What a run has seen so far; its record is made from it. */
export class Account {
  readonly findings: Finding[];
  readonly phases: Phase[];
  /** Requests sent by the watch, and while ports and allocations were waited for. */
  watching = 0;
  readonly #request: MigrationRequest;
  readonly #context: RunContext;
  readonly #before: Snapshot;
  readonly #plan: Plan;
  readonly #startedAt: number;

  constructor(request: MigrationRequest, context: RunContext, before: Snapshot, decided: Plan, startedAt: number) {
    this.#request = request;
    this.#context = context;
    this.#before = before;
    this.#plan = decided;
    this.#startedAt = startedAt;
    this.findings = [...decided.findings];
    this.phases = [{ phase: "preflight", seconds: this.elapsed(), startSeconds: 0 }];
  }

  get destination(): string {
    return this.#plan.destination?.name ?? this.#request.host ?? this.#request.zone ?? "";
  }

  /** The server's own host, if it is away from it because that host is closed. */
  get home() {
    return this.#plan.action === "nothing" ? this.#plan.home : undefined;
  }

  get source(): string | null {
    return this.#before.server.host;
  }

  /** Seconds since the run began. */
  elapsed(): number {
    return (this.#context.clock.now() - this.#startedAt) / 1000;
  }

  step(text: string): void {
    this.#context.progress({ kind: "step", text });
  }

  warn(found: Finding): void {
    this.findings.push(found);
    this.#context.progress({ kind: "warning", text: describeFinding(found) });
  }

  sourcePlace(migration: MigrationEntry | null): Place {
    return placeOf(migration?.sourceCompute ?? this.source, this.#before);
  }

  #method(): string | null {
    if (this.#plan.action !== "migrate") return null;
    return this.#plan.kind === "cold" ? describeColdMethod(this.#plan.method) : describeMethod(this.#plan.method);
  }

  abandonedBefore(): MigrationRecord | null {
    const migration = abandonedMigration(this.#before);
    return migration ? this.abandoned(migration, this.#before) : null;
  }

  abandoned(migration: MigrationEntry, snapshot: Snapshot, facts: Partial<RecordInputs> = {}): MigrationRecord {
    return this.record("needs-attention", snapshot, {
      source: this.sourcePlace(migration),
      migration,
      ...facts,
      reason: [abandonedReason(migration, snapshot), facts.reason].filter(Boolean).join("; "),
    });
  }

  record(outcome: Outcome, snapshot: Snapshot, found: Partial<RecordInputs> & Partial<GuestResult>): MigrationRecord {
    const { cloud, clock } = this.#context;
    return composeRecord({
      outcome,
      snapshot,
      source: currentPlace(this.#before),
      destination: placeOf((this.home ?? this.#plan.destination)?.name ?? this.#request.host ?? null, snapshot),
      migration: null,
      memoryTotalBytes: null,
      requestId: null,
      adopted: false,
      method: this.#method(),
      checks: [],
      findings: this.findings,
      timings: { startedAt: this.#startedAt, finishedAt: clock.now(), phases: this.phases },
      downtime: null,
      guest: null,
      reason: null,
      requests: { total: cloud.requestCount(), watching: this.watching },
      ...found,
    });
  }
}
