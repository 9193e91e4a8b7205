import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { currentProfile, loadLab, stateDirOf } from "../lab/settings.ts";
import type { Paths } from "./paths.ts";

/** The stack of the lab on this machine. Every other stack is its owner's: its passphrase is never ours to know. */
export const DEV_STACK = "dev";

/**
 * Passphrase of the dev stack. Not a secret, and it guards none: the lab's passwords never enter the state. Pulumi
 * wants one, and `encryptionsalt` in Pulumi.dev.yaml belongs to this one.
 */
const DEV_PASSPHRASE = "openstack-live-migration-lab";

/** The CLI that set-up settled on. */
export interface Toolchain {
  /** `path`: found on PATH with its plugins. `built`: made here from Go modules. */
  kind: "path" | "built";
  /** The executable. */
  pulumi: string;
  /** What it was chosen for; another key means choosing again. */
  key: string;
}

export interface EnvironmentInputs {
  /** The user's own environment. A variable in it always wins. */
  env: NodeJS.ProcessEnv;
  toolchain: Toolchain;
  paths: Paths;
  /** Arguments of the CLI: they say which stack it is about. */
  args: readonly string[];
  /** The lab's clouds.yaml, where there is one. */
  cloudsFile: string | undefined;
  /** The lab's API address, which no proxy can reach. */
  labAddress: string;
  /** Folder of the node that runs this, which is new enough. */
  nodeFolder: string;
}

/** The environment that the CLI runs in: the user's, and what they did not set. Pure. */
export function computeEnvironment(inputs: EnvironmentInputs): Record<string, string> {
  const { env, toolchain, paths } = inputs;
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] != null));
  const built = toolchain.kind === "built";
  const stack = stackOf(inputs.args) ?? given["PULUMI_STACK"] ?? DEV_STACK;
  const ours: Record<string, string> = {
    // Where another stack's state lives is its owner's choice: what `pulumi login` says, unless the variable does.
    ...(isDev(stack) && { PULUMI_BACKEND_URL: pathToFileURL(paths.backend).href }),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_STACK: DEV_STACK,
    // A plugin that is missing here cannot be downloaded either: say so at once, not after time-outs.
    ...(built && { PULUMI_HOME: paths.pulumiHome, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    ...(inputs.cloudsFile !== undefined && { OS_CLIENT_CONFIG_FILE: inputs.cloudsFile }),
    ...(isDev(stack) &&
      given["PULUMI_CONFIG_PASSPHRASE_FILE"] === undefined && { PULUMI_CONFIG_PASSPHRASE: DEV_PASSPHRASE }),
  };
  return {
    ...ours,
    ...given,
    ...proxyExceptions(given, inputs.labAddress),
    PATH: [paths.nodeModulesBin, inputs.nodeFolder, ...(built ? [path.dirname(toolchain.pulumi)] : []), given["PATH"]]
      .filter((folder) => folder !== undefined && folder !== "")
      .join(path.delimiter),
  };
}

/**
 * The stack that a command line names, if it does.
 *
 * @example stackOf(["up", "--stack", "prod"]) // "prod"
 * @example stackOf(["stack", "select", "prod"]) // "prod"
 */
export function stackOf(args: readonly string[]): string | undefined {
  for (const [i, arg] of args.entries()) {
    if (arg === "--") break;
    if (arg === "--stack" || arg === "-s") return args[i + 1];
    const joined = /^(?:--stack=|-s=?)(.+)$/.exec(arg)?.[1];
    if (joined !== undefined) return joined;
  }
  const [command, verb, ...rest] = args.filter((arg) => !arg.startsWith("-"));
  return command === "stack" && ["init", "select", "rm"].includes(verb ?? "") ? rest[0] : undefined;
}

/** `dev`, also as `organization/project/dev`. */
function isDev(stack: string): boolean {
  return stack.split("/").at(-1) === DEV_STACK;
}

/** Adds the lab to what a proxy is not asked for, where there is a proxy. */
function proxyExceptions(env: Record<string, string>, address: string): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  if (!names.some((name) => (env[name] ?? "") !== "")) return {};
  const present = (env["no_proxy"] ?? env["NO_PROXY"] ?? "").split(",").filter((item) => item !== "");
  const all = present.includes("*") || present.includes(address) ? present : [...present, address];
  return { no_proxy: all.join(","), NO_PROXY: all.join(",") };
}

/** {@link computeEnvironment} for this machine. */
export function pulumiEnvironment(
  toolchain: Toolchain,
  paths: Paths,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const clouds = path.join(stateDirOf(currentProfile(env), env), "clouds.yaml");
  return computeEnvironment({
    env,
    toolchain,
    paths,
    args,
    cloudsFile: existsSync(clouds) ? clouds : undefined,
    labAddress: loadLab(currentProfile(env), {}, env).address,
    nodeFolder: path.dirname(process.execPath),
  });
}
