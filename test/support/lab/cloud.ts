import { labEnv, labPaths } from "../../../lab/api.ts";
import { connect, type Cloud } from "../../../openstack/cloud.ts";
import { execa } from "execa";

/** The lab's administrator, over the project's own client. */
export async function connectLab(): Promise<Cloud> {
  Object.assign(process.env, labEnv());
  return await connect({ cloud: "lab" });
}

/** A guest's first fixed address. */
export async function addressOf({ compute }: Cloud, serverId: string): Promise<string> {
  const address = (await compute.getServer(serverId)).addresses[0]?.address;
  if (address === undefined) throw new Error(`server ${serverId} has no address`);
  return address;
}

/** Runs a shell script in a guest; its standard output. Throws if it fails. */
export async function inGuest(address: string, script: string): Promise<string> {
  const options = ["BatchMode=yes", "ConnectTimeout=5", "LogLevel=ERROR"];
  const trust = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
  const { stdout } = await execa(
    "ssh",
    [...[...options, ...trust].flatMap((option) => ["-o", option]), "-i", labPaths().guestKey, `root@${address}`, "sh"],
    { input: script },
  );
  return stdout;
}

/** Between two polls, in milliseconds: four a second, of some tests at once, kept Nova's API busier than the moves did. */
const POLL_EVERY = 1_000;

/** Polls until `probe` gives something. Throws after `seconds`. */
export async function eventually<T>(
  what: string,
  seconds: number,
  probe: () => Promise<T | undefined | false | null>,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) return value;
    if (Date.now() > until) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY));
  }
}

/** What must never be lost: where the server is, its volumes, each with its attachments. */
export async function truth(cloud: Cloud, serverId: string) {
  const [server, attached, attachments] = await Promise.all([
    cloud.compute.getServer(serverId),
    cloud.compute.getServerVolumeAttachments(serverId),
    cloud.blockStorage.getAttachments({ instanceId: serverId, allProjects: true }),
  ]);
  const volumes = await cloud.blockStorage.getVolumes({ ids: attached.map(({ volumeId }) => volumeId) });
  return {
    status: server.status,
    taskState: server.taskState,
    host: server.host,
    /** Per volume: number of attachments, and the hosts that they are on. */
    volumes: volumes.map((volume) => ({
      attachments: attachments.filter(({ volumeId }) => volumeId === volume.id).length,
      hosts: volume.attachments.filter((one) => one.serverId === serverId).map(({ hostName }) => hostName),
    })),
  };
}

/** {@link truth} of a server that is whole on `host`. */
export const wholeOn = (host: string, volumes: number) => ({
  status: "ACTIVE",
  taskState: null,
  host,
  volumes: Array.from({ length: volumes }, () => ({ attachments: 1, hosts: [host] })),
});

/** Live migrations of a server since its creation. */
export async function migrationCount({ compute }: Cloud, serverId: string): Promise<number> {
  return (await compute.getMigrations({ instanceId: serverId, migrationType: "live-migration" })).length;
}
