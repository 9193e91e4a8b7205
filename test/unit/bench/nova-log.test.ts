import { expect, it } from "vitest";
import { novaSeconds } from "../../../bench/nova-log.ts";

const line = (at: string, id: string, text: string) =>
  `2026-11-24 16:52:${at} 18805 INFO nova.x [None ${id} 870c bd0d - - default default] ${text}[00m\n`;
const post = (at: string, id: string, time: string) =>
  line(at, id, `10.87.0.254 "POST /v2.1/servers/b6c1/action HTTP/1.1" status: 202 len: 405 time: ${time}`);
const end = (at: string, id: string) =>
  line(at, id, "Deleted allocation for migration 5a6be2a0-6c5a-4a2e-a2c5-1a6a3ccd3b5e");

const api = post("10.000", "req-other", "0.5") + post("23.390", "req-mine", "0.0500000");
const compute = end("11.000", "req-other") + end("27.640", "req-mine");

it("counts from the request's arrival to the source's last step", () => {
  expect(novaSeconds({ api, compute }, "req-mine")).toBeCloseTo(4.3, 6);
});

it.each([
  ["the request", { api: "", compute }],
  ["the end", { api, compute: end("11.000", "req-other") }],
])("tells nothing without %s", (_, logs) => {
  expect(novaSeconds(logs, "req-mine")).toBeUndefined();
});

it("takes no other request's lines", () => {
  expect(novaSeconds({ api, compute }, "req-min")).toBeUndefined();
});
