/**
 * Bundles the `live-migrate` command: `dist/live-migrate.js` starts it, `dist/parts/` holds what it loads as it runs. Code that
 * several parts use is in a chunk of its own, so that each class exists once and `instanceof` works across parts.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: { "live-migrate": "migration/cli/bin.ts" },
  outdir: "dist",
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

// The command comes last, and each file is renamed into place: a run may start at any moment. Files of earlier builds stay,
// because a run that started with them may still have to load one.
for (const { path, contents } of outputFiles.toSorted((a, b) => b.path.length - a.path.length)) {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.new`;
  await writeFile(partial, contents, { mode: path.endsWith("/live-migrate.js") ? 0o755 : 0o644 });
  await rename(partial, path);
}
