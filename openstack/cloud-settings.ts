import { CloudConfigError } from "./cloud-config.ts";
import type { ConfigFile, CloudSources } from "./cloud-sources.ts";

/** A cloud's settings as written, keys with underscores. */
export type Settings = Record<string, unknown>;

/** Which cloud, and where in it. */
export interface CloudSelection {
  /** Its name. @default `OS_CLOUD`, else the only one there is */
  cloud?: string | undefined;
  /** @default `OS_REGION_NAME`, else what the cloud says */
  region?: string | undefined;
}

/** One cloud's settings, merged from all places that say something about it. */
export interface SelectedCloud {
  name: string;
  source: string;
  settings: Settings;
}

export const isSettings = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ENVIRONMENT = "the environment (OS_*)";
/** Variables that choose a cloud or a client's behaviour, and define none. */
const SELECTORS = /^OS_(CLOUD|CLOUD_NAME|REGION_NAME|CLIENT_CONFIG_FILE|CLIENT_SECURE_FILE)$|^OS_(TEST|STD|LOG)/;
/** Secrets that may come from the environment for a cloud whose file leaves them out. */
const SECRETS = ["password", "token", "application_credential_secret"] as const;

function withUnderscores(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replaceAll("-", "_"),
      isSettings(value) ? withUnderscores(value) : value,
    ]),
  );
}

/** `over` wins; maps within are merged likewise. */
function merge(under: Settings, over: Settings): Settings {
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isSettings(value) && isSettings(below) ? merge(below, value) : value;
  }
  return merged;
}

function section(file: ConfigFile | undefined, key: string): Settings {
  if (!file || file.content === null || file.content === undefined) return {};
  const value = isSettings(file.content) ? (file.content[key] ?? {}) : file.content;
  if (isSettings(value)) return value;
  throw new CloudConfigError([
    {
      path: `${file.path}: ${key}`,
      problem: `expected a map of names to clouds, found ${Array.isArray(value) ? "a list" : `a ${typeof value}`}`,
      fix: `write \`${key}:\` with one entry a cloud below it`,
    },
  ]);
}

function fromEnvironment(environment: CloudSources["environment"]): Settings | undefined {
  const entries = Object.entries(environment).filter(
    ([key, value]) => key.startsWith("OS_") && !SELECTORS.test(key) && value !== undefined && value !== "",
  );
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([key, value]) => [key.slice("OS_".length).toLowerCase(), value]));
}

function unknownCloud(name: string, names: readonly string[], sources: CloudSources): CloudConfigError {
  const file = sources.clouds?.path;
  return new CloudConfigError([
    {
      path: "cloud",
      value: name,
      problem: file === undefined ? "no clouds.yaml was found that could define it" : `${file} defines no such cloud`,
      fix:
        names.length > 0
          ? `one of: ${names.join(", ")}`
          : `write one to ${sources.searched.at(-3) ?? "clouds.yaml"}, or set OS_AUTH_URL and the other OS_* variables`,
    },
  ]);
}

/** The wanted cloud's name, by the rules of the `openstack` client. */
function choose(
  selection: CloudSelection,
  names: readonly string[],
  envName: string | undefined,
  sources: CloudSources,
) {
  const named = selection.cloud ?? (sources.environment["OS_CLOUD"] || undefined) ?? envName;
  if (named !== undefined) return named;
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new CloudConfigError([
    {
      path: "cloud",
      problem: names.length === 0 ? "no cloud is configured" : "several clouds are configured, and none is chosen",
      fix:
        names.length === 0
          ? "write a clouds.yaml, or set OS_AUTH_URL and the other OS_* variables"
          : `set OS_CLOUD to one of: ${names.join(", ")}`,
    },
  ]);
}

/**
 * Finds the wanted cloud and merges what clouds.yaml, secure.yaml and its profile say of it. Pure.
 *
 * @throws CloudConfigError if there is no such cloud
 */
export function selectCloud(sources: CloudSources, selection: CloudSelection): SelectedCloud {
  const clouds = merge(section(sources.clouds, "clouds"), section(sources.secure, "clouds"));
  const environment = fromEnvironment(sources.environment);
  const envName = sources.environment["OS_CLOUD_NAME"] || "envvars";
  const names = [...Object.keys(clouds), ...(environment ? [envName] : [])];
  const name = choose(selection, names, environment && envName, sources);

  if (environment && name === envName && !(envName in clouds)) {
    return { name, source: ENVIRONMENT, settings: environment };
  }
  const own = clouds[name];
  if (!isSettings(own)) throw unknownCloud(name, names, sources);
  const written = withUnderscores(own);

  const profile = written["profile"] ?? written["cloud"];
  let base: Settings = {};
  if (typeof profile === "string") {
    const found = section(sources.profiles, "public-clouds")[profile];
    if (isSettings(found)) base = withUnderscores(found);
  }
  const settings = merge(base, written);
  const auth = isSettings(settings["auth"]) ? settings["auth"] : {};
  for (const secret of SECRETS) {
    const value = environment?.[secret];
    const wanted = secret === "password" || settings["auth_type"] !== undefined;
    if (wanted && value !== undefined && auth[secret] === undefined && settings[secret] === undefined) {
      settings[secret] = value;
    }
  }
  return { name, source: sources.clouds?.path ?? sources.secure?.path ?? ENVIRONMENT, settings };
}
