import { execa } from "execa";
import { linesToStdout } from "../../text/print.ts";

/** A failed expectation of the demo; printed without a stack trace. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

interface Step {
  title: string;
  seconds: number;
}

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text);

/** Prints the demo's steps with their times, its commands and tables. */
export class Narrator {
  readonly #steps: Step[] = [];
  #interrupted = false;

  constructor() {
    // Ctrl-C also reaches the running command. The demo ends after the command has ended.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (this.#interrupted = true));
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#stopIfInterrupted();
    const begin = performance.now();
    console.log(`\n${bold(`── ${this.#steps.length + 1}. ${title}`)}\n`);
    const result = await work();
    this.#steps.push({ title, seconds: (performance.now() - begin) / 1000 });
    return result;
  }

  say(text: string): void {
    linesToStdout(text);
  }

  /**
   * Runs a command that writes to this terminal.
   *
   * @param shown the command for people to type
   * @throws DemoError when it fails or the demo was interrupted.
   */
  async run(
    shown: string,
    [file, ...args]: readonly [string, ...string[]],
    env: Record<string, string>,
  ): Promise<void> {
    console.log(bold(`$ ${shown}`));
    const { exitCode } = await execa(file, args, { env, extendEnv: false, stdio: "inherit", reject: false });
    this.#stopIfInterrupted();
    if (exitCode !== 0)
      throw new DemoError(`\`${shown}\` failed (exit code ${exitCode ?? "none"}); its output is above.`);
  }

  times(): string {
    return table(
      ["Step", "Seconds"],
      this.#steps.map(({ title, seconds }) => [title, seconds.toFixed(1)]),
    );
  }

  #stopIfInterrupted(): void {
    if (this.#interrupted) throw new DemoError("Interrupted. Run it again to continue.");
  }
}

/** A table as the `openstack` client draws it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.split("\n")));
  const widths = head.map((_, i) => Math.max(...cells.flatMap((row) => (row[i] ?? []).map((line) => line.length))));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const drawn = cells.map((row) => {
    const height = Math.max(...row.map((lines) => lines.length));
    return Array.from(
      { length: height },
      (_, line) => `|${widths.map((width, i) => ` ${(row[i]?.[line] ?? "").padEnd(width)} `).join("|")}|`,
    ).join("\n");
  });
  return [rule, drawn[0] ?? "", rule, ...drawn.slice(1), rule].join("\n");
}
