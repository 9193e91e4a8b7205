/** Whether a server runs is its operators' business: `up` neither starts one that they stopped nor stops another. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { becomes, labApi } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab } from "../../support/lab/cloud.ts";
import { changesByName, Stack } from "../../support/stack/stack.ts";

const NAME = "stopped-vm";

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let stack: Stack;
let id: string;

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  stack = await Stack.open({ name: "power-state", config: { servers: { [NAME]: {} } } });
  id = (await stack.place({ [NAME]: "node-05" }))[NAME]?.id ?? "";
});
afterAll(async () => {
  await stack.destroy();
  await cloud.session.close();
});

const status = async () => (await cloud.compute.getServer(id)).status;
const ask = (action: object) => api.call("compute", "POST", `/servers/${id}/action`, action);
const refresh = () => stack.run(["refresh", "--yes", "--skip-preview", "--config-file", stack.configFile]);

it("a server that was stopped stays so, before a refresh and after it, and may be started again", async () => {
  await ask({ "os-stop": null });
  await becomes(api, id, "SHUTOFF");
  expect((await stack.up()).exitCode).toBe(0);
  expect((await refresh()).exitCode).toBe(0);
  const { steps, result } = await stack.preview();
  expect([result.exitCode, changesByName(steps)]).toEqual([0, []]);
  // Another change of the same resource takes no notice of it either.
  await stack.configure({ [NAME]: "node-05" }, (document) => {
    document.setIn(["config", "openstack-live-migration:servers", NAME, "metadata"], { purpose: "test" });
  });
  const up = await stack.up();
  expect([up.exitCode, up.stderr]).toEqual([0, ""]);
  expect(await status()).toBe("SHUTOFF");

  await ask({ "os-start": null });
  await becomes(api, id, "ACTIVE");
  expect((await stack.up()).exitCode).toBe(0);
  expect(await status()).toBe("ACTIVE");
});
