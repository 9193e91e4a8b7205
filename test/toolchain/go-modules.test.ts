import path from "node:path";

import { execa } from "execa";
import { describe, expect, test } from "vitest";

import { provideGo } from "../../toolchain/go.ts";
import { MODULES } from "../../toolchain/key.ts";
import { REPOSITORY } from "../../toolchain/paths.ts";
import { provideToolchain } from "../../toolchain/toolchain.ts";
import { readVersions } from "../../toolchain/versions.ts";

const TEN_MINUTES = 600_000;

/** A machine whose CLI was found on PATH need have no Go, and uses nothing of these modules. */
const { kind } = await provideToolchain(console.error);

/** With the same flags as the build, whose compiled packages this takes from Go's cache. */
describe.runIf(kind === "built")("the Go modules' own tests", () => {
  test.each(MODULES)(
    "%s",
    async (module) => {
      const go = await provideGo((await readVersions(REPOSITORY)).go, process.env, console.error);
      const { exitCode, all } = await execa(
        "nice",
        ["-n", "5", go.command, "test", "-trimpath", "-buildvcs=false", "./..."],
        {
          cwd: path.join(REPOSITORY, module),
          env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
          all: true,
          reject: false,
        },
      );
      expect(exitCode, all).toBe(0);
    },
    TEN_MINUTES,
  );
});
