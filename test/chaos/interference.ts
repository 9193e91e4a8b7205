import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Hosts, Undo } from "./hosts.ts";
import type { Interference, Manner } from "./schedule.ts";

const NOTHING: Interfered = { accepted: 0, undo: null };

/** How often a decision is tried, and how long someone waits for a cold migration of their own, in milliseconds. */
const TRY_EVERY = 150;
const OWN_PATIENCE = 60_000;

/** The effect: how many migrations Nova accepted, and how to undo the rest. */
export interface Interfered {
  accepted: number;
  undo: Undo | null;
}

/** What is interfered with. */
export interface Target {
  what: Interference;
  manner: Manner;
  serverId: string;
  destination: string;
  /** Nothing is tried any more. */
  over: AbortSignal;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Acts on the cloud as another operator would, while a move runs. */
export async function interfere(cloud: Cloud, hosts: Hosts, target: Target): Promise<Interfered> {
  const { what, manner, serverId, destination, over } = target;
  const { compute } = cloud;
  await pause(what.atMs);
  try {
    switch (what.kind) {
      case "disable":
        return { accepted: 0, undo: await hosts.disable(destination) };
      case "abort": {
        const [newest] = await compute.getMigrations({ instanceId: serverId, limit: 1 });
        if (newest) await compute.abortMigration(serverId, newest.id);
        return NOTHING;
      }
      case "confirm":
      case "revert":
        while (!over.aborted && !(await taken(() => compute.cold[what.kind](serverId)))) await pause(TRY_EVERY);
        return NOTHING;
      case "migrate":
        if (manner !== "live") return await migrateCold(cloud, serverId, what.host);
        await compute.liveMigrate(serverId, { host: what.host, blockMigration: "auto" });
        return { accepted: 1, undo: null };
    }
  } catch (error) {
    // Too late, too early, or Nova is busy with the server.
    if (error instanceof OpenStackError) return NOTHING;
    throw error;
  }
}

/** Whether Nova took it. */
async function taken(ask: () => Promise<void>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof OpenStackError) return false;
    throw error;
  }
}

/** Whoever begins a cold migration confirms it, too, if nobody else has. */
async function migrateCold({ compute }: Cloud, serverId: string, host: string): Promise<Interfered> {
  const newest = async () => (await compute.getMigrations({ instanceId: serverId, limit: 1 }))[0];
  const before = (await newest())?.id ?? 0;
  await compute.cold.migrate(serverId, host);
  const until = Date.now() + OWN_PATIENCE;
  /** Until then nobody else can begin another one. */
  const mine = (async () => {
    for (;;) {
      const found = await newest().catch(() => undefined);
      if (found !== undefined && found.id > before) return found.id;
      if (Date.now() > until) return null;
      await pause(TRY_EVERY);
    }
  })();
  const confirm = async () => {
    const id = await mine;
    while (id !== null && Date.now() < until) {
      const found = await newest().catch(() => undefined);
      const over = found && (found.id !== id || ["confirmed", "reverted", "error", "failed"].includes(found.status));
      if (over || (found?.status === "finished" && (await taken(() => compute.cold.confirm(serverId))))) return;
      await pause(TRY_EVERY * 2);
    }
  };
  return { accepted: 1, undo: confirm };
}
