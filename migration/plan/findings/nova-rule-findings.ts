import { sh } from "../../../text/shell.ts";
import type { V } from "../../catalogue.ts";
import { blocker, blockerNow, warning } from "./finding-kinds.ts";

const COLD = "`openstack server migrate` moves it cold: it stops while it moves";

/** Findings of {@link ./nova-rules.ts}. */
export const NOVA_RULE_TEXTS = {
  "live-vtpm": blocker(({ marker, movable }: V<"marker" | "movable">) => ({
    path: "server",
    value: marker,
    problem: "the server has a virtual TPM, and Nova refuses to live-migrate it",
    fix: movable ? `give it a flavor with ${movable} (a resize, which restarts it); or ${COLD}` : COLD,
  })),
  "live-memory-encryption": blocker(({ marker }: V<"marker">) => ({
    path: "server",
    value: marker,
    problem: "the server's memory is encrypted (SEV), and Nova refuses to live-migrate it",
    fix: COLD,
  })),
  "live-accelerator": blocker(({ marker }: V<"marker">) => ({
    path: "server",
    value: marker,
    problem: "the server has an accelerator (Cyborg), and Nova refuses to live-migrate it",
    fix:
      "without the accelerator it can move; with it, only shelve and unshelve bring it to another host, which stops it " +
      "(`openstack server shelve`; not for an accelerator of a port)",
  })),
  "live-pci-device": blocker(({ marker, max }: V<"marker" | "max">) => ({
    path: "server",
    value: marker,
    problem: `the flavor passes a PCI device through, and Nova before 2025.1 (compute ${max}) refuses to live-migrate it`,
    fix: COLD,
  })),
  "live-vdpa": blocker(({ marker, max }: V<"marker" | "max">) => ({
    path: "server",
    value: marker,
    problem: `the server has a vDPA port, and Nova before Zed (compute ${max}) refuses to live-migrate it`,
    fix: COLD,
  })),
  "live-share": blockerNow(({ shares }: V<"shares">) => ({
    path: "server",
    value: shares,
    problem: "Manila shares are attached to the server, and Nova refuses to migrate it",
    fix: "stop the server and detach them (`DELETE /servers/ID/shares/SHARE`), then start it and run this again",
  })),
  "device-port": warning(({ ports }: V<"ports">) => ({
    path: "server",
    value: ports,
    problem:
      "the server has ports on PCI devices (SR-IOV or vDPA): whether the destination has a free device was not checked, " +
      "and Nova may unplug these ports from the guest while it moves",
    fix: "make sure that the guest stays reachable without them (such as by a bond) and that the destination has free devices; a misfit shows as a failed migration (No valid host)",
  })),
  "specs-hidden": warning(() => ({
    path: "cloud",
    value: "extra specs are not visible",
    problem: "whether the flavor has something that Nova refuses to live-migrate was not checked",
    fix: "use an account that may see extra specs (Nova's policy os_compute_api:os-flavor-extra-specs:index)",
  })),
  "force-spread": blocker(({ count }: V<"count">) => ({
    path: "azPin",
    value: `force, resources of ${count} providers`,
    problem:
      "the server holds resources of more than one provider (such as guaranteed bandwidth), and Nova refuses to force its move",
    fix: "azPin: unpin (compute API 2.104 or newer), or shelve and unshelve it without a zone, which stops it",
  })),
  "cpu-differs": warning(({ source, destination, lacking }: V<"source" | "destination" | "lacking">) => ({
    path: "host",
    value: lacking,
    problem: `the CPU of ${destination} lacks what the CPU of ${source} has (${lacking}), which a guest may need`,
    fix: "choose a host with the same or a newer CPU of that vendor, or have the same `cpu_models` configured on all hosts",
  })),
  "leftover-binding": blockerNow(({ port, host, url }: V<"port" | "host" | "url">) => ({
    path: "host",
    value: `port ${port} on ${host}`,
    problem: `Neutron has a leftover INACTIVE binding of port ${port} to ${host}: Nova cannot bind the port there again, and finds "No valid host"`,
    fix:
      `remove it: \`${sh`curl -X DELETE -H "X-Auth-Token: $(openstack token issue -f value -c id)" ${url}`}\`, then run this again ` +
      "(Neutron's policy delete_port_binding: an administrator; from 2024.1 on the role service)",
  })),
};
