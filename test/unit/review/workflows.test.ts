/** The scripts of the workflows that make comments, with a Pulumi that is played. */
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";
import { gitlabJobs } from "../../support/review/gitlab.ts";
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

describe("the same on GitLab", () => {
  it.each([0, 1, 255])("hands over the document, the plans and the exit code: %i", async (code) => {
    const { folder, env, read } = await checkout(code);
    const preview = (await gitlabJobs())["preview prod"];
    // GitLab's runner ends a job's script with its first command that fails; what follows runs in a shell of its own.
    const run = (lines: string[]) =>
      execa("bash", ["-eo", "pipefail", "-c", lines.join("\n")], { cwd: folder, env, reject: false });
    expect((await run(preview?.script ?? [])).exitCode).toBe(code);
    expect(await read("preview.json")).toBe(`${DOCUMENT}\n`);
    expect(await read("plans/new.json")).toBe("{}\n");
    expect((await run(preview?.after_script ?? [])).exitCode).toBe(0);
    const given = (await read("comment-arguments")).replaceAll("\n", " ");
    expect(given).toContain(`--exit-code ${code} --plans ${env.LIVE_MIGRATE_PLANS} --post --pull-request 7 `);
  });
});

describe("an `up`", () => {
  /** A checkout whose `npm` plays Pulumi: it tells which review it was given. */
  async function played() {
    const { folder, env, read } = await checkout(0);
    await writeFile(
      join(folder, "npm"),
      `#!/bin/bash\n[ "$3" != pulumi ] || echo "reviewed: $LIVE_MIGRATE_REVIEWED"\n`,
    );
    return { folder, read, env: { ...env, LIVE_MIGRATE_RECORD: join(folder, ".state/records") } };
  }

  it.each([
    ["GitHub", async (folder: string, env: Record<string, string>) => (await runStep("up.yml", "Up", folder, env)).all],
    [
      "GitLab",
      async (folder: string, env: Record<string, string>) => {
        const script = (await gitlabJobs())["up prod"]?.script.join("\n") ?? "";
        return (await execa("bash", ["-eo", "pipefail", "-c", script], { cwd: folder, env })).stdout;
      },
    ],
  ])("on %s compares hosts in maintenance with the plans that were reviewed, if there are any", async (_, up) => {
    const { folder, env } = await played();
    expect(await up(folder, env)).toContain("reviewed: \n".trimEnd());
    await mkdir(join(folder, ".state/reviewed"));
    expect(await up(folder, env)).toContain(`reviewed: ${join(folder, ".state/reviewed")}`);
  });
});

describe("a project with stack files alone", () => {
  /** A repository of the program, with a stack file of its own, and a project's folder with another. */
  async function program() {
    const [repository, folder] = [tempFolder(), tempFolder()];
    await writeFile(join(repository, "index.ts"), "the program");
    await writeFile(join(repository, "Pulumi.dev.yaml"), "theirs");
    await writeFile(join(folder, "Pulumi.prod.yaml"), "ours");
    const git = (...args: string[]) =>
      execa("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: repository });
    await git("init", "--quiet");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "a");
    await git("tag", "v1.0.0");
    return { repository, folder };
  }

  it("gets the program of that version on GitLab, and keeps its stack files", async () => {
    const { repository, folder } = await program();
    const jobs = await gitlabJobs({ program: `file://${repository}`, version: "v1.0.0" });
    const { before_script: [fetch = ""] = [], variables = {} } = jobs[".prod"] ?? {};
    const { PROGRAM, PROGRAM_VERSION } = variables;
    await execa("bash", ["-eo", "pipefail", "-c", fetch], { cwd: folder, env: { PROGRAM, PROGRAM_VERSION } });
    expect((await readdir(folder)).filter((name) => name !== ".program").sort()).toEqual([
      "Pulumi.prod.yaml",
      "index.ts",
    ]);
    expect(await readFile(join(folder, "Pulumi.prod.yaml"), "utf8")).toBe("ours");
  });

  it.each(["preview.yml", "up.yml"])("has its stack files beside the program in %s", async (workflow) => {
    const { repository, folder } = await program();
    await mkdir(join(repository, ".state/stacks"), { recursive: true });
    await writeFile(
      join(repository, ".state/stacks/Pulumi.prod.yaml"),
      await readFile(join(folder, "Pulumi.prod.yaml")),
    );
    expect((await runStep(workflow, "Stack files", repository, { PATH: process.env["PATH"] ?? "" })).exitCode).toBe(0);
    const files = (await readdir(repository)).filter((name) => !name.startsWith("."));
    expect(files.sort()).toEqual(["Pulumi.prod.yaml", "index.ts"]);
  });
});
