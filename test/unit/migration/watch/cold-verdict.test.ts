import { describe, expect, it } from "vitest";
import { judgeCold } from "../../../../migration/watch/cold-verdict.ts";
import type { MigrationEntry, ServerFacts } from "../../../../migration/cloud/snapshot.ts";
import { entry, server } from "../../../support/engine/samples.ts";

const NOW = 1_000_000;
const look = (
  facts: Partial<ServerFacts> | "gone",
  status: MigrationEntry["status"] | null,
  idleSince: number | null = NOW - 1_000,
) =>
  judgeCold(
    {
      at: NOW,
      server: facts === "gone" ? "gone" : server(facts),
      record: status === null ? null : entry({ type: "migration", status }),
    },
    "node-31",
    idleSince,
  );
const LATE = NOW - 60_000;
const WAITING = { host: "node-31", status: "VERIFY_RESIZE", vmState: "resized" };

describe("a cold migration", () => {
  it("continues while Nova has a task for the server, whatever the record says", () => {
    for (const status of ["migrating", "error", "finished", "confirmed"]) {
      expect(look({ taskState: "resize_migrating" }, status)).toEqual({ state: "moving", phase: status });
    }
  });

  it("has arrived once the record is finished, and the server waits on the destination", () => {
    expect(look(WAITING, "finished").state).toBe("arrived");
    expect(look({ ...WAITING, host: "node-27" }, "finished").state).toBe("moving");
    expect(look({ ...WAITING, host: "node-27" }, "finished", LATE)).toEqual({ state: "stuck", status: "finished" });
    expect(look({ ...WAITING }, "post-migrating").state).toBe("moving");
  });

  it("is confirmed or reverted once record and server agree", () => {
    expect(look(WAITING, "confirming", LATE)).toEqual({ state: "moving", phase: "confirming" });
    expect(look(WAITING, "confirmed").state).toBe("moving");
    expect(look({ host: "node-31" }, "confirmed").state).toBe("confirmed");
    expect(look({ host: "node-31", status: "SHUTOFF" }, "confirmed").state).toBe("confirmed");
    expect(look({ status: "REVERT_RESIZE", taskState: "resize_reverting" }, "reverting").state).toBe("moving");
    expect(look({}, "reverted").state).toBe("reverted");
  });

  it("has failed when the record says so and the server is idle, and reports its host", () => {
    expect(look({}, "error")).toEqual({ state: "failed", status: "error", onDestination: false });
    expect(look({ host: "node-31" }, "error")).toEqual({ state: "failed", status: "error", onDestination: true });
  });

  it("has failed without a record if Nova has dropped it for a minute", () => {
    expect(look({}, null).state).toBe("moving");
    expect(look({}, null, LATE)).toEqual({ state: "failed", status: "without a record", onDestination: false });
  });

  it("is stuck when its record never ends, and an error is never anything else", () => {
    expect(look({}, "migrating").state).toBe("moving");
    expect(look({}, "migrating", LATE)).toEqual({ state: "stuck", status: "migrating" });
    expect(look({ status: "ERROR" }, "confirmed").state).toBe("error");
    expect(look("gone", "migrating").state).toBe("gone");
  });
});
