import { becomes, labApi, labEnv, makeServer, setPace } from "../lab/api.ts";
import type { Profile } from "../lab/settings.ts";
import type { Kinds } from "./kind-figures.ts";
import { median } from "./median.ts";
import { timed } from "./process.ts";
import { HOSTS } from "./single-migration.ts";

interface Kind {
  name: string;
  localDisk: boolean;
  /** Options of `live-migrate run` beside the host. */
  ours: string[];
  /** Commands of the `openstack` client, one after another. */
  theirs: (id: string, host: string) => string[][];
}

const LIVE = ["--os-compute-api-version", "2.90", "server", "migrate", "--live-migration", "--wait"];
const COLD = ["--os-compute-api-version", "2.90", "server", "migrate", "--wait"];
const live = (id: string, host: string) => [[...LIVE, "--host", host, id]];
const KINDS: readonly Kind[] = [
  { name: "live-volume-backed", localDisk: false, ours: [], theirs: live },
  { name: "live-local-disks", localDisk: true, ours: [], theirs: live },
  {
    name: "cold",
    localDisk: false,
    ours: ["--cold"],
    theirs: (id, host) => [
      [...COLD, "--host", host, id],
      ["server", "migrate", "confirm", id],
    ],
  },
];

/** Moves a server of each kind to and fro: there by `live-migrate run`, back by the `openstack` client. */
export async function kindsOfMigration(
  { profile, engine, rounds, pace }: { profile: Profile; engine: string; rounds: number; pace: number },
  tell: (text: string) => void,
): Promise<Kinds> {
  const env = labEnv(profile);
  const [here, there] = HOSTS[profile];
  const api = await labApi(profile);
  const figures: Kinds = {};
  for (const { name, localDisk, ours, theirs } of KINDS) {
    const wish = { name: `bench-${process.pid}`, host: here, withImage: profile === "guest", localDisk };
    const server = await makeServer(api, { ...wish, dataVolumes: localDisk ? 0 : 1 });
    try {
      if (profile === "fleet") setPace({ seconds: pace }, server.id);
      const times: { own: number; client: number }[] = [];
      for (let round = 1; round <= rounds; round++) {
        const run = [engine, "run", server.id, "--host", there, ...ours, "--json"];
        const own = (await timed(process.execPath, run, env)).seconds;
        let client = 0;
        for (const args of theirs(server.id, here)) client += (await timed("openstack", args, env)).seconds;
        times.push({ own, client });
        // The client does not wait for its confirmation; a server that is moved or deleted meanwhile breaks.
        await becomes(api, server.id, "ACTIVE");
        tell(
          `${name}, round ${round} of ${rounds}: live-migrate ${own.toFixed(2)} s, openstack ${client.toFixed(2)} s`,
        );
      }
      const middle = (of: (time: { own: number; client: number }) => number) =>
        Math.round(median(times.map(of)) * 100) / 100;
      figures[name] = { oursSeconds: middle(({ own }) => own), openstackClientSeconds: middle(({ client }) => client) };
    } finally {
      if (profile === "fleet") setPace(undefined, server.id);
      await server.remove();
    }
  }
  return figures;
}
