import { describe, expect, it } from "vitest";
import { seconds, timeline } from "../../../../migration/report/timeline.ts";
import { recordOf } from "../../../support/engine/record.ts";

const { timings } = recordOf();
const migration = {
  id: 7,
  uuid: null,
  status: "completed",
  createdAt: "2026-01-01T00:00:01Z",
  updatedAt: "2026-01-01T00:00:09Z",
  memoryTotalBytes: null,
};

describe("timeline", () => {
  it("puts phases where they were", () => {
    const phases = [
      { phase: "preflight", seconds: 1, startSeconds: 0 },
      { phase: "running", seconds: 5, startSeconds: 3 },
    ];
    expect(timeline(recordOf({ timings: { ...timings, phases } }))).toMatchObject([
      { row: "preflight", kind: "ours", from: 0, to: 1 },
      { row: "running", kind: "moving", from: 3, to: 8, label: "5.0 s" },
    ]);
  });

  it("lets them follow each other where the record does not say when they began", () => {
    const phases = [
      { phase: "accepted", seconds: 1 },
      { phase: "running", seconds: 5 },
    ];
    expect(timeline(recordOf({ timings: { ...timings, phases } }))).toMatchObject([
      { kind: "waiting", from: 0, to: 1 },
      { from: 1, to: 6 },
    ]);
  });

  it("sets Nova's own times and the downtime below them", () => {
    const downtime = {
      milliseconds: 500,
      probe: "ping",
      intervalMilliseconds: 50,
      beganAt: "2026-01-01T00:00:08Z",
    } as const;
    expect(timeline(recordOf({ migration, downtime }))).toMatchObject([
      { row: "Nova's record", from: 1, to: 9 },
      { row: "guest silent", kind: "down", from: 8, to: 8.5 },
    ]);
  });

  it("leaves out what of an adopted migration was before the run", () => {
    const earlier = { ...migration, createdAt: "2025-12-31T23:59:00Z" };
    expect(timeline(recordOf({ migration: earlier }))).toMatchObject([{ from: 0, to: 9 }]);
  });
});

it.each([
  [0.153, "0.15 s"],
  [12.34, "12.3 s"],
  [340.2, "340 s"],
])("writes %d seconds as %s", (value, text) => {
  expect(seconds(value)).toBe(text);
});
