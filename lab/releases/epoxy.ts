import { GUEST_KERNEL, TREE_PACKAGES, UNPACKED_PACKAGES } from "./packages.ts";
import type { Release } from "./release.ts";

/** OpenStack of Debian 13. WSGI scripts are gone; Glance has no WSGI module yet. */
export const epoxy = {
  title: "2025.1 Epoxy",
  computeApi: "2.100",
  profiles: ["guest", "fleet"],
  tree: { suite: "trixie", packages: TREE_PACKAGES, unpacked: UNPACKED_PACKAGES, kernel: GUEST_KERNEL },
  networking: { kind: "ovn", maintenance: "neutron.cmd.eventlet.server:main_ovn_maintenance_eventlet" },
  entries: {
    keystone: { wsgi: "keystone.wsgi.api" },
    placement: { wsgi: "placement.wsgi.api" },
    "nova-api": { wsgi: "nova.wsgi.osapi_compute" },
    "neutron-server": { wsgi: "neutron.wsgi.api" },
    "glance-api": { main: "glance.cmd.api" },
    "cinder-api": { wsgi: "cinder.wsgi.api" },
  },
  charset: "utf8mb3",
} as const satisfies Release;
