import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../../../support/temp-folder.ts";

const CLI = join(import.meta.dirname, "../../../../dist/live-migrate.js");
/** Without a cloud: all of this is told before one is asked. */
const live = (args: string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [CLI, ...args], { env, extendEnv: false, reject: false });

/** All commands, each with what is right for it. */
const RIGHT: Record<string, string[]> = {
  plan: ["vm01", "--host", "node-31"],
  run: ["vm01", "--host", "node-31"],
  verify: ["vm01", "--host", "node-31"],
  status: ["vm01"],
  abort: ["vm01"],
  "force-complete": ["vm01"],
  confirm: ["vm01"],
  revert: ["vm01"],
  hosts: ["node-28"],
  drain: ["node-28"],
  restore: ["node-28"],
  roll: ["node-28", "--run", "true"],
  report: ["no-such-record.json"],
};
const COMMANDS = Object.entries(RIGHT);

const OF_HOSTS = ["hosts", "drain", "restore", "roll"];

/** What two different values may not be given for, by the commands that have it. */
const ONCE: [option: string, commands: string[]][] = [
  ["--os-cloud", ["plan", "run", "verify", "status", "abort", "force-complete", "confirm", "revert", ...OF_HOSTS]],
  [
    "--os-region-name",
    ["plan", "run", "verify", "status", "abort", "force-complete", "confirm", "revert", ...OF_HOSTS],
  ],
  ["--host", ["plan", "run", "verify"]],
  ["--record", ["run", "verify", "abort", "force-complete", "confirm", "revert"]],
  ["--parallel", ["run", "drain", "restore", "roll"]],
  ["--stop-after", ["drain", "restore", "roll"]],
  ["--to", ["drain", "roll"]],
  ["--run", ["roll"]],
];

describe("the command line", { timeout: 60_000 }, () => {
  it.concurrent("has these commands", async () => {
    const { stdout } = await live(["--help"]);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) .*[[<]/gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== "help")).toEqual(Object.keys(RIGHT));
  });

  it.concurrent.each(COMMANDS)("refuses an unknown option of %s: exit 2", async (command, args) => {
    const { exitCode, stderr, stdout } = await live([command, ...args, "--hots", "node-31"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("unknown option '--hots'");
  });

  it.concurrent.each(ONCE.flatMap(([option, commands]) => commands.map((command) => [option, command] as const)))(
    "refuses a second %s of %s: exit 2",
    async (option, command) => {
      const args = (RIGHT[command] ?? []).filter((_, i, all) => ![all[i], all[i - 1]].includes(option));
      const { exitCode, stderr, stdout } = await live([command, ...args, option, "one", option, "two"]);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(`option '${option} `);
      expect(stderr).toContain("It is given twice, as one before. Fix: give it once.");
    },
  );

  it.concurrent.each([
    ["an unknown command", ["move", "vm01"], "unknown command 'move'"],
    ["an option without its value", ["run", "vm01", "--host"], "argument missing"],
    ["two servers of what takes one", ["verify", "vm01", "vm02", "--host", "node-31"], "too many arguments"],
    [
      "one of several servers twice",
      ["run", "vm01", "vm02", "vm01", "--host", "a", "--parallel", "2"],
      "SERVER (vm01): this server is given twice. Fix: give it once",
    ],
    ["no host and no zone", ["run", "vm01"], "give exactly one of host and zone. Fix: name one nova-compute host"],
    ["no server", ["abort"], "which server? Fix: give its id"],
  ])("refuses %s: exit 2", async (_, args, words) => {
    const { exitCode, stderr } = await live(args);
    expect(stderr).toContain(words);
    expect(exitCode).toBe(2);
  });

  it.concurrent.each([
    ["is no URL", ["run", "vm01", "--host", "a", "--notify", "T0KEN"], "--notify: must be an http or https URL"],
    ["is no URL", ["drain", "node-28", "--notify", "T0KEN"], "--notify: must be an http or https URL"],
    [
      "is a second one",
      ["run", "vm01", "--host", "a", "--notify", "T0KEN", "--notify", "b"],
      "--notify: it is given twice",
    ],
    ["a command does not have", ["plan", "vm01", "--host", "a", "--notify=T0KEN"], "unknown option '--notify'"],
  ])("does not show a URL to notify that %s: exit 2 (%j)", async (_, args, words) => {
    const { exitCode, stdout, stderr } = await live(args);
    expect(stderr).toContain(words);
    expect(stdout + stderr).not.toContain("T0KEN");
    expect(exitCode).toBe(2);
  });

  it.concurrent("takes an empty URL to notify of the environment for none", async () => {
    const args = ["run", "vm01", "--host", "a", "--os-cloud", "atlantis"];
    const { stderr } = await live(args, { LIVE_MIGRATE_NOTIFY: "", OS_CLIENT_CONFIG_FILE: "/no/such/clouds.yaml" });
    expect(stderr).toContain("atlantis");
    expect(stderr).not.toContain("notif");
  });

  it.concurrent("continues when its output is closed, with the same record and exit code", async () => {
    const record = join(tempFolder(), "record.json");
    const args = ["run", "vm01", "--host", "a", "--az-pin", "maybe", "--json", "--record", record];
    const child = spawn(process.execPath, [CLI, ...args], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await once(child, "exit")).toEqual([2, null]);
    expect(JSON.parse(await readFile(record, "utf8"))).toMatchObject({ server: "vm01", error: { kind: "bad-input" } });
  });

  it.concurrent("lists every problem of option and environment at once, also as JSON: exit 2", async () => {
    const env = { LIVE_MIGRATE_AZ_PIN: "maybe", LIVE_MIGRATE_TIMEOUT_SECONDS: "soon", LIVE_MIGRATE_GUEST: "{" };
    const { exitCode, stdout } = await live(["run", "--json", "--host", ""], env);
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { kind: string; problems: { path: string; fix: string }[] } };
    expect(error.kind).toBe("bad-input");
    expect(error.problems.map(({ path }) => path).sort()).toEqual([
      "--az-pin",
      "--guest",
      "--host",
      "--timeout-seconds",
      "SERVER",
    ]);
    for (const { fix } of error.problems) expect(fix).toMatch(/\w{3}/);
  });

  it.concurrent("takes an option before the environment", async () => {
    const { exitCode, stderr } = await live(["run", "vm01", "--host", "a", "--az-pin", "no"], {
      LIVE_MIGRATE_HOST: "b",
      LIVE_MIGRATE_AZ_PIN: "refuse",
    });
    expect(stderr).toContain('--az-pin ("no")');
    expect(stderr).not.toContain("--host");
    expect(exitCode).toBe(2);
  });

  it.concurrent("refuses an empty list that is typed, and takes one of the environment for none", async () => {
    const typed = await live(["run", "vm01", "--host", "a", "--volumes", "", "--guest", ""]);
    expect(typed.stderr).toContain('--volumes (""): an id in it is empty. Fix: give Cinder\'s ids, comma separated');
    expect(typed.stderr).toContain('--guest (""): not JSON: ');
    expect(typed.exitCode).toBe(2);
    const env = { LIVE_MIGRATE_VOLUMES: "", LIVE_MIGRATE_GUEST: "", LIVE_MIGRATE_AZ_PIN: "maybe" };
    const { stderr } = await live(["run", "vm01", "--host", "a"], env);
    expect(stderr).toMatch(/^live-migrate: --az-pin \("maybe"\): .*$/);
  });

  it.concurrent("helps: exit 0", async () => {
    for (const args of [["--help"], ["run", "--help"]]) expect((await live(args)).exitCode).toBe(0);
  });
});
