import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the `live-migrate` command: `dist/live-migrate.js` starts it, `dist/parts/` holds what it loads as it runs. Code that
 * several parts use is in a chunk of its own, so that each class exists once and `instanceof` works across parts.
 *
 * @returns the files that it was made of
 */
export async function buildCommand(): Promise<{ inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: { "live-migrate": "migration/cli/bin.ts" },
    outdir: "dist",
    chunkNames: "parts/[name]-[hash]",
    bundle: true,
    splitting: true,
    // A third less to ship. Functions and classes keep their names in stack traces.
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // CommonJS dependencies call `require`; an ES module has none of its own.
    banner: {
      js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
    },
    // Loaded from node_modules, for they are large, and few runs need them: for the page of `--report`, a guest, a terminal.
    external: ["@observablehq/plot", "linkedom", "execa", "cli-progress"],
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    write: false,
  });

  // The command comes last, and each file is renamed into place: a run may start at any moment. Files of earlier builds stay,
  // because a run that started with them may still have to load one.
  for (const { path, contents } of outputFiles.toSorted((a, b) => b.path.length - a.path.length)) {
    await mkdir(dirname(path), { recursive: true });
    await replace(path, contents, path.endsWith("/live-migrate.js") ? 0o755 : 0o644);
  }
  const parts = outputFiles.map(({ path }) => basename(path)).filter((name) => name !== "live-migrate.js");
  await replace("dist/parts/.npmignore", ["*", ...parts.map((name) => `!${name}`), ""].join("\n"), 0o644);
  return { inputs: Object.keys(metafile.inputs) };
}

async function replace(path: string, contents: string | Uint8Array, mode: number): Promise<void> {
  const partial = `${path}.${process.pid}.new`;
  await writeFile(partial, contents, { mode });
  await rename(partial, path);
}
