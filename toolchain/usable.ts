import { existsSync } from "node:fs";
import path from "node:path";

import { execa } from "execa";

import { findOnPath, missingPlugins } from "./found-on-path.ts";
import type { Plugin } from "./versions.ts";

/** A plugin is some tens of MB. Behind an air gap nothing answers, and the rest of set-up waits for this. */
const FETCH_MILLISECONDS = 120_000;

/**
 * Says why the CLI at `pulumi` cannot be used here, having fetched the plugins that it lacks if they can be had;
 * `undefined` when it can be used.
 */
export async function whyUnusable(
  pulumi: string,
  plugins: readonly Plugin[],
  env: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<string | undefined> {
  if (
    !existsSync(path.join(path.dirname(pulumi), "pulumi-language-nodejs")) &&
    !findOnPath("pulumi-language-nodejs", env["PATH"])
  ) {
    return `there is no pulumi-language-nodejs beside ${pulumi}`;
  }
  for (const { name, version } of missingPlugins(plugins, env)) {
    report(`fetching the plugin ${name} ${version}`);
    const result = await execa(pulumi, ["plugin", "install", "resource", name, version], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      extendEnv: false,
      timeout: FETCH_MILLISECONDS,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    if (result.failed) {
      const said = result.timedOut ? `nothing after ${FETCH_MILLISECONDS / 1000} s` : lastLine(result.all);
      return `its plugin ${name} ${version} cannot be fetched: ${said}`;
    }
  }
  return undefined;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
