/** Neutron's linuxbridge and DHCP agents on each host. */
import { base, PHYSICAL_NETWORK, privsep } from "../config/common.ts";
import { ini, merge, type Ini } from "../ini.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import { python, pythonEnv, type Service } from "../service.ts";
import type { Host, Lab } from "../settings.ts";
import { NONE, type Networking } from "./networking.ts";

const agentFile = (lab: Lab): string => `${paths(lab).config}/neutron/agent.conf`;

export const LINUXBRIDGE: Networking = {
  ...NONE,
  neutron: (lab) => ({
    DEFAULT: {
      rpc_workers: 1,
      // A DHCP port on every host: the network's bridge is there before the first guest arrives by migration.
      dhcp_agents_per_network: lab.hosts.length,
    },
    experimental: { linuxbridge: true },
    ml2: { mechanism_drivers: "linuxbridge" },
  }),
  files: (lab, secrets) => ({ [agentFile(lab)]: agent(lab, secrets) }),
  hostFolders: ["lib-neutron"],
  agents: (lab, host) => [
    daemon(lab, host, "linuxbridge-agent", "neutron.cmd.eventlet.plugins.linuxbridge_neutron_agent"),
    daemon(lab, host, "dhcp-agent", "neutron.cmd.eventlet.agents.dhcp"),
  ],
  agentBinaries: ["neutron-linuxbridge-agent", "neutron-dhcp-agent"],
  // With it the agent filters MAC addresses by `ebtables --among-src`, which Debian 12's nft variant cannot take back: the agent then
  // fails over and over, and ports stay DOWN after the first migration.
  portSecurity: false,
  wired,
};

const daemon = (lab: Lab, host: Host, name: string, module: string): Service => ({
  name: `${host.name}.${name}`,
  where: host.name,
  env: pythonEnv(lab),
  command: python(module, `neutron-${name}`, ["--config-file", agentFile(lab)]),
});

/** One file for both agents; the host's name is that of its uts namespace. */
function agent(lab: Lab, secrets: Secrets): string {
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

/**
 * Its bridge on every host, its DHCP port active. Else the first guest that arrives by migration loses seconds of traffic while that
 * is done.
 */
async function wired(...[lab, api, network, on]: Parameters<Networking["wired"]>): Promise<boolean> {
  const query = `/ports?device_owner=network:dhcp&network_id=${network}`;
  const { ports } = await api.call<{ ports: { "binding:host_id": string; status: string }[] }>("network", "GET", query);
  const active = ports.filter((port) => port.status === "ACTIVE").map((port) => port["binding:host_id"]);
  if (lab.hosts.some((host) => !active.includes(host))) return false;
  for (const host of lab.hosts) {
    const members = (await on(host, ["ls", `/sys/class/net/brq${network.slice(0, 11)}/brif`])).split("\n");
    // The uplink and the DHCP server's own wire.
    if (!members.includes("eth1") || !members.some((name) => name.startsWith("tap"))) return false;
  }
  return true;
}
