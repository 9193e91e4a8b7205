/** Writes every config file of a lab, at each start, from its settings. */
import { cpSync, mkdirSync } from "node:fs";
import { writeSecret } from "../files.ts";
import { networkingOf } from "../networking/index.ts";
import { paths } from "../paths.ts";
import type { Secrets } from "../secrets.ts";
import type { Lab } from "../settings.ts";
import { clouds } from "./clients.ts";
import { nova, novaDatabase, novaDatabaseFile, novaFile, novaHost, novaHostFile } from "./compute.ts";
import { keystone, placement } from "./identity.ts";
import { ceph, mariadb, rabbitmq } from "./infrastructure.ts";
import { neutronFile } from "./common.ts";
import { neutron } from "./network.ts";
import { cinder, glance } from "./storage.ts";

/** Content by path of all config files but those of the hosts' own folders. */
export function configFiles(lab: Lab, secrets: Secrets): Record<string, string> {
  const p = paths(lab);
  const at = (name: string): string => `${p.config}/${name}`;
  return {
    [at("mariadb.cnf")]: mariadb(lab),
    [at("rabbitmq.conf")]: rabbitmq(lab, secrets),
    [at("rabbitmq-plugins")]: "[].\n",
    [at("keystone/keystone.conf")]: keystone(lab),
    [at("placement/placement.conf")]: placement(lab, secrets),
    [at("glance/glance-api.conf")]: glance(lab, secrets),
    [at("cinder/cinder.conf")]: cinder(lab, secrets),
    [novaFile(lab)]: nova(lab, secrets),
    [novaDatabaseFile(lab)]: novaDatabase(lab),
    ...Object.fromEntries(lab.hostList.map((host) => [novaHostFile(lab, host), novaHost(lab, host)])),
    [neutronFile(lab)]: neutron(lab, secrets),
    ...networkingOf(lab).files(lab, secrets),
    ...(lab.profile === "guest" && { [p.cephConf]: ceph(lab) }),
    [p.cloudsFile]: clouds(lab, secrets),
  };
}

/** Files that come as they are from the unpacked Debian packages: paste pipelines and schemas. */
const FROM_PACKAGES: Record<string, string> = {
  "etc/keystone/sso_callback_template.html": "keystone/sso_callback_template.html",
  "usr/share/nova-common/api-paste.ini": "nova/api-paste.ini",
  "usr/share/cinder-common/api-paste.ini": "cinder/api-paste.ini",
  "etc/cinder/resource_filters.json": "cinder/resource_filters.json",
  "usr/share/glance-common/glance-api-paste.ini": "glance/glance-api-paste.ini",
  "usr/share/glance-common/schema-image.json": "glance/schema-image.json",
  "usr/share/neutron-common/api-paste.ini": "neutron/api-paste.ini",
};

/** @param unpacked folder of the unpacked `*-common` packages */
export function writeConfigs(lab: Lab, secrets: Secrets, unpacked: string): void {
  const p = paths(lab);
  mkdirSync(p.config, { recursive: true, mode: 0o700 });
  for (const dir of [
    p.run,
    p.logs,
    p.data,
    `${p.data}/nova`,
    `${p.data}/cinder`,
    `${p.data}/glance`,
    `${p.data}/neutron`,
    // From Nova 27 on a compute writes its node's identity there before anything has made the folder.
    ...lab.hosts.map((host) => `${p.data}/nova-${host}`),
  ])
    mkdirSync(dir, { recursive: true });
  for (const [file, content] of Object.entries(configFiles(lab, secrets))) writeSecret(file, content);
  for (const [from, to] of Object.entries(FROM_PACKAGES)) cpSync(`${unpacked}/${from}`, `${p.config}/${to}`);
}
