import { expect, it } from "vitest";
import { count, emptySummary, roundLine, summaryLine } from "../../chaos/summary.ts";
import type { MoveSeen } from "../../chaos/observation.ts";
import type { Round } from "../../chaos/schedule.ts";

const truth = { server: { status: "ACTIVE", taskState: null, host: "node-01" }, volumes: [], migrations: [] };
const round: Round = {
  number: 3,
  moves: [
    {
      server: 2,
      manner: "cold",
      target: { host: "node-04" },
      pace: { seconds: 1, fail_at: 0.5 },
      liftMs: null,
      obstacle: "full",
      faults: [{ match: {}, action: { kind: "answer", status: 502 } }],
      attempts: [],
      interference: { kind: "abort", atMs: 1 },
      again: false,
    },
  ],
  cloudFault: { service: "rabbitmq", host: "source", atMs: 1, holdMs: 0 },
};
const ended = { hung: false, destination: null, source: null, migration: null, words: "", requests: [], truth };
const seen: MoveSeen = {
  move: round.moves[0] as MoveSeen["move"],
  serverId: "5e",
  wanted: ["node-04"],
  before: truth,
  after: { ...truth, migrations: [{ id: 1, status: "confirmed", source: null, destination: "node-04" }] },
  attempts: [
    { ...ended, exitCode: null, signals: ["SIGKILL"] },
    { ...ended, exitCode: 0, signals: [] },
  ],
  othersAccepted: 0,
  cloudDied: true,
};

it("counts a round that went well, and one that did not", () => {
  const summary = emptySummary(42);
  count(summary, round, [{ seen, judgement: { violations: [], alarms: [], broken: false } }]);
  const violations = [{ kind: "duplicateMigrations" as const, count: 2, text: "moved thrice" }];
  count(summary, round, [{ seen, judgement: { violations, alarms: ["look"], broken: true } }]);
  const line = summaryLine(summary);
  for (const part of [
    "chaos seed=42 rounds=2 servers=0 moves=2 cold=2 stoppedCold=0 migrations=2 confirmed=2 reverted=0 ",
    " lost=0 attachedTwice=0 falseSuccess=0 ",
    " duplicateMigrations=2 ",
    " runs=4 exits=0:2,killed:2 signals=2 cloudFaults=2 broken=1 alarms=1 ",
  ]) {
    expect(line).toContain(part);
  }
  expect(summary).toMatchObject({ passed: 1, failed: 1 });
  expect(summary.findings).toEqual([
    { round: 3, server: "5e", kind: "alarm", text: "look" },
    { round: 3, server: "5e", kind: "duplicateMigrations", text: "moved thrice" },
  ]);
});

it("tells a round in one line", () => {
  expect(roundLine(round, [seen], 3.21)).toBe(
    "round 3, 3.2 s [rabbitmq dies]: #2 cold to node-04 (fail_at, full, 502, other abort): SIGKILL, 0",
  );
});
