/** Bundles the `live-migrate` command into one file, so that it starts without reading hundreds of modules. */
import { build } from "esbuild";

await build({
  entryPoints: ["migration/cli.ts"],
  outfile: "dist/live-migrate.js",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // CommonJS dependencies call `require`; an ES module has none of its own.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  legalComments: "none",
  logLevel: "warning",
});
