import { execa } from "execa";

/** A server with two volumes that is moved to and fro. */
export interface BenchServer {
  id: string;
  /** Where it runs, and where it goes first. */
  hosts: [string, string];
  remove: () => Promise<void>;
}

const NAME = "bench";

/**
 * Makes a server with a boot and a data volume, through the `openstack` client.
 *
 * @throws Error if the cloud has fewer than two hosts, or makes no server.
 */
export async function makeServer(env: Record<string, string>): Promise<BenchServer> {
  const run = async (...args: string[]) => (await execa("openstack", args, { env })).stdout.trim();
  const json = async (...args: string[]) => JSON.parse(await run(...args, "-f", "json")) as unknown;
  const services = (await json("compute", "service", "list", "--service", "nova-compute")) as {
    Host: string;
    State: string;
  }[];
  const [here, there] = services.filter(({ State }) => State === "up").map(({ Host }) => Host);
  if (here === undefined || there === undefined) throw new Error("the lab has fewer than two hosts that are up");
  const volume = async (name: string, ...more: string[]) =>
    ((await json("volume", "create", "--size", "1", ...more, name)) as { id: string }).id;
  const volumes = [await volume(`${NAME}-boot`, "--bootable"), await volume(`${NAME}-data`)];
  const [boot = "", data = ""] = volumes;
  const place = ["--availability-zone", `:${here}`, "--flavor", "m1.nano", "--network", "flat", "--volume", boot];
  const { id } = (await json("server", "create", ...place, "--wait", NAME)) as { id: string };
  await run("server", "add", "volume", id, data);
  const remove = async () => {
    await run("server", "delete", "--wait", id);
    await run("volume", "delete", ...volumes);
  };
  return { id, hosts: [here, there], remove };
}
