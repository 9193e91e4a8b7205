import type { Answer, StartAnswer } from "../../../migration/cloud/cloud-api.ts";
import type { MigrationEntry } from "../../../migration/cloud/snapshot.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { Delivery } from "./migration-script.ts";
import { HOSTS } from "./samples.ts";
import type { State } from "./server-model.ts";

/** How a cold migration ends. */
export type ColdEnding =
  /** VERIFY_RESIZE on the destination. */
  | "arrives"
  /** The scheduler finds no host: back at once, the record is `error`. */
  | "no-valid-host"
  /** The source cannot send it (no ssh): it is started on the source again. */
  | "rolled-back"
  /** The destination cannot start it: the server is in ERROR. */
  | "start-fails"
  /** The source's nova-compute dies: nobody ends it. */
  | "source-dies";

export interface ColdScript {
  ending: ColdEnding;
  delivery: Delivery;
  /** Milliseconds until the scheduler has chosen, until the guest is off and copied, until it is started. */
  choosing: number;
  copying: number;
  starting: number;
  /** What becomes of a confirmation and a revert, and how long they take; null: they never end. */
  decision: Delivery;
  deciding: number | null;
  /** What is wrong on the destination. */
  damage: "none" | "volume-missing" | "volume-twice" | "guest-off";
  /** Nova confirms by itself after so many milliseconds (resize_confirm_window). */
  confirmWindow: number | null;
}

export const DEFAULT_COLD_SCRIPT: ColdScript = {
  ending: "arrives",
  delivery: "answered",
  choosing: 500,
  copying: 3_000,
  starting: 1_000,
  decision: "answered",
  deciding: 1_500,
  damage: "none",
  confirmWindow: null,
};

/** What cold migrations change of a model: its server, Cinder, Neutron and Placement. */
interface Changed {
  state: State;
  attached: string[];
  /** Of the next record. */
  nextId(): number;
  hold(host: string, migration: string | null): void;
  settleOn(host: string): void;
}

/** Cold migrations of the server of a `NovaModel`. */
export class ColdModel {
  script: ColdScript = DEFAULT_COLD_SCRIPT;
  records: MigrationEntry[] = [];
  /** What Nova has taken. */
  readonly posts: string[] = [];
  readonly decisions: ("confirm" | "revert")[] = [];
  /** Hosts that the server has arrived at, and returned to. */
  readonly arrivals: string[] = [];
  readonly #nova: Changed;
  readonly #clock: FakeClock;
  /** How the server was before. */
  #ran = true;

  constructor(nova: Changed, clock: FakeClock) {
    this.#nova = nova;
    this.#clock = clock;
  }

  start(host: string): StartAnswer {
    return this.#deliver<StartAnswer>(
      this.script.delivery,
      { outcome: "unknown", reason: "the connection broke" },
      () => this.#take(host),
    );
  }

  decide(what: "confirm" | "revert"): Answer {
    return this.#deliver<Answer>(this.script.decision, { outcome: "unanswered", message: "the connection broke" }, () =>
      this.#decide(what),
    );
  }

  #deliver<T>(delivery: Delivery, lost: T, take: () => T): T {
    if (delivery === "answered") return take();
    if (delivery === "answer-lost") take();
    else if (delivery !== "never-arrives") this.#clock.after(delivery.after, () => void take());
    return lost;
  }

  /** What Nova's API itself checks, and what it saves before it answers. */
  #take(host: string): StartAnswer {
    const nova = this.#nova;
    const { status, taskState } = nova.state;
    const refuse = (message: string, busy = false): StartAnswer => ({
      outcome: "refused",
      busy,
      message,
      requestId: "req-no",
    });
    if (taskState !== null || !["ACTIVE", "SHUTOFF"].includes(status))
      return refuse(`Cannot 'migrate' while ${status}`, true);
    if (host === nova.state.host) return refuse("Cannot migrate to the same host.");
    if (!HOSTS.some((candidate) => candidate.host === host)) return refuse(`Compute host ${host} could not be found.`);
    this.posts.push(host);
    this.#ran = status === "ACTIVE";
    nova.state = { ...nova.state, taskState: "resize_prep", status: "RESIZE" };
    this.#migrate(nova.state.host, host);
    return { outcome: "accepted", requestId: `req-cold-${this.posts.length}` };
  }

  #migrate(from: string, to: string): void {
    const nova = this.#nova;
    const { ending, choosing, copying, starting, damage, confirmWindow } = this.script;
    const id = nova.nextId();
    const now = new Date(this.#clock.now()).toISOString();
    const entry = { id, type: "migration", uuid: `uuid-${id}`, sourceCompute: from, destCompute: null };
    this.records = [{ ...entry, status: "pre-migrating", createdAt: now, updatedAt: now }, ...this.records];
    const pinned = nova.state.pin !== null && to === "node-31" && nova.state.pin !== "nova2";
    this.#clock.after(choosing, () => {
      if (ending === "no-valid-host" || pinned) {
        this.#atRest(from);
        this.#update(id, { status: "error" });
        return;
      }
      nova.hold(to, from);
      this.#update(id, { destCompute: to, status: "migrating" });
      nova.state = { ...nova.state, taskState: "resize_migrating" };
      if (ending === "source-dies") return;
      this.#clock.after(copying, () => {
        if (ending === "rolled-back") {
          nova.settleOn(from);
          nova.hold(from, null);
          this.#atRest(from);
          this.#update(id, { status: "error" });
          return;
        }
        this.#update(id, { status: "post-migrating" });
        nova.attached = [];
        nova.state = { ...nova.state, host: to, taskState: "resize_finish" };
        this.#clock.after(starting, () => {
          if (ending === "start-fails") {
            nova.state = { ...nova.state, taskState: null, status: "ERROR", vmState: "error", fault: "no such device" };
            this.#update(id, { status: "error" });
            return;
          }
          this.arrivals.push(to);
          nova.settleOn(to);
          nova.hold(to, from);
          nova.attached = { none: [to], "guest-off": [to], "volume-missing": [], "volume-twice": [from, to] }[damage];
          this.#update(id, { status: "finished" });
          const running = this.#ran && damage !== "guest-off";
          nova.state = { ...nova.state, taskState: null, status: "VERIFY_RESIZE", vmState: "resized", running };
          if (confirmWindow !== null) this.#clock.after(confirmWindow, () => void this.#decide("confirm"));
        });
      });
    });
  }

  /** Nova's answer, and what it does; others may ask, too. */
  #decide(what: "confirm" | "revert"): Answer {
    const nova = this.#nova;
    const { status, taskState, host } = nova.state;
    const record = this.records[0];
    if (status !== "VERIFY_RESIZE" || taskState !== null || record?.status !== "finished") {
      return { outcome: "declined", message: "Instance has not been resized." };
    }
    this.decisions.push(what);
    const { id, sourceCompute } = record;
    const back = sourceCompute ?? "";
    const { deciding } = this.script;
    this.#update(id, { status: what === "confirm" ? "confirming" : "reverting" });
    if (what === "revert") nova.state = { ...nova.state, taskState: "resize_reverting", status: "REVERT_RESIZE" };
    if (deciding === null) return { outcome: "accepted", message: "accepted" };
    this.#clock.after(deciding, () => {
      if (what === "confirm") {
        this.#update(id, { status: "confirmed" });
        nova.hold(host, null);
        this.#atRest(host, nova.state.running);
        return;
      }
      this.arrivals.push(back);
      nova.attached = [back];
      nova.settleOn(back);
      nova.hold(back, null);
      this.#update(id, { status: "reverted" });
      this.#atRest(back);
    });
    return { outcome: "accepted", message: "accepted" };
  }

  /** Somebody else decides, whatever this run does. */
  byOthers(what: "confirm" | "revert"): Answer {
    return this.#decide(what);
  }

  #atRest(host: string, running = this.#ran): void {
    const [status, vmState] = running ? (["ACTIVE", "active"] as const) : (["SHUTOFF", "stopped"] as const);
    this.#nova.state = { ...this.#nova.state, host, taskState: null, status, vmState, running };
  }

  #update(id: number, change: Partial<MigrationEntry>): void {
    const updatedAt = new Date(this.#clock.now()).toISOString();
    this.records = this.records.map((record) => (record.id === id ? { ...record, ...change, updatedAt } : record));
  }
}
