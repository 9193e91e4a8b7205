import { atLeast } from "../../openstack/http/microversion.ts";
import { blocker, transientBlocker, warning } from "./finding.ts";
import type { Method } from "../cloud/cloud-api.ts";
import type { Finding } from "../contract/record.ts";
import type { Snapshot, VolumeState } from "../cloud/snapshot.ts";

/** Kinds of ports that sit on a device of the host (nova/network/model.py VNIC_TYPES_SRIOV at 33.0.2). */
const DEVICE_PORTS = new Set(["direct", "direct-physical", "macvtap", "virtio-forwarder", "vdpa", "remote-managed"]);
/** Ports that belong to a Cyborg accelerator. */
const ACCELERATOR_PORTS = new Set(["accelerator-direct", "accelerator-direct-physical"]);
/** As oslo_utils.strutils.bool_from_string reads them. */
const TRUE = /^(1|t|true|on|y|yes)$/i;

const COLD = "run this again with `--cold`, which powers the guest off for the move";

const accelerator = (where: string) =>
  blocker("live-accelerator", {
    path: "server",
    value: where,
    problem: "the server has an accelerator (Cyborg), and Nova refuses to migrate it",
    fix:
      "without the accelerator it can move; with it, only shelve and unshelve bring it to another host, which stops it " +
      "(`openstack server shelve`; not for an accelerator of a port)",
  });

/**
 * What Nova rejects for any live migration, wherever it goes (the decorators of nova/compute/api.py live_migrate, and
 * nova/conductor/tasks/live_migrate.py _check_can_migrate_pci; Yoga to 33.0.2). Pure.
 *
 * The embedded flavor is the one that the server was made with. Nova keeps the image's properties from then; the boot
 * volume's are the same unless somebody changed them since. File-backed memory is a host's own configuration, which no
 * API shows.
 */
export function* novaRuleFindings(snapshot: Snapshot): Generator<Finding> {
  const { server, ports, shares, microversions } = snapshot;
  const { max } = microversions;
  const specs = server.flavor.extraSpecs ?? {};
  const image = bootVolume(snapshot);
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
    yield blocker("live-vtpm", {
      path: "server",
      value: tpm,
      problem: "the server has a virtual TPM, and Nova refuses to live-migrate it",
      fix: known ? `give it a flavor with hw:tpm_secret_security=host (a resize, which restarts it); or ${COLD}` : COLD,
    });
  }
  const encrypted = marker("hw:mem_encryption", "hw_mem_encryption", (value) => TRUE.test(value));
  if (encrypted !== undefined) {
    yield blocker("live-memory-encryption", {
      path: "server",
      value: encrypted,
      problem: "the server's memory is encrypted (SEV), and Nova refuses to live-migrate it",
      fix: COLD,
    });
  }

  const profile = specs["accel:device_profile"];
  if (profile) yield accelerator(`accel:device_profile=${profile} of its flavor`);
  const alias = specs["pci_passthrough:alias"];
  // From 2025.1 (2.97) on, devices may be marked as live_migratable on their hosts.
  if (alias && !atLeast(max, "2.97")) {
    yield blocker("live-pci-device", {
      path: "server",
      value: `pci_passthrough:alias=${alias} of its flavor`,
      problem: `the flavor passes a PCI device through, and Nova before 2025.1 (compute ${max}) refuses to live-migrate it`,
      fix: COLD,
    });
  }

  const kinds = ports.known ? ports.value.map(({ id, vnicType }) => ({ id, kind: vnicType ?? "normal" })) : [];
  const ofKinds = (which: (kind: string) => boolean) =>
    kinds.filter(({ kind }) => which(kind)).map(({ id, kind }) => `port ${id} (${kind})`);
  const accelerated = ofKinds((kind) => ACCELERATOR_PORTS.has(kind));
  if (accelerated.length > 0) yield accelerator(accelerated.join(", "));
  const old = !atLeast(max, "2.91");
  const vdpa = ofKinds((kind) => kind === "vdpa" && old);
  if (vdpa.length > 0) {
    yield blocker("live-vdpa", {
      path: "server",
      value: vdpa.join(", "),
      problem: `the server has a vDPA port, and Nova before Zed (compute ${max}) refuses to live-migrate it`,
      fix: COLD,
    });
  }
  const devices = ofKinds((kind) => DEVICE_PORTS.has(kind) && !(kind === "vdpa" && old));
  if (devices.length > 0) {
    yield warning("device-port", {
      path: "server",
      value: devices.join(", "),
      problem:
        "the server has ports on PCI devices (SR-IOV or vDPA): whether the destination has a free device was not checked, " +
        "and Nova may unplug these ports from the guest while it moves",
      fix: "make sure that the guest stays reachable without them (such as by a bond) and that the destination has free devices; a misfit shows as a failed migration (No valid host)",
    });
  }

  if (shares?.known && shares.value.length > 0) {
    yield transientBlocker("live-share", {
      path: "server",
      value: shares.value.join(", "),
      problem: "Manila shares are attached to the server, and Nova refuses to migrate it",
      fix: "stop the server and detach them (`DELETE /servers/ID/shares/SHARE`), then start it and run this again",
    });
  }
  if (server.flavor.extraSpecs === undefined) {
    yield warning("specs-hidden", {
      path: "cloud",
      value: "extra specs are not visible",
      problem: "whether the flavor has something that Nova refuses to live-migrate was not checked",
      fix: "use an account that may see extra specs (Nova's policy os_compute_api:os-flavor-extra-specs:index)",
    });
  }
}

/** The volume that the server boots from; undefined where it cannot be identified. */
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
  return [
    blocker("force-spread", {
      path: "azPin",
      value: `force, resources of ${providers} providers`,
      problem:
        "the server holds resources of more than one provider (such as guaranteed bandwidth), and Nova refuses to force its move",
      fix: "azPin: unpin (compute API 2.104 or newer), or shelve and unshelve it without a zone, which stops it",
    }),
  ];
}
