import { describe, expect, it } from "vitest";
import { judgeDrain } from "../../chaos/drains/judge.ts";
import type { DrainSeen, HostAttemptSeen, HostTruth, ServerSeen } from "../../chaos/drains/observation.ts";
import { drainRoundOf } from "../../chaos/drains/schedule.ts";
import type { Truth } from "../../chaos/observation.ts";

const HOST = "node-01";

function truth(host: string, moves: [source: string, destination: string][] = [], status = "ACTIVE"): Truth {
  const migrations = moves.map(([source, destination], i) => ({ id: i + 1, status: "completed", source, destination }));
  return {
    server: { status, taskState: null, host },
    volumes: [{ id: "vol", status: "in-use", attachments: 1, hosts: [host] }],
    migrations: migrations.toReversed(),
  };
}
const AWAY: [string, string] = [HOST, "node-02"];
const HOME: [string, string] = ["node-02", HOST];

const server = (changes: Partial<ServerSeen> = {}): ServerSeen => ({
  ...{ id: "vm", name: "server 0", off: false, deleted: false, byOthers: 0 },
  ...{ before: truth(HOST), drained: truth("node-02", [AWAY]), after: truth(HOST, [AWAY, HOME]) },
  ...changes,
});
const EMPTY: HostTruth = { enabled: false, servers: [], migrations: [], consumers: [] };
const drained = (changes: Partial<HostAttemptSeen> = {}): HostAttemptSeen => ({
  ...{ command: "drain", host: HOST, exitCode: 0, signals: [], hung: false, state: "empty", away: [], words: "" },
  ...{ meanwhile: false, truth: EMPTY },
  ...changes,
});
const restored = (changes: Partial<HostAttemptSeen> = {}): HostAttemptSeen =>
  drained({ command: "restore", state: "open", truth: { ...EMPTY, enabled: true, servers: ["vm"] }, ...changes });

const seen = (attempts: HostAttemptSeen[], servers: ServerSeen[] = [server()]): DrainSeen => ({
  round: { ...drainRoundOf(1, 1), meanwhile: { kind: "create", atMs: 0 } },
  hosts: [HOST],
  attempts,
  servers,
});
const kinds = (...given: Parameters<typeof seen>) => judgeDrain(seen(...given)).map(({ kind }) => kind);
const WHOLE = [drained(), restored()];

describe("the judge of a drain", () => {
  it("finds nothing where every server left once and came home once", () => {
    expect(kinds(WHOLE)).toEqual([]);
  });

  it.each<[string, HostTruth]>([
    ["a server", { ...EMPTY, servers: ["vm"] }],
    ["a migration", { ...EMPTY, migrations: [7] }],
    ["an allocation", { ...EMPTY, consumers: ["vm"] }],
    ["nothing, but it is open", { ...EMPTY, enabled: true }],
  ])("counts a false `empty` where %s is on the host", (_, found) => {
    expect(kinds([drained({ truth: found }), restored()])).toEqual(["falseEmpty"]);
  });

  it("takes a server that somebody makes at that moment for no lie", () => {
    const late = drained({ meanwhile: true, truth: { ...EMPTY, servers: ["late"] } });
    expect(kinds([late, ...WHOLE])).toEqual([]);
  });

  it("counts a server that left, or came home, twice", () => {
    const twice = truth("node-02", [AWAY, HOME, AWAY]);
    const after = truth(HOST, [AWAY, HOME, AWAY, HOME]);
    expect(kinds(WHOLE, [server({ drained: twice, after })])).toEqual(["movedTwice"]);
    const again = truth(HOST, [AWAY, HOME, AWAY, HOME]);
    expect(kinds(WHOLE, [server({ after: again })])).toEqual(["movedTwice"]);
    expect(kinds(WHOLE, [server({ after: again, byOthers: 1 })])).toEqual([]);
  });

  it("counts a server that is gone, off, or has a volume attached twice", () => {
    expect(kinds(WHOLE, [server({ after: { ...truth(HOST), server: null } })])).toEqual(["lost"]);
    expect(kinds(WHOLE, [server({ drained: truth("node-02", [AWAY], "SHUTOFF") })])).toEqual(["lost"]);
    const volumes = [{ id: "vol", status: "in-use", attachments: 2, hosts: ["node-02"] }];
    expect(kinds(WHOLE, [server({ drained: { ...truth("node-02", [AWAY]), volumes } })])).toEqual(["attachedTwice"]);
    expect(kinds(WHOLE, [server({ after: { ...truth(HOST), server: null }, deleted: true })])).toEqual([]);
  });

  it("counts a server that is neither home nor named once a restore has exited 0", () => {
    const open = { ...EMPTY, enabled: true };
    expect(kinds([drained(), restored({ truth: open })])).toEqual(["falseHome"]);
    expect(kinds([drained(), restored({ truth: open, away: ["vm"] })])).toEqual([]);
  });

  it("counts a host that is called open and is not, an unknown exit, and a maintenance without an end", () => {
    expect(kinds([drained(), restored({ truth: { ...EMPTY, servers: ["vm"] } })])).toEqual(["leftDisabled"]);
    expect(kinds([drained({ exitCode: 1, truth: null, state: null }), ...WHOLE])).toEqual(["crashed"]);
    expect(kinds([drained()])).toEqual(["unsettled"]);
  });
});

describe("the schedule of drains", () => {
  it("is the same for the same seed, and has in 200 rounds everything that others do", () => {
    const rounds = Array.from({ length: 200 }, (_, i) => drainRoundOf(3, i + 1));
    expect(rounds[32]).toEqual(drainRoundOf(3, 33));
    const others = new Set(rounds.map(({ meanwhile }) => meanwhile?.kind));
    expect(others).toEqual(
      new Set([undefined, ...["enable", "create", "delete", "stop", "migrate", "disable-other", "drain-other"]]),
    );
    expect(rounds.some(({ drains }) => drains.some(({ kill }) => kill?.signal === "SIGKILL"))).toBe(true);
  });
});
