import { expect, it } from "vitest";
import { ownTime } from "../../../bench/own-time.ts";

const line = (at: string, id: string, text: string) =>
  `2026-11-24 16:52:${at} 18805 INFO nova.x [None ${id} 870c bd0d - - default default] ${text}[00m\n`;
const post = (at: string, id: string, time: string) =>
  line(at, id, `10.87.0.254 "POST /v2.1/servers/b6c1/action HTTP/1.1" status: 202 len: 405 time: ${time}`);
const end = (at: string, id: string) =>
  line(at, id, "Deleted allocation for migration 5a6be2a0-6c5a-4a2e-a2c5-1a6a3ccd3b5e");

const provisioned = (at: string, port: string) => line(at, "req-agent", `Attempt 1 to provision port ${port}`);

const api = post("10.000", "req-other", "0.5") + post("23.390", "req-mine", "0.0500000");
const compute = end("11.000", "req-other") + end("27.640", "req-mine");

const network = provisioned("25.000", "p-1");

it("counts from the request's arrival to the source's last step", () => {
  const { nova, cloud } = ownTime({ api, compute, network }, "req-mine", ["p-1"]) ?? { nova: NaN, cloud: NaN };
  expect(nova).toBeCloseTo(4.3, 6);
  expect(cloud).toBe(nova);
});

it.each([
  ["a port that is told of later", provisioned("28.040", "p-1"), 4.7],
  ["the last of them", provisioned("27.840", "p-1") + provisioned("28.040", "p-2"), 4.7],
  ["no port that was told of before", provisioned("27.000", "p-1"), 4.3],
  ["no other server's", provisioned("28.040", "p-3"), 4.3],
])("counts to Neutron's knowledge, too, of %s", (_, later, expected) => {
  const own = ownTime({ api, compute, network: network + later }, "req-mine", ["p-1", "p-2"]);
  expect(own?.cloud).toBeCloseTo(expected, 6);
});

it.each([
  ["the request", { api: "", compute, network }],
  ["the end", { api, compute: end("11.000", "req-other"), network }],
])("tells nothing without %s", (_, logs) => {
  expect(ownTime(logs, "req-mine", ["p-1"])).toBeUndefined();
});

it("takes no other request's lines", () => {
  expect(ownTime({ api, compute, network }, "req-min", ["p-1"])).toBeUndefined();
});
