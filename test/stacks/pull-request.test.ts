import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labPaths } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../support/cloud.ts";
import { githubComments, reviewHost } from "../support/review-host.ts";
import { Stack } from "../support/stack.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { runStep } from "../support/workflow.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const PULL_REQUEST = 7;
const GITHUB_TOKEN = "t0ken-of-the-workflow";
/** Keystone's fernet tokens, whoever's they are. */
const TOKEN = /gAAAA[\w-]{40,}/;
const github = githubComments("acme/cloud", PULL_REQUEST);

let cloud: Cloud;
let stack: Stack;
let checkout: string;
let host: Awaited<ReturnType<typeof reviewHost>>;
let clouds: string;
let id: string;

const git = (...args: string[]) =>
  execa("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: checkout });

/** What the workflows set, and GitHub for them. */
const environment = () => ({
  STACK: "dev",
  PULUMI_BACKEND_URL: `file://${stack.backend}`,
  OS_CLIENT_CONFIG_FILE: join(checkout, ".state/clouds.yaml"),
  LIVE_MIGRATE_RECORD: join(checkout, ".state/records"),
  CLOUDS_YAML: clouds,
  GITHUB_ACTIONS: "true",
  GITHUB_API_URL: host.url,
  GITHUB_REPOSITORY: "acme/cloud",
  GITHUB_SHA: "merged",
  GITHUB_TOKEN,
  PULL_REQUEST: String(PULL_REQUEST),
  RUN_URL: "https://ci.test/runs/1",
});
async function step(workflow: string, name: string, env: Record<string, string> = {}) {
  const result = await runStep(workflow, name, checkout, { ...environment(), ...env });
  told.set(`log of ${workflow}: ${name} (${told.size})`, result.all);
  return result;
}
/** Whatever others may read: what each step said, and what is found at the end. */
const told = new Map<string, string>();

async function keepFiles(what: string, folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  expect([what, files.length > 0]).toEqual([what, true]);
  for (const { parentPath, name } of files)
    told.set(`${what}: ${name}`, await readFile(join(parentPath, name), "utf8"));
}

/** The workflow for pull requests, from the credentials on. */
async function preview() {
  expect((await step("preview.yml", "Credentials")).exitCode).toBe(0);
  const previewed = await step("preview.yml", "Preview");
  const commented = await step("preview.yml", "Comment");
  expect(commented.exitCode, commented.all).toBe(0);
  return previewed;
}

/** Edits the host of pr-vm, as a person would, and commits that. */
async function commitHost(hostName: string) {
  const file = join(checkout, "Pulumi.dev.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/(pr-vm:\n\s+host: )\S+/, `$1${hostName}`));
  await git("commit", "--quiet", "--all", "--message", `Move pr-vm to ${hostName}`);
}

const comment = (subject: "preview" | "up") =>
  github.comments.find(({ body }) => body.startsWith(`<!-- openstack-live-migration:${subject}:dev -->`))?.body ?? "";

/** A repository of its own with the files of this one, whose main is what runs. */
async function makeCheckout(): Promise<string> {
  const folder = tempFolder("checkout");
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
  });
  for (const file of stdout.split("\0").filter((name) => name !== "" && !name.startsWith("node_modules"))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(folder, file)).catch(() => undefined);
  }
  await symlink(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  await cp(join(REPOSITORY, "dist"), join(folder, "dist"), { recursive: true });
  return folder;
}

beforeAll(async () => {
  cloud = await connectLab();
  host = await reviewHost(github.answer);
  clouds = await readFile(labPaths().cloudsFile, "utf8");
  stack = await Stack.open({ name: "pull-request", config: { servers: { "pr-vm": { host: "node-05" } } } });
  id = (await stack.place({ "pr-vm": "node-05" }))["pr-vm"]?.id ?? "";
  checkout = await makeCheckout();
  await cp(stack.configFile, join(checkout, "Pulumi.dev.yaml"));
  await git("init", "--quiet", "--initial-branch", "main");
  await writeFile(join(checkout, ".git/info/exclude"), "node_modules\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "As it runs");
});
afterAll(async () => {
  await host.close();
  await stack.destroy();
  await cloud.session.close();
});

describe("a reviewed migration, by the workflows' own scripts", () => {
  it("a pull request shows what would move, and moves nothing", async () => {
    await git("switch", "--quiet", "--create", "move-admin-vm01");
    await commitHost("node-06");
    const previewed = await preview();
    expect(previewed.exitCode, previewed.all).toBe(0);
    expect((await stat(join(checkout, ".state/clouds.yaml"))).mode & 0o777).toBe(0o600);
    const text = comment("preview");
    expect(text).toMatch(/`dev`: 1 server will move live; nothing is replaced or deleted\n/);
    expect(text).toMatch(/\| `pr-vm` \| `node-05` → `node-06` \| \S+ \| compute .* \| \d+ s \| ✅ will move/);
    expect(text).toMatch(/==>\|"pr-vm"\| h\d/);
    expect(await truth(cloud, id)).toEqual(wholeOn("node-05", 1));
  });

  it("a push to it that can never be applied fails, and says why in the same comment", async () => {
    await commitHost("node-99");
    const previewed = await preview();
    expect(previewed.exitCode).not.toBe(0);
    expect(github.comments).toHaveLength(1);
    expect(comment("preview")).toContain(
      "the preview failed, nothing can be applied; 1 move can never be made as asked",
    );
    expect(comment("preview")).toContain("no nova-compute service has the host node-99");
    await commitHost("node-06");
    expect((await preview()).exitCode).toBe(0);
    expect(github.comments).toHaveLength(1);
    expect(comment("preview")).toContain("✅ will move");
  });

  it("once merged, the server moves live, and the result stands on the pull request", async () => {
    await git("switch", "--quiet", "main");
    await git("merge", "--quiet", "--no-ff", "--no-edit", "move-admin-vm01");
    const before = await migrationCount(cloud, id);
    expect((await step("up.yml", "Credentials")).exitCode).toBe(0);
    const up = await step("up.yml", "Up");
    expect(up.exitCode, up.all).toBe(0);
    expect(up.outputs).toEqual({ "exit-code": "0" });
    await keepFiles("records", join(checkout, ".state/records"));
    const commented = await step("up.yml", "Comment", { EXIT_CODE: up.outputs["exit-code"] ?? "" });
    expect(commented.exitCode, commented.all).toBe(0);
    expect(github.comments).toHaveLength(2);
    expect(comment("up")).toContain("### ✅ `dev`: 1 server moved live; ");
    expect(comment("up")).toMatch(
      /\| `pr-vm` \| ✅ moved live \| `node-05` → `node-06` \| \S+ \| `node-06` \| not measured \| .* \| \d\d \/ 0 \/ \d+ \|/,
    );
    expect(comment("up")).toContain(`\`${id}\``);
    expect(await truth(cloud, id)).toEqual(wholeOn("node-06", 1));
    expect(await migrationCount(cloud, id)).toBe(before + 1);
    expect(host.unexpected).toEqual([]);
  });

  it("an update that was refused is told as that, with its reason", async () => {
    await commitHost("node-99");
    const up = await step("up.yml", "Up");
    expect(up.exitCode).not.toBe(0);
    expect((await step("up.yml", "Comment", { EXIT_CODE: up.outputs["exit-code"] ?? "" })).exitCode).toBe(0);
    expect(comment("up")).toContain("### ⛔ `dev`: `pulumi up` failed");
    expect(comment("up")).toContain("no nova-compute service has the host node-99");
    expect(await truth(cloud, id)).toEqual(wholeOn("node-06", 1));
  });

  it("no comment, log, record, state or output holds a password or token, and their file goes with the job", async () => {
    const passwords = [...clouds.matchAll(/password: "?([^\s"]+)/g)].map(([, password = ""]) => password);
    expect(passwords.length).toBeGreaterThan(0);
    for (const password of passwords) expect(password.length).toBeGreaterThan(8);
    github.comments.forEach(({ body }, i) => told.set(`comment ${i}`, body));
    told.set("state, secrets in the clear", await stack.state());
    told.set("outputs", (await stack.run(["stack", "output", "--json", "--show-secrets"])).stdout);
    await keepFiles("backend", stack.backend);
    const wheres = (found: (text: string) => boolean) =>
      [...told].flatMap(([where, text]) => (found(text) ? where : []));
    // They were looked through: what is no secret is found.
    expect(wheres((text) => text.includes("node-06")).length).toBeGreaterThan(6);
    for (const secret of [...passwords, GITHUB_TOKEN]) expect(wheres((text) => text.includes(secret))).toEqual([]);
    expect(wheres((text) => TOKEN.test(text))).toEqual([]);
    expect((await step("up.yml", "Forget the credentials")).exitCode).toBe(0);
    await expect(stat(join(checkout, ".state/clouds.yaml"))).rejects.toThrow();
  });
});
