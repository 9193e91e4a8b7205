import * as openstack from "@pulumi/openstack";
import { AvailabilityZone } from "./components/availability-zone.ts";
import { LiveMigration } from "./components/live-migration.ts";
import { VolumeBackedServer } from "./components/volume-backed-server.ts";
import { migrationArgs, serverArgs } from "./config/arguments.ts";
import { definedOnly } from "./config/defined-only.ts";
import { loadConfig } from "./config/load.ts";

const config = loadConfig();

// One cloud, named in the configuration: not whatever this shell's environment happens to point at.
const cloud = new openstack.Provider("cloud", definedOnly({ cloud: config.cloud, region: config.region }));
const providers = [cloud];

const declaredZones = Object.entries(config.zones).map(
  ([name, hosts]) => new AvailabilityZone(name, { hosts }, { providers }),
);

/** Availability zones by name: their hosts. */
export const zones = Object.fromEntries(Object.entries(config.zones));

/** Servers by name: where each is, as last verified, and the record of its last migration. */
export const servers = Object.fromEntries(
  Object.entries(config.servers).map(([name, declared]) => {
    const dependsOn = declaredZones;
    const server = new VolumeBackedServer(name, serverArgs(name, declared, config.zones), { providers, dependsOn });
    const migration = new LiveMigration(
      name,
      { serverId: server.serverId, volumeIds: server.volumeIds, ...migrationArgs(config, declared) },
      { providers, dependsOn },
    );
    const { host, availabilityZone, record } = migration;
    return [name, { id: server.serverId, host, availabilityZone, volumes: server.volumes, migration: record }];
  }),
);
