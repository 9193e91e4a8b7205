import { atLeast } from "../openstack/microversion.ts";
import type { SnapshotScope } from "./edge.ts";
import { serverFacts } from "./facts.ts";
import { unknown, type Known, type Snapshot, type VolumeState } from "./snapshot.ts";
import type { Sources } from "./sources.ts";

/**
 * One snapshot of everything about one server, most of it asked for at the same time. What this user may not see, and
 * what another service than Nova fails to tell, is unknown with its reason.
 *
 * @throws OpenStackError if Nova itself does not tell of the server.
 */
export async function inspect(sources: Sources, serverId: string, scope: SnapshotScope): Promise<Snapshot> {
  const takenAt = Date.now();
  const [server, attached, microversions, hosts, migrations, attachments, ports, allocations] = await Promise.all([
    sources.server(serverId),
    sources.attachedVolumes(serverId),
    sources.microversions(),
    sources.hosts(),
    sources.migrations(serverId),
    sources.attachments(serverId),
    sources.ports(serverId),
    sources.allocations(serverId),
  ]);
  const volumeIds = attached.map(({ id }) => id);
  const [volumes, fitting, groups, migrationAllocations] = await Promise.all([
    sources.volumes(volumeIds),
    scope.purpose === "plan" ? sources.fitting(server, scope.host) : unknown("not asked again"),
    scope.purpose === "plan" ? sources.groups(server) : unknown("not asked again"),
    // Allocations that a migration itself holds, under its own uuid.
    scope.purpose === "verify" && scope.migrationUuid !== null ? sources.allocations(scope.migrationUuid) : null,
  ]);
  return {
    takenAt,
    microversions,
    server: serverFacts(server, attached, atLeast(microversions.max, "2.96")),
    hosts,
    migrations,
    volumes: oneOfEach(volumes, volumeIds),
    attachments,
    ports,
    allocations,
    migrationAllocations,
    fitting,
    groups,
  };
}

/** A volume that Cinder does not show is not "not attached", but not visible. */
function oneOfEach(volumes: Known<VolumeState[]>, ids: readonly string[]): Known<VolumeState[]> {
  if (!volumes.known) return volumes;
  const missing = ids.filter((id) => !volumes.value.some((volume) => volume.id === id));
  return missing.length === 0 ? volumes : unknown(`Cinder does not show ${missing.join(", ")} to this user`);
}
