/** A server that others made, taken into a stack: nothing of it changes, and then it moves like any other. */
import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { labApi, makeServer, type MadeServer } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { changes, changesByName, settingPath, Stack } from "../../support/stack/stack.ts";
import { tempPath } from "../../support/temp-folder.ts";

const NAME = "adopted-vm";
const ZONE = "adopted-zone";

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let stack: Stack;
let made: MadeServer;
let aggregate: number;

const aggregateAction = (action: object) => api.call("compute", "POST", `/os-aggregates/${aggregate}/action`, action);

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  stack = await Stack.open({ name: "import", config: { zones: {}, servers: {} } });
  await stack.configure({});
  const answer = await api.call<{ aggregate: { id: number } }>("compute", "POST", "/os-aggregates", {
    aggregate: { name: ZONE, availability_zone: ZONE },
  });
  aggregate = answer.aggregate.id;
  for (const host of ["node-07", "node-08"]) await aggregateAction({ add_host: { host } });
  made = await makeServer(api, { name: NAME, host: "node-07", dataVolumes: 1, withImage: true });
});
afterAll(async () => {
  await made.remove();
  for (const host of ["node-07", "node-08"]) await aggregateAction({ remove_host: { host } });
  await api.call("compute", "DELETE", `/os-aggregates/${aggregate}`);
  await cloud.session.close();
});

const command = (server: string, file: string) =>
  execa("node", ["scripts/import.ts", "--server", server, "--config-file", stack.configFile, "--out", file], {
    reject: false,
    all: true,
  });

it("is refused with every problem, and writes nothing", async () => {
  const before = await readFile(stack.configFile, "utf8");
  const refused = await command("no-such-server", tempPath("import.json"));
  expect(refused.exitCode).toBe(2);
  expect(refused.all).toMatch(/server = "no-such-server"\n.*no such server/);
  expect(await readFile(stack.configFile, "utf8")).toBe(before);
});

it("comes into the stack with volumes and zone: no change, all protected; then it moves live", async () => {
  const file = tempPath("import.json");
  const written = await command(NAME, file);
  expect([written.exitCode, written.all]).toEqual([0, expect.stringContaining("pulumi import")]);
  const provider = /--target (\S+)/.exec(written.all)?.[1] ?? "";

  const run = async (...args: string[]) => {
    const result = await stack.run([...args, "--config-file", stack.configFile]);
    expect([args[0], result.exitCode, result.stdout + result.stderr]).toEqual([args[0], 0, expect.any(String)]);
    return result;
  };
  await run("up", "--yes", "--skip-preview", "--target", provider);
  await run("import", "--yes", "--skip-preview", "--file", file, "--generate-code=false");

  const { steps, result } = await stack.preview();
  expect(result.exitCode).toBe(0);
  // Nothing of the cloud's: two components take note of their arguments, and the move's resource is new.
  expect(changesByName(steps).filter((step) => !step.includes("openstack-live-migration:index:"))).toEqual([
    `create command:local:Command ${NAME}`,
  ]);
  expect(changes(steps).filter(({ op }) => /replace|delete/.test(op))).toEqual([]);

  expect((await stack.up()).exitCode).toBe(0);
  expect(await migrationCount(cloud, made.id)).toBe(0);
  expect(changesByName((await stack.preview()).steps)).toEqual([]);
  const { deployment } = JSON.parse(await stack.state()) as {
    deployment: { resources: { type: string; urn: string; protect?: boolean; retainOnDelete?: boolean }[] };
  };
  const precious = deployment.resources.filter(({ type }) => /:Instance$|:Volume$/.test(type));
  expect(precious).toHaveLength(3);
  // A data volume that is not declared any more is kept, the rest refuses to go.
  for (const { urn, protect = false, retainOnDelete = false } of precious) {
    expect([urn, urn.endsWith("data1") ? retainOnDelete : protect]).toEqual([urn, true]);
  }

  const again = await command(NAME, tempPath("again.json"));
  expect([again.exitCode, again.all]).toEqual([2, expect.stringContaining("has a server of this name already")]);

  const document = parseDocument(await readFile(stack.configFile, "utf8"));
  document.setIn(settingPath("servers", NAME, "host"), "node-08");
  await writeFile(stack.configFile, document.toString());
  expect((await stack.up()).exitCode).toBe(0);
  expect(await migrationCount(cloud, made.id)).toBe(1);
  expect(await truth(cloud, made.id)).toEqual(wholeOn("node-08", 2));
});
