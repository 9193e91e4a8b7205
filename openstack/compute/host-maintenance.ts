import * as z from "zod/mini";
import type { Skipped } from "../http/answer.ts";
import type { Source } from "../http/paging.ts";
import { VersionedClient } from "../http/versioned-client.ts";
import { segment } from "../../text/url.ts";
import { migrationSchema, type Migration } from "./server-migration.ts";

/** From this version on a service is named by its uuid, which is the same in every cell. */
const SERVICE_BY_UUID = "2.53";
/** The newest version whose answers this client has been written for. */
const NEWEST = "2.104";

/** Nova's limit of a reason (nova/api/openstack/compute/schemas/services.py at 33.0.2). */
export const LONGEST_REASON = 255;

/** What Nova offers for a whole compute host. Administrators only, by its default policy. */
export class HostMaintenance {
  readonly #client: VersionedClient;

  constructor(source: Source) {
    this.#client = new VersionedClient(source, "compute", "2.1", NEWEST);
  }

  /**
   * Closes a compute service: the scheduler places nothing there any more. What it has chosen before still arrives.
   *
   * @param reason replaces the one that the service has. At most {@link LONGEST_REASON} characters
   * @throws RangeError if the cloud is older than 2.53; HttpError with status 403 without the right
   */
  async disable(serviceId: string, reason: string): Promise<void> {
    await this.#put(serviceId, { status: "disabled", disabled_reason: reason });
  }

  /** Opens it. Nova forgets the reason. */
  async enable(serviceId: string): Promise<void> {
    await this.#put(serviceId, { status: "enabled" });
  }

  /**
   * Migrations from or to a host, of all types and states, the newest first, in pages.
   *
   * @param options.limit how many are enough. @default all
   * @param options.skipped gets the entries that could not be read
   */
  async migrations(
    host: string,
    { limit, skipped }: { limit?: number; skipped?: Skipped[] } = {},
  ): Promise<Migration[]> {
    const query = { host, limit };
    return await this.#client.collect("/os-migrations", "migrations", migrationSchema, {
      query,
      limit,
      ...(skipped && { skipped }),
    });
  }

  async #put(serviceId: string, body: object): Promise<void> {
    await this.#client.need(SERVICE_BY_UUID, "close and open a compute service by its id");
    // The answer has nothing that a reading afterwards does not tell better.
    await this.#client.send({ method: "PUT", path: `/os-services/${segment(serviceId)}`, body });
  }
}

/** Whether a hypervisor is connected, by its id. */
const hypervisorStateSchema = z.object({ id: z.union([z.string(), z.number()]), state: z.nullish(z.string()) });

/** States of the hypervisors, `up` or `down`, by id. */
export async function hypervisorStates(source: Source): Promise<Map<string, string | undefined>> {
  const client = new VersionedClient(source, "compute", "2.1", NEWEST);
  const found = await client.collect("/os-hypervisors/detail", "hypervisors", hypervisorStateSchema);
  return new Map(found.map(({ id, state }) => [String(id), state ?? undefined]));
}
