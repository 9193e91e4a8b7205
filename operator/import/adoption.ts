/** How a server that exists would be written in a stack's configuration. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../../openstack/problems.ts";
import type { Volume } from "../../openstack/block-storage/block-storage.ts";
import type { Aggregate } from "../../openstack/compute/compute-hosts.ts";
import type { Server } from "../../openstack/compute/server.ts";
import { isKey } from "../../config/file/values.ts";
import { sh } from "../../text/shell.ts";
import type { ImportedServer } from "./import-file.ts";

/** Placeholders in commands. */
const NEW_NAME = "NEW_NAME";
const NEW_HOST = "NEW_HOST";

/** What the cloud says. */
export interface Facts {
  /** What the user asked for. */
  wanted: string;
  /** Id of the project that the entry of clouds.yaml is for; empty: of none. */
  project: string;
  /** Servers of that name in this project, or the one of that id, which an administrator sees wherever it is. */
  servers: readonly Server[];
  /** Servers of other projects, if this project has none and this user may see those. */
  elsewhere?: readonly Server[];
  /** Volumes of the server, the boot volume first. */
  volumes: readonly Volume[];
  aggregates: readonly Aggregate[];
}

/** The settings of the stack's file that it has to fit into, unchecked. */
export interface Settings {
  zones?: Record<string, string[]>;
  defaults?: Record<string, unknown>;
  servers?: Record<string, unknown>;
  /** Whether `zones` are all that the stack declares. @default true */
  zonesKnown?: boolean;
}

export interface Adoption {
  name: string;
  /** The entry below `servers`. */
  server: Record<string, unknown>;
  /** An entry to add to `zones`. */
  zone?: { name: string; hosts: string[] };
  imported: ImportedServer;
  /** What its owner should know. */
  notes: string[];
}

/** Either every problem, or what is to be written. */
export function adopt(facts: Facts, settings: Settings): { problems: Problem[] } | Adoption {
  const [server, another] = facts.servers;
  if (server === undefined || another !== undefined) return { problems: [whichServer(facts)] };
  const notes: string[] = [];
  const problems = [...serverProblems(server, facts, settings)];
  const zone = zoneOf(server, facts.aggregates, settings, problems, notes);
  const { config, imported } = volumesOf(server.name, facts.volumes, notes);
  if (problems.length > 0) return { problems };
  const networks = networksOf(server);
  const given = {
    flavor: server.flavor.originalName,
    networks,
    ...(server.keyName !== undefined && { keyPair: server.keyName }),
  };
  const own = Object.entries(given).filter(([key, value]) => !isDeepStrictEqual(settings.defaults?.[key], value));
  return {
    name: server.name,
    server: {
      host: server.host,
      ...Object.fromEntries(own),
      ...config,
      ...(settings.defaults?.["protect"] === false && { protect: true }),
    },
    ...(zone && { zone: { name: zone.name, hosts: [...zone.hosts].sort() } }),
    imported: {
      name: server.name,
      id: server.id,
      ...imported,
      ...(zone && { zone: { name: zone.name, aggregateId: zone.id } }),
    },
    notes,
  };
}

function whichServer({ wanted, project, servers, elsewhere = [] }: Facts): Problem {
  if (servers.length > 0) {
    const fix = `give one's id: ${servers.map(({ id }) => id).join(", ")}`;
    return { path: "server", value: wanted, problem: `${servers.length} servers have this name`, fix };
  }
  const [other] = elsewhere;
  if (other !== undefined) return { path: "server", value: wanted, ...ofOtherProject(other, project) };
  return {
    path: "server",
    value: wanted,
    problem: `no such server in the project of this entry of clouds.yaml${project === "" ? "" : ` (${project})`}`,
    fix: "give its name or id, and by --os-cloud an entry for the cloud and project that it is in",
  };
}

/** Anything that the stack makes later, such as a data volume, would belong to another project than the server. */
const ofOtherProject = (server: Server, project: string) => ({
  problem: `it belongs to project ${server.projectId}, and this entry of clouds.yaml is for ${project}`,
  fix: `make the stack's entry one for project ${server.projectId}, of a user who is an administrator there`,
});

function serverProblems(server: Server, { volumes, project }: Facts, { servers = {} }: Settings): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, value: unknown, problem: string, fix: string) =>
    problems.push({ path, value, problem, fix });
  if (project !== "" && server.projectId !== project) {
    problems.push({ path: "project", value: server.projectId, ...ofOtherProject(server, project) });
  }
  if (!isKey(server.name)) {
    const rename = sh`openstack server set --name ${NEW_NAME} ${server.id}`;
    const fix = `rename it, which does not touch the guest (\`${rename}\`), then import it by its id`;
    add("server", server.name, "a stack file cannot have an entry of this name", fix);
  }
  if (server.image !== null) {
    const problem = "it boots from an image, and a stack file can only declare servers that boot from a volume";
    const move = sh`live-migrate run ${server.id} --host ${NEW_HOST}`;
    const program = "declare it in a program of your own, beside LiveMigration (examples/own-instance)";
    add("image", server.image, problem, `${program}, or move it without a stack: \`${move}\``);
  } else if (volumes.length === 0) {
    add("volumes", undefined, "it has no image, and no volume is attached to it", "attach its boot volume first");
  }
  if (server.status !== "ACTIVE" || server.taskState !== null) {
    const found = server.taskState === null ? server.status : `${server.status}, ${server.taskState}`;
    add("status", found, "it is not at rest", "import it once it is ACTIVE and has no task");
  }
  if (server.host === undefined) {
    add("host", undefined, "this user may not see where it runs", "use an administrator's entry of clouds.yaml");
  }
  if (Object.hasOwn(servers, server.name)) {
    add(
      `servers.${server.name}`,
      server.name,
      "the stack has a server of this name already",
      "rename the server, or remove the entry",
    );
  }
  for (const { id, name, status, attachments } of volumes) {
    if (attachments.every(({ serverId }) => serverId === server.id) && status === "in-use") continue;
    add(`volumes.${name || id}`, status, "not in use by this server alone", "detach it from other servers first");
  }
  return problems;
}

/** The zone of the server's host, if this stack can take it over as it is. */
function zoneOf(
  server: Server,
  aggregates: readonly Aggregate[],
  settings: Settings,
  problems: Problem[],
  notes: string[],
) {
  const { host } = server;
  const zones = settings.zones ?? {};
  if (host === undefined || Object.values(zones).some((hosts) => hosts.includes(host))) return undefined;
  if (settings.zonesKnown === false) {
    notes.push(`no zone was imported: the stack's zones are a secret or come from an environment`);
    return undefined;
  }
  const found = aggregates.find(
    ({ availabilityZone, hosts }) => availabilityZone !== undefined && hosts.includes(host),
  );
  const reason =
    found === undefined
      ? `${host} is in no availability zone of an aggregate`
      : Object.hasOwn(zones, found.availabilityZone ?? "")
        ? `zone ${found.availabilityZone ?? ""} is declared without ${host}`
        : found.name !== found.availabilityZone
          ? `the aggregate of zone ${found.availabilityZone ?? ""} is called ${found.name}`
          : !isKey(found.name)
            ? `a stack file cannot have an entry of the name of zone ${found.name}`
            : Object.keys(found.metadata).some((key) => key !== "availability_zone")
              ? `the aggregate ${found.name} has metadata that this stack would remove`
              : undefined;
  if (reason === undefined) return found;
  if (Object.keys(zones).length === 0) notes.push(`${reason}: this stack does not manage zones`);
  else {
    problems.push({
      path: "zones",
      value: Object.keys(zones),
      problem: `${reason}, and this stack declares zones, without that host`,
      fix: `add ${host} to a zone of the stack (and check with a preview), or import into a stack without zones`,
    });
  }
  return undefined;
}

/** Volumes as the configuration has them; one that it could not have without a change stays outside of the stack. */
function volumesOf(server: string, [boot, ...data]: readonly Volume[], notes: string[]) {
  const dataVolumes: ImportedServer["dataVolumes"] = {};
  const config: Record<string, unknown> = {};
  const outside = ({ id, name }: Volume, why: string) =>
    notes.push(`volume ${name || id} is used as it is, outside of this stack: ${why}`);
  const owned = boot !== undefined && boot.name !== "" && boot.imageId !== undefined;
  if (boot && !owned)
    outside(boot, boot.name === "" ? "it has no name" : "Cinder does not show the image that it was made from");
  for (const volume of data) {
    const why =
      volume.name === ""
        ? "it has no name"
        : !isKey(volume.name)
          ? "a stack file cannot have an entry of its name"
          : data.some((other) => other !== volume && other.name === volume.name) || volume.name === "boot"
            ? "its name is not unique"
            : undefined;
    const named = why === undefined;
    if (!named) outside(volume, why);
    const key = named ? volume.name : volume.id;
    dataVolumes[key] = { id: volume.id, owned: named };
    config[key] = named ? { sizeGiB: volume.sizeGiB } : { volumeId: volume.id };
  }
  const bootVolume = owned
    ? { ...(boot.name !== `${server}-boot` && { name: boot.name }), image: boot.imageId, sizeGiB: boot.sizeGiB }
    : { volumeId: boot?.id };
  return {
    config: { bootVolume, ...(data.length > 0 && { dataVolumes: config }) },
    imported: { dataVolumes, ...(owned && { bootVolume: boot.id }) },
  };
}

/** A name for each of the server's interfaces. */
function networksOf({ addresses }: Server): string[] {
  const seen = new Set<string>();
  return addresses.flatMap(({ network, mac, type }) => {
    const nic = `${network} ${mac ?? ""}`;
    if (type === "floating" || seen.has(nic)) return [];
    seen.add(nic);
    return [network];
  });
}
