import { atLeast } from "../../openstack/http/microversion.ts";
import { finding } from "./findings/finding.ts";
import type { Method } from "../cloud/cloud-api.ts";
import type { Finding } from "../contract/record.ts";
import type { Snapshot, VolumeState } from "../cloud/snapshot.ts";

/** Kinds of ports that sit on a device of the host (nova/network/model.py VNIC_TYPES_SRIOV at 33.0.2). */
const DEVICE_PORTS = new Set(["direct", "direct-physical", "macvtap", "virtio-forwarder", "vdpa", "remote-managed"]);
/** Ports that belong to a Cyborg accelerator. */
const ACCELERATOR_PORTS = new Set(["accelerator-direct", "accelerator-direct-physical"]);
/** As oslo_utils.strutils.bool_from_string reads them. */
const TRUE = /^(1|t|true|on|y|yes)$/i;

/**
 * What Nova rejects for any live migration, wherever it goes (the decorators of nova/compute/api.py live_migrate, and
 * nova/conductor/tasks/live_migrate.py _check_can_migrate_pci; Yoga to 33.0.2). Pure.
 *
 * The embedded flavor is the one that the server was made with. Nova keeps the image's properties from then; the boot
 * volume's are the same unless somebody changed them since. File-backed memory is a host's own configuration, which no
 * API shows.
 */
export function novaRuleFindings(snapshot: Snapshot): Finding[] {
  const { server, ports, shares, microversions } = snapshot;
  const { max } = microversions;
  const specs = server.flavor.extraSpecs ?? {};
  const image = bootVolume(snapshot);
  const found: Finding[] = [];
  /** Where a property of flavor or image is set. */
  const marker = (spec: string, property: string, holds: (value: string) => boolean): string | undefined => {
    const ofFlavor = specs[spec];
    const ofImage = image?.imageProperties?.[property];
    if (ofFlavor !== undefined && holds(ofFlavor)) return `${spec}=${ofFlavor} of its flavor`;
    if (ofImage !== undefined && holds(ofImage)) return `${property}=${ofImage} of its boot volume ${image?.id ?? ""}`;
    return undefined;
  };

  const tpm = marker("hw:tpm_version", "hw_tpm_version", (value) => value !== "");
  // 2.103 is 2026.1. The other modes, `user` and `deployment`, are refused as before.
  const known = atLeast(max, "2.103");
  if (tpm !== undefined && !(known && specs["hw:tpm_secret_security"] === "host")) {
    found.push(finding("live-vtpm", { marker: tpm, movable: known ? "hw:tpm_secret_security=host" : "" }));
  }
  const encrypted = marker("hw:mem_encryption", "hw_mem_encryption", (value) => TRUE.test(value));
  if (encrypted !== undefined) found.push(finding("live-memory-encryption", { marker: encrypted }));

  const profile = specs["accel:device_profile"];
  if (profile) found.push(finding("live-accelerator", { marker: `accel:device_profile=${profile} of its flavor` }));
  const alias = specs["pci_passthrough:alias"];
  // From 2025.1 (2.97) on, devices may be marked as live_migratable on their hosts.
  if (alias && !atLeast(max, "2.97")) {
    found.push(finding("live-pci-device", { marker: `pci_passthrough:alias=${alias} of its flavor`, max }));
  }

  const kinds = ports.known ? ports.value.map(({ id, vnicType }) => ({ id, kind: vnicType ?? "normal" })) : [];
  const ofKinds = (which: (kind: string) => boolean) =>
    kinds.filter(({ kind }) => which(kind)).map(({ id, kind }) => `port ${id} (${kind})`);
  const accelerated = ofKinds((kind) => ACCELERATOR_PORTS.has(kind));
  if (accelerated.length > 0) found.push(finding("live-accelerator", { marker: accelerated.join(", ") }));
  const old = !atLeast(max, "2.91");
  const vdpa = ofKinds((kind) => kind === "vdpa" && old);
  if (vdpa.length > 0) found.push(finding("live-vdpa", { marker: vdpa.join(", "), max }));
  const devices = ofKinds((kind) => DEVICE_PORTS.has(kind) && !(kind === "vdpa" && old));
  if (devices.length > 0) found.push(finding("device-port", { ports: devices.join(", ") }));

  if (shares?.known && shares.value.length > 0) found.push(finding("live-share", { shares: shares.value.join(", ") }));
  if (server.flavor.extraSpecs === undefined) found.push(finding("specs-hidden"));
  return found;
}

/** The volume that the server boots from; undefined where it cannot be told from its others. */
function bootVolume({ server, volumes }: Snapshot): VolumeState | undefined {
  if (!volumes.known) return undefined;
  const attached = server.volumes.filter(({ device }) =>
    server.rootDevice === undefined ? /^\/dev\/[a-z]+da$/.test(device ?? "") : device === server.rootDevice,
  );
  const only = server.volumes.length === 1 ? server.volumes : attached;
  return only.length === 1 ? volumes.value.find(({ id }) => id === only[0]?.id) : undefined;
}

/** A forced move of a server with resources of several providers (nova/scheduler/utils.py claim_resources_on_destination). */
export function forceFindings(method: Method | undefined, { providers }: Snapshot): Finding[] {
  if (method?.kind !== "forced" || providers === undefined) return [];
  return [finding("force-spread", { count: String(providers) })];
}
