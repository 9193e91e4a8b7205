import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { labApi, labEnv, labPaths, makeServer, setPace } from "../lab/api.ts";
import type { Profile } from "../lab/settings.ts";
import type { MigrationRecord } from "../migration/contract/record.ts";
import type { Round } from "./figures.ts";
import { ownTime } from "./own-time.ts";
import { timed } from "./process.ts";

/** Between which hosts the server goes to and fro. */
export const HOSTS: Record<Profile, [string, string]> = {
  fleet: ["node-01", "node-02"],
  guest: ["node-28", "node-31"],
};

/** The most of a log that is read: the end of what was written just now. */
const TAIL = 2_000_000;

/**
 * Moves a server with two volumes by `live-migrate run` and by the `openstack` client in turn.
 *
 * @param pace how long the fake hypervisor copies memory, in seconds; a real one takes what it takes
 */
export async function singleMigrations(
  { profile, engine, rounds, pace }: { profile: Profile; engine: string; rounds: number; pace: number },
  tell: (text: string) => void,
): Promise<Round[]> {
  const env = labEnv(profile);
  let [here, there] = HOSTS[profile];
  const name = `bench-${process.pid}`;
  const api = await labApi(profile);
  const server = await makeServer(api, { name, host: here, withImage: profile === "guest" });
  const { ports } = await api.call<{ ports: { id: string }[] }>("network", "GET", `/ports?device_id=${server.id}`);
  const portIds = ports.map(({ id }) => id);
  const turn = () => ([here, there] = [there, here]);
  const log = async (service: string) =>
    (await readFile(join(labPaths(profile).stateDir, "logs", `${service}.log`), "utf8")).slice(-TAIL);

  const ours = async (): Promise<Omit<Round, "openstackClient">> => {
    const args = [engine, "run", server.id, "--host", there, "--json"];
    const { seconds, peakMemoryMiB, stdout } = await timed(process.execPath, args, env);
    const { timings, requests, requestId } = JSON.parse(stdout) as MigrationRecord;
    const logs = {
      api: await log("nova-api"),
      compute: await log(`${here}.nova-compute`),
      network: await log("neutron-server"),
    };
    const own = ownTime(logs, requestId ?? "", portIds);
    if (own === undefined) throw new Error(`Nova's logs do not tell of ${requestId ?? "the request"}`);
    turn();
    return {
      ours: seconds,
      ...own,
      novaRecord: timings.novaSeconds ?? NaN,
      requests: requests.total,
      requestsWatching: requests.watching,
      peakMemoryMiB,
    };
  };
  const theirs = async (): Promise<number> => {
    const how = ["--os-compute-api-version", "2.90", "server", "migrate", "--live-migration", "--wait"];
    const { seconds } = await timed("openstack", [...how, "--host", there, server.id], env);
    turn();
    return seconds;
  };

  try {
    if (profile === "fleet") setPace({ seconds: pace }, server.id);
    // The first run of each has to compile; it is not counted.
    await ours();
    const done: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      const own = await ours();
      done.push({ ...own, openstackClient: await theirs() });
      const times = [own.ours, done.at(-1)?.openstackClient ?? NaN, own.nova, own.cloud];
      const [a, b, nova, cloud] = times.map((value) => value.toFixed(2));
      tell(`round ${round} of ${rounds}: live-migrate ${a} s, openstack ${b} s, Nova ${nova} s, with ports ${cloud} s`);
    }
    return done;
  } finally {
    if (profile === "fleet") setPace(undefined, server.id);
    await server.remove();
  }
}
