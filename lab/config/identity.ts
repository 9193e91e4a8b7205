/** Keystone and Placement, both under uwsgi. */
import { ini, merge } from "../ini.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { database, PORTS, tokenCheck } from "./common.ts";

export function keystone(lab: Lab): string {
  const keys = `${paths(lab).data}/keystone`;
  return ini({
    DEFAULT: { use_stderr: true },
    database: { connection: database(lab, "keystone") },
    fernet_tokens: { key_repository: `${keys}/fernet` },
    fernet_receipts: { key_repository: `${keys}/fernet` },
    credential: { key_repository: `${keys}/credential` },
    token: { expiration: 86_400 },
    cache: {
      enabled: true,
      backend: "dogpile.cache.memcached",
      memcache_servers: `${lab.address}:${PORTS.memcached}`,
    },
    // The cheapest hash: passwords are random and the machine is small.
    identity: { password_hash_rounds: 4, max_password_length: 72 },
  });
}

export function placement(lab: Lab, secrets: Secrets): string {
  return ini(
    merge(
      {
        DEFAULT: { use_stderr: true, log_file: "" },
        placement_database: { connection: database(lab, "placement") },
        api: { auth_strategy: "keystone" },
        // As every other service calls it; this one looks for policy.json.
        oslo_policy: { policy_file: "policy.yaml" },
      },
      tokenCheck(lab, secrets, "placement"),
    ),
  );
}
