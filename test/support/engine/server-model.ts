import type { AllocationFacts, Answer, ObservedServer, SnapshotScope } from "../../../migration/cloud/cloud-api.ts";
import { CloudLost, NotFound } from "../../../migration/contract/failure.ts";
import { known, type MigrationEntry, type ServerFacts, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import type { FakeClock } from "./fake-clock.ts";
import { BOOT, DATA, HOSTS, PORT, providerOf, RESOURCES, SERVER, server, snapshot, volume } from "./samples.ts";

/** What a model keeps of its server. */
export type State = Pick<ServerFacts, "status" | "taskState" | "vmState" | "fault"> & {
  host: string;
  pin: string | null;
  running: boolean;
};

/** One server as Nova, Cinder, Neutron and Placement show it, in a fake time. {@link NovaModel} migrates it. */
export abstract class ServerModel {
  /** Hosts that the server has arrived at. */
  readonly arrivals: string[] = [];
  readonly pins: (string | null)[] = [];
  state: State = {
    status: "ACTIVE",
    taskState: null,
    vmState: "active",
    fault: null,
    host: "node-28",
    pin: null,
    running: true,
  };
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
  /** How long each answer takes, in milliseconds. */
  abstract script: { answers: number };
  protected readonly clock: FakeClock;
  #portsOn = "node-28";
  #allocated = "node-28";
  /** The host that a migration itself holds resources of. */
  #held: string | null = null;
  #requests = 0;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** Its migrations of all kinds, the newest first. */
  protected abstract allMoves(): MigrationEntry[];

  protected async ask<T>(answer: () => T): Promise<T> {
    this.#requests += 1;
    if (this.script.answers > 0) await this.clock.sleep(this.script.answers);
    if (this.clock.now() < this.awayUntil) throw new CloudLost("503 Service Unavailable");
    return structuredClone(answer());
  }

  resolveServer(): Promise<string> {
    return this.ask(() => SERVER);
  }

  #facts(): ServerFacts {
    const { pin, ...state } = this.state;
    const own = this.image === null ? {} : { image: this.image, volumes: [] };
    return server({ ...state, ...own, pin: { known: true, zone: pin } });
  }

  snapshot(_: string, scope: SnapshotScope): Promise<Snapshot> {
    const held = scope.purpose === "verify" && scope.migrationUuid !== null;
    return this.ask(() => {
      if (this.deleted) throw new NotFound("404 Instance could not be found.");
      const places = this.attached.map((on) => ({ serverId: SERVER, host: on }));
      const volumes = this.image === null ? [BOOT, DATA] : [];
      return this.adjust(
        snapshot({
          takenAt: this.clock.now(),
          microversions: { min: "2.1", max: this.maxMicroversion },
          server: this.#facts(),
          migrations: known(this.records),
          moves: known(this.allMoves()),
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
    return this.ask(() => (this.deleted ? "gone" : { ...this.#facts(), progress: null }));
  }

  migrations(): Promise<MigrationEntry[] | null> {
    return this.ask(() => this.records);
  }

  moves(): Promise<MigrationEntry[] | null> {
    return this.ask(() => this.allMoves());
  }

  /** Of the next record. */
  nextId(): number {
    return (this.allMoves()[0]?.id ?? 0) + 1;
  }

  hosts(): Promise<Snapshot["hosts"]> {
    return this.ask(() => this.adjust(snapshot()).hosts);
  }

  ports(): Promise<Snapshot["ports"]> {
    return this.ask(() => this.adjust(snapshot({ ports: this.#ports() })).ports);
  }

  #ports = (): Snapshot["ports"] =>
    known([{ id: PORT, host: this.#portsOn, status: this.state.running ? "ACTIVE" : "DOWN" }]);

  allocations(_: string, migrationUuid: string | null): Promise<AllocationFacts> {
    return this.ask(() => {
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

  /** Somebody restarts the server, which keeps a task for so many milliseconds. */
  restart(taskState: string, milliseconds: number): void {
    this.state = { ...this.state, taskState, status: "REBOOT" };
    this.clock.after(milliseconds, () => {
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

  pin(_: string, zone: string | null): Promise<Answer> {
    return this.ask(() => {
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

  requestCount(): number {
    return this.#requests;
  }
}
