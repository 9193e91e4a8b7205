import * as z from "zod/mini";
import { fields, inside, optional, type Skipped } from "../http/answer.ts";
import type { Microversion } from "../http/microversion.ts";
import type { Source } from "../http/paging.ts";
import { segment } from "../../text/url.ts";
import { VersionedClient } from "../http/versioned-client.ts";

/** Amounts by resource class, such as `{ VCPU: 2, MEMORY_MB: 4096 }`. */
export type Resources = Readonly<Record<string, number>>;

/** What a consumer, such as a server, holds of one provider. */
export interface Allocation {
  resourceProvider: string;
  resources: Resources;
}

const resourcesSchema = z.record(z.string(), z.number());

/** By provider. */
const allocationsSchema = inside(
  "allocations",
  z.pipe(
    z.record(z.string(), inside("resources", resourcesSchema)),
    z.transform((held) =>
      Object.entries(held).map(([resourceProvider, resources]): Allocation => ({ resourceProvider, resources })),
    ),
  ),
);

const candidateSchema = allocationsSchema.check(z.minLength(1, "at least one provider"));

const providerSchema = fields({
  uuid: z.string(),
  name: z.string(),
  parent: ["parent_provider_uuid", optional(z.string())],
  root: ["root_provider_uuid", optional(z.string())],
});
export type ResourceProvider = z.output<typeof providerSchema>;

const inventorySchema = fields({
  total: z.number(),
  reserved: z.number(),
  allocationRatio: ["allocation_ratio", z.number()],
});
export type Inventory = z.output<typeof inventorySchema>;

/** The resources to find, and where. */
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
  /** It must be in one of these aggregates. */
  memberOf?: readonly string[];
  limit?: number;
}

/** One way to place the resources. */
export interface AllocationCandidate {
  allocations: Allocation[];
}

/** What a provider has of a resource class, after reserve and allocation ratio, and what is used of it. */
export interface Capacity {
  capacity: number;
  used: number;
}

const summariesSchema = inside(
  "provider_summaries",
  z.record(z.string(), inside("resources", z.record(z.string(), z.object({ capacity: z.number(), used: z.number() })))),
);

/** By consumer. */
const heldSchema = inside("allocations", z.record(z.string(), inside("resources", resourcesSchema)));

/** From this version on a summary has all resource classes of a provider. */
const WHOLE_SUMMARIES: Microversion = "1.27";
/** `in_tree` came with this version. */
const IN_TREE: Microversion = "1.31";
/** The newest version whose answers this client has been written for. */
const NEWEST: Microversion = "1.39";

/** Placement. Everything here is for administrators only, by its default policy. */
export class Placement {
  readonly #client: VersionedClient;

  constructor(source: Source) {
    this.#client = new VersionedClient(source, "placement", "1.0", NEWEST);
  }

  /** What a server (or a migration, by its uuid) holds; empty for an unknown one. */
  async getAllocations(consumer: string): Promise<Allocation[]> {
    return await this.#client.get(`/allocations/${segment(consumer)}`, allocationsSchema);
  }

  /**
   * Ways to place resources; none means that there is no room.
   *
   * @throws RangeError if the cloud is older than 1.31
   */
  async getAllocationCandidates(
    wanted: CandidateQuery,
    options: { skipped?: Skipped[] } = {},
  ): Promise<AllocationCandidate[]> {
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
    const found = await this.#client.collect("/allocation_candidates", "allocation_requests", candidateSchema, {
      ...options,
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
    return found.map((allocations) => ({ allocations }));
  }

  /** @param options.inTree only the tree of this provider */
  async getResourceProviders(options: { name?: string; inTree?: string } = {}): Promise<ResourceProvider[]> {
    const query = { name: options.name, in_tree: options.inTree };
    return this.#client.collect("/resource_providers", "resource_providers", providerSchema, { query });
  }

  /** What a provider has, by resource class. */
  async getInventories(provider: string): Promise<Readonly<Record<string, Inventory>>> {
    const path = `/resource_providers/${segment(provider)}/inventories`;
    return await this.#client.get(path, inside("inventories", z.record(z.string(), inventorySchema)));
  }

  /** What of it is used, by resource class. */
  async getUsages(provider: string): Promise<Resources> {
    return await this.#client.get(`/resource_providers/${segment(provider)}/usages`, inside("usages", resourcesSchema));
  }

  /**
   * Who holds something of a provider: servers, and migrations by their uuids. Of this provider alone, not of those
   * below it.
   */
  async getProviderAllocations(provider: string): Promise<Readonly<Record<string, Resources>>> {
    return await this.#client.get(`/resource_providers/${segment(provider)}/allocations`, heldSchema);
  }

  /**
   * Capacity and use of all providers that have at least these resources free, in one request. A provider without them
   * is left out.
   *
   * @throws RangeError if the cloud is older than 1.27
   */
  async getProviderSummaries(free: Resources): Promise<Readonly<Record<string, Readonly<Record<string, Capacity>>>>> {
    await this.#client.need(WHOLE_SUMMARIES, "show all that providers have");
    const resources = Object.entries(free)
      .map(([name, amount]) => `${name}:${amount}`)
      .join(",");
    return await this.#client.get("/allocation_candidates", summariesSchema, { query: { resources } });
  }
}
