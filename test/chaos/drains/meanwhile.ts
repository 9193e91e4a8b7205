import { setTimeout as sleep } from "node:timers/promises";
import { labApi, makeServer, type MadeServer } from "../../../lab/api.ts";
import { LabError } from "../../../lab/shell.ts";
import { OpenStackError } from "../../../openstack/http/errors.ts";
import type { Undo } from "../hosts.ts";
import type { Truth } from "../observation.ts";
import type { DrainGround } from "./ground.ts";
import type { DrainRound } from "./schedule.ts";

/** What someone else did, and what is to be known of it. */
export interface Done {
  undo: Undo | null;
  made: MadeServer | null;
  /** Ids of servers. */
  deleted: string[];
  stopped: string[];
  moved: string[];
  /** Another host that was drained as well. */
  alsoDrained: string | null;
  /** The servers once the hosts were drained. */
  drained?: Truth[];
}

/** Acts on the cloud as others would, while a host is drained. What Nova refuses has not happened. */
export async function meanwhile(
  ground: DrainGround,
  round: DrainRound,
  { host, servers }: { host: string; servers: readonly MadeServer[] },
): Promise<Done> {
  const done: Done = { undo: null, made: null, deleted: [], stopped: [], moved: [], alsoDrained: null };
  const { meanwhile: what } = round;
  if (what === null) return done;
  await sleep(what.atMs);
  const { cloud, hosts, zone, lanes } = ground;
  const others = hosts.inZone(zone).filter((one) => one !== host);
  const other = others[round.host % others.length] ?? "";
  const server = servers.at(-1);
  const api = await labApi();
  try {
    switch (what.kind) {
      case "enable": {
        const [service] = await cloud.compute.getServices({ host, binary: "nova-compute" });
        await api.call("compute", "PUT", `/os-services/${service?.id ?? ""}`, { status: "enabled" });
        break;
      }
      case "create":
        done.made = await makeServer(api, { name: `chaos-late-${round.number}`, host, dataVolumes: 0 });
        break;
      case "delete":
        if (server === undefined) break;
        await api.call("compute", "DELETE", `/servers/${server.id}`);
        done.deleted.push(server.id);
        break;
      case "stop":
        if (server === undefined) break;
        await api.call("compute", "POST", `/servers/${server.id}/action`, { "os-stop": null });
        done.stopped.push(server.id);
        break;
      case "migrate":
        if (server === undefined) break;
        await cloud.compute.liveMigrate(server.id, { host: other, blockMigration: "auto" });
        done.moved.push(server.id);
        break;
      case "disable-other":
        done.undo = await hosts.disable(other);
        break;
      case "drain-other":
        done.alsoDrained = other;
        await lanes[1].attempt(["drain", other, "--stop-after", "9"], { kill: null, options: [] });
        break;
    }
  } catch (error) {
    // Too late, too early, or Nova is busy with it.
    if (!(error instanceof OpenStackError || error instanceof LabError)) throw error;
  }
  return done;
}
