import type { Clock } from "./clock.ts";
import { compose, type Findings } from "./compose.ts";
import { concludeMove, concludeThere } from "./conclude.ts";
import { chooseDestination } from "./destination.ts";
import type { Edge } from "./edge.ts";
import { OutcomeUnknown, ServerGone } from "./failure.ts";
import { describeFinding, finding } from "./finding.ts";
import { Witness, type Testimony } from "./guest/witness.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { defaultTimeoutSeconds } from "./deadline.ts";
import { describeMethod } from "./method.ts";
import { currentPlace, placeOf, plan, type Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { Check, Finding, MigrationRecord, Phase, Place } from "./record.ts";
import type { MigrationRequest } from "./request.ts";
import { verifySettled } from "./settle.ts";
import type { MigrationEntry, Snapshot } from "./snapshot.ts";
import { startOnce } from "./start.ts";
import { verify, type Expectation } from "./verify.ts";
import { Watch, type Watched } from "./watch.ts";

export interface RunContext {
  edge: Edge;
  clock: Clock;
  journal: Journal;
  progress: Progress;
  /** Record of the last run for this server (under Pulumi), to tell a move that an earlier run began. */
  previous: MigrationRecord | null;
  /** Aborted: stop watching. */
  interrupted: AbortSignal;
  /** After an interruption: whether the operator asks for an abort. */
  abortAsked: () => Promise<boolean>;
}

/** Nova may keep the destination of a migration in flight to itself for so long, in milliseconds. */
const DESTINATION_PATIENCE = 60_000;

/**
 * Makes the wish true: inspects, plans, and as the plan says moves, adopts, verifies only, or refuses.
 *
 * @param inFlight A migration that is known to be the one to watch, whatever has become of it since.
 * @throws NotFound, CloudLost, OutcomeUnknown, ServerGone. Everything else that can go wrong is in the record.
 */
export async function run(
  request: MigrationRequest,
  context: RunContext,
  inFlight?: MigrationEntry,
): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const serverId = await context.edge.resolveServer(request.server);
  const scope = { purpose: "plan", host: request.host ?? null } as const;
  let snapshot = await context.edge.snapshot(serverId, scope);
  let decided = plan(request, snapshot);
  const until = context.clock.now() + DESTINATION_PATIENCE;
  while (decided.action === "look-again" && context.clock.now() < until && !context.interrupted.aborted) {
    await context.clock.sleep(1_000, context.interrupted);
    snapshot = await context.edge.snapshot(serverId, scope);
    decided = plan(request, snapshot);
  }
  if (inFlight) {
    const destination = { name: request.host ?? "", host: undefined, why: null };
    decided = { action: "adopt", destination, migration: inFlight, findings: [] };
  }
  for (const found of decided.findings) {
    if (found.severity === "warning") context.progress({ kind: "warning", text: describeFinding(found) });
  }
  return await new Run(request, context, snapshot, decided, startedAt).carryOut();
}

/** For the record only: that it completed is what led here. */
const recordCheck = (status: string): Check => ({
  check: "migration-record",
  expected: "completed",
  observed: status,
  outcome: status === "completed" ? "passed" : "failed",
});

/** Verifies that the server is where it should be, and moves nothing. */
export async function verifyOnly(request: MigrationRequest, context: RunContext): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const serverId = await context.edge.resolveServer(request.server);
  const snapshot = await context.edge.snapshot(serverId, { purpose: "plan", host: request.host ?? null });
  const choice = chooseDestination(request, snapshot);
  const decided: Plan = choice.ok
    ? { action: "nothing", destination: choice.destination, findings: [] }
    : { action: "refuse", destination: undefined, findings: choice.findings };
  return await new Run(request, context, snapshot, decided, startedAt).carryOut();
}

class Run {
  readonly #request: MigrationRequest;
  readonly #context: RunContext;
  readonly #before: Snapshot;
  readonly #plan: Plan;
  readonly #startedAt: number;
  readonly #phases: Phase[];
  readonly #findings: Finding[];
  /** What could be checked before anything was done. */
  readonly #checkable: Check[];

  constructor(request: MigrationRequest, context: RunContext, before: Snapshot, decided: Plan, startedAt: number) {
    this.#request = request;
    this.#context = context;
    this.#before = before;
    this.#plan = decided;
    this.#startedAt = startedAt;
    this.#phases = [{ phase: "preflight", seconds: (context.clock.now() - startedAt) / 1000 }];
    this.#findings = [...decided.findings];
    this.#checkable = verify(this.#expectation(before.server.host ?? "", null), before);
  }

  async carryOut(): Promise<MigrationRecord> {
    const journalled = await this.#context.journal.read(this.#serverId);
    switch (this.#plan.action) {
      case "refuse":
      case "look-again":
        return this.#refused();
      case "nothing":
        return await this.#there(journalled);
      case "adopt":
        this.#step(`a live migration to ${this.#destination} is under way already: watching it`);
        return await this.#move(journalled, this.#plan.migration);
      case "migrate":
        this.#step(`moving ${this.#before.server.name} from ${this.#source ?? "its host"} to ${this.#destination}`);
        return await this.#move(journalled, null);
    }
  }

  get #serverId(): string {
    return this.#before.server.id;
  }

  get #destination(): string {
    return this.#plan.destination?.name ?? this.#request.host ?? this.#request.zone ?? "";
  }

  get #source(): string | null {
    return this.#before.server.host;
  }

  #step(text: string): void {
    this.#context.progress({ kind: "step", text });
  }

  #refused(): MigrationRecord {
    // An unclean earlier migration is not for a retry with other input, but for a person.
    const human = this.#findings.some(({ code }) => code === "attached-twice");
    return this.#record(human ? "needs-attention" : "refused", this.#before, {});
  }

  /** Nothing to move: verify, and say so if an earlier run began the move that brought it here. */
  async #there(journalled: JournalEntry | null): Promise<MigrationRecord> {
    await using witness = new Witness(this.#request.guest, this.#before.server, this.#context.clock);
    const finished = this.#finishedEarlier(journalled);
    witness.withoutBefore("nothing was moved in this run", journalled?.guestBefore ?? null);
    const { checks, snapshot } = await this.#verify(this.#destination, finished?.migration ?? null);
    const testimony = await witness.testify(finished ? this.#since(finished.migration) : null);
    const all = [...checks, ...testimony.checks];
    const there = concludeThere(all, this.#checkable);
    const outcome =
      finished && there === "already-there" ? concludeMove(finished.migration.status, all, this.#checkable) : there;
    if (outcome !== "needs-attention") await this.#context.journal.remove(this.#serverId);
    return this.#record(outcome, snapshot, {
      ...testimony,
      checks: all,
      adopted: finished !== null,
      migration: finished?.migration ?? null,
      source: finished ? placeOf(finished.source, snapshot) : currentPlace(snapshot),
    });
  }

  /** The migration that an earlier run began and did not live to verify, if the server came here by one. */
  #finishedEarlier(journalled: JournalEntry | null): { migration: MigrationEntry; source: string | null } | null {
    const migrations = this.#before.migrations.known ? this.#before.migrations.value : [];
    const newest = migrations[0];
    if (newest?.status !== "completed" || newest.destCompute !== this.#destination) return null;
    const begun = journalled?.destination === this.#destination;
    const { previous } = this.#context;
    const elsewhere = previous?.server.id === this.#serverId && previous.current.host !== this.#destination;
    return begun || elsewhere ? { migration: newest, source: newest.sourceCompute } : null;
  }

  async #move(journalled: JournalEntry | null, adopted: MigrationEntry | null): Promise<MigrationRecord> {
    const { journal, clock, edge, progress, interrupted } = this.#context;
    await using witness = new Witness(this.#request.guest, this.#before.server, clock);
    const remembered =
      adopted !== null && journalled?.destination === this.#destination ? journalled.guestBefore : null;
    const before = await witness.before(adopted ? 0 : (this.#request.guest?.waitSeconds ?? 0), remembered);
    if (this.#request.guest && !before.ok) {
      this.#warn(finding("guest-silent", { reason: before.reason }));
    }
    witness.probe();
    const newestBefore = (this.#before.migrations.known && this.#before.migrations.value[0]?.id) || null;
    let requestId: string | null = null;
    let migration = adopted;

    if (this.#plan.action === "migrate") {
      const { method } = this.#plan;
      const entry: JournalEntry = {
        serverId: this.#serverId,
        source: this.#source,
        destination: this.#destination,
        unpinnedFrom: method.kind === "unpin" ? method.from : null,
        intendedAt: new Date(clock.now()).toISOString(),
        requestId: null,
        guestBefore: before.ok ? before.facts : null,
      };
      await journal.write(entry);
      if (method.kind === "unpin") await edge.pin(this.#serverId, null);
      const started = await startOnce(edge, clock, {
        serverId: this.#serverId,
        host: this.#destination,
        method,
        newestBefore,
      });
      if (started.outcome === "unknown") throw new OutcomeUnknown(started.reason);
      if (started.outcome === "refused") {
        if (method.kind === "unpin") await edge.pin(this.#serverId, method.from);
        await journal.remove(this.#serverId);
        this.#findings.push(finding("nova-refused", { message: started.message }));
        return this.#record("refused", this.#before, { requestId: started.requestId });
      }
      ({ requestId, migration } = started);
      await journal.write({ ...entry, requestId });
    }

    const watched = await new Watch(
      edge,
      clock,
      {
        serverId: this.#serverId,
        destination: this.#destination,
        migrationId: migration?.id ?? null,
        newestBefore,
        timeoutSeconds: this.#plan.action === "migrate" ? this.#plan.timeoutSeconds : this.#timeout(),
        stallSeconds: this.#request.stallSeconds,
        onTimeout: this.#request.onTimeout,
        interrupted,
      },
      progress,
    ).run();
    this.#phases.push(...watched.phases);
    return await this.#judge(watched, witness, requestId, adopted);
  }

  #timeout(): number {
    return this.#request.timeoutSeconds ?? defaultTimeoutSeconds(this.#before.server.flavor.ramMiB);
  }

  /** The migration has ended, or watching has. */
  async #judge(
    watched: Watched,
    witness: Witness,
    requestId: string | null,
    adopted: MigrationEntry | null,
  ): Promise<MigrationRecord> {
    const { edge, journal } = this.#context;
    const { end, migration, memoryTotalBytes } = watched;
    const facts = {
      requestId,
      migration,
      memoryTotalBytes,
      adopted: adopted !== null,
      source: this.#sourcePlace(migration),
    };
    const asked = watched.interventions.join("; ");
    if (end.state === "interrupted" && migration !== null && (await this.#context.abortAsked())) {
      return await this.#aborted(migration);
    }
    if (end.state === "timeout" || end.state === "interrupted") {
      const why = end.state === "timeout" ? end.why : "watching was interrupted";
      return this.#record("still-running", this.#before, { ...facts, reason: [why, asked].filter(Boolean).join("; ") });
    }
    if (end.state === "gone") {
      throw new ServerGone(`server ${this.#serverId} was deleted while it was being moved: ask who deleted it`);
    }

    const completed = end.state === "ended" && end.status === "completed";
    const place = completed ? this.#destination : (facts.source.host ?? "");
    const { checks, snapshot } = await this.#verify(place, migration);
    const testimony = await witness.testify(this.#since(migration));
    const all = [...(completed ? [recordCheck(end.status)] : []), ...checks, ...testimony.checks];
    const outcome = end.state === "stuck" ? "needs-attention" : concludeMove(end.status, all, this.#checkable);
    const nova = completed ? null : await edge.failureReason(this.#serverId, requestId);
    if (outcome === "migrated" || outcome === "failed") {
      await this.#settlePin(completed, snapshot);
      await journal.remove(this.#serverId);
    }
    const reason = [end.state === "stuck" ? `its record stays ${end.status} while the server is idle` : nova, asked];
    return this.#record(outcome, snapshot, {
      ...facts,
      ...testimony,
      checks: all,
      reason: reason.filter(Boolean).join("; ") || null,
    });
  }

  /** The operator asked for an abort: ask Nova, then see what comes of it. */
  async #aborted(migration: MigrationEntry): Promise<MigrationRecord> {
    const { message } = await this.#context.edge.abort(this.#serverId, migration.id);
    this.#step(`abort of migration ${migration.id}: ${message}`);
    const patient = { ...this.#context, interrupted: new AbortController().signal };
    return await run(this.#request, patient, migration);
  }

  /** After `unpin`: the new zone if it moved, the old one if not. */
  async #settlePin(moved: boolean, { server }: Snapshot): Promise<void> {
    const journalled = await this.#context.journal.read(this.#serverId);
    const method = this.#plan.action === "migrate" ? this.#plan.method : null;
    const from = journalled?.unpinnedFrom ?? (method?.kind === "unpin" ? method.from : null);
    if (from !== null) await this.#context.edge.pin(this.#serverId, moved ? server.availabilityZone : from);
  }

  #expectation(host: string, migration: MigrationEntry | null): Expectation {
    return {
      serverId: this.#serverId,
      host,
      status: this.#statusBefore(),
      volumeIds: this.#request.volumeIds ?? this.#before.server.volumes.map(({ id }) => id),
      migrationUuid: migration?.uuid ?? null,
    };
  }

  async #verify(host: string, migration: MigrationEntry | null) {
    this.#step(`verifying ${this.#before.server.name} on ${host}`);
    const { edge, clock } = this.#context;
    const began = clock.now();
    const settled = await verifySettled(edge, clock, this.#expectation(host, migration), this.#checkable);
    this.#phases.push({ phase: "verify", seconds: (clock.now() - began) / 1000 });
    return settled;
  }

  #warn(found: Finding): void {
    this.#findings.push(found);
    this.#context.progress({ kind: "warning", text: describeFinding(found) });
  }

  /** While it migrates, a server's status is MIGRATING: then its vm_state tells what it was. */
  #statusBefore(): string {
    const { status, vmState } = this.#before.server;
    return status === "MIGRATING" ? (vmState ?? "active").toUpperCase() : status;
  }

  #sourcePlace(migration: MigrationEntry | null): Place {
    return placeOf(migration?.sourceCompute ?? this.#source, this.#before);
  }

  #since(migration: MigrationEntry | null): number | null {
    if (!migration?.createdAt) return null;
    return (this.#context.clock.now() - Date.parse(migration.createdAt)) / 1000;
  }

  #record(
    outcome: MigrationRecord["outcome"],
    snapshot: Snapshot,
    found: Partial<Findings> & Partial<Testimony>,
  ): MigrationRecord {
    const { edge, clock } = this.#context;
    return compose({
      outcome,
      snapshot,
      source: currentPlace(this.#before),
      destination: placeOf(this.#plan.destination?.name ?? this.#request.host ?? null, snapshot),
      migration: null,
      memoryTotalBytes: null,
      requestId: null,
      adopted: false,
      method: this.#plan.action === "migrate" ? describeMethod(this.#plan.method) : null,
      checks: [],
      findings: this.#findings,
      timings: { startedAt: this.#startedAt, finishedAt: clock.now(), phases: this.#phases },
      downtime: null,
      guest: null,
      reason: null,
      requests: { total: edge.requestCount(), watching: 0 },
      ...found,
    });
  }
}
