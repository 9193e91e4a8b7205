import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackCloud } from "../cloud/openstack-cloud.ts";
import type { Pace } from "./pace.ts";

/** The real cloud of one move among others: what watches the move waits for its turn. */
export class PacedCloud extends OpenStackCloud {
  readonly #pace: Pick<Pace, "turn">;

  constructor(cloud: Cloud, pace: Pick<Pace, "turn">) {
    super(cloud);
    this.#pace = pace;
  }

  override async server(...args: Parameters<OpenStackCloud["server"]>) {
    await this.#pace.turn();
    return await super.server(...args);
  }

  override async migrations(...args: Parameters<OpenStackCloud["migrations"]>) {
    await this.#pace.turn();
    return await super.migrations(...args);
  }

  override async moves(...args: Parameters<OpenStackCloud["moves"]>) {
    await this.#pace.turn();
    return await super.moves(...args);
  }

  override async counters(...args: Parameters<OpenStackCloud["counters"]>) {
    await this.#pace.turn();
    return await super.counters(...args);
  }
}
