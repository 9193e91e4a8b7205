import type { z } from "zod";
import type { Problem } from "../openstack/problems.ts";
import { isJsonLike, jsonProblem } from "./file/json-text.ts";
import { settingPath } from "./file/values.ts";

/** zod's issues as problems with a value and a fix. `prefix`: the path of `input` itself. */
export function schemaProblems(error: z.ZodError, input: unknown, prefix: readonly PropertyKey[] = []): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, input, prefix));
}

type Issue = z.core.$ZodIssue;

/** What to do about settings that a stack never has, because its state would show what may be secret. By their names. */
const NEVER_IN_A_STACK: Readonly<Record<string, string>> = {
  notify: "remove it, and set LIVE_MIGRATE_NOTIFY in the environment of `pulumi up`, which does not get into the state",
};

function problemsOf(issue: Issue, input: unknown, prefix: readonly PropertyKey[]): Problem[] {
  const keys = [...prefix, ...issue.path];
  const path = settingPath(keys);
  const value = valueAt(input, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownSetting(settingPath([...keys, key]), key, valueAt(value, [key])));
    case "invalid_type":
      return value === undefined
        ? [{ path, value, problem: "missing", fix: `give it: ${expected(issue.expected)}` }]
        : [{ path, ...notExpected(issue.expected, value) }];
    case "invalid_value":
      return [{ path, value, problem: "not one of the choices", fix: `one of ${issue.values.map(String).join(", ")}` }];
    case "too_small":
      return [{ path, value, ...tooSmall(issue, value) }];
    case "too_big":
      return [{ path, value, ...tooBig(issue, value) }];
    case "invalid_format":
      return [{ path, value, ...format(issue) }];
    case "invalid_union": {
      // Of several forms, the one with the value's type holds the mistake.
      const form = issue.errors.find((issues) =>
        issues.every((inner) => inner.path.length > 0 || inner.code !== "invalid_type"),
      );
      if (form) return form.flatMap((inner) => problemsOf(inner, value, keys));
      const forms = issue.errors.flatMap(([first]) => (first?.code === "invalid_type" ? expected(first.expected) : []));
      return [{ path, value, problem: "not in an allowed form", fix: `give ${forms.join(" or ")}` }];
    }
    case "invalid_key":
      return [{ path, value, ...wrongName(String(issue.path.at(-1) ?? "")) }];
    default:
      return [{ path, value, problem: issue.message, fix: issue.message }];
  }
}

function unknownSetting(path: string, key: string, value: unknown): Problem {
  const problem = "no such setting";
  const never = Object.hasOwn(NEVER_IN_A_STACK, key) ? NEVER_IN_A_STACK[key] : undefined;
  if (never !== undefined) return { path, value: "not shown", problem, fix: never };
  // `pulumi config set servers.web1.host node-31` stores one setting of this whole name.
  const fix = /^\w+[.[]/.test(key)
    ? "remove it, and write it below the setting that it belongs to, or set it with `pulumi config set --path`"
    : "correct its name, or remove it (docs/configuration.md lists all)";
  return { path, value, problem, fix };
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

const STRUCTURES: ReadonlySet<string> = new Set(["array", "object", "record"]);

const notExpected = (type: string, value: unknown) =>
  STRUCTURES.has(type)
    ? notA(type === "array" ? "list" : "mapping", value, `give ${expected(type)}`)
    : { value, problem: `not ${expected(type)}`, fix: `give ${expected(type)}` };

/** What is wrong with a value that is not a mapping or list. Text that looks like JSON is broken JSON. */
export function notA(kind: "mapping" | "list", value: unknown, fix: string): Omit<Problem, "path"> {
  const broken = typeof value === "string" && isJsonLike(value) ? jsonProblem(value) : undefined;
  if (broken === undefined) return { value, problem: `not a ${kind}`, fix };
  return {
    problem: `broken JSON at ${broken}`,
    fix: `correct the JSON, or write it as a ${kind} in YAML`,
  };
}

const counted = (count: number | bigint, thing: "character" | "entry") =>
  `${count} ${count === 1 ? thing : thing === "entry" ? "entries" : `${thing}s`}`;
const lengthOf = (value: unknown) => (typeof value === "string" || Array.isArray(value) ? value.length : undefined);

function tooSmall(issue: Extract<Issue, { code: "too_small" }>, value: unknown): Pick<Problem, "problem" | "fix"> {
  const { origin, minimum, inclusive } = issue;
  const thing = origin === "string" ? "character" : origin === "array" ? "entry" : undefined;
  if (thing === undefined) {
    const least = `${inclusive === false ? "more than" : "at least"} ${String(minimum)}`;
    return { problem: "too small a number", fix: `give ${least}` };
  }
  const problem = lengthOf(value) === 0 ? "empty" : thing === "entry" ? "too few entries" : "too short";
  return { problem, fix: `give at least ${counted(minimum, thing)}` };
}

function tooBig(issue: Extract<Issue, { code: "too_big" }>, value: unknown): Pick<Problem, "problem" | "fix"> {
  const { origin, maximum, inclusive } = issue;
  const thing = origin === "string" ? "character" : origin === "array" ? "entry" : undefined;
  if (thing === undefined) {
    const most = `${inclusive === false ? "less than" : "at most"} ${String(maximum)}`;
    return { problem: "too big a number", fix: `give ${most}` };
  }
  const length = lengthOf(value) ?? 0;
  const problem = thing === "entry" ? `too many entries (${length})` : `too long (${counted(length, thing)})`;
  return { problem, fix: `give at most ${counted(maximum, thing)}` };
}

/** The problem of a name that does not have 1 to 255 characters. */
export const wrongName = (name: string): Pick<Problem, "problem" | "fix"> => ({
  problem: name === "" ? "its name is empty" : `its name is too long (${name.length} characters)`,
  fix: "use 1 to 255 characters",
});

function format(issue: Extract<Issue, { code: "invalid_format" }>): Pick<Problem, "problem" | "fix"> {
  if (issue.format === "starts_with" && "prefix" in issue) {
    const prefix = JSON.stringify(issue.prefix);
    return { problem: `does not start with ${prefix}`, fix: `begin it with ${prefix}` };
  }
  return { problem: `not a valid ${issue.format} address`, fix: `give a valid ${issue.format} address` };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
