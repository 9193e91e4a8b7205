import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { provideGo } from "../../toolchain/go.ts";
import { REPOSITORY } from "../../toolchain/paths.ts";
import { readVersions } from "../../toolchain/versions.ts";
import { gitlabJobs } from "../support/review/gitlab.ts";
import { tempFolder } from "../support/temp-folder.ts";

const TEN_MINUTES = 600_000;
const FOLDER = path.join(REPOSITORY, ".github/workflows");

interface Job {
  if?: string;
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  environment?: string;
  steps: {
    uses?: string;
    run?: string;
    name?: string;
    if?: string;
    env?: Record<string, string>;
    with?: Record<string, unknown>;
  }[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const files = (await readdir(FOLDER)).sort();
/** Those that see a stack's secrets. */
const OF_STACKS = files.filter((file) => file !== "release.yml");
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(path.join(FOLDER, file), "utf8")] as const)),
);
const jobOf = (file: string): Job => {
  const { jobs } = parse(texts.get(file) ?? "") as Workflow;
  const [job] = Object.values(jobs);
  if (job === undefined) throw new Error(`${file} has no job`);
  return job;
};

/** actionlint, as a Go module that is pinned by its sum. */
async function lint(...workflows: string[]) {
  const go = await provideGo((await readVersions(REPOSITORY)).go, process.env, console.error);
  return await execa(go.command, ["tool", "actionlint", "-shellcheck=", "-pyflakes=", "-no-color", ...workflows], {
    cwd: path.join(REPOSITORY, "toolchain/actionlint"),
    env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
    all: true,
    reject: false,
  });
}

describe("the workflows", () => {
  test("pass actionlint, and a broken one does not", { timeout: TEN_MINUTES }, async () => {
    const good = await lint(...files.map((file) => path.join(FOLDER, file)));
    expect(good.exitCode, good.all).toBe(0);
    const broken = path.join(tempFolder(), "broken.yml");
    await writeFile(broken, (texts.get("up.yml") ?? "").replace("steps.up.outputs", "steps.down.outputs"));
    const bad = await lint(broken);
    expect(bad.all).toContain('property "down" is not defined');
    expect(bad.exitCode).toBe(1);
  });

  test("are those for previews, updates and releases", () => {
    expect(files).toEqual(["preview.yml", "release.yml", "up.yml"]);
  });

  test.each(files)("%s: actions are pinned by commit, with the version beside it", (file) => {
    const uses = (texts.get(file) ?? "").split("\n").filter((line) => line.includes("uses:"));
    expect(uses.length).toBeGreaterThan(1);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test.each(OF_STACKS)("%s: nothing is allowed but reading the code and commenting", (file) => {
    const { permissions, jobs } = parse(texts.get(file) ?? "") as Workflow;
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toEqual({ contents: "read", "pull-requests": "write" });
      for (const { uses, with: given } of job.steps) {
        if (uses?.startsWith("actions/checkout@")) expect(given).toMatchObject({ "persist-credentials": false });
      }
    }
  });

  test.each(OF_STACKS)("%s: secrets reach single steps only, and no expression stands in a script", (file) => {
    const job = jobOf(file);
    const { env, ...rest } = job as Job & { env?: unknown };
    expect(JSON.stringify([env, { ...rest, steps: [] }])).not.toContain("secrets.");
    for (const { run } of job.steps) expect(run ?? "").not.toContain("${{");
  });

  test.each(OF_STACKS)("%s: the CLI is the one that all was tried with", async (file) => {
    const step = jobOf(file).steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"));
    expect(step?.with).toEqual({ "pulumi-version": (await readVersions(REPOSITORY)).cli });
  });

  test("a preview is for pull requests of this repository alone", () => {
    expect(Object.keys((parse(texts.get("preview.yml") ?? "") as Workflow).on)).toEqual([
      "pull_request",
      "workflow_call",
    ]);
    expect(jobOf("preview.yml").if).toContain("head.repo.full_name == github.repository");
    expect(jobOf("preview.yml").environment).toBe("${{ matrix.stack }}-preview");
  });

  test("two updates of a stack never overlap, none is ended midway, and each waits for its approval", () => {
    const { concurrency, environment } = jobOf("up.yml");
    expect(concurrency).toEqual({ group: "up-${{ matrix.stack }}", "cancel-in-progress": false });
    expect(environment).toBe("${{ matrix.stack }}");
  });

  test("an update can sign what it tells a webhook, and no other step has that secret", () => {
    const having = jobOf("up.yml").steps.filter(({ env }) => JSON.stringify(env ?? {}).includes("LIVE_MIGRATE_NOTIFY"));
    expect(having.map(({ name }) => name)).toEqual(["Up"]);
    for (const name of ["LIVE_MIGRATE_NOTIFY", "LIVE_MIGRATE_NOTIFY_SECRET"]) {
      expect(having[0]?.env?.[name]).toBe(`\${{ secrets.${name} }}`);
    }
  });

  test("what an update leaves is kept whatever came of it, as copies without secrets alone", () => {
    const { steps } = jobOf("up.yml");
    const names = steps.map(({ name }) => name);
    const [hide, keep] = ["Keep", "Keep beyond the runner"].map((name) => steps.find((step) => step.name === name));
    expect(hide).toMatchObject({ if: "always()", run: expect.stringContaining("up:keep -- .state/kept ") as string });
    expect(keep).toMatchObject({
      if: "always() && steps.keep.outcome == 'success'",
      with: { path: ".state/kept", "include-hidden-files": true },
    });
    // The secrets to look for are in that file.
    expect(names.indexOf("Keep")).toBeLessThan(names.indexOf("Forget the credentials"));
  });
});

describe("what a repository with stack files alone has", () => {
  test("is the workflow of the documentation, which passes actionlint", { timeout: TEN_MINUTES }, async () => {
    const document = await readFile(path.join(REPOSITORY, "docs/pull-requests.md"), "utf8");
    const caller = /```yaml\n# \.github\/workflows\/moves\.yml\n([^]*?)```/.exec(document)?.[1] ?? "";
    expect(caller.split("\n").length).toBeGreaterThan(10);
    const file = path.join(tempFolder(), "moves.yml");
    await writeFile(file, caller);
    const { exitCode, all } = await lint(file);
    expect(exitCode, all).toBe(0);
  });
});

describe("the action", () => {
  test("pins what it uses, and puts no expression into a script", async () => {
    const text = await readFile(path.join(REPOSITORY, "action.yml"), "utf8");
    const { runs } = parse(text) as { runs: { using: string; steps: Job["steps"] } };
    expect(runs.using).toBe("composite");
    for (const line of text.split("\n").filter((one) => one.includes("uses:"))) {
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    for (const { run } of runs.steps) expect(run ?? "").not.toContain("${{");
  });
});

describe("the component for GitLab", () => {
  test("is YAML, runs the same commands, and lets no updates overlap", async () => {
    const jobs = await gitlabJobs();
    const scripts = JSON.stringify(jobs);
    for (const command of [
      "pulumi -- preview --json",
      "preview:comment",
      "up:reviewed",
      "pulumi -- up --yes",
      "up:comment",
      "up:keep",
    ]) {
      expect(scripts).toContain(`npm run --silent ${command}`);
    }
    const up = jobs["up prod"];
    expect(up?.resource_group).toBe("up-prod");
    expect(up?.interruptible).toBe(false);
    // Merged with the common job's `when: always`.
    expect(up?.artifacts?.paths).toEqual([".state/comment.md", ".state/kept"]);
  });
});
