import type {
  AllocationFacts,
  Answer,
  CloudApi,
  MemoryCounters,
  Method,
  ObservedServer,
  SnapshotScope,
  StartAnswer,
} from "../../../migration/cloud/cloud-api.ts";
import { CloudLost, NotFound } from "../../../migration/contract/failure.ts";
import { known, type MigrationEntry, type ServerFacts, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import { ColdModel, type State } from "./cold-model.ts";
import type { FakeClock } from "./fake-clock.ts";
import { STORY, type Story } from "./migration-script.ts";
import { BOOT, DATA, HOSTS, PORT, providerOf, RESOURCES, SERVER, server, snapshot, volume } from "./samples.ts";

/** How long the record lags behind the server, in milliseconds. */
const LAG = 150;
const TOTAL = 1024 * 1024 * 1024;

/** A small Nova with Cinder, Neutron and Placement around one server, as the engine sees them, in a fake time. */
export class NovaModel implements CloudApi {
  /** Requests that Nova has taken, with the time of each: a second one in flight would be a fault of the engine. */
  readonly posts: { host: string; at: number; whileUnknown: boolean }[] = [];
  readonly pins: (string | null)[] = [];
  readonly interventions: string[] = [];
  /** Hosts that the server has arrived at. */
  readonly arrivals: string[] = [];
  story: Story;
  state: State = {
    status: "ACTIVE",
    taskState: null,
    vmState: "active",
    fault: null,
    host: "node-28",
    pin: null,
    running: true,
  };
  /** Its cold migrations. */
  readonly cold: ColdModel;
  records: MigrationEntry[] = [];
  /** Hosts on which each volume is attached. */
  attached: string[] = ["node-28"];
  /** The image that it boots from; then it has no volumes. */
  image: string | null = null;
  /** Changes to every snapshot, such as what this user may not see. */
  adjust: (snapshot: Snapshot) => Snapshot = (snapshot) => snapshot;
  maxMicroversion: Snapshot["microversions"]["max"] = "2.104";
  declinePins: string | null = null;
  deleted = false;
  /** Until then nobody answers. */
  awayUntil = 0;
  readonly #clock: FakeClock;
  #portsOn = "node-28";
  #allocated = "node-28";
  /** The host that a migration itself holds resources of. */
  #held: string | null = null;
  #runningSince: number | null = null;
  #requests = 0;
  #undo = new Set<number>();

  constructor(clock: FakeClock, story: Partial<Story> = {}) {
    this.#clock = clock;
    this.cold = new ColdModel(this, clock);
    this.story = { ...STORY, ...story };
  }

  async #ask<T>(answer: () => T): Promise<T> {
    this.#requests += 1;
    if (this.story.answers > 0) await this.#clock.sleep(this.story.answers);
    if (this.#clock.now() < this.awayUntil) throw new CloudLost("503 Service Unavailable");
    return structuredClone(answer());
  }

  resolveServer(): Promise<string> {
    return this.#ask(() => SERVER);
  }

  #facts(): ServerFacts {
    const { pin, ...state } = this.state;
    const own = this.image === null ? {} : { image: this.image, volumes: [] };
    return server({ ...state, ...own, pin: { known: true, zone: pin } });
  }

  snapshot(_: string, scope: SnapshotScope): Promise<Snapshot> {
    const held = scope.purpose === "verify" && scope.migrationUuid !== null;
    return this.#ask(() => {
      if (this.deleted) throw new NotFound("404 Instance could not be found.");
      const places = this.attached.map((on) => ({ serverId: SERVER, host: on }));
      const volumes = this.image === null ? [BOOT, DATA] : [];
      return this.adjust(
        snapshot({
          takenAt: this.#clock.now(),
          microversions: { min: "2.1", max: this.maxMicroversion },
          server: this.#facts(),
          migrations: known(this.records),
          moves: known(this.#moves()),
          volumes: known(volumes.map((id) => volume(id, null, { attachments: places }))),
          attachments: known(
            volumes.flatMap((volumeId) =>
              this.attached.map((on) => ({ id: `${volumeId} on ${on}`, volumeId, status: "attached" })),
            ),
          ),
          ports: this.#ports(),
          ...this.#allocations(held),
        }),
      );
    });
  }

  server(): Promise<ObservedServer | "gone"> {
    return this.#ask(() => (this.deleted ? "gone" : { ...this.#facts(), progress: null }));
  }

  migrations(): Promise<MigrationEntry[] | null> {
    return this.#ask(() => this.records);
  }

  moves(): Promise<MigrationEntry[] | null> {
    return this.#ask(() => this.#moves());
  }

  #moves = () => [...this.cold.records, ...this.records].sort((a, b) => b.id - a.id);

  /** Of the next record. */
  nextId(): number {
    return (this.#moves()[0]?.id ?? 0) + 1;
  }

  startCold(_: string, host: string | null): Promise<StartAnswer> {
    return this.#ask(() => this.cold.start(host ?? ""));
  }

  confirm(): Promise<Answer> {
    return this.#ask(() => this.cold.decide("confirm"));
  }

  revert(): Promise<Answer> {
    return this.#ask(() => this.cold.decide("revert"));
  }

  hosts(): Promise<Snapshot["hosts"]> {
    return this.#ask(() => this.adjust(snapshot()).hosts);
  }

  ports(): Promise<Snapshot["ports"]> {
    return this.#ask(() => this.adjust(snapshot({ ports: this.#ports() })).ports);
  }

  #ports = (): Snapshot["ports"] =>
    known([{ id: PORT, host: this.#portsOn, status: this.state.running ? "ACTIVE" : "DOWN" }]);

  allocations(_: string, migrationUuid: string | null): Promise<AllocationFacts> {
    return this.#ask(() => {
      const { allocations, migrationAllocations } = this.adjust(snapshot(this.#allocations(migrationUuid !== null)));
      return { allocations, migrationAllocations };
    });
  }

  #allocations(held: boolean): AllocationFacts {
    return {
      allocations: known({ [providerOf(this.#allocated)]: RESOURCES }),
      migrationAllocations: held ? known(this.#held === null ? {} : { [providerOf(this.#held)]: RESOURCES }) : null,
    };
  }

  counters(_: string, id: number): Promise<MemoryCounters | null> {
    return this.#ask(() => {
      const record = this.records.find((candidate) => candidate.id === id);
      if (!record || !["queued", "preparing", "running"].includes(record.status)) return null;
      const every = this.story.countersEvery;
      const ran = this.#runningSince === null ? 0 : this.#clock.now() - this.#runningSince;
      const since = Math.floor(ran / every) * every;
      const left = this.story.ending === "endless" ? 0.5 : Math.max(0, 1 - since / this.story.runs);
      const bytes = Math.round(TOTAL * left);
      return { status: record.status, totalBytes: TOTAL, processedBytes: TOTAL - bytes, remainingBytes: bytes };
    });
  }

  start(_: string, host: string, method: Method): Promise<StartAnswer> {
    const { delivery } = this.story;
    return this.#ask((): StartAnswer => {
      switch (delivery) {
        case "answered":
          return this.#take(host, method);
        case "answer-lost":
          this.#take(host, method);
          return { outcome: "unknown", reason: "the connection broke" };
        case "never-arrives":
          return { outcome: "unknown", reason: "the connection broke" };
        default:
          this.#clock.after(delivery.after, () => void this.#take(host, method));
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
    this.posts.push({ host, at: this.#clock.now(), whileUnknown: this.story.delivery !== "answered" });
    this.state = { ...this.state, taskState: "migrating", status: "MIGRATING" };
    this.#migrate(host, method);
    return { outcome: "accepted", requestId: `req-${this.posts.length}` };
  }

  /** Somebody else's live migration, if Nova takes it. */
  beginOther(host: string, method: Method, story: Story): void {
    const own = this.story;
    this.story = story;
    this.#take(host, method);
    this.posts.pop();
    this.story = own;
  }

  /** Somebody restarts the server, which keeps a task for so many milliseconds. */
  restart(taskState: string, milliseconds: number): void {
    this.state = { ...this.state, taskState, status: "REBOOT" };
    this.#clock.after(milliseconds, () => {
      this.state = { ...this.state, taskState: null, status: "ACTIVE" };
    });
  }

  /** Somebody has moved the server otherwise than live: no live migration is listed. */
  appearOn(host: string): void {
    if (host !== this.state.host) this.arrivals.push(host);
    this.state = { ...this.state, host };
    this.attached = [host];
    this.settleOn(host);
  }

  /** Neutron and Placement have the server on this host. */
  settleOn(host: string): void {
    this.#portsOn = host;
    this.#allocated = host;
  }

  /** Placement holds the server's resources on a host, and a migration's on another. */
  hold(host: string, migration: string | null): void {
    this.#allocated = host;
    this.#held = migration;
  }

  #migrate(to: string, method: Method): void {
    const { story } = this;
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
      this.#clock.after(at, () => {
        if (!this.#undo.has(id)) action();
      });
    };
    const stopped =
      this.state.pin !== null && method.kind !== "forced" && to === "node-31" && this.state.pin !== "nova2";
    if (story.ending === "pre-check" || stopped) {
      step(story.choosing, () => {
        this.#end(id, "error", from);
      });
      return;
    }
    const ready = story.choosing + story.queued;
    step(story.choosing, () => {
      this.#update(id, { destCompute: to, status: story.queued > 0 ? "queued" : "preparing" });
      this.#allocated = to;
      this.#held = from;
    });
    step(ready + 200, () => {
      this.#update(id, { status: "preparing" });
      this.attached = [from, to];
    });
    step(ready + 500, () => {
      this.#update(id, { status: "running" });
      this.#runningSince = this.#clock.now();
    });
    const end = ready + 500 + story.runs;
    switch (story.ending) {
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
    this.#clock.after(LAG, () => {
      this.#update(id, { status });
    });
    this.#clock.after(2 * LAG, () => {
      // Others may have moved it on.
      if (this.state.host !== host) return;
      this.attached = [host];
      this.#portsOn = host;
      this.#allocated = host;
      this.#held = null;
    });
  }

  #break(id: number, from: string, to: string): void {
    this.#undo.add(id);
    if (this.story.ending === "not-taken-over") {
      this.attached = [to];
      this.#update(id, { status: "completed" });
      return;
    }
    if (this.story.ending === "post-failure") {
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
    if (this.story.ending !== "record-stays") this.#update(id, { status: "error" });
  }

  #record(entry: MigrationEntry): void {
    const now = new Date(this.#clock.now()).toISOString();
    this.records = [{ ...entry, createdAt: now, updatedAt: now }, ...this.records];
  }

  #update(id: number, change: Partial<MigrationEntry>): void {
    const updatedAt = new Date(this.#clock.now()).toISOString();
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
    return this.#ask(() => {
      this.interventions.push(what);
      const status = this.records.find((record) => record.id === id)?.status;
      if (status !== "running") return { outcome: "declined", message: `Migration ${id} is ${status ?? "gone"}` };
      this.#clock.after(1_000, () => {
        if (!this.#undo.has(id)) act();
      });
      return { outcome: "accepted", message: "accepted" };
    });
  }

  pin(_: string, zone: string | null): Promise<Answer> {
    return this.#ask(() => {
      if (this.declinePins !== null) return { outcome: "declined", message: this.declinePins };
      // nova/compute/api.py at 34: any other zone is refused.
      const here = HOSTS.find(({ host }) => host === this.state.host)?.availabilityZone;
      if (zone !== null && zone !== here) {
        return { outcome: "declined", message: "Server can only be pinned to its current availability zone." };
      }
      this.pins.push(zone);
      this.state = { ...this.state, pin: zone };
      return { outcome: "accepted", message: "accepted" };
    });
  }

  failureReason(): Promise<string | null> {
    return this.#ask(() => "CPU doesn't have compatibility.");
  }

  requestCount(): number {
    return this.#requests;
  }
}
