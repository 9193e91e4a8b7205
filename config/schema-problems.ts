import type { z } from "zod";
import type { Problem } from "../openstack/problems.ts";

/** zod's issues as problems with the value found and a fix. `prefix`: where `input` itself stands. */
export function schemaProblems(error: z.ZodError, input: unknown, prefix: readonly PropertyKey[] = []): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, input, prefix));
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, input: unknown, prefix: readonly PropertyKey[]): Problem[] {
  const path = [...prefix, ...issue.path].map(String).join(".");
  const value = valueAt(input, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: path === "" ? key : `${path}.${key}`,
        value: valueAt(value, [key]),
        problem: "no such setting",
        fix: "correct its name, or remove it (docs/configuration.md lists all)",
      }));
    case "invalid_type":
      return value === undefined
        ? [{ path, value, problem: "missing", fix: `give it: ${expected(issue.expected)}` }]
        : [{ path, value, problem: `not ${expected(issue.expected)}`, fix: `give ${expected(issue.expected)}` }];
    case "invalid_value":
      return [{ path, value, problem: "not one of the choices", fix: `one of ${issue.values.map(String).join(", ")}` }];
    case "too_small":
      return [{ path, value, problem: "too small, too short or empty", fix: smallest(issue) }];
    case "too_big":
      return [{ path, value, problem: "too big or too long", fix: `at most ${String(issue.maximum)}` }];
    case "invalid_format":
      return [{ path, value, problem: `not in the form of ${issue.format}`, fix: format(issue) }];
    case "invalid_union":
      return [{ path, value, problem: "in none of the forms allowed", fix: "see docs/configuration.md" }];
    case "invalid_key":
      return [{ path, value, problem: "its name is empty or too long", fix: "use 1 to 255 characters" }];
    default:
      return [{ path, value, problem: issue.message, fix: issue.message }];
  }
}

function expected(type: string): string {
  switch (type) {
    case "int":
      return "a whole number";
    case "array":
      return "a list";
    case "object":
    case "record":
      return "a mapping (key: value)";
    default:
      return `a ${type}`;
  }
}

function smallest(issue: Extract<Issue, { code: "too_small" }>): string {
  const least = `${issue.inclusive === false ? "more than" : "at least"} ${String(issue.minimum)}`;
  switch (issue.origin) {
    case "string":
      return `${least} character(s)`;
    case "array":
      return `${least} entry`;
    default:
      return least;
  }
}

function format(issue: Extract<Issue, { code: "invalid_format" }>): string {
  if (issue.format === "starts_with" && "prefix" in issue) return `start with ${JSON.stringify(issue.prefix)}`;
  return `give a valid ${issue.format}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
