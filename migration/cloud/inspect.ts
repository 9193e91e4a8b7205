import { atLeast } from "../../openstack/http/microversion.ts";
import type { Server } from "../../openstack/compute/server.ts";
import type { SnapshotScope } from "./cloud-api.ts";
import { serverFacts } from "./conversion.ts";
import { byHost } from "./provider-trees.ts";
import { unknown, type Known, type ServerFacts, type Snapshot, type VolumeState } from "./snapshot.ts";
import { UNREAD_FIX, type Sources } from "./sources.ts";

/**
 * One snapshot of everything about one server, all of it asked for at the same time as far as one answer does not
 * depend on another. Facts that this user may not see, or that a service other than Nova does not answer, are unknown with
 * a reason.
 *
 * @throws OpenStackError if Nova itself does not show the server.
 */
export async function takeSnapshot(sources: Sources, serverId: string, scope: SnapshotScope): Promise<Snapshot> {
  const takenAt = Date.now();
  const asked = sources.server(serverId);
  const planning = scope.purpose === "plan";
  const [
    server,
    microversions,
    hosts,
    migrations,
    attachments,
    ports,
    allocations,
    volumes,
    fitting,
    groups,
    bindings,
    shares,
    held,
    moves,
  ] = await Promise.all([
    asked,
    sources.microversions(),
    sources.hosts(),
    sources.migrations(serverId),
    sources.attachments(serverId),
    sources.ports(serverId),
    sources.allocations(serverId),
    asked.then(({ volumesAttached }) => sources.volumes(volumesAttached.map(({ id }) => id))),
    planning ? asked.then((found) => sources.fitting(found, scope.host)) : unknown("not asked again"),
    planning ? asked.then((found) => sources.groups(found)) : unknown("not asked again"),
    planning ? sources.bindings(serverId, scope.host) : undefined,
    planning ? sources.shares(serverId) : undefined,
    // Allocations that a migration itself holds, under its own uuid.
    scope.purpose === "verify" && scope.migrationUuid !== null ? sources.allocations(scope.migrationUuid) : null,
    asked.then((found) => (concernsCold(found, scope) ? sources.moves(serverId) : undefined)),
  ]);
  const attached = server.volumesAttached.map(({ id }) => ({ id, device: deviceOf(id, serverId, volumes) }));
  const providers = allocations.known ? Object.keys(allocations.value).length : 0;
  return {
    takenAt,
    microversions,
    server: serverFacts(server, attached, atLeast(microversions.max, "2.96")),
    hosts,
    migrations,
    ...(moves && { moves }),
    volumes: oneOfEach(volumes, attached),
    attachments,
    ports,
    ...(bindings && { bindings }),
    ...(shares && { shares }),
    ...(providers > 1 && { providers }),
    allocations: await byHost(allocations, hosts, (id) => sources.rootOf(id)),
    migrationAllocations: held,
    fitting,
    groups,
  };
}

/** The list of live migrations lacks resizes and cold migrations. */
const concernsCold = ({ status, taskState }: Pick<Server, "status" | "taskState">, scope: SnapshotScope) =>
  scope.purpose === "show" ||
  (scope.purpose === "plan" && scope.cold === true) ||
  status === "VERIFY_RESIZE" ||
  (taskState?.startsWith("resize_") ?? false);

function deviceOf(id: string, serverId: string, volumes: Known<VolumeState[]>): string | null {
  const volume = volumes.known ? volumes.value.find((candidate) => candidate.id === id) : undefined;
  return volume?.attachments.find((attachment) => attachment.serverId === serverId)?.device ?? null;
}

/** A volume that Cinder does not show is not visible, which is not the same as not attached. */
function oneOfEach(volumes: Known<VolumeState[]>, attached: ServerFacts["volumes"]): Known<VolumeState[]> {
  if (!volumes.known) return volumes;
  const missing = attached.filter(({ id }) => !volumes.value.some((volume) => volume.id === id));
  if (missing.length === 0) return volumes;
  if (volumes.gap !== undefined) return unknown(volumes.gap, UNREAD_FIX);
  return unknown(`Cinder does not show ${missing.map(({ id }) => id).join(", ")} to this user`);
}
