/** The components' arguments from a server's configuration. Pure, except that it reads the file with user data. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { LiveMigrationArgs } from "../components/live-migration-args.ts";
import type { NetworkArgs, VolumeBackedServerArgs } from "../components/volume-backed-server-args.ts";
import { definedOnly } from "./defined-only.ts";
import { openZones } from "./hosts.ts";
import type { ServerConfig, StackConfig } from "./schema.ts";

/** Arguments of the server itself. */
export function serverArgs(
  name: string,
  server: ServerConfig,
  { zones, hosts }: Pick<StackConfig, "zones" | "hosts">,
): VolumeBackedServerArgs {
  const { keyPair, securityGroups, metadata, serverGroupId, guest } = server;
  const { forceDetach, allowRestart, allowReplacement } = server;
  const userData = server.userDataFile === undefined ? server.userData : readFileSync(server.userDataFile, "utf8");
  return {
    flavor: server.flavor,
    networks: server.networks.map(networkArgs),
    bootVolume: definedOnly(server.bootVolume),
    dataVolumes: Object.fromEntries(
      Object.entries(server.dataVolumes).map(([volume, args]) => [volume, definedOnly(args)]),
    ),
    protect: server.protect,
    ...(guest && { guest: definedOnly(guest) }),
    ...definedOnly({
      host: initialHost(name, server, openZones(zones, hosts)),
      keyPair,
      securityGroups,
      userData,
      metadata,
      serverGroupId,
      forceDetach,
      allowRestart,
      allowReplacement,
    }),
  };
}

/** Arguments of the server's migration, without the server's id. */
export function migrationArgs(
  config: Pick<StackConfig, "cloud" | "region">,
  server: ServerConfig,
): Omit<LiveMigrationArgs, "serverId"> {
  const { host, zone, guest, allowRestart } = server;
  const { cloud, region } = config;
  return {
    ...definedOnly({ host, zone, cloud, region, allowRestart, ...server.migration }),
    ...(guest && { guest: definedOnly(guest) }),
  };
}

/**
 * The host to create a server on: its own, or one of its zone's. A hash of the server's name spreads a zone's servers over
 * its hosts, so that the choice is the same each time.
 */
export function initialHost(
  name: string,
  { host, zone }: Pick<ServerConfig, "host" | "zone">,
  zones: StackConfig["zones"],
): string | undefined {
  if (host !== undefined) return host;
  const hosts = zone === undefined ? [] : (zones[zone] ?? []);
  if (hosts.length === 0) return undefined;
  return hosts[createHash("sha256").update(name).digest().readUInt32BE() % hosts.length];
}

function networkArgs(network: ServerConfig["networks"][number]): NetworkArgs {
  return typeof network === "string" ? { name: network } : definedOnly(network);
}
