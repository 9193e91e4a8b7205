/**
 * Namespaces and wires of a lab: one network namespace for the control plane and Ceph with two bridges
 * (management, provider network), each with a wire into the root namespace; one namespace a host with a wire to each bridge.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { run, script, succeeds } from "./shell.ts";
import { entered, hasTree } from "./tree/enter.ts";
import type { Host, Lab } from "./settings.ts";

/** Last byte of the root namespace's own addresses on both networks. */
const CLIENT = 254;

export const infraNamespace = (lab: Pick<Lab, "prefix">): string => `${lab.prefix}-infra`;
export const hostNamespace = (lab: Pick<Lab, "prefix">, host: string): string => `${lab.prefix}-${host}`;
/** The wires' ends in the root namespace: management, provider. */
export const clientInterfaces = (lab: Pick<Lab, "prefix">): [string, string] => [
  `${lab.prefix}cl0`,
  `${lab.prefix}cl1`,
];

/** All network namespaces of this prefix that exist now. */
export function namespaces(lab: Pick<Lab, "prefix">): string[] {
  if (!existsSync("/run/netns")) return [];
  return readdirSync("/run/netns").filter((name) => name.startsWith(`${lab.prefix}-`));
}

/** Argument list that runs a command in the control plane's namespace, and in the lab's tree if it has one. */
export function inInfra(lab: Lab, argv: readonly string[]): string[] {
  return hasTree(lab) ? entered(lab, argv) : ["ip", "netns", "exec", infraNamespace(lab), ...argv];
}

/** The state folder of the lab that uses this prefix now, or undefined: it is written on the first wire. */
export function ownerOf(lab: Pick<Lab, "prefix">): string | undefined {
  const file = `/sys/class/net/${clientInterfaces(lab)[0]}/ifalias`;
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Makes what is missing. */
export async function makeNetwork(lab: Lab): Promise<void> {
  const ns = infraNamespace(lab);
  const networks = [lab.network, lab.providerNetwork];
  // The owner's mark comes first, so that a half-made lab is known as well.
  for (const [i, wire] of clientInterfaces(lab).entries()) {
    if (existsSync(`/sys/class/net/${wire}`)) continue;
    await run("ip", ["link", "add", wire, "type", "veth", "peer", "name", `${wire}p`]);
    await run("ip", ["link", "set", wire, "alias", lab.stateDir]);
    await run("ip", ["addr", "add", `${String(networks[i])}.${CLIENT}/24`, "dev", wire]);
    await run("ip", ["link", "set", wire, "up"]);
  }
  if (!existsSync(`/run/netns/${ns}`)) await run("ip", ["netns", "add", ns]);
  await run("ip", ["-n", ns, "link", "set", "lo", "up"]);
  for (const [i, wire] of clientInterfaces(lab).entries()) {
    const bridge = `br${i}`;
    if (!(await succeeds("ip", ["-n", ns, "link", "show", bridge])))
      await run("ip", ["-n", ns, "link", "add", bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0"]);
    await run("ip", ["-n", ns, "addr", "replace", `${String(networks[i])}.1/24`, "dev", bridge]);
    await run("ip", ["-n", ns, "link", "set", bridge, "up"]);
    if (existsSync(`/sys/class/net/${wire}p`)) await run("ip", ["link", "set", `${wire}p`, "netns", ns]);
    await run("ip", ["-n", ns, "link", "set", `${wire}p`, "master", bridge, "up"]);
  }
  // Frames between bridged guests must not pass this namespace's packet filter (where the kernel has that at all).
  await script('f=/proc/sys/net/bridge/bridge-nf-call-iptables; ip netns exec "$1" sh -c "[ ! -e $f ] || echo 0 >$f"', [
    ns,
  ]);
  if (lab.profile === "guest") for (const host of lab.hostList) await makeHostNetwork(lab, host);
}

/** eth0: management, storage and migration; eth1: uplink of the provider network. */
async function makeHostNetwork(lab: Lab, host: Host): Promise<void> {
  const infra = infraNamespace(lab);
  const ns = hostNamespace(lab, host.name);
  if (!existsSync(`/run/netns/${ns}`)) await run("ip", ["netns", "add", ns]);
  await run("ip", ["-n", ns, "link", "set", "lo", "up"]);
  for (const i of [0, 1]) {
    const wire = `h${host.number}-${i}`;
    if (!(await succeeds("ip", ["-n", infra, "link", "show", wire])))
      await run("ip", ["-n", infra, "link", "add", wire, "type", "veth", "peer", "name", `eth${i}`, "netns", ns]);
    await run("ip", ["-n", infra, "link", "set", wire, "master", `br${i}`, "up"]);
    await run("ip", ["-n", ns, "link", "set", `eth${i}`, "up"]);
  }
  await run("ip", ["-n", ns, "addr", "replace", `${host.address}/24`, "dev", "eth0"]);
  await run("ip", ["-n", ns, "route", "replace", "default", "via", lab.address]);
}

/** Removes every namespace and wire of this prefix; what runs in them must have ended. */
export async function removeNetwork(lab: Pick<Lab, "prefix">): Promise<void> {
  // The wires first: with a namespace they would only vanish a moment later.
  for (const wire of clientInterfaces(lab)) {
    for (const name of [wire, `${wire}p`])
      if (existsSync(`/sys/class/net/${name}`)) await run("ip", ["link", "del", name]).catch(gone(name));
  }
  for (const name of namespaces(lab)) await run("ip", ["netns", "del", name]);
}

/** The second end of a wire goes with the first one. */
function gone(wire: string): (error: unknown) => void {
  return (error) => {
    if (existsSync(`/sys/class/net/${wire}`)) throw error;
  };
}
