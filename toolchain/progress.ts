import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput, type ListrTask } from "listr2";

/** Milliseconds between two lines about a step under way: a person watches a terminal, and reads a log later. */
const INTERVAL = process.stderr.isTTY ? 100 : 30_000;

/**
 * Runs steps one after the other and shows each with the time it took, on stderr: stdout is for results.
 * Plain lines where stderr is no terminal.
 *
 * @throws what the first failing step throws.
 */
export async function runSteps<Context extends object>(context: Context, steps: ListrTask<Context>[]): Promise<void> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const options = { timer: PRESET_TIMER, logger };
  const list = process.stderr.isTTY
    ? new Listr<Context, "default", "simple">(steps, { ctx: context, renderer: "default", rendererOptions: options })
    : new Listr<Context, "simple", "simple">(steps, { ctx: context, renderer: "simple", rendererOptions: options });
  await list.run();
}

/** Lets a line through when the last one was shown long enough ago. */
export function throttled(show: (line: string) => void): (line: string) => void {
  let last = performance.now();
  return (line) => {
    const now = performance.now();
    if (now - last < INTERVAL) return;
    last = now;
    show(line);
  };
}
