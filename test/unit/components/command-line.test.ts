import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLine } from "../../../components/command-line.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const NAME = "openstack-live-migration";

/** A folder with directories, and with links to some of them. */
function folderWith(directories: string[], links: Record<string, string> = {}): string {
  const folder = tempFolder();
  for (const directory of directories) mkdirSync(join(folder, directory), { recursive: true });
  for (const [link, target] of Object.entries(links)) symlinkSync(join(folder, target), join(folder, link));
  return folder;
}

describe("the command line in the state", () => {
  it("names no path of this machine in the repository, wherever the checkout is", () => {
    expect(commandLine(REPOSITORY)).toBe("exec node dist/live-migrate.js run --json-on-success");
    const environment = join(REPOSITORY, "environments/prod");
    expect(commandLine(environment)).toBe("exec node ../../dist/live-migrate.js run --json-on-success");
  });

  it("names the package by node_modules of the program, or of a directory above it", () => {
    const folder = folderWith([`node_modules/${NAME}`, "stacks/prod"]);
    const installed = join(folder, "node_modules", NAME);
    const line = `exec node node_modules/${NAME}/dist/live-migrate.js run --json-on-success`;
    expect(commandLine(folder, installed)).toBe(line);
    expect(commandLine(join(folder, "stacks/prod"), installed)).toBe(
      line.replace("node_modules", "../../node_modules"),
    );
  });

  it("stays the same when pnpm installs another version elsewhere", () => {
    const lines = ["0.2.0", "0.3.0"].map((version) => {
      const store = `node_modules/.pnpm/${NAME}@${version}/node_modules/${NAME}`;
      const folder = folderWith([store], { [`node_modules/${NAME}`]: store });
      return commandLine(folder, join(folder, store));
    });
    const line = `exec node node_modules/${NAME}/dist/live-migrate.js run --json-on-success`;
    expect(lines).toEqual([line, line]);
  });

  it("does not name another copy of the package that is nearer", () => {
    const folder = folderWith([`node_modules/${NAME}`, `prod/node_modules/${NAME}`]);
    const line = commandLine(join(folder, "prod"), join(folder, "node_modules", NAME));
    expect(line).toBe(`exec node ../node_modules/${NAME}/dist/live-migrate.js run --json-on-success`);
  });

  it("quotes a path with a space for the shell", () => {
    const folder = folderWith(["my fork", "program"]);
    const line = commandLine(join(folder, "program"), join(folder, "my fork"));
    expect(line).toBe("exec node '../my fork/dist/live-migrate.js' run --json-on-success");
  });
});
