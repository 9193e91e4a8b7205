import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { tempPath } from "../temp-folder.ts";

const FOLDER = join(import.meta.dirname, "../../../.github/workflows");

interface Step {
  name?: string;
  run?: string;
}

/** What came of a step. */
export interface StepResult {
  exitCode: number | undefined;
  all: string;
  /** What the step wrote to GITHUB_OUTPUT. */
  outputs: Record<string, string>;
}

/**
 * Runs the script of a workflow's step as GitHub's runner does, in a folder and an environment that the test gives.
 *
 * @param name of the step, which has to be there
 */
export async function runStep(
  workflow: string,
  name: string,
  cwd: string,
  env: Record<string, string>,
): Promise<StepResult> {
  const { jobs } = parse(await readFile(join(FOLDER, workflow), "utf8")) as { jobs: Record<string, { steps: Step[] }> };
  const script = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find((step) => step.name === name)?.run;
  if (script === undefined) throw new Error(`${workflow} has no step ${name} with a script`);
  const output = tempPath("output");
  const { exitCode, all } = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd,
    env: { ...env, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: tempPath("summary.md") },
    stdin: "ignore",
    reject: false,
    all: true,
  });
  const written = await readFile(output, "utf8").catch(() => "");
  const pairs = written.split("\n").flatMap((line) => /^([\w-]+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
  const outputs: Record<string, string> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) outputs[pairs[i] ?? ""] = pairs[i + 1] ?? "";
  return { exitCode, all, outputs };
}
