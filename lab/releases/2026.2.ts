import { epoxy } from "./epoxy.ts";
import type { Release } from "./release.ts";

/** OpenStack of Debian unstable. Every API is a WSGI module: Glance's main refuses to start. */
export const release20262: Release = {
  ...epoxy,
  title: "2026.2",
  computeApi: "2.104",
  tree: { ...epoxy.tree, suite: "sid" },
  networking: { kind: "ovn", maintenance: "neutron.cmd.server:main_ovn_maintenance" },
  entries: { ...epoxy.entries, "glance-api": { wsgi: "glance.wsgi.api" } },
};
