import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { AvailabilityZone } from "./components/availability-zone.ts";
import { cloudProviderArgs } from "./components/cloud-provider.ts";
import { HostMaintenance } from "./components/host-maintenance.ts";
import { inject, requested } from "./components/injected.ts";
import { LiveMigration } from "./components/live-migration.ts";
import { planZones } from "./components/preview/live-zones.ts";
import { lastHosts, moveOrder } from "./components/preview/move-order.ts";
import { isBegun } from "./components/state/last-maintenance.ts";
import { readStackResources } from "./components/state/stack-state.ts";
import { VolumeBackedServer } from "./components/volume-backed-server.ts";
import { sorted } from "./components/preview/zone-order.ts";
import { migrationArgs, serverArgs } from "./config/arguments.ts";
import { definedOnly } from "./config/defined-only.ts";
import { inMaintenance } from "./config/hosts.ts";
import { loadConfig } from "./config/load.ts";
import { oneLine } from "./text/visible.ts";

const config = loadConfig();

// The cloud that the configuration names, whatever the environment of this shell selects.
const selection = definedOnly({ cloud: config.cloud, region: config.region });
const providers = [new openstack.Provider("cloud", await cloudProviderArgs(selection))];

// A host leaves its old zone before it joins another: the hosts' current zones decide the order of changes.
const plan = await planZones(config.zones, selection);
for (const warning of plan.warnings) await pulumi.log.warn(oneLine(warning));
if (plan.unknown !== undefined) await pulumi.log.debug(oneLine(`zones change in any order: ${plan.unknown}`));

const declaredZones: Record<string, AvailabilityZone> = {};
for (const name of sorted(Object.keys(config.zones), plan.after)) {
  const dependsOn = (plan.after[name] ?? []).flatMap((zone) => declaredZones[zone] ?? []);
  declaredZones[name] = new AvailabilityZone(name, { hosts: config.zones[name] ?? [] }, { providers, dependsOn });
}

/** Availability zones by name: their hosts. */
export const zones = config.zones;

// Moves are declared in the order that keeps all hosts busy; without the last state, in the order of the configuration.
const resources = await readStackResources().catch(() => ({}));
const last = lastHosts(resources);

const { moving, staying } = moveOrder(config.servers, last);

function declareServer(name: string, declared: (typeof config.servers)[string], turn?: Promise<unknown>) {
  const opts = { providers, dependsOn: Object.values(declaredZones) };
  const args = serverArgs(name, declared, config);
  const server = new VolumeBackedServer(name, inject(args, definedOnly({ turn })), opts);
  const { serverId, volumeIds, volumes } = server;
  const move = new LiveMigration(name, { serverId, volumeIds, ...migrationArgs(config, declared) }, opts);
  const { host, availabilityZone, record: migration } = move;
  return { move, place: { host, availabilityZone }, shown: { id: serverId, volumes, migration } };
}

const moves = moving.map(([name, declared]) => [name, declareServer(name, declared)] as const);
// Pulumi processes resources one by one and by kind: without `turn`, the first move would wait for the last server's volumes.
const turn = pulumi.runtime.isDryRun() ? undefined : Promise.all(moves.map(([, { move }]) => requested(move)));
const others = staying.map(([name, declared]) => [name, declareServer(name, declared, turn)] as const);

// After all moves: a server that is moved off the host by its own entry is not drained as well.
const maintained = inMaintenance(config.hosts);
const dependsOn = [...moves, ...others].map(([, { move }]) => move);
const maintenance =
  // Of a drain that failed, and whose entry was removed since, only the component can tell: it opens the host again.
  Object.keys(maintained).length > 0 || isBegun(resources)
    ? new HostMaintenance("maintenance", { hosts: maintained, ...selection }, { providers, dependsOn })
    : undefined;

/** Hosts in maintenance by name: state, moved servers, leftovers, times; undefined: none is. */
export const hosts = maintenance?.hosts;

/** Servers by name: the place of each, as last verified, and the record of its last migration. */
export const servers = Object.fromEntries(
  [...moves, ...others].map(([name, { place, shown }]) => {
    const { id, ...rest } = shown;
    // Home is not place: during a maintenance a server is where that has brought it.
    const { host, availabilityZone } = maintenance?.placeOf(id, place) ?? place;
    return [name, { id, host, availabilityZone, ...rest }];
  }),
);
