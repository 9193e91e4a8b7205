/** Every daemon of a lab: what is run, where, and how it ends. Pure. */
import { novaDatabaseFile, novaFile, novaHostFile } from "./config/compute.ts";
import { neutronFile, PORTS } from "./config/common.ts";
import { holder } from "./hosts.ts";
import { networkingOf } from "./networking/index.ts";
import { hostNamespace, infraNamespace } from "./network.ts";
import { paths } from "./paths.ts";
import { releaseOf } from "./releases/index.ts";
import type { ApiService, Entry } from "./releases/release.ts";
import { python, pythonEnv, UNSYNCED, type Service } from "./service.ts";
import type { Host, Lab } from "./settings.ts";
import { hasTree } from "./tree/enter.ts";

interface Api {
  readonly name: ApiService;
  readonly port: number;
  /** Of uwsgi. */
  readonly processes: number;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments where it is started by itself. */
  readonly args?: readonly string[];
  /** The same, where a WSGI module wants them from uwsgi. */
  readonly moduleArgs?: readonly string[];
}

/** An OpenStack API, by the entry point that it has in the lab's release. */
function api(lab: Lab, { name, port, processes, env, args = [], moduleArgs = [] }: Api): Service {
  const entry = releaseOf(lab).entries[name];
  const common = { name, where: "infra", port, env };
  if ("main" in entry) return { ...common, command: python(entry.main, name, args) };
  const late = "wsgi" in entry ? { answersLate: true } : {};
  return { ...common, ...late, command: uwsgi(lab, port, processes, entry, moduleArgs) };
}

/** Processes of one thread each: oslo.policy of Zed's age breaks when two threads meet in its first check. */
function uwsgi(
  lab: Lab,
  port: number,
  processes: number,
  entry: Exclude<Entry, { main: string }>,
  moduleArgs: readonly string[],
): string[] {
  const app =
    "script" in entry
      ? ["--wsgi-file", entry.script]
      : ["--enable-threads", "--threads", "1", "--module", `${entry.wsgi}:application`, ...moduleArgs];
  return [
    "uwsgi_python3",
    ...["--http-socket", `${lab.address}:${port}`, "--master", "--lazy-apps", "--need-app"],
    ...["--processes", String(processes), "--buffer-size", "65535"],
    ...["--die-on-term", "--no-orphans", "--disable-logging", "--add-header", "Connection: close"],
    ...app,
  ];
}

function rabbitEnv(lab: Lab): Record<string, string> {
  const p = paths(lab);
  const home = `${p.data}/rabbitmq`;
  return {
    HOME: home,
    // Else its start script stays, a shell between runit and the broker: a signal to the service would end the shell alone.
    RUNNING_UNDER_SYSTEMD: "true",
    RABBITMQ_NODENAME: "lab@localhost",
    RABBITMQ_DIST_PORT: "25672",
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_MNESIA_BASE: `${home}/mnesia`,
    RABBITMQ_LOG_BASE: p.logs,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${p.config}/rabbitmq-plugins`,
    RABBITMQ_CONFIG_FILE: `${p.config}/rabbitmq`,
    // One scheduler that sleeps when idle; distribution only inside the namespace.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
  };
}

/** Database, bus and cache. */
export function infrastructure(lab: Lab): Service[] {
  const p = paths(lab);
  const where = "infra";
  return [
    {
      name: "mariadb",
      where,
      graceful: true,
      command: [...UNSYNCED, "mariadbd", `--defaults-file=${p.config}/mariadb.cnf`, "--user=root"],
    },
    {
      name: "memcached",
      where,
      port: PORTS.memcached,
      command: ["memcached", "-l", lab.address, "-p", String(PORTS.memcached), "-m", "32", "-u", "nobody"],
    },
    { name: "epmd", where, command: ["epmd", "-address", "127.0.0.1"] },
    {
      name: "rabbitmq",
      where,
      port: PORTS.rabbitmq,
      env: rabbitEnv(lab),
      command: [...UNSYNCED, "/usr/lib/rabbitmq/bin/rabbitmq-server"],
    },
  ];
}

/** Monitor, manager and OSD; the OSD only works once the cluster was made. */
export function cephDaemons(lab: Lab): Service[] {
  if (lab.profile !== "guest") return [];
  const conf = paths(lab).cephConf;
  const daemon = (name: string, id: string): Service => ({
    name,
    where: "infra",
    graceful: true,
    command: [...UNSYNCED, name, "-c", conf, "-i", id, "-f"],
  });
  return [daemon("ceph-mon", "a"), daemon("ceph-mgr", "x"), daemon("ceph-osd", "0")];
}

/** Keystone and Placement: up before anything that asks for a token. */
export function identity(lab: Lab): Service[] {
  const env = {
    OS_KEYSTONE_CONFIG_DIR: `${paths(lab).config}/keystone`,
    ...(hasTree(lab) && { OS_KEYSTONE_CONFIG_FILES: `${paths(lab).config}/keystone/keystone.conf` }),
    OS_PLACEMENT_CONFIG_DIR: `${paths(lab).config}/placement`,
  };
  return [
    api(lab, { name: "keystone", port: PORTS.keystone, processes: 3, env }),
    api(lab, { name: "placement", port: PORTS.placement, processes: 2, env }),
  ];
}

/** Where the WSGI modules look for their configuration; they take no arguments. */
function wsgiEnv(lab: Lab): Record<string, string> {
  const config = paths(lab).config;
  return {
    OS_NOVA_CONFIG_DIR: `${config}/nova`,
    // The first must be the paste file.
    OS_NOVA_CONFIG_FILES: "api-paste.ini;nova.conf;database.conf",
    OS_NEUTRON_CONFIG_DIR: `${config}/neutron`,
    OS_NEUTRON_CONFIG_FILES: "neutron.conf",
    OS_GLANCE_CONFIG_DIR: `${config}/glance`,
  };
}

/** The OpenStack services that need the database, the bus and tokens. */
export function controlPlane(lab: Lab): Service[] {
  const config = paths(lab).config;
  const nova = ["--config-file", novaFile(lab), "--config-file", novaDatabaseFile(lab)];
  const cinder = ["--config-file", `${config}/cinder/cinder.conf`];
  const one = (name: string, module: string, args: string[]): Service => ({
    name,
    where: "infra",
    env: pythonEnv(lab),
    command: python(module, name, args),
  });
  const env = { ...pythonEnv(lab), ...(hasTree(lab) ? wsgiEnv(lab) : {}) };
  return [
    one("nova-conductor", "nova.cmd.conductor", nova),
    api(lab, { name: "nova-api", port: PORTS.nova, processes: 2, env, args: nova }),
    api(lab, {
      name: "neutron-server",
      port: PORTS.neutron,
      processes: 1,
      env,
      args: ["--config-file", neutronFile(lab)],
    }),
    one("nova-scheduler", "nova.cmd.scheduler", nova),
    api(lab, {
      name: "glance-api",
      port: PORTS.glance,
      processes: 1,
      env,
      args: ["--config-file", `${config}/glance/glance-api.conf`],
    }),
    api(lab, {
      name: "cinder-api",
      port: PORTS.cinder,
      processes: 1,
      env,
      args: cinder,
      moduleArgs: ["--pyargv", cinder.join(" ")],
    }),
    one("cinder-scheduler", "cinder.cmd.scheduler", cinder),
    one("cinder-volume", "cinder.cmd.volume", cinder),
  ];
}

/** The process that makes and holds a host's namespaces. */
export function hostHolder(lab: Lab, host: Host): Service {
  const script = `${import.meta.dirname}/host-namespaces.sh`;
  const net = `--net=/run/netns/${hostNamespace(lab, host.name)}`;
  const unshare = ["unshare", "-m", "-u", "--propagation", "private"];
  return {
    name: holder(host.name),
    where: "root",
    command: ["nsenter", net, ...unshare, "/bin/bash", script, host.name, paths(lab).host(host.name)],
  };
}

export function libvirt(_lab: Lab, host: Host): Service {
  return { name: `${host.name}.libvirtd`, where: host.name, command: ["libvirtd", "--listen"] };
}

/** Cold migration makes folders and copies disks on the other host with ssh. */
function sshd(host: Host): Service {
  return {
    name: `${host.name}.sshd`,
    where: host.name,
    command: ["dropbear", "-F", "-E", "-s", "-r", "/root/.ssh/host_key", "-p", `${host.address}:22`],
  };
}

export function compute(lab: Lab, host: Host): Service {
  const configs = ["--config-file", novaFile(lab), "--config-file", novaHostFile(lab, host)];
  return {
    name: `${host.name}.nova-compute`,
    where: lab.profile === "guest" ? host.name : "infra",
    env: pythonEnv(lab),
    command: python("nova.cmd.compute", "nova-compute", configs),
  };
}

/** What a host has besides; the fleet has none. */
export function agents(lab: Lab, host: Host): Service[] {
  return lab.profile === "guest" ? [...networkingOf(lab).agents(lab, host), sshd(host)] : [];
}

/** All of them, in the order in which they may start. */
export function allServices(lab: Lab): Service[] {
  const hosts = lab.hostList;
  const guest = lab.profile === "guest" ? hosts : [];
  const networking = networkingOf(lab);
  return [
    ...infrastructure(lab),
    ...cephDaemons(lab),
    ...identity(lab),
    ...networking.backend(lab),
    ...controlPlane(lab),
    ...networking.workers(lab),
    ...guest.map((host) => hostHolder(lab, host)),
    ...guest.map((host) => libvirt(lab, host)),
    ...guest.flatMap((host) => networking.base(lab, host)),
    ...hosts.map((host) => compute(lab, host)),
    ...hosts.flatMap((host) => agents(lab, host)),
  ];
}

/** A service's run script for the supervisor. It is a plain word list: no value may need quoting beyond single quotes. */
export function runScript(lab: Lab, service: Service): string {
  const p = paths(lab);
  const quote = (word: string): string =>
    /^[\w./:=@%+,{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  const exports = Object.entries(service.env ?? {}).map(([key, value]) => `export ${key}=${quote(value)}`);
  const enter =
    service.where === "infra"
      ? // In a tree the supervisor itself runs in the control plane's namespace.
        hasTree(lab)
        ? []
        : ["ip", "netns", "exec", infraNamespace(lab)]
      : service.where === "root"
        ? []
        : ["nsenter", "-t", '"$host"', "-n", "-m", "-u", "-r", "-w"];
  const host = `${p.serviceDir(holder(service.where))}/supervise/pid`;
  // Until the host is there this fails, and the supervisor tries again a second later.
  const findHost = enter[0] === "nsenter" ? [`host=$(cat ${quote(host)})`, `[ -n "$host" ]`] : [];
  const words = [...enter, ...service.command.map(quote)].join(" ");
  return [
    "#!/bin/sh",
    "set -e",
    `exec >>${quote(p.log(service.name))} 2>&1 </dev/null`,
    "cd /",
    ...findHost,
    ...exports,
    // A process group of its own, by which its workers are found.
    `exec chpst -P ${words}`,
    "",
  ].join("\n");
}
