import { expect, it } from "vitest";
import { ownTime } from "../../../bench/nova-log.ts";

const line = (at: string, id: string, text: string) =>
  `2026-11-24 16:52:${at} 18805 INFO nova.x [None ${id} 870c bd0d - - default default] ${text}[00m\n`;
const post = (at: string, id: string, time: string) =>
  line(at, id, `10.87.0.254 "POST /v2.1/servers/b6c1/action HTTP/1.1" status: 202 len: 405 time: ${time}`);
const end = (at: string, id: string) =>
  line(at, id, "Deleted allocation for migration 5a6be2a0-6c5a-4a2e-a2c5-1a6a3ccd3b5e");

const plugged = (at: string, server: string) =>
  line(at, "req-neutron", `Creating event network-vif-plugged:2b1ef3a3 for instance ${server} on node-28`);

const api = post("10.000", "req-other", "0.5") + post("23.390", "req-mine", "0.0500000");
const compute = end("11.000", "req-other") + end("27.640", "req-mine");

it("counts from the request's arrival to the source's last step", () => {
  const { nova, cloud } = ownTime({ api, compute }, "req-mine", "b6c1") ?? { nova: NaN, cloud: NaN };
  expect(nova).toBeCloseTo(4.3, 6);
  expect(cloud).toBe(nova);
});

it.each([
  ["once more where ports are told of later", plugged("24.000", "b6c1") + plugged("28.040", "b6c1"), 4.7],
  ["not where they were before", plugged("27.000", "b6c1"), 4.3],
  ["not for another server's", plugged("28.040", "b6c2"), 4.3],
])("counts to Neutron's report, too: %s", (_, told, expected) => {
  expect(ownTime({ api: api + told, compute }, "req-mine", "b6c1")?.cloud).toBeCloseTo(expected, 6);
});

it.each([
  ["the request", { api: "", compute }],
  ["the end", { api, compute: end("11.000", "req-other") }],
])("tells nothing without %s", (_, logs) => {
  expect(ownTime(logs, "req-mine", "b6c1")).toBeUndefined();
});

it("takes no other request's lines", () => {
  expect(ownTime({ api, compute }, "req-min", "b6c1")).toBeUndefined();
});
