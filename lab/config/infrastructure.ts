/** MariaDB, RabbitMQ and Ceph: what stands below OpenStack. */
import { ini } from "../ini.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { PORTS } from "./common.ts";

export function mariadb(lab: Lab): string {
  const p = paths(lab);
  return ini({
    mysqld: {
      datadir: p.mysql,
      socket: p.mysqlSocket,
      "pid-file": `${p.run}/mysql.pid`,
      "skip-networking": 1,
      max_connections: 800,
      innodb_buffer_pool_size: "128M",
      innodb_log_file_size: "32M",
      // Each commit reaches the kernel, so a killed server loses nothing; a power cut may.
      innodb_flush_log_at_trx_commit: 2,
      innodb_doublewrite: 0,
      "skip-log-bin": 1,
      performance_schema: "off",
      "character-set-server": "utf8mb3",
    },
  });
}

/** The only account is the lab's own; it may come from the lab's network. */
export function rabbitmq(lab: Lab, secrets: Secrets): string {
  return [
    "log.console = true",
    "log.console.level = warning",
    "log.file = false",
    "loopback_users = none",
    "default_user = lab",
    `default_pass = ${secrets.rabbit}`,
    `listeners.tcp.default = ${lab.address}:${PORTS.rabbitmq}`,
    "vm_memory_high_watermark.absolute = 1GB",
    "disk_free_limit.absolute = 50MB",
    "",
  ].join("\n");
}

/** Identifies the cluster; one lab has one, so it need not be random. */
export const CEPH_FSID = "5a1f5b0e-3c58-4c3e-9a53-5f0c6f2b7a01";
/** Name of the cephx key as a libvirt secret. */
export const CEPH_SECRET_UUID = "457eb676-33da-42ec-9a8c-9293d545c337";

/** The smallest real cluster: one monitor, one manager, one OSD on a sparse file, no replicas. */
export function ceph(lab: Lab): string {
  const p = paths(lab);
  return ini({
    global: {
      fsid: CEPH_FSID,
      mon_initial_members: "a",
      mon_host: `v2:${lab.address}:3300,v1:${lab.address}:6789`,
      public_addr: lab.address,
      ms_bind_ipv6: false,
      auth_cluster_required: "cephx",
      auth_service_required: "cephx",
      auth_client_required: "cephx",
      keyring: `${p.ceph}/$name.keyring`,
      run_dir: p.run,
      admin_socket: `${p.run}/$cluster-$name.asok`,
      log_file: "",
      log_to_stderr: true,
      err_to_stderr: true,
      pid_file: "",
      osd_pool_default_size: 1,
      osd_pool_default_min_size: 1,
      osd_crush_chooseleaf_type: 0,
      osd_pool_default_pg_autoscale_mode: "off",
      mon_allow_pool_size_one: true,
      mon_warn_on_pool_no_redundancy: false,
      mon_allow_pool_delete: true,
      // The machine's disk is shared: a full one is checked before, not here.
      mon_data_avail_warn: 1,
      mon_data_avail_crit: 0,
      auth_allow_insecure_global_id_reclaim: false,
    },
    mon: {
      mon_data: `${p.ceph}/mon`,
      mon_cluster_log_to_file: false,
      mon_cluster_log_to_stderr: false,
      debug_mon: 0,
      debug_paxos: 0,
      debug_rocksdb: 0,
    },
    mgr: { mgr_data: `${p.ceph}/mgr`, mgr_initial_modules: "", mgr_stats_period: 1 },
    osd: {
      osd_data: `${p.ceph}/osd`,
      osd_objectstore: "bluestore",
      // The least it accepts; the default is 4 GiB.
      osd_memory_target: 939_524_096,
      bluestore_block_create: true,
      bluestore_block_size: 10 * 1024 ** 3,
      bluestore_block_wal_create: false,
      bluestore_block_db_create: false,
      bluefs_buffered_io: true,
      bluestore_cache_size: 64 * 1024 ** 2,
      osd_op_num_shards: 2,
      osd_op_num_threads_per_shard: 1,
      osd_max_pg_log_entries: 100,
      osd_min_pg_log_entries: 50,
      debug_rocksdb: 0,
    },
    client: { rbd_default_features: 61, rbd_cache: true, admin_socket: "", log_file: "" },
  });
}

/** Ceph's client config on the hosts. */
export function cephClient(lab: Lab): string {
  return ini({
    global: { fsid: CEPH_FSID, mon_host: lab.address },
    client: { rbd_cache: true, admin_socket: "", log_file: "" },
  });
}
