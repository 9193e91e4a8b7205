import { describe, expect, it } from "vitest";
import { judgeMove, VIOLATIONS, type ViolationKind } from "../../chaos/judge.ts";
import type { AttemptSeen, MoveSeen, RequestSeen, Truth } from "../../chaos/observation.ts";
import type { Move } from "../../chaos/schedule.ts";

const [SOURCE, DESTINATION] = ["node-01", "node-02"];

function truthOn(host: string, over: Partial<Truth> = {}): Truth {
  return {
    server: { status: "ACTIVE", taskState: null, host },
    volumes: ["boot", "data"].map((id) => ({ id, status: "in-use", attachments: 1, hosts: [host] })),
    migrations: [],
    ...over,
  };
}

const completed = (id: number, destination = DESTINATION) => ({ id, status: "completed", source: SOURCE, destination });
const failed = (id: number) => ({ ...completed(id), status: "failed" });
const confirmed = (id: number) => ({ ...completed(id), status: "confirmed" });
const ACCEPTED: RequestSeen = { action: "os-migrateLive", fault: null, faultStatus: null, status: 202 };
const COLD_ACCEPTED: RequestSeen = { ...ACCEPTED, action: "migrate" };
const CONFIRMATION: RequestSeen = { ...ACCEPTED, action: "confirmResize", status: 204 };
const answered = (faultStatus: number): RequestSeen => ({ ...ACCEPTED, fault: "answer", faultStatus, status: null });

const MOVE: Move = {
  server: 0,
  manner: "live",
  target: { host: DESTINATION },
  pace: { seconds: 1 },
  liftMs: null,
  obstacle: null,
  faults: [],
  attempts: [{ kill: null, options: [] }],
  interference: null,
  again: false,
};

/** A run that moved the server; then `over`. */
function attempt(over: Partial<AttemptSeen> = {}): AttemptSeen {
  const base = { exitCode: 0, signals: [], hung: false, destination: DESTINATION, source: SOURCE, migration: 1 };
  const truth = truthOn(DESTINATION, { migrations: [completed(1)] });
  return { ...base, words: "moved", requests: [ACCEPTED], truth, ...over };
}

function move(over: Partial<MoveSeen> = {}): MoveSeen {
  return {
    move: MOVE,
    serverId: "5e",
    wanted: [DESTINATION],
    before: truthOn(SOURCE),
    attempts: [attempt()],
    after: truthOn(DESTINATION, { migrations: [completed(1)] }),
    othersAccepted: 0,
    cloudDied: false,
    ...over,
  };
}

const killed = attempt({ exitCode: null, signals: ["SIGKILL"], truth: null, migration: null, destination: null });
const adopted = attempt({ requests: [] });
/** Failed on the way, and intact; the plain run then moved it. */
const intact = attempt({ exitCode: 4, truth: truthOn(SOURCE, { migrations: [failed(1)] }) });
const second = attempt({ migration: 2, truth: truthOn(DESTINATION, { migrations: [completed(2), failed(1)] }) });
const both = truthOn(DESTINATION, { migrations: [completed(2), failed(1)] });
const twice = [
  { id: "boot", status: "in-use", attachments: 2, hosts: [SOURCE, DESTINATION] },
  { id: "data", status: "in-use", attachments: 1, hosts: [DESTINATION] },
];
const inError = truthOn(DESTINATION, {
  server: { status: "ERROR", taskState: null, host: DESTINATION },
  migrations: [{ ...completed(1), status: "error" }],
});

/** A cold move of a server that is shut off; `over` its server's state where the run ended. */
const off = (host: string, migrations: Truth["migrations"], status = "SHUTOFF") =>
  truthOn(host, { server: { status, taskState: null, host }, migrations });
const OFF: Partial<MoveSeen> = { move: { ...MOVE, manner: "stopped-cold" }, before: off(SOURCE, []) };
const waiting = off(DESTINATION, [{ ...completed(1), status: "finished" }], "VERIFY_RESIZE");
const arrivedCold = attempt({ requests: [COLD_ACCEPTED, CONFIRMATION], truth: off(DESTINATION, [confirmed(1)]) });
const leftOpen = attempt({ exitCode: 6, requests: [COLD_ACCEPTED], truth: waiting, words: "it is not confirmed" });

/** The kinds of violations, with their counts. */
function violations(seen: MoveSeen): Partial<Record<ViolationKind, number>> {
  const found: Partial<Record<ViolationKind, number>> = {};
  for (const { kind, count } of judgeMove(seen).violations) found[kind] = (found[kind] ?? 0) + count;
  return found;
}

describe("the judge finds nothing wrong with", () => {
  it.each<[string, MoveSeen]>([
    ["a move that went well", move()],
    ["a killed run and one that adopted", move({ attempts: [killed, adopted] })],
    ["a failure that was intact, and its repetition", move({ attempts: [intact, second], after: both })],
    [
      "a request that was turned away and repeated",
      move({ attempts: [attempt({ requests: [answered(429), ACCEPTED] })] }),
    ],
    [
      "Nova's ERROR after the end failed, called 5",
      move({
        move: { ...MOVE, pace: { fail_post: "chaos" } },
        attempts: [attempt({ exitCode: 5, truth: inError })],
        after: inError,
      }),
    ],
    [
      "someone else's migration right after the success",
      move({
        attempts: [
          attempt({
            truth: truthOn("node-03", {
              server: { status: "MIGRATING", taskState: "migrating", host: DESTINATION },
              migrations: [completed(2, "node-03"), completed(1)],
            }),
          }),
          attempt({ migration: 3, truth: truthOn(DESTINATION, { migrations: [completed(3), completed(1)] }) }),
        ],
        after: truthOn(DESTINATION, { migrations: [completed(3), completed(2, "node-03"), completed(1)] }),
        othersAccepted: 1,
      }),
    ],
    [
      "a request that Nova took while its API died",
      move({ attempts: [attempt({ requests: [{ ...ACCEPTED, status: null }] })], cloudDied: true }),
    ],
    [
      "a cold move of a server that is shut off",
      move({ ...OFF, attempts: [arrivedCold], after: off(DESTINATION, [confirmed(1)]) }),
    ],
    [
      "a confirmation that is sent again",
      move({
        ...OFF,
        attempts: [{ ...arrivedCold, requests: [COLD_ACCEPTED, { ...CONFIRMATION, fault: "cut" }, CONFIRMATION] }],
        after: off(DESTINATION, [confirmed(1)]),
      }),
    ],
    [
      "a cold move that was left open with that said, then adopted and confirmed",
      move({
        ...OFF,
        attempts: [leftOpen, { ...arrivedCold, requests: [CONFIRMATION] }],
        after: off(DESTINATION, [confirmed(1)]),
      }),
    ],
    [
      "a cold move that someone else reverted, and the second one",
      move({
        ...OFF,
        attempts: [
          attempt({
            exitCode: 4,
            requests: [COLD_ACCEPTED],
            truth: off(SOURCE, [{ ...completed(1), status: "reverted" }]),
          }),
          { ...arrivedCold, migration: 2, truth: off(DESTINATION, [confirmed(2)]) },
        ],
        after: off(DESTINATION, [confirmed(2), { ...completed(1), status: "reverted" }]),
      }),
    ],
  ])("%s", (_, seen) => {
    expect(judgeMove(seen).violations).toEqual([]);
  });
});

const BAD: [ViolationKind, string, MoveSeen][] = [
  ["lost", "the server is gone", move({ after: truthOn(DESTINATION, { server: null, migrations: [completed(1)] }) })],
  [
    "lost",
    "the server is in ERROR, and nothing explains it",
    move({ attempts: [attempt({ exitCode: 5 })], after: inError }),
  ],
  [
    "lost",
    "the server is in ERROR by a fault, and the engine said 0",
    move({ move: { ...MOVE, pace: { fail_post: "chaos" } }, after: inError }),
  ],
  ["attachedTwice", "two attachments of a volume", move({ after: { ...move().after, volumes: twice } })],
  [
    "attachedTwice",
    "two attachments after a service died, and the engine said 4",
    move({
      attempts: [{ ...intact, requests: [ACCEPTED] }],
      after: { ...move().after, volumes: twice },
      cloudDied: true,
    }),
  ],
  [
    "attachedTwice",
    "a volume that is not attached any more",
    move({ after: { ...move().after, volumes: [{ id: "boot", status: "available", attachments: 0, hosts: [] }] } }),
  ],
  ["falseSuccess", "it is still on the source", move({ attempts: [attempt({ truth: truthOn(SOURCE) }), attempt()] })],
  ["falseSuccess", "it is somewhere else than was wanted", move({ attempts: [attempt({ destination: "node-03" })] })],
  [
    "falseSuccess",
    "its migration failed",
    move({ attempts: [attempt({ truth: truthOn(DESTINATION, { migrations: [failed(1)] }) })] }),
  ],
  ["falseSuccess", "nobody looked", move({ attempts: [attempt({ truth: null })] })],
  [
    "falseIntact",
    "it is in ERROR",
    move({ attempts: [{ ...intact, truth: { ...inError, migrations: [failed(1)] } }, second], after: both }),
  ],
  [
    "falseIntact",
    "its volume is attached twice",
    move({
      attempts: [{ ...intact, truth: truthOn(SOURCE, { volumes: twice, migrations: [failed(1)] }) }, second],
      after: both,
    }),
  ],
  ["falseRefusal", "Nova had accepted", move({ attempts: [attempt({ exitCode: 3 }), adopted] })],
  [
    "duplicateMigrations",
    "it was moved there again",
    move({
      attempts: [killed, second],
      after: truthOn(DESTINATION, { migrations: [completed(2), completed(1)] }),
    }),
  ],
  ["duplicateMigrations", "more records than requests", move({ after: both })],
  ["repeatedRequests", "after 202", move({ attempts: [attempt({ requests: [ACCEPTED, ACCEPTED] })], after: both })],
  [
    "repeatedRequests",
    "after a gateway's 502, which may have come after Nova",
    move({ attempts: [attempt({ requests: [answered(502), ACCEPTED] })] }),
  ],
  [
    "repeatedRequests",
    "after a lost answer",
    move({ attempts: [attempt({ requests: [{ ...ACCEPTED, fault: "half" }, ACCEPTED] })], after: both }),
  ],
  [
    "falseSuccess",
    "its cold move waits to be confirmed",
    move({ ...OFF, attempts: [{ ...leftOpen, exitCode: 0 }, arrivedCold] }),
  ],
  [
    "falseSuccess",
    "it was shut off, and runs",
    move({ ...OFF, attempts: [{ ...arrivedCold, truth: truthOn(DESTINATION, { migrations: [confirmed(1)] }) }] }),
  ],
  [
    "falseIntact",
    "its cold move was confirmed",
    move({ ...OFF, attempts: [{ ...arrivedCold, exitCode: 4 }, arrivedCold] }),
  ],
  ["lost", "it ran, and is shut off", move({ after: off(DESTINATION, [completed(1)]) })],
  [
    "duplicateMigrations",
    "it was moved cold there again",
    move({
      ...OFF,
      attempts: [{ ...killed, requests: [COLD_ACCEPTED] }, arrivedCold],
      after: off(DESTINATION, [confirmed(2), confirmed(1)]),
    }),
  ],
  [
    "repeatedRequests",
    "a second cold migration after a lost answer",
    move({ ...OFF, attempts: [{ ...arrivedCold, requests: [{ ...COLD_ACCEPTED, fault: "cut" }, COLD_ACCEPTED] }] }),
  ],
  ["unconfirmed", "it still waits at the end", move({ ...OFF, attempts: [leftOpen], after: waiting })],
  [
    "unconfirmed",
    "a human was called, and not told what waits",
    move({
      ...OFF,
      attempts: [{ ...leftOpen, exitCode: 5, words: "look!" }, arrivedCold],
      after: off(DESTINATION, [confirmed(1)]),
    }),
  ],
  ["unrecorded", "accepted, and no record", move({ after: truthOn(DESTINATION) })],
  ["crashed", "exit 1", move({ attempts: [attempt({ exitCode: 1 }), adopted] })],
  ["crashed", "good input called bad", move({ attempts: [attempt({ exitCode: 2 }), adopted] })],
  ["hung", "it did not end", move({ attempts: [attempt({ exitCode: null, hung: true }), adopted] })],
  [
    "unsettled",
    "it is whole, and stays where it was",
    move({ attempts: [intact], after: truthOn(SOURCE, { migrations: [failed(1)] }) }),
  ],
];

describe("the judge finds", () => {
  it.each(BAD)("%s: %s", (kind, _, seen) => {
    expect(violations(seen)).toMatchObject({ [kind]: 1 });
  });

  it("each kind that there is in at least one of these", () => {
    expect(new Set(BAD.map(([kind]) => kind))).toEqual(new Set(VIOLATIONS));
  });
});

describe("the judge tells", () => {
  it("an exit 5 although the server is whole, which is no violation", () => {
    const judged = judgeMove(move({ attempts: [attempt({ exitCode: 5, words: "look!" }), attempt({ requests: [] })] }));
    expect(judged).toEqual({ violations: [], alarms: ["look!"], broken: false });
  });

  it("that a server needs a replacement", () => {
    const { broken } = judgeMove(move({ after: inError }));
    expect(broken).toBe(true);
    expect(judgeMove(move()).broken).toBe(false);
  });
});
