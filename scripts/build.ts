/**
 * Bundles the `live-migrate` command into few files, as each one more takes time at every start. `dist/live-migrate.js` is
 * the command. Whatever is imported as the program runs is in a file of its own: the commands, and what only some runs
 * need (report, ssh, YAML, proxies …). Such files share none: what two of them import is in both, so nothing of that may
 * be a class that is asked for by `instanceof`, or have state.
 */
import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

const PARTS = "dist/parts";

/** The code of an entry, without what it imports as it runs: each of those becomes a file in `dist/parts`. */
async function bundle(entry: string, isPart: boolean): Promise<string> {
  const parts: Plugin = {
    name: "parts",
    setup(within) {
      within.onResolve({ filter: /.*/ }, async ({ kind, path, pluginData, ...where }) => {
        if (kind !== "dynamic-import" || pluginData === parts || path.startsWith("node:")) return undefined;
        const found = await within.resolve(path, { ...where, kind, pluginData: parts });
        return { path: `./${isPart ? "" : "parts/"}${await part(found.path)}`, external: true };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // CommonJS dependencies call `require`; an ES module has none of its own.
    banner: {
      js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
    },
    plugins: [parts],
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

const written = new Map<string, Promise<string>>();

/** Files of earlier builds stay: a run that began with them may still have to load one. */
function part(path: string): Promise<string> {
  const made = written.get(path) ?? make(path);
  written.set(path, made);
  return made;
}

async function make(path: string): Promise<string> {
  const code = await bundle(path, true);
  const name = `${basename(path).replace(/\.[a-z]+$/, "")}-${createHash("sha256").update(code).digest("hex").slice(0, 8)}.js`;
  await put(join(PARTS, name), code, 0o644);
  return name;
}

/** Whole or not at all: a run may begin at any moment. */
async function put(path: string, code: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.new`;
  await writeFile(partial, code, { mode });
  await rename(partial, path);
}

await put("dist/live-migrate.js", await bundle("migration/bin.ts", false), 0o755);
