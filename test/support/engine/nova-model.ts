import type { Answer, CloudApi, MemoryCounters, Method, StartAnswer } from "../../../migration/cloud/cloud-api.ts";
import type { MigrationEntry } from "../../../migration/cloud/snapshot.ts";
import { ColdModel } from "./cold-model.ts";
import type { FakeClock } from "./fake-clock.ts";
import { DEFAULT_SCRIPT, type MigrationScript } from "./migration-script.ts";
import { HOSTS } from "./samples.ts";
import { ServerModel } from "./server-model.ts";

/** How long the record lags behind the server, in milliseconds. */
const LAG = 150;
const TOTAL = 1024 * 1024 * 1024;

/** A small Nova with Cinder, Neutron and Placement around one server, as the engine sees them, in a fake time. */
export class NovaModel extends ServerModel implements CloudApi {
  /** Requests that Nova has taken, with the time of each: a second one in flight would be a fault of the engine. */
  readonly posts: { host: string; at: number; whileUnknown: boolean }[] = [];
  readonly interventions: string[] = [];
  override script: MigrationScript;
  /** Its cold migrations. */
  readonly cold: ColdModel;
  #runningSince: number | null = null;
  #undo = new Set<number>();

  constructor(clock: FakeClock, script: Partial<MigrationScript> = {}) {
    super(clock);
    this.cold = new ColdModel(this, clock);
    this.script = { ...DEFAULT_SCRIPT, ...script };
  }

  protected override allMoves(): MigrationEntry[] {
    return [...this.cold.records, ...this.records].sort((a, b) => b.id - a.id);
  }

  startCold(_: string, host: string | null): Promise<StartAnswer> {
    return this.ask(() => this.cold.start(host ?? ""));
  }

  confirm(): Promise<Answer> {
    return this.ask(() => this.cold.decide("confirm"));
  }

  revert(): Promise<Answer> {
    return this.ask(() => this.cold.decide("revert"));
  }

  counters(_: string, id: number): Promise<MemoryCounters | null> {
    return this.ask(() => {
      const record = this.records.find((candidate) => candidate.id === id);
      if (!record || !["queued", "preparing", "running"].includes(record.status)) return null;
      const every = this.script.countersEvery;
      const ran = this.#runningSince === null ? 0 : this.clock.now() - this.#runningSince;
      const since = Math.floor(ran / every) * every;
      const left = this.script.ending === "endless" ? 0.5 : Math.max(0, 1 - since / this.script.runs);
      const bytes = Math.round(TOTAL * left);
      return { status: record.status, totalBytes: TOTAL, processedBytes: TOTAL - bytes, remainingBytes: bytes };
    });
  }

  start(_: string, host: string, method: Method): Promise<StartAnswer> {
    const { delivery } = this.script;
    return this.ask((): StartAnswer => {
      switch (delivery) {
        case "answered":
          return this.#take(host, method);
        case "answer-lost":
          this.#take(host, method);
          return { outcome: "unknown", reason: "the connection broke" };
        case "never-arrives":
          return { outcome: "unknown", reason: "the connection broke" };
        default:
          this.clock.after(delivery.after, () => void this.#take(host, method));
          return { outcome: "unknown", reason: "no answer in time" };
      }
    });
  }

  /** What Nova's API itself checks, and what it saves before it answers. */
  #take(host: string, method: Method): StartAnswer {
    const refuse = (message: string, busy = false): StartAnswer => ({
      outcome: "refused",
      busy,
      message,
      requestId: "req-no",
    });
    if (this.state.taskState !== null) return refuse(`Cannot 'os-migrateLive' while ${this.state.taskState}`, true);
    if (host === this.state.host) return refuse(`the server is on ${host} already`);
    if (!HOSTS.some((candidate) => candidate.host === host)) return refuse(`Compute host ${host} could not be found.`);
    this.posts.push({ host, at: this.clock.now(), whileUnknown: this.script.delivery !== "answered" });
    this.state = { ...this.state, taskState: "migrating", status: "MIGRATING" };
    this.#migrate(host, method);
    return { outcome: "accepted", requestId: `req-${this.posts.length}` };
  }

  /** Somebody else's live migration, if Nova takes it. */
  beginOther(host: string, method: Method, script: MigrationScript): void {
    const own = this.script;
    this.script = script;
    this.#take(host, method);
    this.posts.pop();
    this.script = own;
  }

  #migrate(to: string, method: Method): void {
    const { script } = this;
    const from = this.state.host;
    const id = this.nextId();
    this.#record({
      id,
      uuid: `uuid-${id}`,
      status: "accepted",
      sourceCompute: from,
      destCompute: null,
      createdAt: "",
      updatedAt: null,
    });
    const step = (at: number, action: () => void) => {
      this.clock.after(at, () => {
        if (!this.#undo.has(id)) action();
      });
    };
    const stopped =
      this.state.pin !== null && method.kind !== "forced" && to === "node-31" && this.state.pin !== "nova2";
    if (script.ending === "pre-check" || stopped) {
      step(script.choosing, () => {
        this.#end(id, "error", from);
      });
      return;
    }
    const ready = script.choosing + script.queued;
    step(script.choosing, () => {
      this.#update(id, { destCompute: to, status: script.queued > 0 ? "queued" : "preparing" });
      this.hold(to, from);
    });
    step(ready + 200, () => {
      this.#update(id, { status: "preparing" });
      this.attached = [from, to];
    });
    step(ready + 500, () => {
      this.#update(id, { status: "running" });
      this.#runningSince = this.clock.now();
    });
    const end = ready + 500 + script.runs;
    switch (script.ending) {
      case "endless":
        return;
      case "completed":
        step(end, () => {
          this.#end(id, "completed", to);
        });
        return;
      case "rolled-back":
        step(end, () => {
          this.#update(id, { status: "error" });
        });
        step(end + 3_000, () => {
          this.#end(id, "failed", from);
        });
        return;
      default:
        step(end, () => {
          this.#break(id, from, to);
        });
    }
  }

  /** Ends cleanly on `host`; the task is cleared first, the record and the rest follow. */
  #end(id: number, status: string, host: string): void {
    this.#undo.add(id);
    if (host !== this.state.host) this.arrivals.push(host);
    this.state = { ...this.state, host, taskState: null, status: "ACTIVE", vmState: "active" };
    this.clock.after(LAG, () => {
      this.#update(id, { status });
    });
    this.clock.after(2 * LAG, () => {
      // Others may have moved it on.
      if (this.state.host !== host) return;
      this.attached = [host];
      this.settleOn(host);
      this.hold(host, null);
    });
  }

  #break(id: number, from: string, to: string): void {
    this.#undo.add(id);
    if (this.script.ending === "not-taken-over") {
      this.attached = [to];
      this.#update(id, { status: "completed" });
      return;
    }
    if (this.script.ending === "post-failure") {
      this.arrivals.push(to);
      this.state = {
        ...this.state,
        host: to,
        taskState: null,
        status: "ERROR",
        vmState: "error",
        fault: "detach failed",
      };
    } else {
      this.state = { ...this.state, host: from, taskState: null, status: "ACTIVE" };
    }
    if (this.script.ending !== "record-stays") this.#update(id, { status: "error" });
  }

  #record(entry: MigrationEntry): void {
    const now = new Date(this.clock.now()).toISOString();
    this.records = [{ ...entry, createdAt: now, updatedAt: now }, ...this.records];
  }

  #update(id: number, change: Partial<MigrationEntry>): void {
    const updatedAt = new Date(this.clock.now()).toISOString();
    this.records = this.records.map((record) => (record.id === id ? { ...record, ...change, updatedAt } : record));
  }

  abort(_: string, id: number): Promise<Answer> {
    return this.#intervene("abort", id, () => {
      this.#end(id, "cancelled", this.records.find((record) => record.id === id)?.sourceCompute ?? "");
    });
  }

  forceComplete(_: string, id: number): Promise<Answer> {
    return this.#intervene("force-complete", id, () => {
      this.#end(id, "completed", this.records.find((record) => record.id === id)?.destCompute ?? "");
    });
  }

  #intervene(what: string, id: number, act: () => void): Promise<Answer> {
    return this.ask(() => {
      this.interventions.push(what);
      const status = this.records.find((record) => record.id === id)?.status;
      if (status !== "running") return { outcome: "declined", message: `Migration ${id} is ${status ?? "gone"}` };
      this.clock.after(1_000, () => {
        if (!this.#undo.has(id)) act();
      });
      return { outcome: "accepted", message: "accepted" };
    });
  }

  failureReason(): Promise<string | null> {
    return this.ask(() => "CPU doesn't have compatibility.");
  }
}
