import { FLEET_PACKAGES, UNPACKED_PACKAGES } from "./packages.ts";
import type { Release } from "./release.ts";

/** OpenStack of Debian 13. WSGI scripts are gone; Glance has no WSGI module yet. */
export const epoxy: Release = {
  title: "2025.1 Epoxy",
  computeApi: "2.100",
  profiles: ["fleet"],
  tree: { suite: "trixie", packages: FLEET_PACKAGES, unpacked: UNPACKED_PACKAGES },
  entries: {
    keystone: { wsgi: "keystone.wsgi.api" },
    placement: { wsgi: "placement.wsgi.api" },
    "nova-api": { wsgi: "nova.wsgi.osapi_compute" },
    "neutron-server": { wsgi: "neutron.wsgi.api" },
    "glance-api": { main: "glance.cmd.api" },
    "cinder-api": { wsgi: "cinder.wsgi.api" },
  },
  charset: "utf8mb3",
};
