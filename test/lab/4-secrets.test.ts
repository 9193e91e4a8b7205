import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { labPaths } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, truth } from "../support/lab/cloud.ts";
import { engine } from "../support/lab/run-engine.ts";
import { processes } from "../support/processes.ts";
import { Stack } from "../support/stack/stack.ts";

/** Keystone's fernet tokens, whoever's they are. */
const TOKEN = /gAAAA[\w-]{40,}/;

let stack: Stack;
let cloud: Cloud;
let password: string;

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open();
  const clouds = parse(await readFile(labPaths().cloudsFile, "utf8")) as {
    clouds: Record<string, { auth: { password: string } }>;
  };
  password = clouds.clouds["lab"]?.auth.password ?? "";
  expect(password.length).toBeGreaterThan(8);
});
afterAll(() => cloud.session.close());

function expectNoSecrets(where: string, text: string): void {
  expect([where, text.includes(password)]).toEqual([where, false]);
  expect([where, TOKEN.test(text)]).toEqual([where, false]);
}

it("no password or token is in state, outputs, logs or process arguments while a server is moved", async () => {
  await stack.place({ admin_vm01: "node-28", admin_vm02: "node-28" });
  await stack.configure({ admin_vm01: "node-28", admin_vm02: "node-31" });
  const update = stack.start([
    "up",
    "--yes",
    "--skip-preview",
    "--config-file",
    stack.configFile,
    "--logtostderr",
    "-v=9",
  ]);
  let over = false;
  const ended = update.ended.finally(() => (over = true));
  const seen = new Set<string>();
  while (!over) {
    for (const process of await processes()) seen.add(process.arguments.join(" "));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const result = await ended;
  expect(result.exitCode).toBe(0);
  expect([...seen].some((line) => line.includes("live-migrate.js"))).toBe(true);
  expectNoSecrets("process arguments", [...seen].join("\n"));
  expectNoSecrets("output of pulumi", result.stdout + result.stderr);
  expectNoSecrets("state", await stack.state());
  expectNoSecrets("outputs", JSON.stringify(await stack.servers()));
  for (const name of await readdir(stack.backend, { recursive: true })) {
    const text = await readFile(join(stack.backend, name), "utf8").catch(() => "");
    expectNoSecrets(`backend file ${name}`, text);
  }
});

it("a host that does not exist is refused with the hosts there are, and without secrets: exit 3", async () => {
  const { id = "" } = (await stack.servers())["admin_vm02"] ?? {};
  const before = await truth(cloud, id);
  const { exitCode, record, stdout, stderr } = await engine(["run", id, "--host", "node-99"]);
  expect([exitCode, record?.outcome], stderr).toEqual([3, "refused"]);
  expect(record?.findings.map(({ code, path, value }) => [code, path, value])).toEqual([
    ["host-unknown", "host", "node-99"],
  ]);
  expect(record?.summary).toContain(
    "no nova-compute service has the host node-99 (fix: one of: node-27, node-28, node-31)",
  );
  expectNoSecrets("output of the engine", stdout + stderr);
  expect(await truth(cloud, id)).toEqual(before);
});

it("wrong credentials are refused with exit 7, and the password is not shown", async () => {
  const text = await readFile(labPaths().cloudsFile, "utf8");
  const { mkdtemp, writeFile } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const file = join(await mkdtemp(join(tmpdir(), "clouds-")), "clouds.yaml");
  await writeFile(file, text.replaceAll(password, "not-the-password"), { mode: 0o600 });
  const result = await engine(["status", "admin_vm01"], { OS_CLIENT_CONFIG_FILE: file });
  expect(result.exitCode).toBe(7);
  expect(result.stdout + result.stderr).not.toContain("not-the-password");
});
