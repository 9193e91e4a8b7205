import { linesToStderr, linesToStdout } from "../text/print.ts";

/** Beside a command's own options. */
export const HELP = { help: { type: "boolean", short: "h" } } as const;

/**
 * What `parse` reads of the arguments. Help that is asked for is printed, and ends the command with 0 before it did
 * anything; arguments that it does not take end it with 2.
 *
 * @param parse `parseArgs` of node:util with {@link HELP} among its options
 */
export function argumentsOr<Parsed extends { values: { help?: boolean | undefined } }>(
  usage: string,
  parse: () => Parsed,
): Parsed {
  let parsed: Parsed;
  try {
    parsed = parse();
  } catch (error) {
    linesToStderr(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
  if (parsed.values.help !== true) return parsed;
  linesToStdout(usage);
  process.exit(0);
}
