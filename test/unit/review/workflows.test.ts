/** The scripts of the workflows that make comments, with a Pulumi that is played. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { tempFolder } from "../../support/temp-folder.ts";
import { runStep } from "../../support/review/workflow.ts";

const DOCUMENT = JSON.stringify({ steps: [], diagnostics: [] });

/** A checkout whose `npm` plays Pulumi: it writes a plan, prints its document, and ends with this code. */
async function checkout(exitCode: number) {
  const folder = tempFolder();
  await mkdir(join(folder, ".state/plans"), { recursive: true });
  const npm = join(folder, "npm");
  await writeFile(
    npm,
    `#!/bin/bash\n[ "$3" = pulumi ] || { printf '%s\\n' "$@" > .state/comment-arguments; exit; }\n` +
      `echo '{}' > "$LIVE_MIGRATE_PLANS/new.json"\necho '${DOCUMENT}'\nexit ${exitCode}\n`,
  );
  await chmod(npm, 0o755);
  const env = {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    STACK: "prod",
    LIVE_MIGRATE_PLANS: join(folder, ".state/plans"),
    CI_PROJECT_DIR: folder,
    CI_MERGE_REQUEST_IID: "7",
  };
  const read = (name: string) => readFile(join(folder, ".state", name), "utf8");
  return { folder, env, read };
}

describe("the preview's workflow on GitHub", () => {
  it.each([0, 1, 255])("hands over the document, the plans of this preview and the exit code: %i", async (code) => {
    const { folder, env, read } = await checkout(code);
    await writeFile(join(folder, ".state/plans/old.json"), "{}");
    const { exitCode, outputs } = await runStep("preview.yml", "Preview", folder, env);
    expect([exitCode, outputs]).toEqual([code, { "exit-code": String(code) }]);
    expect(await read("preview.json")).toBe(`${DOCUMENT}\n`);
    await expect(read("plans/old.json")).rejects.toThrow("ENOENT");
    await runStep("preview.yml", "Comment", folder, { ...env, EXIT_CODE: outputs["exit-code"] ?? "" });
    const given = (await read("comment-arguments")).replaceAll("\n", " ");
    expect(given).toContain(`--exit-code ${code} --plans ${env.LIVE_MIGRATE_PLANS} `);
  });

  it("takes a preview that never began for one that failed", async () => {
    const { folder, env, read } = await checkout(0);
    await runStep("preview.yml", "Comment", folder, { ...env, EXIT_CODE: "" });
    expect((await read("comment-arguments")).replaceAll("\n", " ")).toContain("--exit-code 1 ");
  });
});

describe("the same on GitLab, in the documentation", () => {
  it.each([0, 1, 255])("hands over the document, the plans and the exit code: %i", async (code) => {
    const { folder, env, read } = await checkout(code);
    const text = await readFile(join(import.meta.dirname, "../../../docs/pull-requests.md"), "utf8");
    const yaml = /```yaml\n(# \.gitlab-ci\.yml\n[^]*?)```/.exec(text)?.[1] ?? "";
    const { preview } = parse(yaml) as { preview: Record<"script" | "after_script", string[]> };
    // GitLab's runner ends a job's script with its first command that fails; what follows runs in a shell of its own.
    const run = (lines: string[]) =>
      execa("bash", ["-eo", "pipefail", "-c", lines.join("\n")], { cwd: folder, env, reject: false });
    expect((await run(preview.script)).exitCode).toBe(code);
    expect(await read("preview.json")).toBe(`${DOCUMENT}\n`);
    expect(await read("plans/new.json")).toBe("{}\n");
    expect((await run(preview.after_script)).exitCode).toBe(0);
    const given = (await read("comment-arguments")).replaceAll("\n", " ");
    expect(given).toContain(`--exit-code ${code} --plans ${env.LIVE_MIGRATE_PLANS} --post --pull-request 7 `);
  });
});
