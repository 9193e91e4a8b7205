import type { Resources } from "../../../openstack/placement/placement.ts";
import type { Known } from "../../cloud/snapshot.ts";
import type { Target } from "../../contract/drain.ts";
import type { HostService, RoomOf } from "../hosts-cloud.ts";

/** What is used of each target's resources, counting planned arrivals as if they were there. Nothing that leaves counts as free. */
export class Ledger {
  readonly #room: Known<Map<string, RoomOf>>;
  /** By host, then by resource class: what planned moves take there. */
  readonly #taken = new Map<string, Map<string, number>>();
  readonly #arriving = new Map<string, number>();

  readonly #fillTo: number;

  /** @param fillTo how full a target may get, in percent */
  constructor(room: Known<Map<string, RoomOf>>, fillTo = 100) {
    this.#room = room;
    this.#fillTo = fillTo;
  }

  /** Why capacity is not known at all; undefined: it is. */
  get hidden(): string | undefined {
    return this.#room.known ? undefined : this.#room.reason;
  }

  /** What the host lacks for the server, in words; empty: it fits, or its capacity is not known. */
  lacking(host: HostService, need: Resources): string[] {
    const room = this.#of(host);
    if (room === undefined) return this.#room.known ? ["Placement shows nothing of it"] : [];
    return Object.entries(need).flatMap(([name, amount]) => {
      const free = Math.floor(((room[name]?.capacity ?? 0) * this.#fillTo) / 100) - this.#used(host, name);
      const limit = this.#fillTo < 100 ? ` below ${this.#fillTo} %` : "";
      return amount > free ? [`${name} ${amount} of ${Math.max(0, free)} free${limit}`] : [];
    });
  }

  take({ host }: HostService, need: Resources): void {
    const taken = this.#taken.get(host) ?? new Map<string, number>();
    for (const [name, amount] of Object.entries(need)) taken.set(name, (taken.get(name) ?? 0) + amount);
    this.#taken.set(host, taken);
    this.#arriving.set(host, this.arriving(host) + 1);
  }

  arriving(host: string): number {
    return this.#arriving.get(host) ?? 0;
  }

  /** How full the host would be with the server: the part in use of the resource class that is scarcest there, 0 to 1. */
  loadWith(host: HostService, need: Resources): number {
    const room = this.#of(host);
    // Without Placement, what Nova says of memory, and how many arrive.
    if (room === undefined) return (host.hypervisor?.load ?? 0) + this.arriving(host.host);
    const shares = Object.entries(need).map(([name, amount]) => {
      const capacity = room[name]?.capacity ?? 0;
      return capacity === 0 ? 1 : (this.#used(host, name) + amount) / capacity;
    });
    return Math.max(0, ...shares);
  }

  target(host: HostService): Target {
    const resources = Object.entries(this.#of(host) ?? {}).map(([name, { capacity, used }]) => [
      name,
      { capacity, before: used, after: this.#used(host, name) },
    ]);
    return {
      host: host.host,
      zone: host.availabilityZone,
      arriving: this.arriving(host.host),
      resources: Object.fromEntries(resources) as Target["resources"],
    };
  }

  #of({ hypervisor }: HostService): RoomOf | undefined {
    return this.#room.known && hypervisor !== null ? this.#room.value.get(hypervisor.id) : undefined;
  }

  #used(host: HostService, name: string): number {
    return (this.#of(host)?.[name]?.used ?? 0) + (this.#taken.get(host.host)?.get(name) ?? 0);
  }
}
