import { inTurns } from "../components/preview/move-order.ts";
import { removeServer, removeVolume, type labApi } from "../lab/api.ts";

/** Servers and volumes of the bench are told by it. */
const PREFIX = "bench-scale-";

/** A declared server, and the two hosts that it goes to and fro between. */
export interface ScaleServer {
  name: string;
  home: string;
  away: string;
}

/** Servers as people list them: host by host. Each may move to the next host. Pure. */
export function scaleServers(count: number, hosts: readonly string[]): ScaleServer[] {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor((i * hosts.length) / count);
    const name = PREFIX + String(i + 1).padStart(3, "0");
    return { name, home: hosts[at] ?? "", away: hosts[(at + 1) % hosts.length] ?? "" };
  });
}

/** So many of them, as many from each host as from every other, in the order of the list. Pure. */
export function movers(servers: readonly ScaleServer[], moves: number): ScaleServer[] {
  const chosen = new Set(inTurns(servers, ({ home }) => home).slice(0, moves));
  return servers.filter((server) => chosen.has(server));
}

/** Removes every server and volume of this bench from the lab, also those that an earlier run left. */
export async function sweep(api: Awaited<ReturnType<typeof labApi>>): Promise<void> {
  const own = (found: { id: string; name: string }[]) => found.filter(({ name }) => name.startsWith(PREFIX));
  const { servers } = await api.call<{ servers: { id: string; name: string }[] }>("compute", "GET", "/servers");
  await eachOf(own(servers), ({ id }) => removeServer(api, id));
  const { volumes } = await api.call<{ volumes: { id: string; name: string }[] }>("volume", "GET", "/volumes");
  await eachOf(own(volumes), ({ id }) => removeVolume(api, id));
}

/** A few at a time: the lab's APIs have two cores. */
async function eachOf<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await act(one);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}
