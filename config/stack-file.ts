import { parse, YAMLParseError } from "yaml";
import { InvalidInputError, formatProblems } from "../openstack/problems.ts";
import { parseStackConfig } from "./parse.ts";

/**
 * Checks a stack file's content, as its YAML was read.
 *
 * @returns every problem as text for people; `undefined`: there is none
 */
export function checkStackFile(project: string, file: string, content: unknown): string | undefined {
  const config = isMapping(content) && isMapping(content["config"]) ? content["config"] : {};
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  try {
    parseStackConfig(Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), value])));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return formatProblems(file, error.problems);
    throw error;
  }
}

/** {@link checkStackFile} of a file as it is: one that is no YAML is a problem of it, not the end of the check. */
export function checkStackText(project: string, file: string, text: string): string | undefined {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) return `${file} is no YAML: ${error.message.trimEnd()}`;
    throw error;
  }
  return checkStackFile(project, file, content);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
