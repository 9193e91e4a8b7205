import { BlockStorage } from "./block-storage/block-storage.ts";
import type { CloudSelection } from "./auth/clouds-config.ts";
import { Compute } from "./compute/compute.ts";
import { Network } from "./network/network.ts";
import type { Source } from "./http/paging.ts";
import { Placement } from "./placement/placement.ts";
import { Session } from "./http/session.ts";
import type { SessionOptions } from "./http/session.ts";

/** One cloud with its services. */
export interface Cloud extends Source {
  compute: Compute;
  blockStorage: BlockStorage;
  placement: Placement;
  network: Network;
}

/** How a cloud is connected to. */
export interface CloudOptions extends SessionOptions {
  /** Gets a sentence about each list that has entries which could not be read. @default a warning of the process */
  onSkipped?: (message: string) => void;
}

const warn = (message: string): void => {
  process.emitWarning(message);
};

/** The services of a session. */
export function cloudOf(session: Session, { onSkipped = warn }: CloudOptions = {}): Cloud {
  const reported = new Set<string>();
  return servicesOf({
    session,
    // Many lists are read again and again.
    onSkipped: (message) => {
      if (!reported.has(message)) onSkipped(message);
      reported.add(message);
    },
  });
}

const servicesOf = (source: Source): Cloud => ({
  ...source,
  compute: new Compute(source),
  blockStorage: new BlockStorage(source),
  placement: new Placement(source),
  network: new Network(source),
});

/**
 * Finds a cloud's configuration as the `openstack` client does, and authenticates.
 *
 * @throws CloudConfigError, AuthError, ConnectionError
 * @example
 * const cloud = await connect({ cloud: "prod" });
 * const servers = await cloud.compute.findServers("admin_vm01");
 * await cloud.session.close();
 */
export async function connect(selection: CloudSelection = {}, options: CloudOptions = {}): Promise<Cloud> {
  return cloudOf(await Session.connect(selection, options), options);
}

/** The same cloud by the same token and connections, with a count of requests of its own ({@link Session.sibling}). */
export const siblingOf = ({ session, onSkipped }: Cloud): Cloud =>
  servicesOf({ session: session.sibling(), onSkipped });
