import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CloudConfigError } from "./cloud-config.ts";
import { textOfNumber } from "./number-text.ts";

/** A configuration file as it was read. */
export interface ConfigFile {
  path: string;
  content: unknown;
}

/** Everything that says which clouds there are. */
export interface CloudSources {
  clouds?: ConfigFile;
  /** Merged over `clouds`: passwords kept apart. */
  secure?: ConfigFile;
  /** `clouds-public.yaml`: vendor profiles of one's own. */
  profiles?: ConfigFile;
  environment: Readonly<Record<string, string | undefined>>;
  /** Where a clouds.yaml was looked for, for the error that names them. */
  searched: readonly string[];
}

const SUFFIXES = [".yaml", ".yml", ".json"];

/** The directories that the `openstack` client searches, in its order. */
function searchPath(env: CloudSources["environment"], cwd: string): string[] {
  const home = env["HOME"] ?? homedir();
  const config = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  const site = (env["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":").map((dir) => join(dir, "openstack"));
  return [...new Set([cwd, join(config, "openstack"), join(home, ".config/openstack"), ...site, "/etc/openstack"])];
}

/** Numbers stay text, as in YAML: JSON.parse would cut off the digits of a long id. */
const parseJson = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? textOfNumber(context.source) : value,
  );

async function parse(path: string, text: string): Promise<unknown> {
  try {
    // Loaded only when needed: it costs a third of the start-up.
    return path.endsWith(".json") ? parseJson(text) : (await import("./yaml.ts")).parse(text);
  } catch (error) {
    // The parser's own message may quote the line, and so a password.
    const position = (error as { linePos?: [{ line: number; col: number }] }).linePos?.[0];
    const place = position ? `${path}:${position.line}:${position.col}` : path;
    throw new CloudConfigError([
      {
        path: place,
        problem: "the file cannot be read as YAML or JSON",
        fix: "correct it there: look for a tab, a missing quote, a colon too many or a tag such as !vault",
      },
    ]);
  }
}

/** The first file that exists and may be read, as the `openstack` client chooses it. */
async function firstFile(paths: readonly string[]): Promise<ConfigFile | undefined> {
  for (const path of paths) {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") continue;
      throw new CloudConfigError([
        { path, problem: `the file cannot be read (${code ?? String(error)})`, fix: "make it a readable file" },
      ]);
    }
    return { path, content: await parse(path, text) };
  }
  return undefined;
}

/**
 * Reads the files and variables that define clouds.
 *
 * @throws CloudConfigError if a file is there but cannot be parsed
 */
export async function readCloudSources(
  environment: CloudSources["environment"],
  cwd = process.cwd(),
): Promise<CloudSources> {
  const candidates = (name: string, override: string | undefined): string[] => [
    ...(override ? [override] : []),
    ...searchPath(environment, cwd).flatMap((dir) => SUFFIXES.map((suffix) => join(dir, name + suffix))),
  ];
  const searched = candidates("clouds", environment["OS_CLIENT_CONFIG_FILE"]);
  const [clouds, secure, profiles] = await Promise.all([
    firstFile(searched),
    firstFile(candidates("secure", environment["OS_CLIENT_SECURE_FILE"])),
    firstFile(candidates("clouds-public", undefined)),
  ]);
  return {
    ...(clouds && { clouds }),
    ...(secure && { secure }),
    ...(profiles && { profiles }),
    environment,
    searched,
  };
}
