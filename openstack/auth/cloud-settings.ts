import { CloudConfigError } from "./cloud-config.ts";
import type { Problem } from "../problems.ts";
import type { ConfigFile, CloudSources } from "./cloud-sources.ts";
import { Problems } from "./config-problems.ts";
import { completeFromEnvironment } from "./environment-settings.ts";
import { remoteProfile, VENDOR_PROFILES } from "./vendor-profiles.ts";

/** A cloud's settings as written, keys with underscores. */
export type Settings = Record<string, unknown>;

/** Which cloud, and where in it. */
export interface CloudSelection {
  /** Its name. @default `OS_CLOUD`, else the only one there is */
  cloud?: string | undefined;
  /** @default `OS_REGION_NAME`, else what the cloud says */
  region?: string | undefined;
}

/** One cloud's settings, merged from all sources. */
export interface SelectedCloud {
  name: string;
  source: string;
  settings: Settings;
  /** Unset: the first region that the catalog offers. */
  region?: string;
  /** What is wrong so far. */
  problems: Problems;
}

export const isSettings = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ENVIRONMENT = "the environment (OS_*)";
/** Variables that choose a cloud or a client's behaviour, and define none. */
const SELECTORS = /^OS_(CLOUD|CLOUD_NAME|REGION_NAME|CLIENT_CONFIG_FILE|CLIENT_SECURE_FILE)$|^OS_(TEST|STD|LOG)/;

/** Names that openstacksdk knows in both forms; the one with hyphens wins wherever it stands (`_fix_backwards_project`). */
const IN_BOTH_FORMS = ["project", "tenant", "domain", "user-domain", "project-domain"].flatMap((of) => [
  `${of}-id`,
  `${of}-name`,
]);

/** All keys but {@link IN_BOTH_FORMS} with underscores: which form wins is known when all places are merged. */
function withUnderscores(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      IN_BOTH_FORMS.includes(key) ? key : key.replaceAll("-", "_"),
      isSettings(value) ? withUnderscores(value) : value,
    ]),
  );
}

/** Moves names with hyphens below `auth`, with underscores, over the settings there. */
function hyphensWin(settings: Settings): Settings {
  const auth = isSettings(settings["auth"]) ? settings["auth"] : {};
  const others = (all: Settings) => Object.entries(all).filter(([key]) => !IN_BOTH_FORMS.includes(key));
  const moved = IN_BOTH_FORMS.map((name) => [name.replaceAll("-", "_"), auth[name] ?? settings[name]] as const);
  const given = moved.filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(others(settings)), auth: Object.fromEntries([...others(auth), ...given]) };
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

/** As {@link merge}, but only `auth` is merged: this is how openstacksdk combines profile, cloud and region. */
function lay(under: Settings, over: Settings): Settings {
  const auth = { ...(isSettings(under["auth"]) && under["auth"]), ...(isSettings(over["auth"]) && over["auth"]) };
  return { ...under, ...over, auth };
}

const refuse = (problem: Problem): never => {
  throw new CloudConfigError([problem]);
};

const kindOf = (value: unknown): string =>
  value === null ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

function section(file: ConfigFile | undefined, key: string): Settings {
  if (!file || file.content === null || file.content === undefined) return {};
  const value = isSettings(file.content) ? (file.content[key] ?? {}) : file.content;
  if (isSettings(value)) return value;
  return refuse({
    path: `${file.path}: ${key}`,
    problem: `expected a map of names to clouds, found ${kindOf(value)}`,
    fix: `write \`${key}:\` with one entry a cloud below it`,
  });
}

function fromEnvironment(environment: CloudSources["environment"]): Settings | undefined {
  const entries = Object.entries(environment).filter(
    ([key, value]) => key.startsWith("OS_") && !SELECTORS.test(key) && value !== undefined && value !== "",
  );
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([key, value]) => [key.slice("OS_".length).toLowerCase(), value]));
}

function unknownCloud(name: string, names: readonly string[], sources: CloudSources): never {
  const file = sources.clouds?.path;
  if (names.includes(name)) {
    const fix = "write them below its name, at least auth: with an auth_url";
    return refuse({ path: "cloud", value: name, problem: `${file ?? "secure.yaml"} has no settings for it`, fix });
  }
  return refuse({
    path: "cloud",
    value: name,
    problem: file === undefined ? "no clouds.yaml was found that could define it" : `${file} defines no such cloud`,
    fix:
      names.length > 0
        ? `one of: ${names.join(", ")}`
        : `write one to ${sources.searched.at(-3) ?? "clouds.yaml"}, or set OS_AUTH_URL and the other OS_* variables`,
  });
}

/** The wanted cloud's name, by the rules of the `openstack` client. */
function choose(
  selection: CloudSelection,
  fileNames: readonly string[],
  environment: Settings | undefined,
  sources: CloudSources,
): string {
  const named = selection.cloud ?? (sources.environment["OS_CLOUD"] || undefined);
  if (named !== undefined) return named;
  if (environment) {
    if (environment["auth_url"] === undefined && fileNames.length > 0) {
      refuse({
        path: "cloud",
        problem: "OS_* variables are set without OS_AUTH_URL, and no cloud is chosen",
        fix: `set OS_CLOUD to one of: ${fileNames.join(", ")}`,
      });
    }
    return sources.environment["OS_CLOUD_NAME"] || "envvars";
  }
  const [only, ...others] = fileNames;
  if (only !== undefined && others.length === 0) return only;
  return refuse({
    path: "cloud",
    problem: only === undefined ? "no cloud is configured" : "several clouds are configured, and none is chosen",
    fix:
      only === undefined
        ? "write a clouds.yaml, or set OS_AUTH_URL and the other OS_* variables"
        : `set OS_CLOUD to one of: ${fileNames.join(", ")}`,
  });
}

/** The settings of the vendor profile that a cloud names: of clouds-public.yaml, else of openstacksdk's own. */
function profileOf(cloud: Settings, sources: CloudSources, place: string): Settings {
  const name = cloud["profile"] ?? cloud["cloud"];
  if (typeof name !== "string" || name === "") return {};
  const own = section(sources.profiles, "public-clouds")[name];
  if (isSettings(own)) return withUnderscores(own);
  const vendor = VENDOR_PROFILES[name];
  if (vendor) return { ...vendor };
  const remote = remoteProfile(name);
  const found = isSettings(cloud["auth"]) ? cloud["auth"]["auth_url"] : undefined;
  // The `openstack` client only warns of a name that nothing defines.
  if (remote === undefined && name !== "bluebox" && (found ?? cloud["auth_url"] ?? "") !== "") return {};
  return refuse({
    path: `${place}.profile`,
    value: name,
    problem: "this profile's settings are not known here",
    fix:
      `remove profile, and set auth_url (below auth:) and region_name to those of the provider` +
      (remote === undefined ? "" : `, which are at ${remote}`),
  });
}

const nameOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

interface Region {
  name: string;
  values: Settings;
}

function readRegion(entry: unknown, problems: Problems): Region[] {
  if (!isSettings(entry)) return nameOf(entry) === "" ? [] : [{ name: nameOf(entry), values: {} }];
  const { name, values = {}, ...others } = entry;
  if (nameOf(name) !== "" && isSettings(values) && Object.keys(others).length === 0) {
    return [{ name: nameOf(name), values: withUnderscores(values) }];
  }
  const fix = "write `- name: NAME`, and the settings of this region below `values:`";
  problems.add("regions", undefined, "a region has something else than a name and a map of values", fix);
  return [];
}

/** The cloud's regions; its own win over those of the profile. */
function regionsOf(cloud: Settings, profile: Settings, problems: Problems): Region[] {
  const from = cloud["regions"] === undefined && cloud["region_name"] === undefined ? profile : cloud;
  const listed = from["regions"] ?? undefined;
  if (listed !== undefined && !Array.isArray(listed)) {
    problems.add("regions", undefined, `expected a list, found ${kindOf(listed)}`, "write `regions: [NAME]`");
    return [];
  }
  const named = from["region_name"];
  const entries: unknown[] = listed ?? (Array.isArray(named) ? named : nameOf(named).split(","));
  return entries.flatMap((entry) => readRegion(entry, problems));
}

/**
 * Finds the wanted cloud and merges its settings, each over the one before: vendor profile, clouds.yaml, secure.yaml,
 * region. `OS_*` variables fill in missing settings. Pure.
 *
 * @throws CloudConfigError if there is no such cloud
 */
export function selectCloud(sources: CloudSources, selection: CloudSelection): SelectedCloud {
  const clouds = merge(section(sources.clouds, "clouds"), section(sources.secure, "clouds"));
  const environment = fromEnvironment(sources.environment);
  const envName = sources.environment["OS_CLOUD_NAME"] || "envvars";
  const name = choose(selection, Object.keys(clouds), environment, sources);
  const isEnvironment = environment !== undefined && name === envName && !(envName in clouds);
  const envRegion = sources.environment["OS_REGION_NAME"];

  const own = isEnvironment ? { ...environment, region_name: envRegion } : clouds[name];
  if (!isSettings(own)) {
    return unknownCloud(name, [...Object.keys(clouds), ...(environment ? [envName] : [])], sources);
  }
  const source = isEnvironment ? ENVIRONMENT : (sources.clouds?.path ?? sources.secure?.path ?? ENVIRONMENT);
  const problems = new Problems(`${source}: ${name}`);
  const written = withUnderscores(own);
  const profile = profileOf(written, sources, `${source}: ${name}`);

  const regions = regionsOf(written, profile, problems);
  const wanted = selection.region ?? (isEnvironment ? undefined : envRegion || undefined);
  const region = wanted === undefined ? regions[0] : regions.find((one) => one.name === wanted);
  if (wanted !== undefined && !region && regions.length > 0) {
    const names = regions.map((one) => one.name).join(", ");
    problems.add("region_name", wanted, "is no region of this cloud", `one of: ${names} (upper and lower case matter)`);
  }
  const settings = hyphensWin(lay(lay(profile, written), region?.values ?? {}));
  const regionName = region?.name ?? wanted;
  return {
    name,
    source,
    settings: isEnvironment || !environment ? settings : completeFromEnvironment(settings, environment),
    ...(regionName !== undefined && { region: regionName }),
    problems,
  };
}
