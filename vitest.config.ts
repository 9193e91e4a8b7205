import { defineConfig } from "vitest/config";

/** Unit and component tests take seconds; the lab's own tests need `npm run lab up` and run one file at a time. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      { test: { name: "component", include: ["test/component/**/*.test.ts"] } },
      {
        // Runs the real CLI, which set-up may have to build first.
        test: {
          name: "toolchain",
          include: ["test/toolchain/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 1_200_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
