import { homedir } from "node:os";
import { readAuth, readAuthUrl } from "./auth-settings.ts";
import type { CloudConfig, EndpointInterface } from "./cloud-config.ts";
import { selectCloud } from "./cloud-settings.ts";
import type { CloudSelection, Settings } from "./cloud-settings.ts";
import { readCloudSources } from "./cloud-sources.ts";
import type { CloudSources } from "./cloud-sources.ts";
import type { Problems } from "./config-problems.ts";
import { SERVICE_TYPES } from "./service-type.ts";
import type { ServiceType } from "./service-type.ts";
import { textIn } from "./setting-text.ts";

const CONNECT_MS = 10_000;
const RESPONSE_MS = 60_000;
/** What openstacksdk calls each service in settings, in its order. */
const CONFIG_TYPES: Readonly<Record<ServiceType, readonly string[]>> = {
  identity: ["identity"],
  compute: ["compute"],
  "block-storage": ["block-storage", "volumev3", "volumev2", "volume", "block-store"],
  placement: ["placement"],
  network: ["network"],
  image: ["image"],
};

/** The context of reading a cloud's settings. */
interface Reading {
  settings: Settings;
  region: string | undefined;
  problems: Problems;
}

const text = ({ settings, problems }: Reading, key: string): string | undefined => textIn(settings[key], key, problems);

/** `{region_name}` and other settings in a text are filled in. */
function filled(reading: Reading, value: string): string {
  return value.replace(/\{(\w+)\}/g, (written, key: string) => {
    const found = key === "region_name" ? (reading.region ?? "") : reading.settings[key];
    return typeof found === "string" ? found : written;
  });
}

const isInterface = (name: string): boolean => /^(public|internal|admin)(URL)?$/.test(name);

function readInterfaces({ settings, problems }: Reading, key: string): EndpointInterface[] | undefined {
  const given = settings[key];
  const names = (Array.isArray(given) ? given : [given]).flatMap((one: unknown) => textIn(one, key, problems) ?? []);
  for (const name of names) {
    if (!isInterface(name)) problems.add(key, name, "is no interface", "one of: public, internal, admin");
  }
  return names.length > 0 ? names.map((name) => name.replace(/URL$/, "") as EndpointInterface) : undefined;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ true: true, "1": true, yes: true, on: true },
  ...{ false: false, "0": false, no: false, off: false },
};

/** Unclear values are problems: silence here would switch certificate checks on or off by accident. */
function readBoolean(reading: Reading, key: string): boolean | undefined {
  const value = reading.settings[key];
  if (typeof value === "boolean") return value;
  const word = text(reading, key);
  const found = word === undefined ? undefined : BOOLEANS[word.toLowerCase()];
  if (word !== undefined && found === undefined) {
    reading.problems.add(key, word, "is neither true nor false", "write true or false");
  }
  return found;
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

/** Always version 3 of Keystone, whatever the URL ends in. */
function readAuthEndpoint(reading: Reading): string {
  const { settings, problems } = reading;
  const written = readAuthUrl(settings, problems);
  if (written === undefined) {
    problems.add("auth.auth_url", undefined, "is missing", "set OS_AUTH_URL, or auth_url below auth:");
    return "";
  }
  const url = readUrl(filled(reading, written), "auth.auth_url", problems);
  return /\/v3$/.test(url) ? url : `${url.replace(/\/v2\.0$/, "")}/v3`;
}

function readTls(reading: Reading): CloudConfig["tls"] {
  const { settings, problems } = reading;
  const home = (path: string) => path.replace(/^~(?=\/|$)/, () => homedir());
  const path = (key: string): string | undefined => {
    const written = text(reading, key);
    return written === undefined ? undefined : home(filled(reading, written));
  };
  // As with Python's requests, `verify` may name the file of certificate authorities.
  const given = settings["verify"];
  const bundle = typeof given === "string" && /[/.]/.test(given) ? home(given) : undefined;
  const insecure = readBoolean(reading, "insecure") ?? false;
  const [cacert = bundle, cert, key] = [path("cacert"), path("cert"), path("key")];
  if (key !== undefined && cert === undefined) {
    problems.add("cert", undefined, "is missing although key is given", "name the client certificate's file");
  }
  return {
    verify: !insecure && (bundle !== undefined || (readBoolean(reading, "verify") ?? true)),
    ...(cacert !== undefined && { cacert }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function readServices(reading: Reading): Pick<CloudConfig, "endpointOverrides" | "services"> {
  const endpointOverrides: CloudConfig["endpointOverrides"] = {};
  const services: CloudConfig["services"] = {};
  for (const service of SERVICE_TYPES) {
    const aliases = CONFIG_TYPES[service].map((type) => type.replaceAll("-", "_"));
    /** The first that is set, under any of the service's names. */
    const first = <T>(keys: readonly string[], read: (key: string) => T | undefined): T | undefined =>
      keys
        .flatMap((key) => aliases.map((alias) => `${alias}_${key}`))
        .map(read)
        .find((value) => value !== undefined);
    const override = first(["endpoint_override", "endpoint"], (key) => {
      const url = text(reading, key);
      return url === undefined ? undefined : readUrl(filled(reading, url), key, reading.problems);
    });
    if (override !== undefined) endpointOverrides[service] = override;
    const region = first(["region_name"], (key) => text(reading, key));
    const interfaces = first(["endpoint_type", "interface"], (key) => readInterfaces(reading, key));
    if (region !== undefined || interfaces) {
      services[service] = { ...(region !== undefined && { region }), ...(interfaces && { interfaces }) };
    }
  }
  return { endpointOverrides, services };
}

function readTimeouts({ settings, problems }: Reading): CloudConfig["timeouts"] {
  const given = settings["api_timeout"] ?? settings["timeout"];
  const seconds = (given ?? "") === "" ? RESPONSE_MS / 1000 : Number(given);
  const shown = typeof given === "string" || typeof given === "number" ? String(given) : undefined;
  if (!(seconds > 0)) problems.add("api_timeout", shown, "is no number of seconds above 0", "such as 60");
  return { connectMs: Math.min(CONNECT_MS, seconds * 1000), responseMs: seconds * 1000 };
}

/**
 * Works out how to reach a cloud, as openstacksdk does. Pure.
 *
 * Differences, all stricter: an unknown region, interface or boolean is an error, and so is a number where text is
 * meant and clients disagree on it; a missing domain is `default`; a vendor profile is not fetched.
 *
 * @throws CloudConfigError with every problem at once
 * @example resolveCloud({ environment: { OS_AUTH_URL: "http://keystone:5000", … }, searched: [] }, {})
 */
export function resolveCloud(sources: CloudSources, selection: CloudSelection): CloudConfig {
  const { name, source, settings, region, problems } = selectCloud(sources, selection);
  const reading: Reading = { settings, region, problems };
  const config: CloudConfig = {
    name,
    source,
    ...(region !== undefined && { region }),
    interfaces: readInterfaces(reading, "endpoint_type") ?? readInterfaces(reading, "interface") ?? ["public"],
    auth: readAuth(settings, problems),
    authUrl: readAuthEndpoint(reading),
    tls: readTls(reading),
    ...readServices(reading),
    timeouts: readTimeouts(reading),
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
