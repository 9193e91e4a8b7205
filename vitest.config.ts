import { defineConfig } from "vitest/config";
import { releaseEnvironment, testedRelease, testEnvironment } from "./test/support/environment.ts";

/** A failed comparison shows the whole of a text: what CI printed is all there is to find its cause from. */
const chaiConfig = { truncateThreshold: 0 };
/** Tests on a lab also tell what its services complained of. */
const onLab = { fileParallelism: false, chaiConfig, setupFiles: ["test/support/lab/lab-logs.ts"] };

/** Unit and component tests take seconds; the lab's own tests (`lab` on its guest profile, `faults`
 * and `stacks` on its fleet profile) need it up, as `npm test` sees to, and run one file at a time. */
export default defineConfig({
  test: {
    // Vitest leaves a core unused otherwise: half of a small machine.
    maxWorkers: "100%",
    projects: [
      {
        // Some of them run the built command.
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          globalSetup: ["test/support/build-command.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          chaiConfig,
        },
      },
      {
        test: {
          name: "component",
          include: ["test/component/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          chaiConfig,
        },
      },
      // Packs the repository, and installs what comes of it from the npm registry.
      {
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 900_000,
          chaiConfig,
        },
      },
      // Beside Debian's openstacksdk, which the tests install where it is missing.
      { test: { name: "differential", include: ["test/differential/**/*.test.ts"], testTimeout: 600_000, chaiConfig } },
      // In a real browser, which the tests install where it is missing.
      {
        test: {
          name: "pictures",
          include: ["test/pictures/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          chaiConfig,
        },
      },
      {
        // Runs the real CLI, which set-up may have to build first.
        test: {
          name: "toolchain",
          include: ["test/toolchain/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 1_200_000,
          chaiConfig,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts", "test/nightly/lab/**/*.test.ts"],
          env: testEnvironment("guest"),
          ...onLab,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts", "test/nightly/faults/**/*.test.ts"],
          env: testEnvironment("fleet"),
          ...onLab,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        // On the labs of one release: scripts/test-releases.ts.
        test: {
          name: "releases-fleet",
          include: ["test/releases/fleet/**/*.test.ts"],
          env: releaseEnvironment(testedRelease(), "fleet"),
          ...onLab,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "releases-guest",
          include: ["test/releases/guest/**/*.test.ts"],
          env: releaseEnvironment(testedRelease(), "guest"),
          ...onLab,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
      {
        // The real CLI on the fleet profile: what needs no guest.
        test: {
          name: "stacks",
          include: ["test/stacks/**/*.test.ts", "test/nightly/stacks/**/*.test.ts"],
          env: testEnvironment("fleet"),
          ...onLab,
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
