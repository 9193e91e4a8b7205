import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import type { Plugin } from "./versions.ts";

/** The first executable `name` on a search path, outside the folder `except`; links resolved. */
export function findOnPath(name: string, searchPath: string | undefined, except?: string): string | undefined {
  for (const folder of (searchPath ?? "").split(path.delimiter)) {
    if (folder === "") continue;
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    const real = realpathSync(file);
    if (except === undefined || !real.startsWith(except + path.sep)) return real;
  }
  return undefined;
}

/** The plugins that are not in a Pulumi folder. */
export function missingPlugins(plugins: readonly Plugin[], env: NodeJS.ProcessEnv): Plugin[] {
  const home = env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
  return plugins.filter(({ name, version }) => {
    const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
    return !existsSync(folder) || existsSync(`${folder}.partial`);
  });
}
