import { BlockStorage } from "./block-storage.ts";
import type { CloudSelection } from "./clouds-config.ts";
import { Compute } from "./compute.ts";
import { Network } from "./network.ts";
import { Placement } from "./placement.ts";
import { Session } from "./session.ts";
import type { SessionOptions } from "./session.ts";

/** One cloud with its services. */
export interface Cloud {
  session: Session;
  compute: Compute;
  blockStorage: BlockStorage;
  placement: Placement;
  network: Network;
}

/** The services of a session. */
export function cloudOf(session: Session): Cloud {
  return {
    session,
    compute: new Compute(session),
    blockStorage: new BlockStorage(session),
    placement: new Placement(session),
    network: new Network(session),
  };
}

/**
 * Finds a cloud's configuration as the `openstack` client does, and authenticates.
 *
 * @throws CloudConfigError, AuthError, ConnectionError
 * @example
 * const cloud = await connect({ cloud: "prod" });
 * const servers = await cloud.compute.findServers("admin_vm01");
 * await cloud.session.close();
 */
export async function connect(selection: CloudSelection = {}, options: SessionOptions = {}): Promise<Cloud> {
  return cloudOf(await Session.connect(selection, options));
}

/** The same cloud by the same token and connections, with a count of requests of its own ({@link Session.sibling}). */
export const siblingOf = ({ session }: Cloud): Cloud => cloudOf(session.sibling());
