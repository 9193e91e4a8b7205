import { describe, expect, test } from "vitest";
import { assess, type AssessmentInputs } from "../../../../components/preview/preview-verdict.ts";
import { isCreatedUnpinned, lastRunOf } from "../../../../components/state/last-runs.ts";
import { blocker } from "../../../../migration/plan/finding.ts";
import { plan, planDocument } from "../../../../migration/plan/plan.ts";
import type { SurveyedPlan } from "../../../../migration/plan/survey.ts";
import { plannedMove } from "../../../../migration/plan/combined-capacity.ts";
import { hostsWith, request, SERVER, snapshot } from "../../../support/engine/samples.ts";
import type { Snapshot } from "../../../../migration/cloud/snapshot.ts";

/** The plan of moving to node-31, as the engine makes it from a snapshot. */
function surveyed(over: Partial<Snapshot> = {}, on = "node-28"): SurveyedPlan {
  const facts = snapshot(over, on);
  const decided = plan(request(), facts);
  return {
    planned: true,
    document: planDocument(decided, facts),
    onTarget: on === "node-31",
    updatedAt: facts.server.updatedAt,
    move: plannedMove(decided, facts),
  };
}

const lastAskedFor = (host: string, more: Record<string, string> = {}): AssessmentInputs["lastRun"] => ({
  kind: "known",
  environment: { LIVE_MIGRATE_SERVER: SERVER, LIVE_MIGRATE_HOST: host, ...more },
});

const inputs = (over: Partial<AssessmentInputs> = {}): AssessmentInputs => ({
  name: "admin_vm01",
  wanted: { server: SERVER, host: "node-31", zone: undefined },
  lastRun: lastAskedFor("node-28"),
  onDrift: "restore",
  plan: surveyed(),
  runs: true,
  maintenance: null,
  ...over,
});

const texts = (over: Partial<AssessmentInputs>) =>
  assess(inputs(over)).lines.map(({ level, text }) => `${level} ${text}`);

const pinned = () => {
  const { server } = snapshot();
  return surveyed({ server: { ...server, pin: { known: true, zone: "nova" } } });
};

describe("a move that the configuration asks for", () => {
  test("is reported with its hosts, estimate and method, and without a mark of drift", () => {
    const { lines, problems, marker } = assess(inputs());
    expect(lines[0]).toEqual({
      level: "info",
      text: "admin_vm01: node-28 (nova) → node-31 (nova2); live, volume-backed; about 10 s; compute 2.96, host validated by the scheduler",
    });
    expect(problems).toEqual([]);
    expect(marker).toBeUndefined();
  });

  test("has a plan for machines, with the sentences that repeat it and no others", () => {
    const plan = surveyed({ hosts: hostsWith("node-31", { up: false }) });
    const { lines, plan: kept } = assess(inputs({ plan }));
    expect(kept).toMatchObject({ action: "refuse", drift: false, messages: lines.map(({ text }) => text) });
    const drifted = assess(inputs({ lastRun: lastAskedFor("node-31"), runs: false }));
    expect(drifted.plan).toMatchObject({ drift: true, messages: drifted.lines.slice(1).map(({ text }) => text) });
  });

  test("what stops it for certain is a problem", () => {
    expect(assess(inputs({ plan: pinned() })).problems).toMatchObject([
      { path: "admin_vm01.azPin", value: "pinned to nova" },
    ]);
  });

  test("what may change is a warning", () => {
    const plan = surveyed({ hosts: hostsWith("node-31", { up: false }) });
    expect(assess(inputs({ plan })).problems).toEqual([]);
    expect(texts({ plan }).join("\n")).toMatch(
      /warn blocker: host \(node-31 is down\).*this may change before `up`, which checks again/,
    );
  });

  test("a zone without hosts may be made by the same up", () => {
    const { document } = surveyed();
    const findings = [
      blocker("zone-unknown", { path: "zone", value: "new", problem: "no host is in it", fix: "one of: nova" }),
    ];
    const plan: SurveyedPlan = { ...surveyed(), document: { ...document, action: "refuse", findings } };
    expect(assess(inputs({ plan })).problems).toEqual([]);
  });

  test("a command that never ran is one, too", () => {
    expect(assess(inputs({ lastRun: { kind: "none" }, plan: pinned() })).problems).toHaveLength(1);
  });

  test("to where the server is already is said", () => {
    expect(texts({ plan: surveyed({}, "node-31") })).toEqual(["info admin_vm01: on node-31 (nova2) already"]);
  });

  test("keeps the mark of an earlier drift, so that it alone changes nothing", () => {
    expect(assess(inputs({ lastRun: lastAskedFor("node-28", { LIVE_MIGRATE_DRIFT: "old" }) })).marker).toBe("old");
  });
});

describe("a server that the last run put where it is declared", () => {
  const settled = { lastRun: lastAskedFor("node-31", { LIVE_MIGRATE_DRIFT: "old" }), runs: false };

  test("and that is there: silence", () => {
    expect(assess(inputs({ ...settled, plan: surveyed({}, "node-31") }))).toEqual({
      lines: [],
      problems: [],
      move: null,
      marker: "old",
      plan: null,
    });
  });

  test("and that is elsewhere: a warning, and a new mark, which makes up move it back", () => {
    expect(texts(settled)[0]).toMatch(/^warn drift: the server is on node-28 \(nova\), not on node-31/);
    expect(assess(inputs(settled)).marker).toBe("node-28 since 2026-01-01T00:00:00Z");
  });

  test.each([
    ["warn", 1],
    ["ignore", 0],
  ] as const)("%s moves nothing", (onDrift, lines) => {
    const assessed = assess(inputs({ ...settled, onDrift }));
    expect(assessed.marker).toBe("old");
    expect(assessed.lines).toHaveLength(lines);
  });

  test("and that is away because its host is closed: a warning with the reason, and no mark", () => {
    const closed = surveyed({ hosts: hostsWith("node-31", { enabled: false, disabledReason: "kernel upgrade" }) });
    for (const runs of [false, true]) {
      const assessed = assess(inputs({ ...settled, runs, plan: closed }));
      expect(assessed).toMatchObject({ marker: "old", move: null, problems: [], plan: null });
      expect(assessed.lines.map(({ text }) => text)).toEqual([
        "the server is away: it is on node-28 (nova), because node-31 is disabled (kernel upgrade): the scheduler accepts no " +
          "server there. It stays there until node-31 is open again; then `pulumi up` moves it back (onDrift: restore)",
      ]);
    }
  });

  test("and that cannot be moved back now: a warning, which stops no other up", () => {
    const { server } = snapshot();
    const assessed = assess(inputs({ ...settled, plan: surveyed({ server: { ...server, taskState: "rebooting" } }) }));
    expect(assessed).toMatchObject({ marker: "old", problems: [], move: null });
    expect(assessed.lines[0]?.text).toContain("cannot be moved back");
  });

  test("and that cannot be moved back: a warning, which stops no other up", () => {
    const assessed = assess(inputs({ ...settled, plan: pinned() }));
    expect(assessed.problems).toEqual([]);
    expect(assessed.marker).toBe("old");
    expect(assessed.lines[0]?.text).toContain("cannot be moved back");
  });
});

test("no plan: not checked, with the reason, for a move and for drift; silence where drift is ignored", () => {
  const plan = { planned: false, reason: "no network" } as const;
  expect(texts({ plan })).toEqual(["warn not checked: the move to node-31: no network"]);
  const settled = { lastRun: lastAskedFor("node-31"), runs: false };
  expect(texts({ plan, ...settled })).toEqual(["warn not checked: whether it still runs on node-31: no network"]);
  expect(texts({ plan, ...settled, onDrift: "ignore" })).toEqual([]);
});

test.each([
  [":node-28", "s1", true],
  ["nova", "s1", false],
  ["nova:node-28", "s1", false],
  [undefined, "s1", false],
  [":node-28", "other", false],
])("a server whose zone hints are %s is one that was created unpinned, if it is %s: %s", (hints, id, unpinned) => {
  const type = "openstack:compute/instance:Instance";
  const resources = { urn: { type, outputs: { id: "s1", availabilityZoneHints: hints } } };
  expect(isCreatedUnpinned(resources, id)).toBe(unpinned);
});

test("the last run is read from what Pulumi keeps of the command", () => {
  expect(lastRunOf(undefined)).toEqual({ kind: "none" });
  expect(lastRunOf({ type: "command:local:Command", outputs: {} })).toEqual({ kind: "unreadable" });
  const environment = { LIVE_MIGRATE_HOST: "node-28", odd: { secret: true } };
  expect(lastRunOf({ outputs: { environment } })).toEqual({
    kind: "known",
    environment: { LIVE_MIGRATE_HOST: "node-28" },
  });
});

describe("a server that was moved by others, whose command runs for another reason", () => {
  const elsewhere = { lastRun: lastAskedFor("node-31") };

  test.each(["warn", "ignore"] as const)("is reported as a move that `up` makes, also with onDrift %s", (onDrift) => {
    const { lines, move, problems, marker } = assess(inputs({ ...elsewhere, onDrift }));
    expect(lines[0]?.text).toMatch(/^drift: the server is on node-28 .*moves it back although onDrift is/);
    expect(lines[1]?.text).toMatch(/^admin_vm01: node-28 \(nova\) → node-31 \(nova2\)/);
    expect(move).not.toBeNull();
    expect([problems, marker]).toEqual([[], undefined]);
  });

  test("is reported likewise if the policy moves it back anyway", () => {
    expect(texts(elsewhere)[0]).toMatch(/moves it back \(onDrift: restore\)$/);
  });

  test.each(["warn", "restore"] as const)("fails the preview with what will stop the `up`: %s", (onDrift) => {
    expect(assess(inputs({ ...elsewhere, onDrift, plan: pinned() })).problems).toHaveLength(1);
  });

  test("says nothing where it is at home", () => {
    const plan = surveyed({}, "node-31");
    expect(assess(inputs({ ...elsewhere, onDrift: "warn", plan })).lines).toEqual([]);
  });
});
