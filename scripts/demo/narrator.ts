import { execa } from "execa";
import { linesToStdout } from "../../text/print.ts";

/** Something of the demo does not hold: printed as it is, without a stack. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

interface Chapter {
  title: string;
  seconds: number;
}

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text);

/** Tells the story: chapters with their times, the commands that are run, tables. */
export class Narrator {
  readonly #chapters: Chapter[] = [];
  #interrupted = false;

  constructor() {
    // Ctrl-C reaches the command under way as well. It ends in its own good order, and then so does the demo.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (this.#interrupted = true));
  }

  async chapter<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#stopIfInterrupted();
    const begin = performance.now();
    console.log(`\n${bold(`── ${this.#chapters.length + 1}. ${title}`)}\n`);
    const result = await work();
    this.#chapters.push({ title, seconds: (performance.now() - begin) / 1000 });
    return result;
  }

  say(text: string): void {
    linesToStdout(text);
  }

  /**
   * Runs a command that writes to this terminal.
   *
   * @param shown what a person would type for it
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
      this.#chapters.map(({ title, seconds }) => [title, seconds.toFixed(1)]),
    );
  }

  #stopIfInterrupted(): void {
    if (this.#interrupted) throw new DemoError("Interrupted. Run it again: it goes on from where things are.");
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
