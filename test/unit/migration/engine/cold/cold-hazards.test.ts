import { describe, expect, it } from "vitest";
import { known } from "../../../../../migration/cloud/snapshot.ts";
import { verifyOnly } from "../../../../../migration/engine/run.ts";
import type { NovaModel } from "../../../../support/engine/nova-model.ts";
import { entry, request, SERVER } from "../../../../support/engine/samples.ts";
import { coldStage, failedChecks } from "../../../../support/engine/staged-cold.ts";

const codes = ({ findings }: { findings: { code: string }[] }) => findings.map(({ code }) => code);

/** Someone else's resize, which has brought the server to node-31. */
function resizedByOthers(nova: NovaModel, id = 12): void {
  nova.appearOn("node-31");
  nova.state = { ...nova.state, status: "VERIFY_RESIZE", vmState: "resized" };
  nova.cold.records = [entry({ id, type: "resize", status: "finished" }), ...nova.cold.records];
}

describe("a decision", () => {
  it.each(["confirm", "revert"] as const)(
    "to %s is not sent if something else waits for one by then, such as a resize of someone else's",
    async (what) => {
      const { goCold, nova, context } = coldStage({ damage: what === "confirm" ? "none" : "volume-missing" });
      const hosts = nova.hosts.bind(nova);
      // The last thing that is asked for before.
      context.cloud.hosts = async () => {
        const answer = await hosts();
        if (nova.cold.decisions.length === 0 && nova.state.status === "VERIFY_RESIZE") {
          nova.cold.records = nova.cold.records.map((record) => ({ ...record, status: "confirmed" }));
          resizedByOthers(nova);
        }
        return answer;
      };
      const record = await goCold();
      expect(nova.cold.decisions).toEqual([]);
      expect([record.outcome, codes(record)], record.summary).toEqual([
        "still-running",
        expect.arrayContaining(["moved-by-others"]),
      ]);
    },
  );

  it("that goes unanswered is not sent again once it is taken", async () => {
    const { goCold, nova } = coldStage({ decision: "answer-lost", deciding: 500 });
    let sent = 0;
    const confirm = nova.confirm.bind(nova);
    nova.confirm = async () => {
      sent += 1;
      return await confirm();
    };
    expect((await goCold()).outcome).toBe("migrated");
    expect(sent).toBe(1);
  });
});

describe("a destination whose nova-compute dies once the server has arrived", () => {
  const dying = () => {
    const staged = coldStage();
    const { down, clock } = staged;
    clock.after(4_000, () => {
      down("node-31");
    });
    return staged;
  };

  it("may be lost: a server with local disks is not confirmed while it is down", async () => {
    const { goCold, nova } = dying();
    nova.image = "8a1f2b34-0000-4000-8000-00000000000a";
    const record = await goCold();
    expect([record.outcome, record.confirmation], record.summary).toEqual(["still-running", "open"]);
    expect(record.summary).toContain("nova-compute on node-31 is down");
    expect(nova.cold.decisions).toEqual([]);
    nova.adjust = (facts) => facts;
    expect((await goCold()).outcome).toBe("migrated");
  });

  it("is told of where all disks are volumes", async () => {
    expect(codes(await dying().goCold())).toContain("destination-silent");
  });
});

it("a server that was unpinned for a move that ends in ERROR is left without its pin, and that is told", async () => {
  const { goCold, nova } = coldStage({ ending: "start-fails" });
  nova.state = { ...nova.state, pin: "nova" };
  const record = await goCold({ azPin: "unpin" });
  expect([record.outcome, codes(record)]).toEqual([
    "needs-attention",
    expect.arrayContaining(["pin-missing"]) as unknown,
  ]);
});

describe("a cold migration that Nova does not list yet", () => {
  const begun = async () => {
    const staged = coldStage();
    const { nova, clock } = staged;
    await nova.startCold(SERVER, "node-31");
    const moves = () => (clock.now() < listedAt ? [failed] : [...nova.cold.records, failed]);
    const failed = entry({ id: 0, type: "migration", status: "error" });
    const listedAt = clock.now() + 400;
    nova.moves = () => Promise.resolve(moves());
    nova.adjust = (facts) => ({ ...facts, moves: known(moves()) });
    return staged;
  };

  it("is waited for: an earlier one that failed is not taken for it", async () => {
    const { goCold, nova } = await begun();
    const record = await goCold();
    expect([record.outcome, record.migration?.id], record.summary).toEqual(["migrated", 1]);
    expect(nova.cold.decisions).toEqual(["confirm"]);
  });

  it("is waited for by `confirm`, too", async () => {
    const { decide } = await begun();
    const record = await decide("confirm");
    expect([record.outcome, record.migration?.id], record.summary).toEqual(["migrated", 1]);
  });
});

it("a confirmation that takes long is over when record and server agree: a moment between the two is no fault", async () => {
  const { goCold, nova, clock } = coldStage({ deciding: 90_000 });
  const moves = nova.moves.bind(nova);
  let since: number | null = null;
  nova.moves = async () => {
    const records = await moves();
    if (nova.cold.decisions.length > 0) since ??= clock.now();
    // Nova writes the record first.
    const early = since !== null && clock.now() - since > 85_000;
    return early ? (records ?? []).map((record) => ({ ...record, status: "confirmed" })) : records;
  };
  const record = await goCold();
  expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
});

it("someone's long task after the confirmation is left to a later run, and calls no human", async () => {
  const { goCold, nova, clock } = coldStage();
  const confirm = nova.confirm.bind(nova);
  nova.confirm = async () => {
    clock.after(1_600, () => {
      nova.restart("rebooting_hard", 400_000);
    });
    return await confirm();
  };
  const record = await goCold();
  expect([record.outcome, record.confirmation], record.summary).toEqual(["still-running", "confirmed"]);
  expect(record.summary).toContain("rebooting_hard");
  await clock.sleep(400_000);
  expect((await goCold()).outcome).toBe("migrated");
});

it("a run that moves nothing and finds the server unconfirmed says so", async () => {
  const { go, goCold } = coldStage();
  await goCold({ keepUnconfirmed: true });
  const record = await go();
  expect(record.outcome).toBe("already-there");
  expect(record.summary).toContain("VERIFY_RESIZE");
});

it("a resize of someone else's that begins while the answer is lost is not taken for this run's", async () => {
  const { goCold, nova, clock } = coldStage({ delivery: "never-arrives" });
  clock.after(5_000, () => {
    resizedByOthers(nova);
  });
  const record = await goCold();
  expect([record.outcome, codes(record)], record.summary).toEqual(["refused", ["resized"]]);
  expect(nova.cold.decisions).toEqual([]);
});

describe("a cold migration that waits since before this run", () => {
  const waiting = (over: Parameters<typeof coldStage>[0] = {}) => {
    const staged = coldStage(over);
    const { nova } = staged;
    nova.appearOn("node-31");
    nova.hold("node-31", "node-28");
    nova.state = { ...nova.state, status: "VERIFY_RESIZE", vmState: "resized" };
    nova.cold.records = [entry({ id: 9, type: "migration", status: "finished" })];
    return staged;
  };

  it("is not reverted by itself if that would undo what its guest has written to its local disks since", async () => {
    const { goCold, nova, decide } = waiting();
    nova.image = "8a1f2b34-0000-4000-8000-00000000000a";
    nova.settleOn("node-27");
    const record = await goCold();
    expect([record.outcome, record.confirmation, failedChecks(record)], record.summary).toEqual([
      "needs-attention",
      "open",
      ["port-bound", "allocations"],
    ]);
    expect(record.summary).toContain("has written to its local disks");
    expect(nova.cold.decisions).toEqual([]);
    const reverted = await decide("revert");
    expect([reverted.outcome, codes(reverted)], reverted.summary).toEqual(["migrated", ["writes-undone"]]);
    expect(nova.cold.decisions).toEqual(["revert"]);
  });

  it("is reverted if a check fails and all that it writes is on volumes", async () => {
    const { goCold, nova } = waiting();
    nova.attached = ["node-28", "node-31"];
    expect(await goCold()).toMatchObject({ outcome: "failed", confirmation: "reverted" });
    expect(nova.cold.decisions).toEqual(["revert"]);
  });

  it("is confirmed, and reported as one that this run did not begin", async () => {
    const { goCold } = waiting();
    const record = await goCold();
    expect([record.outcome, codes(record)], record.summary).toEqual(["migrated", ["begun-elsewhere"]]);
  });

  it("is not judged by the journal of an earlier one", async () => {
    const { goCold, nova, context } = waiting();
    nova.cold.records.push(entry({ id: 5, type: "migration", status: "confirmed" }));
    await context.journal.write({
      serverId: SERVER,
      source: "node-28",
      destination: "node-31",
      unpinnedFrom: null,
      intendedAt: "2025-12-01T00:00:00Z",
      requestId: null,
      guestBefore: null,
      cold: { statusBefore: "SHUTOFF", newestBefore: 3 },
    });
    const record = await goCold();
    expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
    expect(nova.cold.decisions).toEqual(["confirm"]);
  });

  it("to be confirmed, and never ends, needs a human at last", async () => {
    const { goCold, nova, clock } = waiting();
    nova.cold.records = [entry({ id: 9, type: "migration", status: "confirming" })];
    await clock.sleep(900_000);
    const record = await goCold({ timeoutSeconds: 60 });
    expect([record.outcome, nova.cold.decisions], record.summary).toEqual(["needs-attention", []]);
    expect(record.summary).toContain("confirming");
  });
});

describe("while a cold migration is under way", () => {
  it("`verify` says so, and calls no human", async () => {
    const { nova, clock, context } = coldStage();
    await nova.startCold(SERVER, "node-31");
    await clock.sleep(1_000);
    for (const host of ["node-28", "node-31"]) {
      const record = await verifyOnly(request({ host }), context);
      expect(record.outcome, record.summary).toBe("still-running");
      expect(record.summary).toContain("a cold migration or a resize is under way");
    }
  });

  it.each(["confirm", "revert"] as const)("`%s` waits for Nova to choose its destination", async (what) => {
    const { nova, clock, decide } = coldStage({ choosing: 3_000 });
    await nova.startCold(SERVER, "node-31");
    await clock.sleep(100);
    const record = await decide(what);
    expect([record.outcome, record.confirmation], record.summary).toEqual(["migrated", `${what}ed`]);
    expect(nova.cold.decisions).toEqual([what]);
  });
});

it("`revert` of what is being confirmed is refused, and called no success", async () => {
  const { goCold, decide, nova } = coldStage({ deciding: 20_000 });
  await goCold({ keepUnconfirmed: true });
  nova.cold.byOthers("confirm");
  const record = await decide("revert");
  expect([record.outcome, codes(record)], record.summary).toEqual(["refused", ["confirmed-already"]]);
  expect(record.summary).toContain("is on node-31");
  expect(nova.cold.decisions).toEqual(["confirm"]);
});

it("`confirm` of what is confirmed moves nothing, even if someone moves the server away meanwhile", async () => {
  const { goCold, decide, nova, clock } = coldStage();
  await goCold();
  await clock.sleep(60_000);
  const snapshot = nova.snapshot.bind(nova);
  nova.snapshot = async (id, scope) => {
    const seen = await snapshot(id, scope);
    if (nova.state.host === "node-31") nova.appearOn("node-27");
    return seen;
  };
  const record = await decide("confirm");
  expect(record.outcome, record.summary).not.toBe("migrated");
  expect(nova.cold.posts).toEqual(["node-31"]);
});

describe("an interruption", () => {
  it("before a revert leaves the decision open: nothing is begun after it", async () => {
    const { goCold, nova, context } = coldStage({ damage: "guest-off" });
    const interrupt = new AbortController();
    Object.assign(context, { interrupted: interrupt.signal });
    const snapshot = nova.snapshot.bind(nova);
    nova.snapshot = async (id, scope) => {
      if (nova.state.status === "VERIFY_RESIZE") interrupt.abort();
      return await snapshot(id, scope);
    };
    const record = await goCold();
    expect([record.outcome, record.confirmation], record.summary).toEqual(["needs-attention", "open"]);
    expect(record.summary).toContain("it was not reverted: the run was interrupted before");
    expect(nova.cold.decisions).toEqual([]);
  });

  it.each(["confirm", "revert"] as const)("after the request to %s says that it was sent", async (what) => {
    const staged = coldStage({ damage: what === "confirm" ? "none" : "volume-missing", deciding: 20_000 });
    const { goCold, nova, context } = staged;
    const interrupt = new AbortController();
    Object.assign(context, { interrupted: interrupt.signal });
    const send = nova[what].bind(nova);
    nova[what] = async () => {
      interrupt.abort();
      return await send();
    };
    const record = await goCold();
    expect(record.outcome, record.summary).toBe("still-running");
    expect(record.summary).toContain(`its ${what === "confirm" ? "confirmation" : "revert"} was requested`);
    expect(nova.cold.decisions).toEqual([what]);
  });
});
