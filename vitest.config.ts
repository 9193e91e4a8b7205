import { defineConfig } from "vitest/config";
import { testEnvironment } from "./test/support/environment.ts";

/** Unit and component tests take seconds; the lab's own tests (`lab` on its guest profile, `faults`
 * and `stacks` on its fleet profile) need it up, as `npm test` sees to, and run one file at a time. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      { test: { name: "component", include: ["test/component/**/*.test.ts"] } },
      // In a real browser, which the tests install where it is missing.
      { test: { name: "pictures", include: ["test/pictures/**/*.test.ts"], testTimeout: 60_000 } },
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
          env: testEnvironment("guest"),
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          env: testEnvironment("fleet"),
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The real CLI on the fleet profile: what needs no guest.
        test: {
          name: "stacks",
          include: ["test/stacks/**/*.test.ts"],
          env: testEnvironment("fleet"),
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
