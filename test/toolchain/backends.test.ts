/** Where the state can live besides a folder: the CLI that set-up settled on, on real servers of those kinds. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../support/lab/cloud.ts";
import { openPostgres } from "../support/stack/postgres.ts";
import { openS3 } from "../support/stack/s3.ts";
import type { StateBackend } from "../support/stack/state-backend.ts";
import { tinyProgram, type TinyProgram } from "../support/stack/tiny-program.ts";

const SECRET = "hunter2-in-no-state";

/** A move in small. With HOST=slow it takes until there is a file `go`. */
const program = (host: string) => `import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
const line = 'if [ "$HOST" = slow ]; then touch begun; until [ -e go ]; do sleep 0.2; done; fi; echo "$HOST"';
const move = new local.Command("move", { create: line, update: line, environment: { HOST: "${host}" } });
export const record = move.stdout;
export const token = new pulumi.Config().requireSecret("token");
`;

const BACKENDS = [
  { kind: "postgres://", open: openPostgres },
  { kind: "s3://", open: openS3 },
];

let backend: StateBackend | undefined;
let tiny: TinyProgram | undefined;
afterEach(async () => {
  await tiny?.remove();
  await backend?.close();
  tiny = backend = undefined;
});

describe.each(BACKENDS)("state in $kind", ({ open }) => {
  test("is updated, previewed, refreshed, locked, and freed by `pulumi cancel`; secrets are encrypted", async () => {
    backend = await open();
    const started = await tinyProgram(program("node-28"), { ...backend.env, PULUMI_BACKEND_URL: backend.url });
    tiny = started;
    const { folder } = started;
    const pulumi: TinyProgram["pulumi"] = (...args) => started.pulumi(...args, "--non-interactive");
    const right = async (...args: string[]) => {
      const { exitCode, all, stdout } = await pulumi(...args);
      expect([args.join(" "), exitCode, all]).toEqual([args.join(" "), 0, expect.any(String)]);
      return stdout;
    };

    await right("config", "set", "--secret", "token", SECRET);
    await right("up", "--yes", "--skip-preview");
    expect(await right("stack", "output", "record")).toBe("node-28");
    expect(await right("stack", "output", "token", "--show-secrets")).toBe(SECRET);
    await right("preview", "--expect-no-changes");
    await right("refresh", "--yes", "--skip-preview", "--expect-no-changes");

    const stored = await backend.stored();
    expect(stored).toContain(".pulumi/stacks/tiny/test.json");
    expect(stored).toContain("node-28");
    expect(stored).not.toContain(SECRET);
    expect(existsSync(join(folder, "state/.pulumi"))).toBe(false);

    await started.write(program("slow"));

    const first = pulumi("up", "--yes", "--skip-preview");
    await eventually("the command runs", 60, () => Promise.resolve(existsSync(join(folder, "begun"))));
    const second = await pulumi("up", "--yes", "--skip-preview");
    expect([second.exitCode, second.all]).toEqual([expect.any(Number), expect.stringContaining("currently locked")]);
    expect(second.exitCode).not.toBe(0);
    // The machine is gone: the lock stays, until someone who knows takes it off.
    first.kill("SIGKILL");
    await first;
    await writeFile(join(folder, "go"), "");
    expect((await pulumi("up", "--yes", "--skip-preview")).all).toContain("currently locked");
    await right("cancel", "--yes");
    await right("up", "--yes", "--skip-preview");
    expect(await right("stack", "output", "record")).toBe("slow");
    await right("preview", "--expect-no-changes");
    await right("destroy", "--yes", "--skip-preview");
    await right("stack", "rm", "--yes");
    expect(await backend.stored()).not.toContain("stacks/tiny/test.json\n");
  }, 300_000);
});
