/** `npm run pulumi -- ARGS`: the CLI, in the environment that set-up made. Sets up first where that was not done. */
import { spawn } from "node:child_process";

import { pulumiEnvironment } from "./environment.ts";
import { SetupError } from "./errors.ts";
import { toolchainPaths } from "./paths.ts";
import { provideToolchain } from "./toolchain.ts";

const args = process.argv.slice(2);
try {
  const paths = toolchainPaths();
  const toolchain = await provideToolchain((line) => {
    console.error(line);
  });
  const child = spawn(toolchain.pulumi, args, {
    cwd: paths.repository,
    env: pulumiEnvironment(toolchain, paths, args),
    stdio: "inherit",
  });
  // A terminal gives its Ctrl-C to the CLI too, and a second one would end it without a clean-up.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
