/** Nova: the control plane's config, what only the control plane may know, and each host's own. */
import { ini, merge, type Ini } from "../ini.ts";
import { networkingOf } from "../networking/index.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Host, Lab } from "../settings.ts";
import { base, credentials, database, PORTS, privsep, REGION, tokenCheck, url } from "./common.ts";
import { CEPH_SECRET_UUID } from "./infrastructure.ts";

export const novaFile = (lab: Lab): string => `${paths(lab).config}/nova/nova.conf`;
export const novaDatabaseFile = (lab: Lab): string => `${paths(lab).config}/nova/database.conf`;
export const novaHostFile = (lab: Lab, host: Host): string => `${paths(lab).config}/nova/${host.name}.conf`;

export function nova(lab: Lab, secrets: Secrets): string {
  const p = paths(lab);
  return ini(
    merge(
      base(lab, secrets),
      {
        DEFAULT: {
          my_ip: lab.address,
          state_path: `${p.data}/nova`,
          osapi_compute_listen: lab.address,
          osapi_compute_listen_port: PORTS.nova,
          osapi_compute_workers: 2,
          enabled_apis: "osapi_compute",
          default_availability_zone: "nova",
          // On, it would take the guests that went down with the lab for stopped on purpose, before `lab up` has started them again.
          // Libvirt's events still tell Nova at once when a guest ends by itself.
          sync_power_state_interval: -1,
          // A dead compute is seen after 12 seconds.
          report_interval: 3,
          service_down_time: 12,
          periodic_fuzzy_delay: 0,
        },
        wsgi: { api_paste_config: `${p.config}/nova/api-paste.ini` },
        api: { auth_strategy: "keystone" },
        conductor: { workers: 1 },
        scheduler: { workers: 1, discover_hosts_in_cells_interval: 2 },
        quota: { instances: -1, cores: -1, ram: -1, key_pairs: -1, server_groups: -1, server_group_members: -1 },
        vnc: { enabled: false },
        placement: credentials(lab, secrets, "placement"),
        glance: { api_servers: url(lab, "glance") },
        cinder: { os_region_name: REGION, ...credentials(lab, secrets, "nova") },
        neutron: credentials(lab, secrets, "neutron"),
        service_user: { send_service_user_token: true, ...credentials(lab, secrets, "nova") },
      },
      tokenCheck(lab, secrets, "nova"),
    ),
  );
}

/** Not for the computes: nova-compute may not reach the database. */
export function novaDatabase(lab: Lab): string {
  return ini({
    database: { connection: database(lab, "nova") },
    api_database: { connection: database(lab, "nova_api") },
  });
}

/**
 * What a host has of its own. Migrations keep Nova's defaults: no cap, no auto-converge, no post-copy.
 *
 * @param more options of a test, which win
 */
export function novaHost(lab: Lab, host: Host, more: Ini = {}): string {
  return ini(merge(lab.profile === "guest" ? guestHost(lab, host) : fleetHost(lab, host), more));
}

/** What makes a host of the guest profile keep local disks in Ceph, where other such hosts find them. */
export const DISKS_IN_CEPH = {
  libvirt: { images_type: "rbd", images_rbd_pool: "vms", images_rbd_ceph_conf: "/etc/ceph/ceph.conf" },
} as const satisfies Ini;

function guestHost(lab: Lab, host: Host): Ini {
  return {
    DEFAULT: {
      host: host.name,
      my_ip: host.address,
      compute_driver: "libvirt.LibvirtDriver",
      // The same path on every host, as live migration wants it; each host has its own folder there.
      state_path: "/var/lib/nova",
      reserved_host_memory_mb: 0,
      initial_cpu_allocation_ratio: "16.0",
      initial_ram_allocation_ratio: "4.0",
      vif_plugging_timeout: 120,
      // Seconds a guest gets to shut down by itself.
      shutdown_timeout: 10,
      // On, it started a second copy of a guest on the same volumes; `lab up` starts guests through the API.
      resume_guests_state_on_host_boot: false,
    },
    oslo_concurrency: { lock_path: "/run/lock/nova" },
    // Nova activates a port's binding twice, on libvirt's event and after the migration. Neutron 21 answers 500 if both come
    // at once, and Nova then puts the running server in ERROR: seen once in twenty moves on a busy machine.
    workarounds: { handle_virt_lifecycle_events: false },
    libvirt: {
      virt_type: "qemu",
      cpu_mode: "custom",
      cpu_models: "qemu64",
      hw_machine_type: "x86_64=pc",
      rbd_user: "cinder",
      rbd_secret_uuid: CEPH_SECRET_UUID,
      disk_cachemodes: "network=writeback",
      hw_disk_discard: "unmap",
      inject_partition: -2,
      live_migration_scheme: "tcp",
      live_migration_inbound_addr: host.address,
    },
    ...networkingOf(lab).compute,
    ...privsep(
      ["nova_sys_admin", "vif_plug_linux_bridge_privileged", "vif_plug_ovs_privileged", "privsep_osbrick"],
      [novaFile(lab), novaHostFile(lab, host)],
    ),
  };
}

function fleetHost(lab: Lab, host: Host): Ini {
  const state = `${paths(lab).data}/nova-${host.name}`;
  return {
    DEFAULT: {
      host: host.name,
      compute_driver: "labfake.PacedFakeDriver",
      state_path: state,
      vif_plugging_timeout: 0,
      vif_plugging_is_fatal: false,
    },
    oslo_concurrency: { lock_path: `${state}/lock` },
  };
}
