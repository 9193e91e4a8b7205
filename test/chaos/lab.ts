import { existsSync } from "node:fs";
import { execa } from "execa";
import { isUp } from "../../lab/api.ts";
import { choiceFile } from "../../lab/settings.ts";
import { TEST_LABS, testEnvironment } from "../support/environment.ts";

const HOSTS = ["--hosts", "8"];

/** Runs something on the tests' fleet lab: one that is there, repaired if need be, or one that ends with it. */
export async function withFleetLab<T>(body: () => Promise<T>): Promise<T> {
  const environment = testEnvironment("fleet");
  Object.assign(process.env, environment);
  // A lab that was made remembers what sets it apart.
  const made = existsSync(choiceFile(environment.LAB_STATE));
  if (made && (await isUp("fleet"))) return await body();
  const env = made ? {} : TEST_LABS.fleet;
  const lab = (...args: string[]) => execa("node", ["lab/cli.ts", ...args], { env, stdio: "inherit" });
  const up = await lab("up", ...(made ? [] : HOSTS)).catch(() => null);
  // It has said why.
  if (up === null) process.exit(1);
  try {
    return await body();
  } finally {
    if (!made) await lab("down", "--wipe");
  }
}
