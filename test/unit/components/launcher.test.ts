import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { launcherLine, writeLauncher } from "../../../components/launcher.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const STACK = { project: "shop", stack: "prod" };

/** A package whose command tells which one it is, and what it was called with. */
function packageThatSays(word: string): string {
  const folder = tempFolder();
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const program = `import process from "node:process";\nconsole.log("${word}", ...process.argv.slice(2));`;
  writeFileSync(join(folder, "dist/live-migrate.js"), program);
  return folder;
}

/** What the shell makes of the command line, as Pulumi runs it. */
const run = (env: Record<string, string>, stack = STACK): string =>
  execaSync("/bin/sh", ["-c", launcherLine(stack)], { env: { PATH: process.env["PATH"], ...env }, extendEnv: false })
    .stdout;

describe("the command line of a plugin", () => {
  it("names no directory of this machine, and no version", () => {
    expect(launcherLine(STACK)).toBe(
      'exec node "${XDG_CACHE_HOME:-$HOME/.cache}/openstack-live-migration/plugin/shop%2Fprod" run --json-on-success',
    );
  });

  it.each([
    ["XDG_CACHE_HOME", (folder: string) => ({ XDG_CACHE_HOME: folder, HOME: "/nowhere" })],
    ["HOME, if XDG_CACHE_HOME is empty", (folder: string) => ({ XDG_CACHE_HOME: "", HOME: folder })],
    ["HOME, with a space in it", (folder: string) => ({ HOME: join(folder, "a b") })],
  ])("runs the plugin's own command, found by %s", (_, environment) => {
    const env = environment(tempFolder());
    writeLauncher(STACK, { env, packageDirectory: packageThatSays("mine") });
    expect(run(env)).toBe("mine run --json-on-success");
  });

  it("runs the newest plugin after an upgrade, and for each stack its own", () => {
    const env = { XDG_CACHE_HOME: tempFolder() };
    const other = { ...STACK, stack: "test" };
    writeLauncher(STACK, { env, packageDirectory: packageThatSays("old") });
    writeLauncher(other, { env, packageDirectory: packageThatSays("other") });
    writeLauncher(STACK, { env, packageDirectory: packageThatSays("new") });
    expect([run(env), run(env, other)]).toEqual(["new run --json-on-success", "other run --json-on-success"]);
  });

  it("takes any name of a project and a stack for a name", () => {
    const env = { XDG_CACHE_HOME: tempFolder() };
    const odd = { project: "../../$(touch x)", stack: '`"; exit 9' };
    writeLauncher(odd, { env, packageDirectory: packageThatSays("mine") });
    expect(run(env, odd)).toBe("mine run --json-on-success");
  });

  it("says what to do if the command is missing, or the cache cannot be written", () => {
    const env = { XDG_CACHE_HOME: join(packageThatSays("mine"), "package.json") };
    expect(readFileSync(env.XDG_CACHE_HOME, "utf8")).not.toBe("");
    expect(() => {
      writeLauncher(STACK, { env, packageDirectory: packageThatSays("mine") });
    }).toThrow(/cannot make .* Fix: set XDG_CACHE_HOME to a directory that you can write to/);
    expect(() => {
      writeLauncher(STACK, { env, packageDirectory: tempFolder() });
    }).toThrow(/has no .*dist\/live-migrate\.js\. Fix: install the plugin again/);
  });
});
