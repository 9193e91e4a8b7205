/** Running steps that depend on each other: each starts as soon as those before it are done, and shows its time. */
import { Listr, type ListrTask } from "listr2";
import { LabError } from "./shell.ts";

/** Milliseconds between two signs of life of a step. */
const ALIVE_MS = 20_000;

export type Say = (what: string) => void;

export interface Step {
  readonly name: string;
  readonly title: string;
  /** Names of the steps that must be done before. @default none */
  readonly after?: readonly string[];
  /** Does it; `say` shows what it is at. */
  readonly work: (say: Say) => Promise<unknown>;
}

/**
 * Every mistake in a plan: names that are unknown or used twice, and circles.
 * @example planProblems([{ name: "a", after: ["b"], … }]) // ["a waits for b, which is no step"]
 */
export function planProblems(steps: readonly Pick<Step, "name" | "after">[]): string[] {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const { name } of steps) {
    if (names.has(name)) problems.push(`two steps are named ${name}`);
    names.add(name);
  }
  for (const { name, after = [] } of steps)
    for (const other of after) if (!names.has(other)) problems.push(`${name} waits for ${other}, which is no step`);
  const open = new Map(steps.map(({ name, after = [] }) => [name, after.filter((other) => names.has(other))]));
  for (let before = -1; before !== open.size;) {
    before = open.size;
    for (const [name, after] of open) if (after.every((other) => !open.has(other))) open.delete(name);
  }
  if (open.size > 0) problems.push(`these wait for each other: ${[...open.keys()].join(", ")}`);
  return problems;
}

/**
 * Runs them all. On a terminal each has a line that lives; elsewhere each gives one line when it is done.
 * @throws LabError naming the step that failed; steps that depend on it are not begun.
 */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const wrong = planProblems(steps);
  if (wrong.length > 0) throw new Error(`Steps cannot be run:\n- ${wrong.join("\n- ")}`);
  const terminal = process.stdout.isTTY;
  const begin = performance.now();
  const outcomes = new Map<string, PromiseWithResolvers<boolean>>(
    steps.map(({ name }) => [name, Promise.withResolvers<boolean>()]),
  );
  const failures: { title: string; error: unknown }[] = [];

  const task = (step: Step): ListrTask => ({
    title: step.title,
    task: async (_, line): Promise<void> => {
      const outcome = outcomes.get(step.name);
      const before = await Promise.all((step.after ?? []).map(async (name) => outcomes.get(name)?.promise));
      if (before.includes(false)) {
        outcome?.resolve(false);
        line.skip(`${step.title}: not begun`);
        return;
      }
      const start = performance.now();
      let at = "";
      // Where no line can live, a long step says now and then that it does.
      const alive = setInterval(() => {
        if (!terminal) console.log(`${since(begin)}  … ${step.title}${at === "" ? "" : `: ${at}`}`);
      }, ALIVE_MS);
      try {
        await step.work((what) => (line.output = at = what));
        line.title = `${step.title} ${seconds(performance.now() - start)}`;
        if (!terminal) console.log(`${since(begin)}  ${step.title} (${seconds(performance.now() - start)})`);
        outcome?.resolve(true);
      } catch (error) {
        failures.push({ title: step.title, error });
        outcome?.resolve(false);
        throw error;
      } finally {
        clearInterval(alive);
      }
    },
  });
  await new Listr(steps.map(task), {
    concurrent: true,
    exitOnError: false,
    renderer: terminal ? "default" : "silent",
    rendererOptions: { showErrorMessage: false, collapseErrors: true },
  }).run();
  if (failures.length > 0)
    throw new LabError(
      failures
        .map(
          ({ title, error }) =>
            `${title}: ${error instanceof LabError ? error.message : String((error as Error).stack)}`,
        )
        .join("\n"),
    );
}

const since = (begin: number): string => seconds(performance.now() - begin).padStart(8);

/** @example seconds(1234) // "1.2 s" */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
