import type { JsonReader } from "./json-reader.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import { segment } from "../text/url.ts";
import type { Session } from "./session.ts";
import { VersionedClient } from "./versioned-client.ts";

/** Amounts by resource class, such as `{ VCPU: 2, MEMORY_MB: 4096 }`. */
export type Resources = Readonly<Record<string, number>>;

/** What a consumer, such as a server, holds of one provider. */
export interface Allocation {
  resourceProvider: string;
  resources: Resources;
}

export interface ResourceProvider {
  uuid: string;
  name: string;
  generation: number;
  parent: string | undefined;
  root: string | undefined;
}

export interface Inventory {
  total: number;
  reserved: number;
  allocationRatio: number;
  minUnit: number;
  maxUnit: number;
  stepSize: number;
}

/** What is looked for, and where. */
export interface CandidateQuery {
  resources: Resources;
  /** Further resources, each group held of one provider, which may be that of another group (1.29 and newer). */
  groups?: readonly Resources[];
  /** The tree of this provider only. */
  inTree?: string;
  /** Traits that a provider must have. */
  required?: readonly string[];
  /** Traits that it must not have. */
  forbidden?: readonly string[];
  /** Aggregates of which it must be in one. */
  memberOf?: readonly string[];
  limit?: number;
}

/** One way to place the resources. */
export interface AllocationCandidate {
  allocations: Allocation[];
}

/** `in_tree` came with this version. */
const IN_TREE: Microversion = "1.31";
/** The newest version whose answers this client has been written for. */
const NEWEST: Microversion = "1.39";

function readAllocations(allocations: JsonReader): Allocation[] {
  return allocations.keys().map((resourceProvider) => ({
    resourceProvider,
    resources: allocations.object(resourceProvider).numberMap("resources"),
  }));
}

const readProvider = (provider: JsonReader): ResourceProvider => ({
  uuid: provider.string("uuid"),
  name: provider.string("name"),
  generation: provider.number("generation"),
  parent: provider.optionalString("parent_provider_uuid"),
  root: provider.optionalString("root_provider_uuid"),
});

const readInventory = (inventory: JsonReader): Inventory => ({
  total: inventory.number("total"),
  reserved: inventory.number("reserved"),
  allocationRatio: inventory.number("allocation_ratio"),
  minUnit: inventory.number("min_unit"),
  maxUnit: inventory.number("max_unit"),
  stepSize: inventory.number("step_size"),
});

/** Placement. Everything here is for administrators only, by its default policy. */
export class Placement {
  readonly #client: VersionedClient;

  constructor(session: Session) {
    this.#client = new VersionedClient(session, "placement", "1.0", NEWEST);
  }

  /** The microversions of this cloud; asked for once. */
  range(): Promise<MicroversionRange> {
    return this.#client.range();
  }

  /** What a server (or a migration, by its uuid) holds; empty for an unknown one. */
  async getAllocations(consumer: string): Promise<Allocation[]> {
    return readAllocations((await this.#client.get(`/allocations/${segment(consumer)}`)).object("allocations"));
  }

  /**
   * Ways to place resources; none means that there is no room.
   *
   * @throws RangeError if the cloud is older than 1.31
   */
  async getAllocationCandidates(wanted: CandidateQuery): Promise<AllocationCandidate[]> {
    await this.#client.need(IN_TREE, "look within one host");
    const traits = [...(wanted.required ?? []), ...(wanted.forbidden ?? []).map((trait) => `!${trait}`)];
    const amounts = (resources: Resources) =>
      Object.entries(resources)
        .map(([name, amount]) => `${name}:${amount}`)
        .join(",");
    const groups = (wanted.groups ?? []).flatMap((resources, i): [string, string | undefined][] => [
      [`resources${i + 1}`, amounts(resources)],
      [`in_tree${i + 1}`, wanted.inTree],
    ]);
    const answer = await this.#client.get("/allocation_candidates", {
      query: {
        resources: amounts(wanted.resources),
        ...Object.fromEntries(groups),
        group_policy: groups.length > 0 ? "none" : undefined,
        in_tree: wanted.inTree,
        required: traits.length > 0 ? traits.join(",") : undefined,
        member_of: wanted.memberOf && `in:${wanted.memberOf.join(",")}`,
        limit: wanted.limit,
      },
    });
    return answer
      .objects("allocation_requests")
      .map((request) => ({ allocations: readAllocations(request.object("allocations")) }));
  }

  /** @param options.inTree only the tree of this provider */
  async getResourceProviders(options: { name?: string; inTree?: string } = {}): Promise<ResourceProvider[]> {
    const query = { name: options.name, in_tree: options.inTree };
    return (await this.#client.get("/resource_providers", { query })).objects("resource_providers").map(readProvider);
  }

  /** What a provider has, by resource class. */
  async getInventories(provider: string): Promise<Readonly<Record<string, Inventory>>> {
    const answer = await this.#client.get(`/resource_providers/${segment(provider)}/inventories`);
    const inventories = answer.object("inventories");
    return Object.fromEntries(inventories.keys().map((name) => [name, readInventory(inventories.object(name))]));
  }

  /** What of it is used, by resource class. */
  async getUsages(provider: string): Promise<Resources> {
    return (await this.#client.get(`/resource_providers/${segment(provider)}/usages`)).numberMap("usages");
  }

  async getTraits(provider: string): Promise<string[]> {
    return (await this.#client.get(`/resource_providers/${segment(provider)}/traits`)).strings("traits");
  }
}
