import type { Volume } from "../../openstack/block-storage/block-storage.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import type { Server } from "../../openstack/compute/server.ts";
import type { GuestView } from "./guest.ts";
import { table } from "./narrator.ts";

/** One server as Nova, Cinder and its guest show it at one moment. */
export interface Observation {
  server: Server;
  /** In the order in which they are attached. */
  volumes: Volume[];
  /** Cinder's attachments per volume id; one is right. */
  attachments: Record<string, number>;
  guest: GuestView;
}

/** Reads a server and its volumes. */
export async function observe(
  cloud: Cloud,
  serverId: string,
  guest: (server: Server) => Promise<GuestView>,
): Promise<Observation> {
  const server = await cloud.compute.getServer(serverId);
  const ids = server.volumesAttached.map(({ id }) => id);
  const [volumes, attachments, view] = await Promise.all([
    cloud.blockStorage.getVolumes({ ids, allProjects: true }),
    cloud.blockStorage.getAttachments({ instanceId: serverId, allProjects: true }),
    guest(server),
  ]);
  return {
    server,
    volumes,
    attachments: Object.fromEntries(
      ids.map((id) => [id, attachments.filter(({ volumeId }) => volumeId === id).length]),
    ),
    guest: view,
  };
}

/** The article's tables of a server: itself, its volumes, and what its guest sees. */
export function tables({ server, volumes, guest }: Observation, guestCommand: string): string {
  const unknown = "?";
  const fields = [
    ["OS-EXT-AZ:availability_zone", server.availabilityZone ?? unknown],
    ["OS-EXT-SRV-ATTR:hypervisor_hostname", server.hypervisorHostname ?? unknown],
    ["OS-EXT-STS:vm_state", server.vmState ?? unknown],
    ["addresses", server.addresses.map(({ network, address }) => `${network}=${address}`).join(", ")],
    ["id", server.id],
    ["image", server.image ?? "N/A (booted from volume)"],
    ["name", server.name],
    ["status", server.status],
    ["volumes_attached", server.volumesAttached.map(({ id }) => `id='${id}'`).join("\n")],
  ];
  const rows = volumes.map(({ id, name, status, sizeGiB, bootable, attachments: [attached] }) => [
    id,
    name,
    status,
    String(sizeGiB),
    attached ? `Attached to ${server.name} on ${attached.device ?? unknown}` : "",
    String(bootable),
  ]);
  return [
    `$ openstack server show ${server.name}`,
    table(["Field", "Value"], fields),
    "$ openstack volume list",
    table(["ID", "Name", "Status", "Size", "Attached to", "Bootable"], rows),
    `$ ${guestCommand} lsblk`,
    guest.lsblk,
    ...(guest.df === undefined ? [] : [`$ ${guestCommand} df -h`, guest.df]),
  ].join("\n");
}
