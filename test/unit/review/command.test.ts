import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { COMMENT_LIMIT } from "../../../review/comment/fit.ts";
import { marker } from "../../../review/comment/marker.ts";
import { reviewedLines } from "../../../review/preview/reviewed-plan.ts";
import { githubComments, reviewHost, type ReviewAnswer } from "../../support/review/review-host.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const PASSWORD = "pass-of-the-cloud-91c2";

/** Runs a command of the review as its npm script does, in an environment of its own. */
async function run(script: string, args: string[], input: string, env: Record<string, string> = {}) {
  const folder = tempFolder();
  const clouds = join(folder, "clouds.yaml");
  await writeFile(clouds, `clouds: { prod: { auth: { username: admin, password: "${PASSWORD}" } } }`);
  const { stdout, stderr, exitCode } = await execa(process.execPath, [join(REPOSITORY, script), ...args], {
    input,
    env: { PATH: process.env["PATH"] ?? "", OS_CLIENT_CONFIG_FILE: clouds, ...env },
    extendEnv: false,
    reject: false,
    cwd: folder,
  });
  return { stdout, stderr, exitCode, folder };
}

const warned = (message: string, count = 1) =>
  JSON.stringify({
    steps: [],
    diagnostics: Array.from({ length: count }, (_, i) => ({ severity: "warning", message: `${message} ${i}` })),
  });

describe("npm run preview:comment", () => {
  test("prints a comment without the secrets that were planted", async () => {
    const passphrase = "my-passphrase-77";
    const text = warned(`leaked: ${PASSWORD}, ${passphrase} and gAAAAA${"x9".repeat(30)}`);
    const plans = tempFolder();
    const plan = { schemaVersion: 1, action: "not-checked", server: { id: "5e" }, reason: PASSWORD, pending: true };
    await writeFile(join(plans, "1.json"), JSON.stringify({ ...plan, urn: "u", messages: [`leaked: ${PASSWORD}`] }));
    await writeFile(join(plans, "2.json"), "{");
    const args = ["--stack", "prod", "--exit-code", "0", "--plans", plans];
    const { stdout, exitCode } = await run("review/preview.ts", args, `Installing policy pack...\n${text}`, {
      PULUMI_CONFIG_PASSPHRASE: passphrase,
    });
    expect(exitCode).toBe(0);
    const hidden = "&#91;hidden&#93;"; // [hidden]
    expect(stdout).toContain(`leaked: ${hidden}, ${hidden} and ${hidden} 0`);
    expect(stdout).not.toMatch(new RegExp(`${PASSWORD}|${passphrase}|gAAAA`));
    expect(stdout).toContain("- 2.json holds no plan.");
  });

  test("posts it, updates it in place, and leaves what is too long to the file", async () => {
    const { comments, answer } = githubComments("acme/cloud", 7);
    const host = await reviewHost(answer);
    try {
      const env = {
        GITHUB_ACTIONS: "true",
        GITHUB_API_URL: host.url,
        GITHUB_REPOSITORY: "acme/cloud",
        GITHUB_TOKEN: "t0ken-of-the-workflow",
      };
      const where = ["--stack", "prod", "--post", "--pull-request", "7", "--rest-url", "https://ci.test/1"];
      const first = await run("review/preview.ts", [...where, "--full", "full.md"], warned("a warning", 6000), env);
      expect(first.stderr).toContain("comment created: pull request 7 of acme/cloud");
      expect(Buffer.byteLength(comments[0]?.body ?? "")).toBeLessThanOrEqual(COMMENT_LIMIT);
      expect(comments[0]?.body).toContain("[all of it](https://ci.test/1)");
      expect(await readFile(join(first.folder, "full.md"), "utf8")).toContain("a warning 5999");
      const second = await run("review/preview.ts", where, warned("another"), env);
      expect(second.stderr).toContain("comment updated");
      expect(comments).toHaveLength(1);
      expect(comments[0]?.body).toContain("another 0");
    } finally {
      await host.close();
    }
  });

  test("says what is missing to post, and fails", async () => {
    const { stderr, exitCode } = await run("review/preview.ts", ["--stack", "prod", "--post"], warned("x"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Fix: run this only in a job of GitHub or GitLab");
  });
});

test("npm run preview:comment takes the preview's exit code, and is never good without one", async () => {
  const nothing = JSON.stringify({ steps: [], diagnostics: [] });
  const { stdout: good } = await run("review/preview.ts", ["--stack", "prod", "--exit-code", "0"], nothing);
  expect(good).toContain("### ✅ `prod`: nothing changes");
  const { stdout: rejected } = await run("review/preview.ts", ["--stack", "prod", "--exit-code", "255"], nothing);
  expect(rejected).toContain("### ⛔ `prod`: the preview failed, nothing can be applied");
  // As workflows of the version before run it.
  const without = await run("review/preview.ts", ["--stack", "prod"], nothing);
  expect(without.exitCode).toBe(0);
  expect(without.stdout).toContain("### ⚠️ `prod`: the preview's document has no changes");
  const empty = await run("review/preview.ts", ["--stack", "prod", "--exit-code", ""], nothing);
  expect([empty.exitCode, empty.stdout]).toEqual([1, ""]);
});

test("npm run up:comment wants the exit code: without one nothing is called a success", async () => {
  const missing = await run("review/up.ts", ["--stack", "prod", "--records", "."], "");
  expect(missing.exitCode).not.toBe(0);
  const empty = await run("review/up.ts", ["--stack", "prod", "--records", ".", "--exit-code", ""], "");
  expect(empty.exitCode).not.toBe(0);
  const given = await run("review/up.ts", ["--stack", "prod", "--records", ".", "--exit-code", "255"], "");
  expect(given.stdout).toContain("`pulumi up` failed; no server was moved");
});

describe("npm run up:reviewed", () => {
  const NONE = { moves: [], stays: [], targets: [], findings: [], unmanaged: [], ends: [], messages: [] };
  const PLAN = {
    schemaVersion: 1,
    document: "maintenance-plan",
    summary: "1 server to move",
    exitCode: 0,
    estimateSeconds: 1,
    hosts: { "node-28": { reason: "kernel", zone: "nova", underWay: false } },
    urn: "u",
    ...NONE,
  } as const;
  const [reviewed = ""] = reviewedLines([{ urn: "u", plan: PLAN, ends: [] }]);
  const [unchecked = ""] = reviewedLines([{ urn: "u", plan: null, ends: [] }]);
  const BOT = "github-actions[bot]";

  /** Runs it for a merged pull request with these comments; the names of the files in its folder. */
  async function reviewedIn(...written: { body: string; author: string }[]) {
    const { comments, answer } = githubComments("acme/cloud", 7);
    written.forEach(({ body, author }, id) => comments.push({ id, body, user: { login: author } }));
    return await reviewedAt(answer);
  }
  async function reviewedAt(answer: ReviewAnswer) {
    const host = await reviewHost(answer);
    try {
      const env = { GITHUB_API_URL: host.url, GITHUB_REPOSITORY: "acme/cloud", GITHUB_TOKEN: "t", GITHUB_SHA: "abc" };
      const { folder, ...ended } = await run("review/reviewed.ts", ["reviewed", "--stack", "prod"], "", {
        ...env,
        GITHUB_ACTIONS: "true",
      });
      return { ...ended, files: await readdir(join(folder, "reviewed")).catch(() => null) };
    } finally {
      await host.close();
    }
  }
  const preview = (line: string, stack = "prod") => `${marker("preview", stack)}\n\n### ✅\n\n${line}\n`;

  test("writes what the stack's own preview showed, for the `up` that follows", async () => {
    const found = await reviewedIn(
      { body: preview("", "other"), author: BOT },
      { body: preview(reviewed), author: BOT },
    );
    expect([found.exitCode, found.files, found.stderr]).toEqual([
      0,
      ["maintenance-1.json"],
      "reviewed: node-28, 0 servers",
    ]);
  });

  test.each([
    [
      "whose preview has none",
      preview("nothing of hosts"),
      "shows no plan of a maintenance (there is none, or it was cut)",
    ],
    ["whose preview could not check it", preview(unchecked), "has a maintenance that was not checked"],
    [
      "with a comment that is damaged",
      preview(reviewed.replace(/reviewed .{9}/, "reviewed AAAAAAAAA")),
      "cannot be read",
    ],
    ["without a preview of this stack", preview(reviewed, "other"), "has no preview of prod"],
  ])("leaves an empty folder, by which maintenances alone are refused, for a request %s", async (_, body, why) => {
    const found = await reviewedIn({ body, author: BOT });
    expect([found.exitCode, found.files]).toEqual([0, []]);
    expect(found.stderr).toContain(why);
    expect(found.stderr).toContain("a maintenance in this `up` counts as not reviewed");
  });

  test("takes nothing from a comment of somebody else", async () => {
    const found = await reviewedIn({ body: preview(reviewed), author: "mallory" });
    expect([found.exitCode, found.files]).toEqual([0, []]);
  });

  test("holds no `up` back where the place of reviews refuses: it warns, and maintenances alone are refused", async () => {
    const found = await reviewedAt(() => ({ status: 401, body: { message: "Bad credentials" } }));
    expect([found.exitCode, found.files]).toEqual([0, []]);
    expect(found.stderr).toMatch(
      /warning: what was reviewed cannot be read: .*Bad credentials.*Fix: check that the token/,
    );
  });

  test("leaves no folder for a commit that belongs to no pull request, and says that nothing is compared", async () => {
    const found = await reviewedAt(({ path }) => (path.includes("/commits/") ? { body: [] } : undefined));
    expect([found.exitCode, found.files]).toEqual([0, null]);
    expect(found.stderr).toContain("hosts in maintenance are not compared with a review");
  });
});

describe("npm run up:keep", () => {
  test("copies records and log without secrets, and leaves out what is not there", async () => {
    const from = tempFolder();
    const record = { outcome: "failed", summary: `vm01: Cinder said ${PASSWORD}` };
    await writeFile(join(from, "live-migrate-1.json"), JSON.stringify(record));
    await writeFile(join(from, "up.log"), `+ gAAAAA${"x9".repeat(30)}\n`);
    const { folder, ...ended } = await run("review/keep.ts", ["kept", from, "no-such-file"], "");
    expect(ended).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    const kept = async (name: string) => await readFile(join(folder, "kept", name), "utf8");
    expect(JSON.parse(await kept("live-migrate-1.json"))).toEqual({ ...record, summary: "vm01: Cinder said [hidden]" });
    expect(await kept("up.log")).toBe("+ [hidden]\n");
    expect(await readFile(join(from, "live-migrate-1.json"), "utf8")).toContain(PASSWORD);
  });

  test("keeps nothing of an `up` that has left nothing", async () => {
    const { folder, exitCode } = await run("review/keep.ts", ["kept", "no-such-folder"], "");
    expect(exitCode).toBe(0);
    await expect(readFile(join(folder, "kept"))).rejects.toThrow("ENOENT");
  });
});
