import { expect, it } from "vitest";
import { mockCloud } from "../../../support/http/mock-cloud.ts";

const ID = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
const ACTION = `POST /servers/${ID}/action`;

it("starts a cold migration to a named host, or to one that the scheduler chooses", async () => {
  const mock = mockCloud().answer("compute", ACTION, { status: 202, headers: { "x-openstack-request-id": "req-1" } });
  const { cold } = mock.cloud.compute;
  expect(await cold.migrate(ID, "node-31")).toEqual({ requestId: "req-1" });
  expect(mock.calls.at(-1)?.body).toEqual({ migrate: { host: "node-31" } });
  await cold.migrate(ID, null);
  expect(mock.calls.at(-1)?.body).toEqual({ migrate: null });
});

it("names no host where the cloud is too old for it, and sends nothing", async () => {
  const mock = mockCloud({ microversions: { compute: { min: "2.1", max: "2.55" } } });
  await expect(mock.cloud.compute.cold.migrate(ID, "node-31")).rejects.toThrow("only 2.56 and newer");
  expect(mock.log("compute")).toEqual([]);
});

it("confirms and reverts", async () => {
  const mock = mockCloud().answer("compute", ACTION, { status: 204 });
  await mock.cloud.compute.cold.confirm(ID);
  expect(mock.calls.at(-1)?.body).toEqual({ confirmResize: null });
  await mock.cloud.compute.cold.revert(ID);
  expect(mock.calls.at(-1)?.body).toEqual({ revertResize: null });
});
