/** Checks of settings against each other. Pure; also checks the readable settings of a wrong configuration. */
import type { Problem } from "../openstack/problems.ts";
import { bootVolumeProblems, dataVolumeProblems } from "../components/volumes/volume-sources.ts";
import { kindProblems } from "../components/move-kind.ts";
import { maintenanceProblems } from "../migration/contract/maintenance-request.ts";
import { definedOnly } from "./defined-only.ts";
import { inMaintenance } from "./hosts.ts";
import type { ServerConfig, StackConfig } from "./schema.ts";
import { settingPath } from "./file/values.ts";

/** A server as far as it could be read: settings that are wrong by themselves are absent, and `wrong` names them. */
export interface ReadableServer extends Partial<ServerConfig> {
  wrong: ReadonlySet<string>;
}

type Servers = ReadonlyMap<string, ReadableServer>;

/** @param zonesKnown whether `zones` has all zones */
export function crossCheck(
  { zones, hosts = {} }: Pick<StackConfig, "zones"> & Partial<Pick<StackConfig, "hosts">>,
  servers: Servers,
  zonesKnown = true,
): Problem[] {
  const known = zonesKnown ? zones : {};
  return [
    ...hostsInZones(zones),
    ...maintainedHosts(hosts, known),
    ...[...servers].flatMap(([name, server]) => serverProblems(settingPath(["servers", name]), server, known)),
    ...volumesOnce(servers),
  ];
}

function hostsInZones(zones: StackConfig["zones"]): Problem[] {
  const problems: Problem[] = [];
  const zoneOf = new Map<string, string>();
  for (const [zone, hosts] of Object.entries(zones)) {
    hosts.forEach((host, i) => {
      const first = zoneOf.get(host);
      if (first === undefined) zoneOf.set(host, zone);
      else {
        problems.push({
          path: settingPath(["zones", zone, i]),
          value: host,
          problem: first === zone ? "named twice in this zone" : `also in zone ${first}: a host has one zone`,
          fix: first === zone ? "name it once" : `remove it from ${first} or from ${zone}`,
        });
      }
    });
  }
  return problems;
}

function maintainedHosts(hosts: StackConfig["hosts"], zones: StackConfig["zones"]): Problem[] {
  const maintained = inMaintenance(hosts);
  const at = (host: string) => `${settingPath(["hosts", host])}.maintenance`;
  const all = [...new Set(Object.values(zones).flat())];
  const problems = maintenanceProblems(maintained, at);
  if (all.length === 0) return problems;
  const unknown = (path: string, host: string) => {
    if (all.includes(host)) return;
    const problem = "unknown host: it is in none of the zones of this stack";
    problems.push({ path, value: host, problem, fix: `one of ${all.join(", ")}; or add it to a zone` });
  };
  for (const [host, { to = [], zone }] of Object.entries(maintained)) {
    unknown(settingPath(["hosts", host]), host);
    to.forEach((target, i) => {
      unknown(`${at(host)}.to[${i}]`, target);
    });
    if (zone === undefined || Object.hasOwn(zones, zone)) continue;
    const fix = `one of ${Object.keys(zones).join(", ")}; or declare it under zones`;
    problems.push({ path: `${at(host)}.zone`, value: zone, problem: "unknown zone", fix });
  }
  return problems;
}

function serverProblems(path: string, server: ReadableServer, zones: StackConfig["zones"]): Problem[] {
  const problems: Problem[] = [];
  if (!server.wrong.has("host") && !server.wrong.has("zone")) problems.push(...placeProblems(path, server, zones));
  if (server.bootVolume) problems.push(...bootVolumeProblems(`${path}.bootVolume`, definedOnly(server.bootVolume)));
  for (const [volume, args] of Object.entries(server.dataVolumes ?? {})) {
    problems.push(...dataVolumeProblems(`${path}.${settingPath(["dataVolumes", volume])}`, definedOnly(args)));
  }
  const { kind, stopped } = server.migration ?? {};
  problems.push(...kindProblems(`${path}.migration.kind`, { kind, stopped, allowRestart: server.allowRestart }));
  if (server.userData !== undefined && server.userDataFile !== undefined) {
    problems.push({
      path: `${path}.userDataFile`,
      value: server.userDataFile,
      problem: "userData is given too",
      fix: "keep one of userData and userDataFile",
    });
  }
  return problems;
}

function placeProblems(path: string, server: ReadableServer, zones: StackConfig["zones"]): Problem[] {
  const { host, zone } = server;
  if ((host === undefined) === (zone === undefined)) {
    return [
      {
        path: `${path}.host`,
        value: host,
        problem: host === undefined ? "neither host nor zone is given" : "both host and zone are given",
        fix: "give exactly one of host and zone",
      },
    ];
  }
  const names = Object.keys(zones);
  if (names.length === 0) return [];
  if (host !== undefined) {
    const hosts = Object.values(zones).flat();
    if (hosts.includes(host)) return [];
    return [
      {
        path: `${path}.host`,
        value: host,
        problem: "unknown host: it is in none of the zones of this stack",
        fix: `one of ${[...new Set(hosts)].join(", ")}; or add it to a zone`,
      },
    ];
  }
  if (zone === undefined || (Object.hasOwn(zones, zone) && (zones[zone]?.length ?? 0) > 0)) return [];
  return [
    {
      path: `${path}.zone`,
      value: zone,
      problem: Object.hasOwn(zones, zone) ? "this zone has no host" : "unknown zone",
      fix: Object.hasOwn(zones, zone)
        ? "add a host to the zone"
        : `one of ${names.join(", ")}; or declare it under zones`,
    },
  ];
}

/** A volume belongs to one server, and its name must be unique so that people can tell volumes apart. */
function volumesOnce(servers: Servers): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  const once = (kind: "name" | "volumeId", value: string | undefined, path: string) => {
    if (value === undefined) return;
    const first = seen.get(`${kind} ${value}`);
    if (first === undefined) seen.set(`${kind} ${value}`, path);
    else {
      problems.push({
        path,
        value,
        problem: `the same volume ${kind === "name" ? "name" : "id"} as ${first}`,
        fix: kind === "name" ? "give each volume its own name" : "attach a volume to one server only",
      });
    }
  };
  for (const [name, server] of servers) {
    const path = settingPath(["servers", name]);
    if (server.bootVolume) once("name", server.bootVolume.name ?? `${name}-boot`, `${path}.bootVolume`);
    once("volumeId", server.bootVolume?.volumeId, `${path}.bootVolume`);
    for (const [volume, args] of Object.entries(server.dataVolumes ?? {})) {
      const place = `${path}.${settingPath(["dataVolumes", volume])}`;
      once("name", volume, place);
      once("volumeId", args.volumeId, place);
    }
  }
  return problems;
}
