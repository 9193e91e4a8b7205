/** Glance and Cinder. In the guest profile both keep their data in Ceph, so a boot volume is a clone of its image. */
import { ini, merge, type Ini } from "../ini.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { base, credentials, database, PORTS, REGION, tokenCheck, url } from "./common.ts";
import { CEPH_SECRET_UUID } from "./infrastructure.ts";

export function glance(lab: Lab, secrets: Secrets): string {
  const p = paths(lab);
  const store: Ini =
    lab.profile === "guest"
      ? { lab: { rbd_store_pool: "images", rbd_store_user: "glance", rbd_store_ceph_conf: p.cephConf } }
      : { lab: { filesystem_store_datadir: `${p.data}/glance/images` } };
  return ini(
    merge(
      {
        DEFAULT: {
          bind_host: lab.address,
          bind_port: PORTS.glance,
          workers: 1,
          use_stderr: true,
          enabled_backends: lab.profile === "guest" ? "lab:rbd" : "lab:file",
          // Cinder clones an image only if it sees where the image lies.
          show_image_direct_url: true,
        },
        glance_store: { default_backend: "lab" },
        os_glance_staging_store: { filesystem_store_datadir: `${p.data}/glance/staging` },
        os_glance_tasks_store: { filesystem_store_datadir: `${p.data}/glance/tasks` },
        database: { connection: database(lab, "glance") },
        paste_deploy: { flavor: "keystone", config_file: `${p.config}/glance/glance-api-paste.ini` },
      },
      store,
      tokenCheck(lab, secrets, "glance"),
    ),
  );
}

export function cinder(lab: Lab, secrets: Secrets): string {
  const p = paths(lab);
  const backend: Ini =
    lab.profile === "guest"
      ? {
          lab: {
            volume_driver: "cinder.volume.drivers.rbd.RBDDriver",
            backend_host: "rbd:volumes",
            rbd_pool: "volumes",
            rbd_user: "cinder",
            rbd_ceph_conf: p.cephConf,
            rbd_secret_uuid: CEPH_SECRET_UUID,
            rbd_exclusive_cinder_pool: true,
          },
        }
      : { lab: { volume_driver: "lab_cinder.LabDriver" } };
  return ini(
    merge(
      base(lab, secrets),
      {
        DEFAULT: {
          my_ip: lab.address,
          host: "lab",
          auth_strategy: "keystone",
          osapi_volume_listen: lab.address,
          osapi_volume_listen_port: PORTS.cinder,
          osapi_volume_workers: 1,
          api_paste_config: `${p.config}/cinder/api-paste.ini`,
          resource_query_filters_file: `${p.config}/cinder/resource_filters.json`,
          state_path: `${p.data}/cinder`,
          glance_api_servers: url(lab, "glance"),
          enabled_backends: "lab",
          storage_availability_zone: "nova",
          quota_volumes: -1,
          quota_gigabytes: -1,
          quota_snapshots: -1,
          periodic_fuzzy_delay: 0,
        },
        lab: { volume_backend_name: "lab" },
        database: { connection: database(lab, "cinder") },
        nova: { ...credentials(lab, secrets, "nova"), region_name: REGION },
        // Without a service token Cinder refuses to delete an attachment that Nova still shows in use.
        service_user: { send_service_user_token: true, ...credentials(lab, secrets, "cinder") },
      },
      backend,
      tokenCheck(lab, secrets, "cinder"),
    ),
  );
}
