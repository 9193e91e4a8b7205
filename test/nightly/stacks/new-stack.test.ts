/** The file of a new environment: written from nothing or from what the cloud says, and right for Pulumi as it stands. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { labApi, labEnv } from "../../../lab/api.ts";
import { changesByName, Stack } from "../../support/stack/stack.ts";
import { tempPath } from "../../support/temp-folder.ts";

const ZONE = "new-stack-zone";
const HOST = "node-06";

let api: Awaited<ReturnType<typeof labApi>>;
let aggregate: number;

const aggregateAction = (action: object) => api.call("compute", "POST", `/os-aggregates/${aggregate}/action`, action);

beforeAll(async () => {
  api = await labApi();
  const answer = await api.call<{ aggregate: { id: number } }>("compute", "POST", "/os-aggregates", {
    aggregate: { name: ZONE, availability_zone: ZONE },
  });
  aggregate = answer.aggregate.id;
  await aggregateAction({ add_host: { host: HOST } });
});
afterAll(async () => {
  await aggregateAction({ remove_host: { host: HOST } });
  await api.call("compute", "DELETE", `/os-aggregates/${aggregate}`);
});

const command = (args: string[], env: Record<string, string> = {}) =>
  execa("node", ["scripts/new-stack.ts", "staging", ...args], { reject: false, all: true, env });

it("is written without a network, and never over another file", async () => {
  const file = tempPath("Pulumi.staging.yaml");
  // A clouds.yaml that is not there: nobody may ask for it.
  const env = { OS_CLIENT_CONFIG_FILE: tempPath("no-clouds.yaml") };
  const args = ["--cloud", "stage", "--zone", "az1=compute-1,compute-2", "--config-file", file];
  const written = await command(args, env);
  expect([written.exitCode, written.all]).toEqual([
    0,
    expect.stringMatching(/ was written\. Add your servers to it, then:\n[^]*\n {2}pulumi preview --stack staging$/),
  ]);
  const text = await readFile(file, "utf8");
  expect(text).toContain("az1: [compute-1, compute-2]");

  const again = await command(["--cloud", "other", "--config-file", file], env);
  expect([again.exitCode, again.all]).toEqual([2, expect.stringContaining(`${file} exists already`)]);
  expect(await readFile(file, "utf8")).toBe(text);

  const nowhere = await command(["--config-file", tempPath("no-folder/Pulumi.staging.yaml")], env);
  expect([nowhere.exitCode, nowhere.all]).toEqual([
    2,
    expect.stringMatching(/no-folder of --config-file does not exist/),
  ]);

  const contradiction = ["--zone", "az1=compute-1", "--zone", "az2=compute-1", "--config-file", tempPath("x.yaml")];
  const wrong = await command(contradiction, env);
  expect([wrong.exitCode, wrong.all]).toEqual([2, expect.stringMatching(/1 problem in .*x\.yaml:\n {2}zones\./)]);
});

it("refuses what the cloud has not, or has already, and a cloud that nobody knows", async () => {
  const file = tempPath("Pulumi.staging.yaml");
  const args = ["--from-cloud", "--config-file", file, "--zone", `${ZONE}=${HOST}`, "--flavor", "m1.none"];
  const refused = await command([...args, "--cloud", "lab"], labEnv());
  expect([refused.exitCode, refused.all]).toEqual([2, expect.stringContaining("2 problems in the stack staging:")]);
  expect(refused.all).toContain("the cloud has this zone already, and this stack would make a second one");
  expect(refused.all).toMatch(/"m1\.none"\n.*no such flavor\n.*fix: +one of m1\.nano, m1\.duo/);
  const unknown = await command([...args, "--cloud", "nowhere"], labEnv());
  expect([unknown.exitCode, unknown.all]).toEqual([2, expect.stringContaining("nowhere")]);
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

it("has the cloud's zones and hosts from the cloud; with its example, Pulumi previews a new server", async () => {
  const stack = await Stack.open({ name: "new-stack", config: {} });
  const file = stack.configFile;
  await rm(file, { force: true });
  const args = ["--cloud", "lab", "--network", "flat", "--image", "guest", "--from-cloud", "--config-file", file];
  const written = await command(args, labEnv());
  expect([written.exitCode, written.all]).toEqual([0, expect.stringContaining("nothing was changed in the cloud")]);
  const text = await readFile(file, "utf8");
  expect(text).toContain(`#   ${ZONE}: [${HOST}]\n`);
  expect(text).toMatch(/# {3}nova: \[node-01, node-02,/);

  const empty = await stack.preview();
  expect([empty.result.exitCode, empty.result.stderr]).toEqual([0, ""]);
  expect(changesByName(empty.steps).filter((step) => step.includes("openstack:compute"))).toEqual([]);

  const [facts, servers] = text.split("# Servers by name.") as [string, string];
  await writeFile(file, `${facts}# Servers by name.${servers.replaceAll(/^ {2}# (?! )?/gm, "  ")}`);
  const { steps, result } = await stack.preview();
  expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  expect(changesByName(steps)).toEqual(
    expect.arrayContaining([
      "create command:local:Command vm01",
      "create openstack:blockstorage/volume:Volume vm01-vm01-data",
      "create openstack:compute/instance:Instance vm01",
    ]),
  );
  expect(changesByName(steps).filter((step) => step.includes("aggregate"))).toEqual([]);
});
