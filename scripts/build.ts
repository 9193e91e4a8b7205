/**
 * Bundles the `live-migrate` command, so that it starts without reading hundreds of modules. `dist/live-migrate.js` is
 * the command; what only some runs need (report, ssh, YAML …) is in files of its own that it loads when it comes to that.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: { "live-migrate": "migration/bin.ts", report: "migration/report/page.ts" },
  outdir: "dist",
  // Files of earlier builds stay: a run that began with them may still have to load one.
  chunkNames: "parts/[name]-[hash]",
  bundle: true,
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // CommonJS dependencies call `require`; an ES module has none of its own.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  legalComments: "none",
  logLevel: "warning",
  write: false,
});

// Each file whole or not at all: a run may begin at any moment. The entries last, as they name the parts.
const isEntry = (path: string) => Number(!path.includes("/parts/"));
for (const { path, contents } of outputFiles.toSorted((a, b) => isEntry(a.path) - isEntry(b.path))) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, contents, { mode: isEntry(path) ? 0o755 : 0o644 });
  await rename(`${path}.new`, path);
}
