/** Where things lie below a lab's state folder. */
import { join } from "node:path";
import type { Lab } from "./settings.ts";

/** All places of one lab; nothing of it lies elsewhere, but for the cache. */
export function paths(lab: Pick<Lab, "stateDir">) {
  const at = (...parts: string[]): string => join(lab.stateDir, ...parts);
  return {
    /** For the `openstack` client and everything that reads clouds.yaml. */
    cloudsFile: at("clouds.yaml"),
    /** Private key of the guests' root. */
    guestKey: at("guest_key"),
    /** Private key by which one host's Nova reaches the others. */
    hostsKey: at("hosts_key"),
    secrets: at("secrets.json"),
    /** Present while the lab is up as a whole. */
    upMarker: at("up.json"),
    config: at("config"),
    logs: at("logs"),
    services: at("services"),
    run: at("run"),
    /** Names the tree that the lab runs in, see lab/tree. */
    tree: at("tree.json"),
    mysqlSocket: at("run", "mysql.sock"),
    data: at("data"),
    ceph: at("data", "ceph"),
    cephConf: at("data", "ceph", "ceph.conf"),
    mysql: at("data", "mysql"),
    /** Private folders of a host, mounted over /etc/libvirt and the like in its mount namespace. */
    host: (name: string): string => at("hosts", name),
    /** Pace of the fake hypervisor's migrations (fleet profile), see docs/lab.md. */
    pace: at("pace.json"),
    log: (service: string): string => at("logs", `${service}.log`),
    serviceDir: (service: string): string => at("services", service),
    /** Marks a part of the prepared state as complete. */
    done: (part: string): string => at("data", `${part}.done`),
  };
}
