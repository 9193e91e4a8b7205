import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { execa, type Options } from "execa";

import { SetupError } from "./errors.ts";
import { findOnPath } from "./found-on-path.ts";
import { compareVersions } from "./versions.ts";

/** A Go that is new enough. */
export interface Go {
  /** The executable. */
  command: string;
  version: string;
}

/** Where a Go may be that is not on PATH: the upstream archive's place, and Debian's. */
const USUAL_FOLDERS = ["/usr/local/go/bin", "/usr/lib/go/bin"];

/** How to get a Go that is new enough. */
export type GoPlan = "use" | "fetch-toolchain" | "install-package";

/**
 * Decides by the version of the Go that is there.
 *
 * @param present such as "1.19.8", or `undefined` where there is none.
 */
export function planGo(present: string | undefined, needed: string): GoPlan {
  if (present === undefined) return "install-package";
  return compareVersions(present, needed) >= 0 ? "use" : "fetch-toolchain";
}

/**
 * The module that a Go release is published as.
 *
 * @example toolchainModule("1.25.8", "linux", "x64") // "golang.org/toolchain@v0.0.1-go1.25.8.linux-amd64"
 */
export function toolchainModule(version: string, platform: NodeJS.Platform, arch: string): string {
  const goArch = { x64: "amd64", ia32: "386" }[arch] ?? arch;
  return `golang.org/toolchain@v0.0.1-go${version}.${platform}-${goArch}`;
}

/**
 * Finds a Go that is new enough, or gets one from package registries: Debian's to begin with, then the release
 * itself as a Go module, checked against the checksum database.
 *
 * @throws SetupError when there is none and none can be had, saying what to install.
 */
export async function provideGo(needed: string, env: NodeJS.ProcessEnv, report: (line: string) => void): Promise<Go> {
  let present = await findGo(env);
  if (planGo(present?.version, needed) === "install-package") {
    await installDebianGo(needed, report);
    present = await findGo(env);
  }
  if (present === undefined) throw new SetupError("Debian's golang-go was installed, but there is no `go` on PATH");
  if (planGo(present.version, needed) === "use") return present;
  report(`Go ${present.version} is older than ${needed}: fetching ${needed} as a Go module`);
  return fetchToolchain(present, needed, env);
}

async function findGo(env: NodeJS.ProcessEnv): Promise<Go | undefined> {
  const command = findOnPath("go", [env["PATH"] ?? "", ...USUAL_FOLDERS].join(path.delimiter));
  if (command === undefined) return undefined;
  const { stdout } = await execa(command, ["env", "GOVERSION"], {
    env: { ...env, GOTOOLCHAIN: "local" },
    extendEnv: false,
    cwd: tmpdir(),
  });
  return { command, version: stdout.trim().replace(/^go/, "") };
}

async function installDebianGo(needed: string, report: (line: string) => void): Promise<void> {
  const apt = findOnPath("apt-get", process.env["PATH"]);
  if (apt === undefined || process.getuid?.() !== 0) {
    throw new SetupError(
      "There is neither a `pulumi` with its plugins nor a Go to build them with. One of these helps:\n" +
        "  - install the Pulumi CLI, where its plugins can be downloaded;\n" +
        `  - install Go ${needed} or newer (an older one serves too: it fetches the newer as a module);\n` +
        "  - on Debian, run this as root: it installs golang-go.",
    );
  }
  report("installing Debian's golang-go");
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" } };
  await command(apt, ["update", "--quiet"], options);
  await command(
    apt,
    ["install", "--yes", "--quiet", "--no-install-recommends", "golang-go", "ca-certificates"],
    options,
  );
}

async function fetchToolchain(old: Go, version: string, env: NodeJS.ProcessEnv): Promise<Go> {
  const folder = await mkdtemp(path.join(tmpdir(), "go-toolchain-"));
  try {
    const module = toolchainModule(version, process.platform, process.arch);
    const stdout = await command(old.command, ["mod", "download", "-json", module], {
      cwd: folder, // no go.mod there
      env: { ...env, GOTOOLCHAIN: "local", GO111MODULE: "on" },
      extendEnv: false,
    });
    const { Dir: root } = JSON.parse(stdout) as { Dir: string };
    await makeExecutable(path.join(root, "bin"), path.join(root, "pkg", "tool"));
    return { command: path.join(root, "bin", "go"), version };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Modules have no executable bits; only a newer Go sets them for this one. */
async function makeExecutable(...folders: string[]): Promise<void> {
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) await chmod(file, 0o755);
    }
  }
}

/** Runs a command to its end and gives its output. */
async function command(file: string, args: string[], options: Options): Promise<string> {
  const result = await execa(file, args, { ...options, reject: false, stdin: "ignore" });
  if (!result.failed) return String(result.stdout);
  throw new SetupError(`${[file, ...args].join(" ")} failed:\n${String(result.stderr).slice(-2000)}`);
}
