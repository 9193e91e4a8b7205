import { labApi, makeServer, setPace } from "../../../lab/api.ts";
import { POST, type PooledServer } from "./server-pool.ts";
import { eventually } from "./cloud.ts";

type Act = () => void | Promise<void>;

/** A move of which moments are awaited: that of a pooled server, or of another one whose requests go through a proxy. */
export type Moved = Pick<PooledServer, "proxy" | "cloud" | "destination"> & {
  readonly server: { readonly id: string };
};

/**
 * Acts once, at the first look of the engine after its request at which `is` holds; holds the look until then. Whatever it
 * asks Nova about the server is such a look, for it does not look at everything each time: by its record alone, say.
 */
function atLook({ server, proxy }: Moved, is: () => Promise<boolean>, act: Act): void {
  let acted = false;
  const path = new RegExp(`/os-migrations$|/servers/${server.id}(/migrations/[0-9]+)?$`);
  const match = { method: "GET", service: "compute", path, times: Number.POSITIVE_INFINITY } as const;
  proxy.add(POST, { kind: "nothing" }, () => {
    proxy.add(match, { kind: "nothing" }, async () => {
      if (acted || !(await is())) return;
      acted = true;
      await act();
    });
  });
}

const newestStatus = async ({ cloud, server }: Pick<Moved, "cloud" | "server">) =>
  (await cloud.compute.getMigrations({ instanceId: server.id, limit: 1 }))[0]?.status;

/** Acts while Nova's record of the migration has the status. */
export function whileRecordIs(status: string, move: Moved, act: Act): void {
  atLook(move, async () => (await newestStatus(move)) === status, act);
}

/** Acts when the server is on its destination and idle, and its record has not ended. Takes a pace with a `lag`. */
export function whenArrived(move: Moved, act: Act): void {
  const { cloud, server, destination } = move;
  const arrived = async () => {
    const { host, taskState } = await cloud.compute.getServer(server.id);
    return host === destination && taskState === null && (await newestStatus(move)) === "running";
  };
  atLook(move, arrived, act);
}

/** Acts when the engine asks for what it verifies by; holds that request until then. */
export function whileVerifying({ proxy }: Pick<Moved, "proxy">, act: Act): void {
  proxy.add(POST, { kind: "nothing" }, () => {
    proxy.add({ service: "block-storage", path: "/attachments" }, { kind: "nothing" }, act);
  });
}

/** Takes the only slot of the server's source for a migration of another; what frees it again, and takes that other away. */
export async function fillSlot({
  source,
  destination,
  cloud,
}: Pick<PooledServer, "source" | "destination" | "cloud">): Promise<() => Promise<void>> {
  const other = await makeServer(await labApi(), { name: `ahead-on-${source}`, host: source, dataVolumes: 0 });
  const its = (status: string) => async () => (await newestStatus({ cloud, server: other })) === status;
  setPace({ seconds: 300 }, other.id);
  await cloud.compute.liveMigrate(other.id, { host: destination, blockMigration: "auto", microversion: "2.68" });
  await eventually("the slot is taken", 30, its("running"));
  return async () => {
    setPace({ seconds: 0.1 }, other.id);
    await eventually("the slot is free", 30, its("completed"));
    setPace(undefined, other.id);
    await other.remove();
  };
}
