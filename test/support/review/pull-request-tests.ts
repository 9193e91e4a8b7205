import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labPaths } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { addressOf, connectLab, inGuest, migrationCount, truth, wholeOn } from "../lab/cloud.ts";
import { githubComments, reviewHost } from "./review-host.ts";
import { Stack, type Hosts, type StackOptions } from "../stack/stack.ts";
import { tempFolder } from "../temp-folder.ts";
import { runStep } from "./workflow.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const PULL_REQUEST = 7;
const GITHUB_TOKEN = "t0ken-of-the-workflow";
/** Keystone's fernet tokens, whoever's they are. */
const TOKEN = /gAAAA[\w-]{40,}/;

/** What differs between a stack of the fleet and one of real guests. */
export interface PullRequestSetup {
  stack: StackOptions;
  /** All servers, and where they are when the pull request is opened. */
  born: Hosts;
  /** The one whose host is edited, to where, and how many volumes it has. */
  server: string;
  to: string;
  volumes: number;
  /** As the comments tell them. */
  zones: RegExp;
  downtime: RegExp;
  notChecked: RegExp;
  /** What both comments say of a host that there is not. */
  noSuchHost: string;
  /** Shell script run in the server's guest before the pull request is opened. */
  inGuest?: string;
  /** Whether what the stack holds is destroyed at the end. */
  destroy: boolean;
}

/** The tests of a pull request, from the branch to the comment with the result, run by the scripts of the workflows. */
export function testPullRequest(setup: PullRequestSetup): void {
  const { born, server, to, volumes } = setup;
  const from = born[server] ?? "";
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
    LIVE_MIGRATE_PLANS: join(checkout, ".state/plans"),
    CLOUDS_YAML: clouds,
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: host.url,
    GITHUB_REPOSITORY: "acme/cloud",
    GITHUB_SHA: "merged",
    GITHUB_TOKEN,
    PULL_REQUEST: String(PULL_REQUEST),
    RUN_URL: "https://ci.test/runs/1",
  });
  /** Whatever others may read: what each step said, and what is found at the end. */
  const told = new Map<string, string>();

  async function step(workflow: string, name: string, env: Record<string, string> = {}) {
    const result = await runStep(workflow, name, checkout, { ...environment(), ...env });
    told.set(`log of ${workflow}: ${name} (${told.size})`, result.all);
    return result;
  }

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
    const commented = await step("preview.yml", "Comment", { EXIT_CODE: previewed.outputs["exit-code"] ?? "" });
    expect(commented.exitCode, commented.all).toBe(0);
    return previewed;
  }

  /** Edits the host of the server, as a person would, and commits that. */
  async function commitHost(hostName: string) {
    const file = join(checkout, "Pulumi.dev.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(new RegExp(`(${server}:\\n(?:\\s+#.*\\n)*\\s+host: )\\S+`), `$1${hostName}`));
    await git("commit", "--quiet", "--all", "--message", `Move ${server} to ${hostName}`);
  }

  /** A row of a comment's table: the server, `before`, the move, the zones, and what follows them. */
  const row = (after: string[], before: string[] = []) =>
    new RegExp(
      `\\| ${["`" + server + "`", ...before, `\`${from}\` → \`${to}\``, setup.zones.source, ...after].join(" \\| ")} \\|`,
    );
  const others = Object.keys(born).filter((name) => name !== server);

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
    stack = await Stack.open(setup.stack);
    id = (await stack.place(born))[server]?.id ?? "";
    if (setup.inGuest !== undefined) await inGuest(await addressOf(cloud, id), setup.inGuest);
    checkout = await makeCheckout();
    await cp(stack.configFile, join(checkout, "Pulumi.dev.yaml"));
    await git("init", "--quiet", "--initial-branch", "main");
    await writeFile(join(checkout, ".git/info/exclude"), "node_modules\n");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "As it runs");
  });
  afterAll(async () => {
    await host.close();
    if (setup.destroy) await stack.destroy();
    await cloud.session.close();
  });

  describe("a reviewed migration, by the workflows' own scripts", () => {
    it("a pull request shows what would move, and moves nothing", async () => {
      await git("switch", "--quiet", "--create", "move");
      await commitHost(to);
      const previewed = await preview();
      expect(previewed.exitCode, previewed.all).toBe(0);
      expect((await stat(join(checkout, ".state/clouds.yaml"))).mode & 0o777).toBe(0o600);
      await keepFiles("plans", join(checkout, ".state/plans"));
      const printed = await readFile(join(checkout, ".state/preview.json"), "utf8");
      expect(printed).not.toContain("live-migrate-plan");
      const text = comment("preview");
      expect(text).toMatch(/`dev`: 1 server will move live; nothing is replaced or deleted\n/);
      expect(text).toMatch(row(["live, volume-backed; compute .*", "\\d+ s", "✅ will move.*"]));
      expect(text).toMatch(new RegExp(`==>\\|"${server}"\\| h\\d`));
      for (const other of others) expect(text).not.toContain(other);
      expect(await truth(cloud, id)).toEqual(wholeOn(from, volumes));
    });

    it("a push to it that can never be applied fails, and says why in the same comment", async () => {
      await commitHost("node-99");
      const previewed = await preview();
      expect(previewed.exitCode).not.toBe(0);
      expect(github.comments).toHaveLength(1);
      expect(comment("preview")).toContain("the preview failed, nothing can be applied");
      expect(comment("preview")).toContain(setup.noSuchHost);
      await commitHost(to);
      expect((await preview()).exitCode).toBe(0);
      expect(github.comments).toHaveLength(1);
      expect(comment("preview")).toContain("✅ will move");
    });

    it("once merged, the server moves live, and the result stands on the pull request", async () => {
      await git("switch", "--quiet", "main");
      await git("merge", "--quiet", "--no-ff", "--no-edit", "move");
      const before = await migrationCount(cloud, id);
      expect((await step("up.yml", "Credentials")).exitCode).toBe(0);
      const reviewed = await step("up.yml", "Reviewed");
      expect([reviewed.exitCode, reviewed.all]).toEqual([0, expect.stringContaining("shows no plan of a maintenance")]);
      const up = await step("up.yml", "Up");
      expect(up.exitCode, up.all).toBe(0);
      expect(up.outputs).toEqual({ "exit-code": "0" });
      await keepFiles("records", join(checkout, ".state/records"));
      const commented = await step("up.yml", "Comment", { EXIT_CODE: up.outputs["exit-code"] ?? "" });
      expect(commented.exitCode, commented.all).toBe(0);
      expect((await step("up.yml", "Keep")).outputs).toEqual({ name: "records-dev" });
      await keepFiles("kept", join(checkout, ".state/kept"));
      expect(JSON.parse(told.get(`kept: live-migrate-${id}.json`) ?? "{}")).toMatchObject({ outcome: "migrated" });
      expect(github.comments).toHaveLength(2);
      expect(comment("up")).toMatch(/^### ✅ `dev`: 1 server moved live(;.*)?$/m);
      const checks = `\\d\\d / 0 / ${setup.notChecked.source}`;
      expect(comment("up")).toMatch(
        row([`\`${to}\``, setup.downtime.source, ".*", checks], ["✅ moved live, volume-backed"]),
      );
      expect(comment("up")).toContain(`\`${id}\``);
      expect(await truth(cloud, id)).toEqual(wholeOn(to, volumes));
      expect(await migrationCount(cloud, id)).toBe(before + 1);
      expect(host.unexpected).toEqual([]);
    });

    it("reports an update that was refused, with its reason", async () => {
      await commitHost("node-99");
      const up = await step("up.yml", "Up");
      expect(up.exitCode).not.toBe(0);
      expect((await step("up.yml", "Comment", { EXIT_CODE: up.outputs["exit-code"] ?? "" })).exitCode).toBe(0);
      expect(comment("up")).toContain("### ⛔ `dev`: `pulumi up` failed");
      expect(comment("up")).toContain(setup.noSuchHost);
      expect(await truth(cloud, id)).toEqual(wholeOn(to, volumes));
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
      expect(wheres((text) => text.includes(to)).length).toBeGreaterThan(6);
      for (const secret of [...passwords, GITHUB_TOKEN]) expect(wheres((text) => text.includes(secret))).toEqual([]);
      expect(wheres((text) => TOKEN.test(text))).toEqual([]);
      expect((await step("up.yml", "Forget the credentials")).exitCode).toBe(0);
      await expect(stat(join(checkout, ".state/clouds.yaml"))).rejects.toThrow();
    });
  });
}
