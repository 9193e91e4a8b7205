import type { VersionedClient } from "../http/versioned-client.ts";
import { segment } from "../../text/url.ts";

/** From this version on, a cold migration may name its host, which the scheduler validates. */
const HOST_OF_MIGRATE = "2.56";

/**
 * Nova's cold migration. The server is powered off for it, and ends as `VERIFY_RESIZE` on its destination, with a share
 * of its source reserved until it is confirmed or reverted.
 */
export class ColdMigration {
  readonly #client: VersionedClient;

  constructor(client: VersionedClient) {
    this.#client = client;
  }

  /**
   * Starts one. Never repeated automatically: an error with `ambiguous` set may have started it.
   *
   * @param host the destination's compute host (2.56); null lets the scheduler choose
   * @throws RangeError if the cloud is too old to name a host
   * @returns the request's id: the key to its instance action
   */
  async migrate(id: string, host: string | null): Promise<{ requestId: string | undefined }> {
    if (host !== null) await this.#client.need(HOST_OF_MIGRATE, "name the host of a cold migration");
    const { requestId } = await this.#act(id, { migrate: host === null ? null : { host } });
    return { requestId };
  }

  /** Keeps the server on its destination, and gives up what its source holds. Nova answers 204, then works on it. */
  async confirm(id: string): Promise<void> {
    await this.#act(id, { confirmResize: null });
  }

  /** Takes the server back to its source. */
  async revert(id: string): Promise<void> {
    await this.#act(id, { revertResize: null });
  }

  #act(id: string, body: Record<string, unknown>) {
    return this.#client.send({ method: "POST", path: `/servers/${segment(id)}/action`, body });
  }
}
