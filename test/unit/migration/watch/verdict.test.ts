import { describe, expect, it } from "vitest";
import { judge, RECORD_LAG_LIMIT, type Observation } from "../../../../migration/watch/verdict.ts";
import { entry, observed } from "../../../support/engine/samples.ts";

const AT = 1_000_000;
const see = (server: Observation["server"], status: string | null, idleSince: number | null = null) =>
  judge({ at: AT, server, record: status === null ? null : entry({ status }) }, "node-31", idleSince);
const migrating = observed({ status: "MIGRATING", taskState: "migrating" });
const movedBusy = observed({ host: "node-31", status: "MIGRATING", taskState: "migrating" });
const moved = observed({ host: "node-31" });

describe("judge", () => {
  it.each(["accepted", "queued", "preparing", "running", "running (post-copy)"])("continues while %s", (status) => {
    expect(see(migrating, status)).toEqual({ state: "moving", phase: status });
  });

  it("continues where there is no record yet", () => {
    expect(see(migrating, null)).toEqual({ state: "moving", phase: "accepted" });
  });

  it.each(["completed", "error", "failed"])("does not take %s for the end while the task is not over", (status) => {
    expect(see(movedBusy, status)).toEqual({ state: "moving", phase: `${status}, task migrating` });
  });

  it("does not take an idle server on the destination for the end while the record continues", () => {
    expect(see(moved, "running")).toEqual({ state: "moving", phase: "running" });
    expect(see(moved, null)).toEqual({ state: "moving", phase: "accepted" });
  });

  it("does not take `error` for the end before it can have become `failed`", () => {
    expect(see(observed(), "error")).toEqual({ state: "moving", phase: "error" });
    expect(see(observed(), "error", AT - 199)).toEqual({ state: "moving", phase: "error" });
    expect(see(observed(), "error", AT - 200)).toEqual({ state: "ended", status: "error", onDestination: false });
    expect(see(moved, "error", AT - 200)).toEqual({ state: "ended", status: "error", onDestination: true });
  });

  it.each(["completed", "failed", "cancelled"])("ends when %s and idle, and says where", (status) => {
    expect(see(moved, status)).toEqual({ state: "ended", status, onDestination: true });
    expect(see(observed(), status)).toEqual({ state: "ended", status, onDestination: false });
  });

  it("knows the place by hostId where hosts are hidden", () => {
    expect(see({ ...moved, host: null }, "completed")).toMatchObject({ onDestination: true });
    expect(see({ ...observed(), host: null }, "completed")).toMatchObject({ onDestination: false });
  });

  it("is stuck when the record does not follow an idle server", () => {
    expect(see(moved, "running", AT - RECORD_LAG_LIMIT + 1)).toMatchObject({ state: "moving" });
    expect(see(moved, "running", AT - RECORD_LAG_LIMIT)).toEqual({
      state: "stuck",
      status: "running",
      onDestination: true,
    });
  });

  it("is over when the server is gone", () => {
    expect(see("gone", "completed")).toEqual({ state: "gone" });
  });
});
