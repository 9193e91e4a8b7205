/** The package as users get it: its contents, and its use in projects of every module system. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { installed, pack, type Packed } from "../support/packed.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const TSC = join(REPOSITORY, "node_modules/typescript/bin/tsc");
const MOST_BYTES = 3_000_000;

let packed: Packed;
let home: string;

beforeAll(async () => {
  const found = await pack();
  packed = found;
  home = await installed(found);
});

const run = (file: string, args: string[], cwd = home) => execa(file, args, { cwd, reject: false, all: true });

/** A project with these files beside the installed package. */
async function project(name: string, files: Record<string, string>): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

describe("the packed package", () => {
  it("has the command, the library and its documents, and nothing of tests, labs or the toolchain", () => {
    const paths = packed.files.map(({ path }) => path);
    const folders = [...new Set(paths.map((path) => path.replace(/^(dist\/parts|lib\/[^/]+|[^/]+)\/.*/, "$1/")))];
    expect(folders.sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist/",
      "dist/parts/",
      "lib/components/",
      "lib/migration/",
      "lib/openstack/",
      "lib/text/",
      "package.json",
    ]);
    expect(paths.filter((path) => path.startsWith("lib/") && !/\.(js|js\.map|d\.ts)$/.test(path))).toEqual([]);
    expect(paths.filter((path) => /^lib\/migration\/cli\//.test(path) && !path.includes("/output-file."))).toEqual([]);
  });

  it("has only the parts of the command that it loads, none of an earlier build", async () => {
    const parts = packed.files.flatMap(({ path }) => /^dist\/parts\/(.*)$/.exec(path)?.[1] ?? []);
    const texts = await Promise.all(
      ["dist/live-migrate.js", ...parts.map((part) => `dist/parts/${part}`)].map((path) =>
        readFile(join(home, "node_modules/openstack-live-migration", path), "utf8"),
      ),
    );
    expect(parts.filter((part) => !texts.some((text) => text.includes(`/${part}"`)))).toEqual([]);
  });

  it("takes less than 3 MB", () => {
    expect(packed.unpackedSize).toBeLessThan(MOST_BYTES);
  });

  it("names the licences of the code that the command contains", async () => {
    const path = join(home, "node_modules/openstack-live-migration/dist/THIRD-PARTY-LICENSES.txt");
    const text = await readFile(path, "utf8");
    for (const name of ["commander", "undici", "yaml", "zod"]) expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
  });

  it("maps its code to the sources' names and lines", async () => {
    const path = join(home, "node_modules/openstack-live-migration/lib/components/live-migration.js.map");
    const map = JSON.parse(await readFile(path, "utf8")) as { sources: string[]; mappings: string };
    expect(map.sources).toEqual(["../../components/live-migration.ts"]);
    expect(map.mappings.length).toBeGreaterThan(100);
  });

  it("brings the command", async () => {
    const { exitCode, all } = await run(join(home, "node_modules/.bin/live-migrate"), ["--help"]);
    expect([exitCode, all]).toEqual([0, expect.stringContaining("Usage: live-migrate [options] [command]")]);
  });
});

const USE = `
const names = [typeof LiveMigration, typeof VolumeBackedServer, typeof run, EXIT_CODES.failed];
let problem = "";
try {
  new LiveMigration("vm", { serverId: "1" });
} catch (error) {
  problem = error instanceof InvalidInputError ? error.problems[0]!.problem : String(error);
}
console.log(JSON.stringify([...names, problem]));
`;
const USED = JSON.stringify(["function", "function", "function", 4, "neither host nor zone is given"]);
const javaScript = USE.replaceAll("]!", "]");
const NAMES = "InvalidInputError, LiveMigration, VolumeBackedServer";

describe("a JavaScript project", () => {
  it.each([
    [
      "ES modules",
      "module",
      `import { ${NAMES} } from "openstack-live-migration";
      import { EXIT_CODES, run } from "openstack-live-migration/engine";`,
    ],
    [
      "CommonJS",
      "commonjs",
      `const { ${NAMES} } = require("openstack-live-migration");
      const { EXIT_CODES, run } = require("openstack-live-migration/engine");`,
    ],
  ])("of %s uses the components and the engine", async (_, type, imports) => {
    const files = { "package.json": JSON.stringify({ type }), "index.js": imports + javaScript };
    const { exitCode, all } = await run("node", ["index.js"], await project(`javascript-${type}`, files));
    expect([exitCode, all]).toEqual([0, USED]);
  });
});

const TYPED = `import { ${NAMES}, type LiveMigrationArgs, type MigrationRecord } from "openstack-live-migration";
import { EXIT_CODES, run, type CloudApi, type PlanDocument } from "openstack-live-migration/engine";
${USE}
export const args: LiveMigrationArgs = { serverId: "1", host: "node-31", azPin: "unpin" };
// @ts-expect-error what only tests and this repository's program give is no argument
export const wrong: LiveMigrationArgs = { serverId: "1", host: "node-31", planner: null };
// @ts-expect-error nor is it an output
export const asked = (move: LiveMigration) => move.asked;
export const move = (cloud: CloudApi): Promise<MigrationRecord> => run(cloud, { server: "vm", host: "node-31" });
export const reasons = ({ findings }: PlanDocument) => findings.map(({ problem, fix }) => problem + fix);
`;

describe("a TypeScript project", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["ES modules", "module", { module: "nodenext" }],
    ["CommonJS", "commonjs", { module: "nodenext" }],
    // As Pulumi's own templates have it for years.
    ["old CommonJS", "commonjs", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" }],
  ])("of %s checks with all of the package's declarations, and runs", async (name, type, options) => {
    const folder = await project(`typescript-${name.replaceAll(" ", "-")}`, {
      "package.json": JSON.stringify({ type }),
      "tsconfig.json": JSON.stringify({
        compilerOptions: { target: "es2022", strict: true, outDir: "out", skipLibCheck: false, types: [], ...options },
        files: ["index.ts"],
      }),
      "index.ts": TYPED,
    });
    const checked = await run("node", [TSC], folder);
    expect([checked.exitCode, checked.all]).toEqual([0, ""]);
    const { exitCode, all } = await run("node", ["--enable-source-maps", "out/index.js"], folder);
    expect([exitCode, all]).toEqual([0, USED]);
  });
});
