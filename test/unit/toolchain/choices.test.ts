import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { artifacts, goBuildArguments } from "../../../toolchain/artifacts.ts";
import { findOnPath, missingPlugins } from "../../../toolchain/found-on-path.ts";
import { planGo, toolchainModule } from "../../../toolchain/go.ts";
import { buildKey, isSource, type Source } from "../../../toolchain/key.ts";
import { withLock } from "../../../toolchain/lock.ts";
import { compareVersions, goDirective, moduleVersion, pinnedDependency } from "../../../toolchain/versions.ts";

const versions = {
  cli: "3.230.0",
  go: "1.25.8",
  plugins: [
    { name: "openstack", version: "3.15.2" },
    { name: "command", version: "1.2.1" },
  ],
};

describe("versions", () => {
  test.each([
    ["1.25.8", "1.25.8", 0],
    ["1.9.2", "1.25.8", -1],
    ["1.26", "1.25.8", 1],
    ["1.25", "1.25.0", 0],
    ["1.25rc1", "1.25.1", -1],
    ["v24.1.0", "24", 1],
  ])("%s against %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  test("come from where they are pinned", () => {
    const goMod =
      "module m\n\ngo 1.25.8\n\nrequire (\n\tx.org/pulumi/pkg/v3/more v1.0.0\n\tx.org/pulumi/pkg/v3 v3.230.0 // indirect\n)\n";
    expect(goDirective(goMod)).toBe("1.25.8");
    expect(moduleVersion(goMod, "x.org/pulumi/pkg/v3")).toBe("3.230.0");
    expect(moduleVersion("require x.org/a v1.2.3\n", "x.org/a")).toBe("1.2.3");
    expect(() => moduleVersion(goMod, "x.org/other")).toThrow("go.mod requires no x.org/other");
    expect(pinnedDependency('{"devDependencies": {"a": "1.2.1"}}', "a")).toBe("1.2.1");
  });

  test.each(["^1.2.1", "*", ""])("a plugin's must be exact, not %j", (version) => {
    expect(() => pinnedDependency(JSON.stringify({ devDependencies: { a: version } }), "a")).toThrow("exact version");
  });
});

describe("the key of a build", () => {
  const sources: Source[] = [
    ["toolchain/pulumi/go.mod", "module a"],
    ["toolchain/pulumi/main.go", "package main"],
  ];
  const key = buildKey(sources, versions, "linux-x64");

  test("does not depend on the order of files", () => {
    expect(buildKey(sources.toReversed(), versions, "linux-x64")).toBe(key);
  });

  test.each([
    ["a source", buildKey([["toolchain/pulumi/go.mod", "module b"], ...sources.slice(1)], versions, "linux-x64")],
    ["a file's place", buildKey([["toolchain/x/go.mod", "module a"], ...sources.slice(1)], versions, "linux-x64")],
    ["a version", buildKey(sources, { ...versions, cli: "3.231.0" }, "linux-x64")],
    ["the platform", buildKey(sources, versions, "linux-arm64")],
  ])("changes with %s", (_, other) => {
    expect(other).not.toBe(key);
  });

  test("leaves out what is not built", () => {
    const files = ["m/go.mod", "m/go.sum", "m/main.go", "m/main_test.go", "m/README.md", "m/cargo.mod"];
    expect(files.filter(isSource)).toEqual(["m/go.mod", "m/go.sum", "m/main.go"]);
  });
});

describe("Go", () => {
  test.each([
    [undefined, "install-package"],
    ["1.19.8", "fetch-toolchain"],
    ["1.25.7", "fetch-toolchain"],
    ["1.25.8", "use"],
    ["1.26.8", "use"],
  ])("%s: %s", (present, plan) => {
    expect(planGo(present, "1.25.8")).toBe(plan);
  });

  test("is a module by its release and platform", () => {
    expect(toolchainModule("1.25.8", "linux", "x64")).toBe("golang.org/toolchain@v0.0.1-go1.25.8.linux-amd64");
    expect(toolchainModule("1.25.8", "linux", "arm64")).toBe("golang.org/toolchain@v0.0.1-go1.25.8.linux-arm64");
  });

  test("builds the language hosts beside the CLI and the plugins elsewhere, each with the version that the engine asks for", () => {
    const commands = artifacts(versions).map((artifact) => goBuildArguments(artifact, "/out").join(" "));
    expect(commands.map((line) => /-o (\S+)/.exec(line)?.[1])).toEqual([
      "/out/bin/pulumi",
      "/out/bin/pulumi-language-nodejs",
      "/out/bin/pulumi-language-go",
      "/out/bin/pulumi-language-yaml",
      "/out/plugins/pulumi-resource-command",
      "/out/plugins/pulumi-resource-openstack",
    ]);
    expect(commands.map((line) => /ersion=(\S+)/.exec(line)?.[1])).toEqual([
      "3.230.0",
      "3.230.0",
      "3.230.0",
      undefined,
      "1.2.1",
      "3.15.2",
    ]);
  });
});

describe("what is there already", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "toolchain-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("a CLI on PATH, but not one that was built here", async () => {
    await Promise.all(
      ["cache/abc", "links", "real"].map((name) => mkdir(path.join(folder, name), { recursive: true })),
    );
    await writeFile(path.join(folder, "cache/abc/pulumi"), "");
    await writeFile(path.join(folder, "real/pulumi"), "");
    await symlink(path.join(folder, "cache/abc/pulumi"), path.join(folder, "links/pulumi"));
    const search = ["none", "links", "real"].map((name) => path.join(folder, name)).join(path.delimiter);
    expect(findOnPath("pulumi", search, path.join(folder, "cache"))).toBe(path.join(folder, "real/pulumi"));
    expect(findOnPath("pulumi", search)).toBe(path.join(folder, "cache/abc/pulumi"));
    expect(findOnPath("pulumi", undefined)).toBeUndefined();
  });

  test("plugins, but not one whose download was cut off", async () => {
    const plugins = path.join(folder, "plugins");
    await mkdir(path.join(plugins, "resource-command-v1.2.1"), { recursive: true });
    const missing = (): string[] => missingPlugins(versions.plugins, { PULUMI_HOME: folder }).map(({ name }) => name);
    expect(missing()).toEqual(["openstack"]);
    await writeFile(path.join(plugins, "resource-command-v1.2.1.partial"), "");
    expect(missing()).toEqual(["openstack", "command"]);
  });
});

test("one build at a time: the second waits and says so", async () => {
  const name = `test ${process.pid}`;
  const events: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const one = withLock(
    name,
    () => events.push("one waits"),
    () => first.promise.then(() => events.push("one done")),
  );
  const two = withLock(
    name,
    () => {
      events.push("two waits");
      first.resolve(undefined);
    },
    () => Promise.resolve(events.push("two done")),
  );
  await Promise.all([one, two]);
  expect(events).toEqual(["two waits", "one done", "two done"]);
});
