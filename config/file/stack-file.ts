/** A stack's file: the settings that Pulumi passes to the program, and the problems. Pure. */
import { isUtf8 } from "node:buffer";
import { formatProblems, type Problem } from "../../openstack/problems.ts";
import { SETTINGS, settingOf } from "./entries.ts";
import { checkSettings } from "../parse.ts";
import { jsonProblem } from "./json-text.ts";
import { readStackYaml } from "./stack-yaml.ts";
import { isMapping, Secret } from "./values.ts";

/** A setting whose value is not in the file, so that it could not be checked. */
export interface NotChecked {
  path: string;
  reason: string;
}

export interface StackFile {
  /** The program's own settings by name, unchecked; none if Pulumi refuses the file. */
  settings: Record<string, unknown>;
  /** The key of each of them, as the file has it. @example { cloud: "openstack-live-migration:cloud" } */
  keys: Record<string, string>;
  /** Whether a Pulumi ESC environment adds to the settings. */
  hasEnvironment: boolean;
  /** Anything that Pulumi refuses, or ignores. */
  problems: Problem[];
  notChecked: NotChecked[];
}

/**
 * Reads a file as Pulumi does: `settings` equals what the program gets.
 *
 * @param project the program's name, which is the namespace of its settings
 * @param name the file's name, which says whether it is YAML or JSON
 */
export function readStackFile(project: string, name: string, text: string): StackFile {
  const file: StackFile = { settings: {}, keys: {}, hasEnvironment: false, problems: [], notChecked: [] };
  const read = readStackYaml(text.replace(/^\uFEFF/, ""));
  if (name.endsWith(".json")) file.problems.push(...jsonProblems(text));
  if ("problems" in read) return { ...file, problems: read.problems };
  const { value } = read;
  if (value === null) return file;
  if (!isMapping(value)) {
    const fix = "begin it with `config:`, and write the settings below that";
    return { ...file, problems: [{ path: "the file", value, problem: "not a mapping", fix }] };
  }
  for (const key of Object.keys(value)) {
    if (settingOf(project, key) === undefined || !key.includes(":")) continue;
    file.problems.push({ path: key, problem: "outside of config: Pulumi ignores it", fix: "move it below config" });
  }
  readEnvironment(value["environment"] ?? null, file);
  readConfig(project, value["config"] ?? null, file);
  return file;
}

/**
 * Checks a stack file's content: text, or the bytes of the file.
 *
 * @returns every problem, and what could not be checked
 */
export function checkStackFile(
  project: string,
  name: string,
  content: string | Buffer,
): Pick<StackFile, "problems" | "notChecked"> {
  if (typeof content !== "string" && !isUtf8(content)) {
    const fix = "save it as UTF-8";
    return { problems: [{ path: "the file", problem: "not text in UTF-8", fix }], notChecked: [] };
  }
  const file = readStackFile(project, name, content.toString());
  const { problems, secrets } = checkSettings(file.settings, { partial: file.hasEnvironment });
  const secret = secrets.map((path) => ({ path, reason: "a secret; value unknown here" }));
  return { problems: [...file.problems, ...problems], notChecked: [...file.notChecked, ...secret] };
}

/** {@link checkStackFile} as text for people. @returns undefined if there is no problem */
export function stackFileProblems(project: string, name: string, content: string | Buffer): string | undefined {
  const { problems } = checkStackFile(project, name, content);
  return problems.length === 0 ? undefined : formatProblems(name, problems);
}

/** The file is read as YAML, which accepts more than JSON. */
function jsonProblems(text: string): Problem[] {
  const problem = jsonProblem(text.replace(/^\uFEFF/, ""));
  if (problem === undefined) return [];
  return [{ path: "the file", problem: `not JSON: ${problem}`, fix: "correct it, or name it .yaml" }];
}

function readEnvironment(environment: unknown, file: StackFile): void {
  if (environment === null || (Array.isArray(environment) && environment.length === 0)) return;
  const names = Array.isArray(environment) ? environment.map(String).join(", ") : "inline";
  const reason = `settings from a Pulumi ESC environment (${names}) are unknown here`;
  file.hasEnvironment = true;
  file.notChecked.push({ path: "environment", reason });
}

function readConfig(project: string, config: unknown, file: StackFile): void {
  if (config === null) return;
  if (!isMapping(config)) {
    file.problems.push({
      path: "config",
      value: config instanceof Secret ? undefined : config,
      problem: "not a mapping",
      fix: `write the settings below config: ${project}:cloud: …`,
    });
    return;
  }
  for (const [key, given] of Object.entries(config)) {
    const name = settingOf(project, key);
    const path = `config.${key}`;
    if (name === undefined) {
      if (key.split(":").length !== 2) {
        const fix = `name it NAMESPACE:NAME, such as ${project}:cloud`;
        file.problems.push({ path, problem: "not a configuration key: Pulumi refuses the file", fix });
      } else if (SETTINGS.has(key.split(":")[1] ?? "")) {
        file.notChecked.push({ path, reason: `not a setting of ${project}: it has another namespace` });
      }
      continue;
    }
    if (Object.hasOwn(file.keys, name)) {
      const fix = `keep one of ${file.keys[name] ?? ""} and ${key}`;
      file.problems.push({ path, problem: `the same setting as ${file.keys[name] ?? ""}`, fix });
    }
    define(file.keys, name, key);
    const value = asText(given);
    if (value !== undefined) define(file.settings, name, value);
  }
}

/** `target[name] = value` that also works for a name such as __proto__. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Pulumi gives the program text, and JSON for mappings and lists. Undefined: nothing is given. */
function asText(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}
