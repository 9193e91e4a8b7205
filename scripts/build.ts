/**
 * Bundles the `live-migrate` command, so that it starts without reading hundreds of modules. `dist/live-migrate.js` is
 * the command; what only some runs need (report, ssh, YAML …) is in files of its own that it loads when it comes to that.
 */
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

/** See undici-parts.cjs. */
const leanUndici: Plugin = {
  name: "lean-undici",
  setup(bundle) {
    bundle.onResolve({ filter: /^undici$/ }, () => ({ path: join(import.meta.dirname, "undici-parts.cjs") }));
  },
};

await build({
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
  plugins: [leanUndici],
  legalComments: "none",
  logLevel: "warning",
});
