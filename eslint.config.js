import tseslint from "typescript-eslint";

/** The layers, outermost first. A layer imports only from itself and from those after it. */
const LAYERS = ["components", "migration", "openstack", "text"];

/** Folders that stand outside the layers: no layer may import them. */
const OUTSIDE = ["examples", "plugin", "review", "lab", "toolchain", "scripts", "test", "bench"];

/** Forbids `layer` the folders named, whatever the depth of the importing file. */
function forbid(layer, folders, packages = []) {
  return {
    files: [`${layer}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [...folders.flatMap((folder) => [`../${folder}/**`, `../../${folder}/**`]), "**/index.ts"],
              message: `Imports point one way only: index → components → migration → openstack → text (from ${layer}/).`,
            },
            ...packages.map((name) => ({ group: [name], message: `${layer}/ knows nothing of Pulumi.` })),
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  {
    ignores: [
      "eslint.config.js",
      "plugin/index.js",
      "**/*.mjs",
      "**/*.cjs",
      "node_modules/**",
      "dist/**",
      "lib/**",
      ".state/**",
      "coverage/**",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "no-duplicate-imports": ["error", { allowSeparateTypeImports: true }],
      // Leaving a property out of a copy names it.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["index.ts", "{config,components,migration,openstack,operator,review,text}/**/*.ts"],
    ignores: ["text/print.ts", "migration/cli/{connection,program,several-display,hosts/hosts-display}.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        ...["stdout", "stderr"].map((property) => ({
          object: "process",
          property,
          message: "Print through text/print.ts, which makes names safe for terminals.",
        })),
      ],
    },
  },
  ...LAYERS.map((layer, i) =>
    forbid(layer, [...LAYERS.slice(0, i), ...OUTSIDE], layer === "components" ? [] : ["@pulumi/*"]),
  ),
);
