/** Parts that several services' configs share. */
import type { Ini } from "../ini.ts";
import { paths } from "../paths.ts";
import { releaseOf } from "../releases/index.ts";
import type { Secrets, ServiceUser } from "../secrets.ts";
import type { Lab } from "../settings.ts";

export const REGION = "RegionOne";
/** Neutron's name of the network that the hosts' eth1 leads to. */
export const PHYSICAL_NETWORK = "provider";
export const neutronFile = (lab: Pick<Lab, "stateDir">): string => `${paths(lab).config}/neutron/neutron.conf`;

/** Standard ports of what listens on the lab's address. */
export const PORTS = {
  keystone: 5000,
  rabbitmq: 5672,
  nova: 8774,
  cinder: 8776,
  placement: 8778,
  glance: 9292,
  neutron: 9696,
  memcached: 11211,
} as const;

export const url = (lab: Lab, service: keyof typeof PORTS): string => `http://${lab.address}:${PORTS[service]}`;
export const authUrl = (lab: Lab): string => `${url(lab, "keystone")}/v3`;

/** The message bus, and logs to standard error, where the supervisor collects them. */
export function base(lab: Lab, secrets: Secrets): Ini {
  return {
    DEFAULT: {
      transport_url: `rabbit://lab:${secrets.rabbit}@${lab.address}:${PORTS.rabbitmq}/`,
      use_stderr: true,
      use_journal: false,
      log_file: "",
    },
  };
}

/** MariaDB over its socket in the lab's own folder. Without the charset oslo.db warns at every connection. */
export function database(lab: Lab, name: string): string {
  return `mysql+pymysql://root@localhost/${name}?unix_socket=${paths(lab).mysqlSocket}&charset=${releaseOf(lab).charset}`;
}

/** How a service proves who it is to another one. */
export function credentials(lab: Lab, secrets: Secrets, user: ServiceUser): Record<string, string> {
  return {
    auth_url: authUrl(lab),
    auth_type: "password",
    project_domain_name: "Default",
    user_domain_name: "Default",
    project_name: "service",
    username: user,
    password: secrets[user],
    region_name: REGION,
  };
}

/** How a service checks its callers' tokens; a service token is only taken from a service. */
export function tokenCheck(lab: Lab, secrets: Secrets, user: ServiceUser): Ini {
  return {
    keystone_authtoken: {
      www_authenticate_uri: authUrl(lab),
      memcached_servers: `${lab.address}:${PORTS.memcached}`,
      service_token_roles: "service",
      service_token_roles_required: true,
      ...credentials(lab, secrets, user),
    },
    oslo_concurrency: { lock_path: `${paths(lab).run}/lock-${user}` },
  };
}

/** Helpers run as root already: no sudo, no rootwrap. */
export function privsep(sections: readonly string[], configs: readonly string[]): Ini {
  const command = ["/usr/bin/privsep-helper", ...configs.map((file) => `--config-file ${file}`)].join(" ");
  return Object.fromEntries(sections.map((section) => [section, { helper_command: command }]));
}
