/** Neutron's server. */
import { ini, merge } from "../ini.ts";
import { networkingOf } from "../networking/index.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { base, credentials, database, PHYSICAL_NETWORK, PORTS, tokenCheck } from "./common.ts";

export function neutron(lab: Lab, secrets: Secrets): string {
  const real = lab.profile === "guest";
  return ini(
    merge(
      base(lab, secrets),
      {
        DEFAULT: {
          bind_host: lab.address,
          bind_port: PORTS.neutron,
          api_workers: 1,
          // Agents speak to it by RPC; where no agent is, no worker need be.
          rpc_workers: 0,
          rpc_state_report_workers: 0,
          state_path: `${paths(lab).data}/neutron`,
          core_plugin: "ml2",
          service_plugins: "",
          api_paste_config: `${paths(lab).config}/neutron/api-paste.ini`,
          auth_strategy: "keystone",
          notify_nova_on_port_status_changes: real,
          notify_nova_on_port_data_changes: real,
        },
        database: { connection: database(lab, "neutron") },
        nova: credentials(lab, secrets, "nova"),
        quotas: { quota_port: -1, quota_network: -1, quota_security_group: -1, quota_security_group_rule: -1 },
        ml2: { type_drivers: "flat", tenant_network_types: "", extension_drivers: "port_security" },
        ml2_type_flat: { flat_networks: PHYSICAL_NETWORK },
        securitygroup: { enable_security_group: false },
      },
      networkingOf(lab).neutron(lab),
      tokenCheck(lab, secrets, "neutron"),
    ),
  );
}
