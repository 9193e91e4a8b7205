/** `pulumi new` with this repository as its template. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { pulumiEnvironment } from "../../toolchain/environment.ts";
import { REPOSITORY, toolchainPaths } from "../../toolchain/paths.ts";
import { provideToolchain } from "../../toolchain/toolchain.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("copies the program as it is: no text of it looks like a value to fill in", async () => {
  const [template, made] = [tempFolder(), tempFolder()];
  // Also what is not committed yet, and nothing that git ignores.
  const { stdout: listed } = await execa("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: REPOSITORY });
  const files = listed.split("\0").filter((file) => file !== "");
  await execa("tar", ["--create", "--ignore-failed-read", "--null", "--files-from=-", `--file=${template}/all.tar`], {
    cwd: REPOSITORY,
    input: files.join("\0"),
  });
  await execa("tar", ["--extract", "--file=all.tar"], { cwd: template });
  await execa("rm", ["all.tar"], { cwd: template });

  const toolchain = await provideToolchain(console.error);
  const args = ["new", template, "--generate-only", "--yes", "--name", "openstack-live-migration", "--force"];
  const env = pulumiEnvironment(toolchain, toolchainPaths());
  const { exitCode, all } = await execa(toolchain.pulumi, args, {
    cwd: made,
    env,
    extendEnv: false,
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);
  const different = await execa("diff", ["--recursive", "--brief", template, made], { reject: false });
  // Its own Pulumi.yaml has no template any more.
  expect(different.stdout.split("\n").filter((line) => !line.includes("/Pulumi.yaml "))).toEqual([]);
  expect(await readFile(path.join(made, "Pulumi.yaml"), "utf8")).toMatch(/^name: openstack-live-migration$/m);
});
