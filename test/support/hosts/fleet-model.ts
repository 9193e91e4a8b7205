import type { Answer } from "../../../migration/cloud/cloud-api.ts";
import { CloudLost } from "../../../migration/contract/failure.ts";
import { known, unknown, type Known, type ServerFacts, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import type { MigrationRequest } from "../../../migration/contract/request.ts";
import type { HostsContext, MoveEnd } from "../../../migration/hosts/hosts-context.ts";
import type {
  HostMigration,
  Holders,
  HostsCloud,
  HostService,
  Listed,
  Readiness,
  RoomOf,
} from "../../../migration/hosts/hosts-cloud.ts";
import type { FakeClock } from "../engine/fake-clock.ts";
import { providerOf, server as sampleServer, snapshot } from "../engine/samples.ts";
import { services, uuid } from "./fleet-samples.ts";

/** How one move of a server ends. @default "migrated" */
export type Ending = "migrated" | "failed" | "needs-attention" | "refused" | "still-running" | "deleted";

/** A server in the model: where it is and what it takes. */
interface Tenant {
  facts: ServerFacts;
  ramMiB: number;
}

/** A small Nova with Placement around many hosts, as a maintenance sees them, in a fake time. */
export class FleetModel implements HostsCloud {
  readonly clock: FakeClock;
  readonly tenants = new Map<string, Tenant>();
  hosts: HostService[];
  migrationList: HostMigration[] = [];
  /** Allocations beside those of the servers: consumer by host. */
  extra: { host: string; consumer: string }[] = [];
  /** By host: what its memory is, in MiB. @default 16384 */
  memory = 16_384;
  /** What came to Nova, in its order. */
  readonly log: string[] = [];
  /** Done before each answer: the world changes meanwhile. */
  before: (call: string) => void = () => undefined;
  endings = new Map<string, Ending[]>();
  placement: { readable: boolean; reason: string } = { readable: true, reason: "" };
  serverGap: string | undefined;
  disableAnswers: Answer[] = [];
  /** Rest of the process dies at this call. */
  killAt: string | undefined;
  readiness_: Readiness = { hypervisor: known("up"), inventory: known(["MEMORY_MB", "VCPU"]), agents: known([]) };
  #requests = 0;

  constructor(clock: FakeClock, hosts: number | HostService[] = 4) {
    this.clock = clock;
    this.hosts = typeof hosts === "number" ? services(hosts) : hosts;
  }

  /** Adds a server. */
  add(n: number, host: string, over: Partial<ServerFacts> = {}, ramMiB = 1024): string {
    const id = uuid(n);
    const flavor = { vcpus: 1, ramMiB, rootGiB: 1, ephemeralGiB: 0, swapMiB: 0, extraSpecs: {} };
    const zone = this.#host(host).availabilityZone;
    const place = { host, availabilityZone: zone, volumes: [], flavor };
    this.tenants.set(id, { facts: sampleServer({ id, name: `vm${n}`, ...place, ...over }), ramMiB });
    return id;
  }

  change(id: string, over: Partial<ServerFacts>): void {
    const tenant = this.tenants.get(id);
    if (tenant) tenant.facts = { ...tenant.facts, ...over };
  }

  setHost(name: string, over: Partial<HostService>): void {
    this.hosts = this.hosts.map((host) => (host.host === name ? { ...host, ...over } : host));
  }

  /** Where each server is. */
  places(): string[] {
    return [...this.tenants.values()].map(({ facts }) => `${facts.name} ${facts.host ?? ""}`).sort();
  }

  on = (host: string) => [...this.tenants.values()].filter(({ facts }) => facts.host === host);

  migrated(server: string, from: string, to: string, over: Partial<HostMigration> = {}): HostMigration {
    const now = new Date(this.clock.now()).toISOString();
    const entry: HostMigration = {
      id: this.migrationList.length + 1,
      type: "live-migration",
      uuid: `migration-${this.migrationList.length + 1}`,
      status: "completed",
      sourceCompute: from,
      destCompute: to,
      createdAt: now,
      updatedAt: now,
      serverId: server,
      ...over,
    };
    this.migrationList = [entry, ...this.migrationList];
    return entry;
  }

  async #ask<T>(call: string, answer: () => T): Promise<T> {
    this.#requests += 1;
    if (this.#requests > 50_000) throw new Error(`asks for ever: ${call}`);
    if (this.killAt === call) throw new Killed(call);
    this.before(call);
    await Promise.resolve();
    return answer();
  }

  #host(name: string): HostService {
    const found = this.hosts.find(({ host }) => host === name);
    if (!found) throw new Error(`the model has no ${name}`);
    return found;
  }

  services(): Promise<Listed<HostService>> {
    return this.#ask("services", () => ({ entries: this.hosts.map((host) => ({ ...host })) }));
  }

  disable({ host }: HostService, reason: string): Promise<Answer> {
    return this.#ask(`disable ${host}`, () => {
      this.log.push(`disable ${host}`);
      const answer = this.disableAnswers.shift() ?? ({ outcome: "accepted", message: "" } as const);
      if (answer.outcome !== "declined") this.setHost(host, { enabled: false, disabledReason: reason });
      return answer;
    });
  }

  enable({ host }: HostService): Promise<Answer> {
    return this.#ask(`enable ${host}`, () => {
      this.log.push(`enable ${host}`);
      this.setHost(host, { enabled: true, disabledReason: null });
      return { outcome: "accepted", message: "" } as const;
    });
  }

  servers(host: string): Promise<Listed<ServerFacts>> {
    return this.#ask(`servers ${host}`, () => ({
      entries: this.on(host).map(({ facts }) => facts),
      ...(this.serverGap !== undefined && { gap: this.serverGap }),
    }));
  }

  server(id: string): Promise<ServerFacts | "gone"> {
    return this.#ask(`server ${id}`, () => this.tenants.get(id)?.facts ?? "gone");
  }

  migrations(host: string, limit = Infinity): Promise<Listed<HostMigration>> {
    return this.#ask(`migrations ${host}`, () => ({
      entries: this.migrationList
        .filter(({ sourceCompute, destCompute }) => sourceCompute === host || destCompute === host)
        .slice(0, limit),
    }));
  }

  holders({ host }: HostService): Promise<Known<Holders>> {
    return this.#ask(`holders ${host}`, () => {
      if (!this.placement.readable) return unknown(this.placement.reason);
      const own = this.on(host).map(
        ({ facts, ramMiB }) => [facts.id, { own: { VCPU: 1, MEMORY_MB: ramMiB }, providers: 1 }] as const,
      );
      const extra = this.extra
        .filter((one) => one.host === host)
        .map(({ consumer }) => [consumer, { own: { VCPU: 1, MEMORY_MB: 1024 }, providers: 1 }] as const);
      return known({ consumers: new Map([...own, ...extra]) });
    });
  }

  room(): Promise<Known<Map<string, RoomOf>>> {
    return this.#ask("room", () =>
      this.placement.readable
        ? known(
            new Map<string, RoomOf>(
              this.hosts.map(({ host }) => [
                providerOf(host),
                {
                  VCPU: { capacity: 640, used: this.on(host).length },
                  MEMORY_MB: {
                    capacity: this.memory,
                    used: this.on(host).reduce((sum, { ramMiB }) => sum + ramMiB, 0),
                  },
                },
              ]),
            ),
          )
        : unknown(this.placement.reason),
    );
  }

  agents(): Promise<Readiness["agents"]> {
    return this.#ask("agents", () => this.readiness_.agents);
  }

  readiness(): Promise<Readiness> {
    return this.#ask("readiness", () => this.readiness_);
  }

  survey(): (serverId: string) => Promise<Snapshot> {
    return (id) =>
      this.#ask(`snapshot ${id}`, () => {
        const tenant = this.tenants.get(id);
        if (!tenant) throw new RangeError(`no server ${id} is among those that this user may see`);
        const own = this.migrationList.filter(({ serverId }) => serverId === id);
        return snapshot({
          takenAt: this.clock.now(),
          server: tenant.facts,
          hosts: known(this.hosts),
          migrations: known(own.filter(({ type }) => type === "live-migration")),
          moves: known(own),
          volumes: known([]),
          attachments: known([]),
          allocations: unknown("planning does not look at it"),
          ports: unknown("planning does not look at it"),
          fitting: this.placement.readable
            ? known(this.hosts.map(({ host }) => providerOf(host)))
            : unknown(this.placement.reason),
        });
      });
  }

  requestCount(): number {
    return this.#requests;
  }

  /** What a run of one server makes of it. It takes ten seconds. */
  async move(request: MigrationRequest): Promise<MoveEnd> {
    const { server: id, host: to = "" } = request;
    await this.#ask(`move ${id}`, () => undefined);
    const tenant = this.tenants.get(id);
    if (!tenant) return end("deleted", 0, "deleted");
    const { name, host: from } = tenant.facts;
    const target = this.#host(to);
    const ending = this.endings.get(id)?.shift() ?? (target.enabled && target.up ? "migrated" : "refused");
    const way = request.cold === true ? " stopped" : "";
    this.log.push(`${name} ${from ?? ""} > ${to}${way}${ending === "migrated" ? "" : ` ${ending}`}`);
    await this.#ask(`begin ${id}`, () => undefined);
    await this.clock.sleep(10_000);
    const off = tenant.facts.status === "SHUTOFF";
    const cold = request.cold === true || tenant.facts.status === "VERIFY_RESIZE" || off;
    if (ending === "deleted") this.tenants.delete(id);
    if (ending === "migrated") {
      this.change(id, { host: to, ...(tenant.facts.status === "VERIFY_RESIZE" && { status: "SHUTOFF" }) });
      this.change(id, { taskState: null, ...(tenant.facts.status === "MIGRATING" && { status: "ACTIVE" }) });
      const open = this.migrationList.find(
        (one) => one.serverId === id && !["completed", "confirmed"].includes(one.status),
      );
      const status = cold ? "confirmed" : "completed";
      if (open) this.migrationList = this.migrationList.map((one) => (one === open ? { ...one, status } : one));
      else this.migrated(id, from ?? "", to, { status, type: cold ? "migration" : "live-migration" });
    }
    await this.#ask(`end ${id}`, () => undefined);
    return end(ending, CODES[ending], `${name}: ${ending}`);
  }

  context(over: Partial<HostsContext> = {}): HostsContext & { told: string[] } {
    const told: string[] = [];
    return {
      cloud: this,
      clock: this.clock,
      progress: (event) => {
        if ("text" in event) told.push(event.text);
      },
      move: (request) => this.move(request),
      stop: new AbortController().signal,
      told,
      ...over,
    };
  }
}

/** What the process that is killed "throws". */
export class Killed extends Error {
  override name = "Killed";
}

export const cloudLost = (): never => {
  throw new CloudLost("503 Service Unavailable");
};

const CODES: Record<Ending, number> = {
  migrated: 0,
  deleted: 0,
  refused: 3,
  failed: 4,
  "needs-attention": 5,
  "still-running": 6,
};
const end = (result: Ending, exitCode: number, message: string): MoveEnd => ({
  result,
  exitCode,
  message,
  record: null,
});
