import { homedir } from "node:os";
import { join } from "node:path";
import { readAuth, readAuthUrl } from "./auth-settings.ts";
import type { CloudConfig, EndpointInterface } from "./cloud-config.ts";
import { isSettings, selectCloud } from "./cloud-settings.ts";
import type { CloudSelection, Settings } from "./cloud-settings.ts";
import { readCloudSources } from "./cloud-sources.ts";
import type { CloudSources } from "./cloud-sources.ts";
import { Problems } from "./config-problems.ts";
import { CATALOG_TYPES, SERVICE_TYPES } from "./service-type.ts";

const CONNECT_MS = 10_000;
const RESPONSE_MS = 60_000;

const text = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value !== "" ? value : undefined;

/** The region's name, and the settings that hold in this region only. */
function readRegion(settings: Settings, wanted: string | undefined, problems: Problems) {
  const listed = Array.isArray(settings["regions"]) ? settings["regions"] : undefined;
  const named = Array.isArray(settings["region_name"])
    ? settings["region_name"]
    : text(settings["region_name"])?.split(",");
  const regions = (listed ?? named ?? []).flatMap((entry: unknown) => {
    if (isSettings(entry)) {
      return [{ name: text(entry["name"]), values: isSettings(entry["values"]) ? entry["values"] : {} }];
    }
    return [{ name: text(entry), values: {} }];
  });
  if (wanted === undefined) return regions[0];
  if (regions.length === 0) return { name: wanted, values: {} };
  const found = regions.find(({ name }) => name === wanted);
  if (!found) {
    const names = regions.flatMap(({ name }) => name ?? []).join(", ");
    problems.add("region_name", wanted, "is no region of this cloud", `one of: ${names} (upper and lower case matter)`);
  }
  return found;
}

function readInterface(value: unknown, path: string, problems: Problems): EndpointInterface | undefined {
  const given = text(Array.isArray(value) ? value[0] : value);
  const name = given?.replace(/URL$/, "");
  if (name === undefined) return undefined;
  if (name === "public" || name === "internal" || name === "admin") return name;
  problems.add(path, given, "is no interface", "one of: public, internal, admin");
  return undefined;
}

/** Unclear values are problems: silence here would switch certificate checks on or off by accident. */
function readBoolean(settings: Settings, key: string, problems: Problems): boolean | undefined {
  const value = settings[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "boolean") return value;
  const word = (text(value) ?? "").toLowerCase();
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  problems.add(key, text(value), "is neither true nor false", "write true or false");
  return undefined;
}

function readUrl(value: string, path: string, problems: Problems): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    // A URL with a password in it would show it.
    problems.add(
      path,
      url?.username ? undefined : value,
      "is no http or https URL",
      "such as https://keystone.example.org:5000/v3",
    );
  } else if (url.username !== "" || url.password !== "") {
    problems.add(path, undefined, "has a user or password in it", "leave them out of the URL");
  }
  return value.replace(/\/+$/, "");
}

/** Keystone is spoken to in version 3, whatever the URL ends in. */
function readAuthEndpoint(settings: Settings, region: string | undefined, problems: Problems): string {
  const written = readAuthUrl(settings);
  if (written === undefined) {
    problems.add("auth.auth_url", undefined, "is missing", "set OS_AUTH_URL, or auth_url below auth:");
    return "";
  }
  const url = readUrl(written.replaceAll("{region_name}", region ?? ""), "auth.auth_url", problems);
  return /\/v3$/.test(url) ? url : `${url.replace(/\/v2\.0$/, "")}/v3`;
}

function readTls(settings: Settings, problems: Problems): CloudConfig["tls"] {
  const path = (key: string): string | undefined => text(settings[key])?.replace(/^~(?=\/|$)/, () => join(homedir()));
  const insecure = readBoolean(settings, "insecure", problems) ?? false;
  const [cacert, cert, key] = [path("cacert"), path("cert"), path("key")];
  if (key !== undefined && cert === undefined) {
    problems.add("cert", undefined, "is missing although key is given", "name the client certificate's file");
  }
  return {
    verify: !insecure && (readBoolean(settings, "verify", problems) ?? true),
    ...(cacert !== undefined && { cacert }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function readServices(settings: Settings, problems: Problems): Pick<CloudConfig, "endpointOverrides" | "services"> {
  const endpointOverrides: CloudConfig["endpointOverrides"] = {};
  const services: CloudConfig["services"] = {};
  for (const service of SERVICE_TYPES) {
    for (const alias of CATALOG_TYPES[service].map((type) => type.replaceAll("-", "_")).toReversed()) {
      const override = text(settings[`${alias}_endpoint_override`] ?? settings[`${alias}_endpoint`]);
      if (override !== undefined) {
        endpointOverrides[service] = readUrl(override, `${alias}_endpoint_override`, problems);
      }
      const region = text(settings[`${alias}_region_name`]);
      const via = readInterface(settings[`${alias}_interface`], `${alias}_interface`, problems);
      if (region !== undefined || via !== undefined) {
        services[service] = {
          ...services[service],
          ...(region !== undefined && { region }),
          ...(via && { interface: via }),
        };
      }
    }
  }
  return { endpointOverrides, services };
}

function readTimeouts(settings: Settings, problems: Problems): CloudConfig["timeouts"] {
  const given = settings["api_timeout"] ?? settings["timeout"];
  const seconds = given === undefined || given === null || given === "" ? RESPONSE_MS / 1000 : Number(given);
  if (!(seconds > 0)) problems.add("api_timeout", text(given), "is no number of seconds above 0", "such as 60");
  return { connectMs: Math.min(CONNECT_MS, seconds * 1000), responseMs: seconds * 1000 };
}

/**
 * Works out how to reach a cloud, by the rules of the `openstack` client. Pure.
 *
 * Differences, all on the careful side: an unknown region, interface or boolean is an error; with a cloud from a file,
 * `OS_*` variables only add a secret that the file leaves out.
 *
 * @throws CloudConfigError with every problem at once
 * @example resolveCloud({ environment: { OS_AUTH_URL: "http://keystone:5000", … }, searched: [] }, {})
 */
export function resolveCloud(sources: CloudSources, selection: CloudSelection): CloudConfig {
  const { name, source, settings: written } = selectCloud(sources, selection);
  const problems = new Problems(`${source}: ${name}`);
  const region = readRegion(written, selection.region ?? text(sources.environment["OS_REGION_NAME"]), problems);
  const settings = { ...written, ...region?.values };
  const config: CloudConfig = {
    name,
    source,
    ...(region?.name !== undefined && { region: region.name }),
    interface: readInterface(settings["interface"] ?? settings["endpoint_type"], "interface", problems) ?? "public",
    auth: readAuth(settings, problems),
    authUrl: readAuthEndpoint(settings, region?.name, problems),
    tls: readTls(settings, problems),
    ...readServices(settings, problems),
    timeouts: readTimeouts(settings, problems),
  };
  problems.throwIfAny();
  return config;
}

/**
 * Reads the files and variables that the `openstack` client reads, and works out how to reach the cloud.
 *
 * @throws CloudConfigError with every problem at once
 */
export async function loadCloudConfig(
  selection: CloudSelection = {},
  env: CloudSources["environment"] = process.env,
): Promise<CloudConfig> {
  return resolveCloud(await readCloudSources(env), selection);
}

export { CloudConfigError } from "./cloud-config.ts";
export type * from "./cloud-config.ts";
export type { CloudSelection } from "./cloud-settings.ts";
export type { CloudSources } from "./cloud-sources.ts";
