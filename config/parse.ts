import type { z } from "zod";
import { InvalidInputError, type Problem } from "../openstack/problems.ts";
import { coerce } from "./file/coerce.ts";
import { crossCheck, type ReadableServer } from "./cross-checks.ts";
import { applicableDefaults, mergeDefaults } from "./defaults.ts";
import { definedOnly } from "./defined-only.ts";
import { readableHosts } from "./hosts.ts";
import { configJsonSchema } from "./json-schema.ts";
import { notA, schemaProblems, wrongName } from "./schema-problems.ts";
import { DefaultsSchema, ServerSchema, StackConfigSchema, type ServerConfig, type StackConfig } from "./schema.ts";
import { isMapping, isWithin, settingPath } from "./file/values.ts";

const SETTINGS_SCHEMA = configJsonSchema();

/**
 * Validates a stack's configuration and fills in defaults.
 *
 * @param input the values below the project's name, e.g. `{ cloud: "lab", zones: {…}, servers: {…} }`; JSON text for a
 * mapping or list is taken as well
 * @throws {InvalidInputError} with every problem: path, value, problem, fix
 * @example
 * parseStackConfig({ cloud: "lab", zones: { nova: ["node-27"] }, servers: {} });
 */
export function parseStackConfig(input: Readonly<Record<string, unknown>>): StackConfig {
  const { config, problems } = checkSettings(input);
  if (config === undefined) throw new InvalidInputError("the stack configuration", problems);
  return config;
}

/** The settings in the types of the schema, unchecked: JSON text is parsed, and a placeholder stands for a secret. */
export function coerceSettings(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return coerce(input, SETTINGS_SCHEMA).value as Record<string, unknown>;
}

/** The problems, and the configuration if there are none. */
export interface CheckedSettings {
  config?: StackConfig;
  problems: Problem[];
  /** Paths of secrets, whose values were not checked. */
  secrets: string[];
}

/**
 * {@link parseStackConfig} for incomplete settings: the values of secrets, and whatever an environment adds, are unknown.
 *
 * @param options.partial whether more settings come from elsewhere: then missing settings are not problems
 */
export function checkSettings(input: Readonly<Record<string, unknown>>, { partial = false } = {}): CheckedSettings {
  const coerced = coerce(input, SETTINGS_SCHEMA);
  const { secrets } = coerced;
  const { servers: rawServers, defaults: rawDefaults, ...rest } = coerced.value as Record<string, unknown>;
  const problems: Problem[] = [...coerced.problems];

  const top = StackConfigSchema.omit({ servers: true, defaults: true }).safeParse(rest);
  if (!top.success) problems.push(...schemaProblems(top.error, rest));
  const zones = StackConfigSchema.shape.zones.safeParse(rest["zones"]);

  const defaults = DefaultsSchema.default({}).safeParse(rawDefaults);
  const defaultProblems = defaults.success ? [] : schemaProblems(defaults.error, rawDefaults, ["defaults"]);
  problems.push(...defaultProblems);

  const servers = new Map<string, ServerConfig>();
  const readable = new Map<string, ReadableServer>();
  for (const [name, raw] of serverEntries(rawServers, problems)) {
    const merged = isMapping(raw) ? mergeDefaults(applicableDefaults(rawDefaults, raw), raw) : raw;
    const server = ServerSchema.safeParse(merged);
    if (server.success) {
      servers.set(name, server.data);
      readable.set(name, { ...server.data, wrong: new Set() });
    } else {
      readable.set(name, whatIsReadable(merged, server.error));
      // A problem in the defaults is reported once, for the defaults.
      const known = new Set(
        defaultProblems.map(({ path }) => path.replace(/^defaults/, settingPath(["servers", name]))),
      );
      problems.push(...schemaProblems(server.error, merged, ["servers", name]).filter(({ path }) => !known.has(path)));
    }
  }
  const zonesKnown = !partial && !secrets.some((path) => isWithin(path, "zones"));
  const places = { zones: zones.data ?? {}, hosts: readableHosts(rest["hosts"]) };
  problems.push(...crossCheck(places, readable, zonesKnown));

  const certain = problems.filter(({ path, value }) => !(partial && value === undefined) && !isUnknown(path, secrets));
  if (!top.success || !defaults.success || certain.length > 0 || problems.length > 0)
    return { problems: certain, secrets };
  const config = { ...top.data, defaults: defaults.data, servers: Object.fromEntries(servers) };
  return { config, problems: [], secrets };
}

/** Whether a problem is about a secret, or about a setting that a secret in the defaults may hold. */
function isUnknown(path: string, secrets: readonly string[]): boolean {
  const server = /^servers(?:\.[^.[]+|\["(?:[^"\\]|\\.)*"\])/.exec(path)?.[0];
  return secrets.some(
    (secret) =>
      isWithin(path, secret) ||
      (server !== undefined &&
        isWithin(secret, "defaults") &&
        isWithin(
          path,
          secret.replace(/^defaults/, () => server),
        )),
  );
}

function serverEntries(raw: unknown, problems: Problem[]): [string, unknown][] {
  if (raw === undefined) return [];
  if (isMapping(raw)) {
    const entries = Object.entries(raw);
    for (const [name] of entries) {
      if (name.length > 0 && name.length <= 255) continue;
      problems.push({ path: "servers", value: name, ...wrongName(name) });
    }
    return entries;
  }
  problems.push({
    path: "servers",
    ...notA("mapping", raw, "give servers by name: { name: { host: …, flavor: …, … } }"),
  });
  return [];
}

/** A server without its wrong settings, so that one mistake does not hide the others. */
function whatIsReadable(server: unknown, error: z.ZodError): ReadableServer {
  if (!isMapping(server)) return { wrong: new Set(["host", "zone"]) };
  const wrong = new Set<string>();
  for (const issue of error.issues) {
    const setting = issue.path[0];
    if (setting !== undefined) wrong.add(String(setting));
    else if (issue.code === "unrecognized_keys") for (const key of issue.keys) wrong.add(key);
  }
  const rest = Object.entries(server).filter(([key]) => !wrong.has(key));
  const read = ServerSchema.partial().safeParse(Object.fromEntries(rest));
  return read.success ? { ...definedOnly(read.data), wrong } : { wrong: new Set([...wrong, "host", "zone"]) };
}
