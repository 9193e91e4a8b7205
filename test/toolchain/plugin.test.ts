/** The plugin in a program of another language, by the real CLI; no cloud answers it. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REPOSITORY } from "../../toolchain/paths.ts";
import { tinyProgram, type TinyProgram } from "../support/stack/tiny-program.ts";
import { tempFolder } from "../support/temp-folder.ts";

const PLUGIN = path.join(REPOSITORY, "plugin");
/** A port that nothing listens on. */
const CLOUDS = `clouds:
  gone:
    auth: { auth_url: "http://127.0.0.1:9/v3", username: a, password: b, project_name: c }
`;
const program = (properties: object) =>
  JSON.stringify({
    name: "tiny",
    runtime: "yaml",
    packages: { "openstack-live-migration": PLUGIN },
    resources: { move: { type: "openstack-live-migration:LiveMigration", name: "vm", properties } },
    outputs: { host: "${move.host}" },
  });
const LINE =
  'exec node "${XDG_CACHE_HOME:-$HOME/.cache}/openstack-live-migration/plugin/tiny%2Ftest" run --json-on-success';

interface Preview {
  steps: { op: string; urn: string; newState?: { inputs?: { create?: string; environment?: object } } }[];
}

describe("the plugin in a program in YAML", () => {
  let stack: TinyProgram;
  const write = (properties: object) => writeFile(path.join(stack.folder, "Pulumi.yaml"), program(properties));

  beforeAll(async () => {
    const folder = tempFolder();
    await writeFile(path.join(folder, "clouds.yaml"), CLOUDS);
    const cloud = { OS_CLOUD: "gone", OS_CLIENT_CONFIG_FILE: path.join(folder, "clouds.yaml") };
    stack = await tinyProgram("", { ...cloud, XDG_CACHE_HOME: folder, LIVE_MIGRATE_PLANNING: "off" });
  });
  afterAll(() => stack.remove());

  test("declares one command, whose line names no directory of this machine", async () => {
    await write({ serverId: "5e", host: "node-31", azPin: "unpin", guest: { user: "root" } });
    const { stdout, stderr, exitCode } = await stack.pulumi("preview", "--json");
    expect(exitCode, stdout + stderr).toBe(0);
    const { steps } = JSON.parse(stdout) as Preview;
    const commands = steps.filter(({ urn }) => urn.includes("command:local:Command::"));
    expect(commands.map(({ op, urn }) => [op, urn.split("::").slice(-2).join(" ")])).toEqual([
      ["create", "openstack-live-migration:index:LiveMigration$command:local:Command vm"],
    ]);
    expect(commands[0]?.newState?.inputs).toMatchObject({
      create: LINE,
      environment: {
        LIVE_MIGRATE_SERVER: "5e",
        LIVE_MIGRATE_HOST: "node-31",
        LIVE_MIGRATE_AZ_PIN: "unpin",
        LIVE_MIGRATE_GUEST: '{"user":"root"}',
      },
    });
  });

  test("runs the engine that belongs to the plugin, whose failure stands in the output of `up`", async () => {
    await write({ serverId: "5e", host: "node-31" });
    const { exitCode, all } = await stack.pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    expect(exitCode, all).not.toBe(0);
    expect(all).toMatch(/127\.0\.0\.1:9/);
    expect(all).toMatch(/exit status 7/);
  });

  test("says what is wrong with its arguments, every problem with its fix", async () => {
    await write({ serverId: "5e", kind: "cold" });
    const { exitCode, all } = await stack.pulumi("preview", "--non-interactive");
    expect(exitCode, all).not.toBe(0);
    expect(all).toContain("neither host nor zone is given");
    expect(all).toContain("set allowRestart: true");
  });

  test("refuses a policy that there is not", async () => {
    await write({ serverId: "5e", host: "node-31", onTimeout: "wait" });
    const { exitCode, all } = await stack.pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    expect(exitCode, all).not.toBe(0);
    expect(all).toMatch(/onTimeout|--on-timeout/);
  });
});
