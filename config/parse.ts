import type { z } from "zod";
import { InvalidInputError, type Problem } from "../openstack/problems.ts";
import { crossCheck, type ReadableServer } from "./cross-checks.ts";
import { applicableDefaults, mergeDefaults } from "./defaults.ts";
import { definedOnly } from "./defined-only.ts";
import { schemaProblems } from "./schema-problems.ts";
import { DefaultsSchema, ServerSchema, StackConfigSchema, type StackConfig } from "./schema.ts";

/**
 * Validates a stack's configuration and fills in defaults.
 *
 * @param input the values below the project's name, e.g. `{ cloud: "lab", zones: {…}, servers: {…} }`
 * @throws {InvalidInputError} with every problem: path, value, problem, fix
 * @example
 * parseStackConfig({ cloud: "lab", zones: { nova: ["node-27"] }, servers: {} });
 */
export function parseStackConfig(input: Readonly<Record<string, unknown>>): StackConfig {
  const { servers: rawServers, defaults: rawDefaults, ...rest } = input;
  const problems: Problem[] = [];

  const top = StackConfigSchema.omit({ servers: true, defaults: true }).safeParse(rest);
  if (!top.success) problems.push(...schemaProblems(top.error, rest));
  const zones = StackConfigSchema.shape.zones.safeParse(rest["zones"]);

  const defaults = DefaultsSchema.default({}).safeParse(rawDefaults);
  const defaultProblems = defaults.success ? [] : schemaProblems(defaults.error, rawDefaults, ["defaults"]);
  problems.push(...defaultProblems);

  const servers: StackConfig["servers"] = {};
  const readable: Record<string, ReadableServer> = {};
  for (const [name, raw] of serverEntries(rawServers, problems)) {
    const merged = isMapping(raw) ? mergeDefaults(applicableDefaults(rawDefaults, raw), raw) : raw;
    const server = ServerSchema.safeParse(merged);
    if (server.success) {
      servers[name] = server.data;
      readable[name] = { ...server.data, wrong: new Set() };
    } else {
      readable[name] = whatIsReadable(merged, server.error);
      // What is wrong in the defaults is told once, there.
      const told = new Set(defaultProblems.map(({ path }) => path.replace(/^defaults\./, "")));
      problems.push(
        ...schemaProblems(server.error, merged, ["servers", name]).filter(
          ({ path }) => !told.has(path.slice(`servers.${name}.`.length)),
        ),
      );
    }
  }
  problems.push(...crossCheck(zones.data ?? {}, readable));

  if (!top.success || !defaults.success || problems.length > 0) {
    throw new InvalidInputError("the stack configuration", problems);
  }
  return { ...top.data, defaults: defaults.data, servers };
}

function serverEntries(raw: unknown, problems: Problem[]): [string, unknown][] {
  if (raw === undefined) return [];
  if (isMapping(raw)) {
    const entries = Object.entries(raw);
    for (const [name] of entries) {
      if (name.length > 0 && name.length <= 255) continue;
      problems.push({ path: "servers", value: name, problem: "not a server name", fix: "use 1 to 255 characters" });
    }
    return entries;
  }
  problems.push({
    path: "servers",
    value: raw,
    problem: "not a mapping",
    fix: "give servers by name: { name: { host: …, flavor: …, … } }",
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

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
