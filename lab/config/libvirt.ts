/** libvirt on a host: root, no isolation of its own (the host's namespaces are that), reachable by the other hosts. */
import type { Host } from "../settings.ts";

type Value = string | number | readonly string[];

function assignments(values: Readonly<Record<string, Value>>): string {
  const show = (value: Value): string =>
    typeof value === "number" ? String(value) : typeof value === "string" ? `"${value}"` : `[ ${value.join(", ")} ]`;
  return Object.entries(values)
    .map(([key, value]) => `${key} = ${show(value)}\n`)
    .join("");
}

export function libvirtd(host: Host): string {
  return assignments({
    // Hosts on one machine would have the same id from its DMI table, and refuse to migrate "to themselves".
    host_uuid: host.uuid,
    listen_tls: 0,
    listen_tcp: 1,
    auth_tcp: "none",
    listen_addr: host.address,
    tcp_port: "16509",
    auth_unix_rw: "none",
    auth_unix_ro: "none",
    unix_sock_group: "root",
    // libvirt 9.0 may lose the wake-up of a client whose threads share a connection, as nova-compute's do while one of them migrates
    // (virNetClientIOWakeup before g_main_loop_run): the call then waits for the next of these messages. With the
    // default of 5 seconds, and a call per PCI device, nova-compute was seen to stand still for 160 seconds on a busy machine.
    keepalive_interval: 1,
    keepalive_count: 60,
    log_filters: "3:util.object 4:util.dbus",
    log_outputs: "2:stderr",
  });
}

export function qemu(host: Host): string {
  return assignments({
    user: "root",
    group: "root",
    dynamic_ownership: 0,
    remember_owner: 0,
    security_driver: "none",
    cgroup_controllers: [],
    namespaces: [],
    stdio_handler: "file",
    migration_address: host.address,
    migration_host: host.address,
  });
}
