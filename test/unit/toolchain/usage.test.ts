/** The scripts' own help, and what the script for a new stack says at its end. No cloud, no Pulumi, nothing written. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { tempFolder } from "../../support/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../../..");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** As npm runs it, elsewhere. */
function run(name: string, args: string[], cwd: string) {
  const [, file = ""] = (scripts[name] ?? "").split(" ");
  // PATH has no tool that it could make ready.
  const env = { PATH: "/nonexistent", HOME: cwd };
  return execa(process.execPath, [join(ROOT, file), ...args], { cwd, env, extendEnv: false, reject: false });
}

it.each(["new-stack", "import", "config:check", "config:reference", "setup"])(
  "%s --help prints its usage and does nothing; what it does not take is refused",
  async (name) => {
    const folder = tempFolder();
    for (const option of ["--help", "-h"]) {
      const { exitCode, stdout, stderr } = await run(name, [option], folder);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(new RegExp(`^usage: npm run ${name}\\b`));
    }
    const wrong = await run(name, ["--hlep"], folder);
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toMatch(new RegExp(`--hlep[^]*\\nusage: npm run ${name}\\b`));
    expect(readdirSync(folder)).toEqual([]);
  },
  30_000,
);

it("a new stack's next steps are those of the README: check, login, init, preview", async () => {
  const { exitCode, stdout } = await run("new-stack", ["acme/live"], tempFolder());
  expect(exitCode).toBe(0);
  const steps = stdout.split("\n").slice(1);
  const commands = [
    "npm run config:check",
    "pulumi login",
    "pulumi stack init acme/live",
    "pulumi preview --stack acme/live",
  ];
  expect(steps.map((step) => step.replace(/#.*/, "").trim())).toEqual(commands);
  const readme = readFileSync(join(ROOT, "README.md"), "utf8").split("\n");
  const inReadme = ["npm run config:check", "pulumi login", "pulumi stack init live", "pulumi preview"];
  const places = inReadme.map((command) => readme.findIndex((line) => line.startsWith(command)));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});
