import { oneLine } from "../text/visible.ts";

/**
 * One thing that is wrong with an input: stack configuration, clouds.yaml, options of a command, arguments of a component.
 */
export interface Problem {
  /** @example "servers.admin_vm01.host" */
  path: string;
  /** The value found there, never a secret; absent or `undefined`: nothing was found, or it must not be shown. */
  value?: unknown;
  problem: string;
  fix: string;
}

/** A problem in one line, for people. A value that is text is shown as it is. */
export function problemLine({ path, value, problem, fix }: Problem): string {
  const found = value === undefined ? "" : ` (${typeof value === "string" ? value : JSON.stringify(value)})`;
  return oneLine(`${path}${found}: ${problem}${problem.endsWith("?") ? "" : "."} Fix: ${fix}`);
}

/** Inputs are wrong; the message lists every problem, not only the first. */
export class InvalidInputError extends Error {
  override readonly name = "InvalidInputError";
  readonly problems: readonly Problem[];

  /** @param subject whose problems they are */
  constructor(subject: string, problems: readonly Problem[]) {
    super(formatProblems(subject, problems));
    this.problems = problems;
  }
}

/**
 * Lists problems for people, one paragraph each.
 *
 * @param subject what they are in, with its article if it has one
 * @example
 * formatProblems("the stack configuration", [{ path: "cloud", value: 7, problem: "is not a string", fix: "name …" }]);
 */
export function formatProblems(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.flatMap(({ path, value, problem, fix }) => [
    `  ${path} = ${shown(value)}`,
    `    problem: ${problem}`,
    `    fix:     ${fix}`,
  ]);
  return [`${count} in ${subject}:`, ...lines].map(oneLine).join("\n");
}

const LONGEST_VALUE = 80;

function shown(value: unknown): string {
  if (value === undefined) return "(nothing)";
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
