import { readFile } from "node:fs/promises";
import path from "node:path";

/** A provider plugin that the program needs, as its npm package names it. */
export interface Plugin {
  name: string;
  version: string;
}

/** What the toolchain consists of. */
export interface Versions {
  /** The CLI that is built where none can be had, and the one that everything here was tried with. */
  cli: string;
  /** Oldest Go that builds it. */
  go: string;
  plugins: readonly Plugin[];
}

/** npm packages whose plugins the program needs. A plugin has the version of its package. */
const PLUGIN_PACKAGES = ["openstack", "command"] as const;

/** The CLI's Go module. */
const CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3";

/**
 * Reads the versions from where they are pinned: `package.json` and the Go modules.
 *
 * @throws Error naming the file that has no such pin.
 */
export async function readVersions(repository: string): Promise<Versions> {
  const read = (file: string): Promise<string> => readFile(path.join(repository, file), "utf8");
  const [manifest, pulumi, openstack] = await Promise.all([
    read("package.json"),
    read("toolchain/pulumi/go.mod"),
    read("toolchain/openstack/go.mod"),
  ]);
  return {
    cli: moduleVersion(pulumi, CLI_MODULE),
    go: [pulumi, openstack].map(goDirective).reduce((a, b) => (compareVersions(a, b) >= 0 ? a : b)),
    plugins: PLUGIN_PACKAGES.map((name) => ({ name, version: pinnedDependency(manifest, `@pulumi/${name}`) })),
  };
}

/** The exact version that a package.json pins. Users of the published package choose their own, so it is a devDependency. */
export function pinnedDependency(manifest: string, name: string): string {
  const { devDependencies = {} } = JSON.parse(manifest) as { devDependencies?: Record<string, string> };
  const version = devDependencies[name] ?? "";
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(
      `package.json: devDependencies.${name} is "${version}"; a plugin needs an exact version such as 1.2.1`,
    );
  }
  return version;
}

/** The version of a required module, without its `v`. */
export function moduleVersion(goMod: string, module: string): string {
  const words = goMod.split("\n").map((line) =>
    line
      .replace(/^require\b/, "")
      .trim()
      .split(/\s+/),
  );
  const found = words.find(([path, version]) => path === module && version?.startsWith("v"))?.[1];
  if (found === undefined) throw new Error(`go.mod requires no ${module}`);
  return found.slice(1);
}

/** The Go version that a go.mod asks for. */
export function goDirective(goMod: string): string {
  const found = /^go (\S+)/m.exec(goMod)?.[1];
  if (found === undefined) throw new Error("go.mod has no go directive");
  return found;
}

/** Orders dotted versions by their numbers: negative where `a` is the older; "1.25" equals "1.25.0". */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
