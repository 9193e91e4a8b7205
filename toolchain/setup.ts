/** `npm run setup`: makes sure of a Pulumi CLI with the program's plugins. */
import { parseArgs } from "node:util";
import { argumentsOr, HELP } from "./usage.ts";
import { SetupError } from "./errors.ts";
import { provideToolchain } from "./toolchain.ts";

argumentsOr(
  "usage: npm run setup   # settles on a Pulumi CLI with the program's plugins, and builds it if need be",
  () => parseArgs({ options: HELP }),
);

const report = (line: string): void => {
  console.error(line);
};

try {
  const { kind, pulumi } = await provideToolchain(report);
  console.log(`pulumi: ${pulumi} (${kind === "path" ? "found on PATH" : "built from Go modules"})`);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  report(error.message);
  process.exitCode = 1;
}
