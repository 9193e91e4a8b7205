import { epoxy } from "./epoxy.ts";
import { FLEET_PACKAGES, UNPACKED_PACKAGES } from "./packages.ts";
import type { Release } from "./release.ts";

/** OpenStack of Debian unstable. Every API is a WSGI module: Glance's main refuses to start. */
export const release20262: Release = {
  ...epoxy,
  title: "2026.2",
  computeApi: "2.104",
  tree: { suite: "sid", packages: FLEET_PACKAGES, unpacked: UNPACKED_PACKAGES },
  entries: { ...epoxy.entries, "glance-api": { wsgi: "glance.wsgi.api" } },
};
