import type { Release } from "./release.ts";

/** OpenStack of Debian 12. Its packages still carry WSGI scripts, and mains for the rest. */
export const zed: Release = {
  title: "2022.2 Zed",
  computeApi: "2.93",
  profiles: ["guest", "fleet"],
  tree: undefined,
  networking: { kind: "linuxbridge" },
  entries: {
    keystone: { script: "/usr/bin/keystone-wsgi-public" },
    placement: { script: "/usr/bin/placement-api" },
    "nova-api": { main: "nova.cmd.api_os_compute" },
    "neutron-server": { main: "neutron.cmd.eventlet.server" },
    "glance-api": { main: "glance.cmd.api" },
    "cinder-api": { main: "cinder.cmd.api" },
  },
  charset: "utf8",
};
