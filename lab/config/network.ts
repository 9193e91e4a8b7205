/** Neutron: the server, and the agents of a host. */
import { ini, merge, type Ini } from "../ini.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { base, credentials, database, PORTS, privsep, tokenCheck } from "./common.ts";

export const neutronFile = (lab: Lab): string => `${paths(lab).config}/neutron/neutron.conf`;
export const agentFile = (lab: Lab): string => `${paths(lab).config}/neutron/agent.conf`;
export const PHYSICAL_NETWORK = "provider";

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
          rpc_workers: real ? 1 : 0,
          rpc_state_report_workers: 0,
          state_path: `${paths(lab).data}/neutron`,
          core_plugin: "ml2",
          service_plugins: "",
          api_paste_config: `${paths(lab).config}/neutron/api-paste.ini`,
          auth_strategy: "keystone",
          notify_nova_on_port_status_changes: real,
          notify_nova_on_port_data_changes: real,
          // A DHCP port on every host: the network's bridge is there before the first guest arrives by migration.
          dhcp_agents_per_network: lab.hosts.length,
        },
        database: { connection: database(lab, "neutron") },
        nova: credentials(lab, secrets, "nova"),
        quotas: { quota_port: -1, quota_network: -1, quota_security_group: -1, quota_security_group_rule: -1 },
        experimental: { linuxbridge: true },
        ml2: {
          type_drivers: "flat",
          tenant_network_types: "",
          mechanism_drivers: real ? "linuxbridge" : "lab",
          extension_drivers: "port_security",
        },
        ml2_type_flat: { flat_networks: PHYSICAL_NETWORK },
        securitygroup: { enable_security_group: false },
      },
      tokenCheck(lab, secrets, "neutron"),
    ),
  );
}

/** One file for the linuxbridge agent and the DHCP agent; the host's name is that of its uts namespace. */
export function agent(lab: Lab, secrets: Secrets): string {
  const own: Ini = {
    DEFAULT: {
      state_path: "/var/lib/neutron",
      interface_driver: "linuxbridge",
      dhcp_driver: "neutron.agent.linux.dhcp.Dnsmasq",
      enable_isolated_metadata: false,
    },
    oslo_concurrency: { lock_path: "/run/lock/neutron" },
    AGENT: { root_helper: "env", report_interval: 10 },
    experimental: { linuxbridge: true },
    linux_bridge: { physical_interface_mappings: `${PHYSICAL_NETWORK}:eth1` },
    vxlan: { enable_vxlan: false },
    securitygroup: { enable_security_group: false, firewall_driver: "noop" },
  };
  const contexts = ["", "_dhcp_release", "_namespace", "_conntrack", "_link", "_ovs_vsctl"].map((x) => `privsep${x}`);
  return ini(merge(base(lab, secrets), own, privsep(contexts, [agentFile(lab)])));
}
