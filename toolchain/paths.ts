import { homedir } from "node:os";
import path from "node:path";

/** The checkout that this file is in. */
export const REPOSITORY = path.resolve(import.meta.dirname, "..");

/** Where the toolchain is built from, keeps what it built, and keeps what belongs to this checkout alone. */
export interface Paths {
  repository: string;
  /** Ignored by git: stack state, the lab, the choice of a CLI. */
  state: string;
  /** The choice that the last set-up made. */
  choice: string;
  /** Root of the local file backend of the dev stack. */
  backend: string;
  /** Pulumi's own folder (plugins, credentials, logs) for a CLI that was built here. */
  pulumiHome: string;
  /** What was built, a folder per hash of what it was built from; shared by all checkouts. */
  cache: string;
  nodeModulesBin: string;
}

/** Places of the checkout `repository`; `XDG_CACHE_HOME` moves the cache. */
export function toolchainPaths(env: NodeJS.ProcessEnv = process.env, repository = REPOSITORY): Paths {
  const state = path.join(repository, ".state");
  const caches = env["XDG_CACHE_HOME"] ?? "";
  return {
    repository,
    state,
    choice: path.join(state, "toolchain.json"),
    backend: path.join(state, "pulumi"),
    pulumiHome: path.join(state, "pulumi-home"),
    cache: path.join(
      path.isAbsolute(caches) ? caches : path.join(homedir(), ".cache"),
      "openstack-live-migration",
      "toolchain",
    ),
    nodeModulesBin: path.join(repository, "node_modules", ".bin"),
  };
}
