import type { Judgement, ViolationKind } from "./judge.ts";
import { VIOLATIONS } from "./judge.ts";
import type { MoveSeen } from "./observation.ts";
import type { Round } from "./schedule.ts";

/** A violation and where it came from. */
export interface Finding {
  round: number;
  server: string;
  kind: ViolationKind | "alarm";
  text: string;
}

/** What a run of chaos came to; the document of `--json`. */
export interface Summary {
  seed: number;
  rounds: number;
  /** All servers that were ever made for it. */
  servers: number;
  moves: number;
  /** Those of them that were cold, of servers that ran and of such that were shut off. */
  cold: number;
  stoppedCold: number;
  /** Cold migrations that were confirmed, and reverted, by whomever. */
  confirmed: number;
  reverted: number;
  /** Starts of the engine, and how often it was killed or interrupted. */
  runs: number;
  signals: number;
  /** Exit codes of the engine, and how often each; `killed` has none. */
  exits: Record<string, number>;
  migrations: number;
  cloudFaults: number;
  /** Servers that Nova broke by a fault that was injected, and that were replaced. */
  broken: number;
  /** Exit 5 although the server was whole. */
  alarms: number;
  violations: Record<ViolationKind, number>;
  findings: Finding[];
  seconds: number;
  passed: number;
  failed: number;
}

export function emptySummary(seed: number): Summary {
  const violations = Object.fromEntries(VIOLATIONS.map((kind) => [kind, 0])) as Record<ViolationKind, number>;
  const cold = { cold: 0, stoppedCold: 0, confirmed: 0, reverted: 0 };
  const counts = {
    rounds: 0,
    servers: 0,
    moves: 0,
    ...cold,
    runs: 0,
    signals: 0,
    migrations: 0,
    cloudFaults: 0,
    broken: 0,
  };
  return { seed, ...counts, alarms: 0, exits: {}, violations, findings: [], seconds: 0, passed: 0, failed: 0 };
}

/** Adds a round; it has failed if any of its moves violated anything. */
export function count(summary: Summary, round: Round, judged: { seen: MoveSeen; judgement: Judgement }[]): void {
  summary.rounds++;
  if (round.cloudFault) summary.cloudFaults++;
  for (const { seen, judgement } of judged) {
    summary.moves++;
    if (seen.move.manner === "cold") summary.cold++;
    if (seen.move.manner === "stopped-cold") summary.stoppedCold++;
    const fresh = seen.after.migrations.slice(0, seen.after.migrations.length - seen.before.migrations.length);
    summary.confirmed += fresh.filter(({ status }) => status === "confirmed").length;
    summary.reverted += fresh.filter(({ status }) => status === "reverted").length;
    summary.runs += seen.attempts.length;
    summary.migrations += fresh.length;
    for (const { exitCode, signals } of seen.attempts) {
      const exit = exitCode === null ? "killed" : String(exitCode);
      summary.exits[exit] = (summary.exits[exit] ?? 0) + 1;
      summary.signals += signals.length;
    }
    if (judgement.broken) summary.broken++;
    summary.alarms += judgement.alarms.length;
    const at = { round: round.number, server: seen.serverId };
    for (const text of judgement.alarms) summary.findings.push({ ...at, kind: "alarm", text });
    for (const { kind, count: times, text } of judgement.violations) {
      summary.violations[kind] += times;
      summary.findings.push({ ...at, kind, text });
    }
  }
  const violated = judged.some(({ judgement }) => judgement.violations.length > 0);
  summary[violated ? "failed" : "passed"]++;
}

/** One line with every count. */
export function summaryLine(summary: Summary): string {
  const { seed, rounds, servers, moves, cold, stoppedCold, confirmed, reverted, seconds } = summary;
  const { runs, signals, migrations, cloudFaults, broken, alarms } = summary;
  const exits = Object.entries(summary.exits)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([exit, times]) => `${exit}:${times}`)
    .join(",");
  const pairs = {
    ...{ seed, rounds, servers, moves, cold, stoppedCold, migrations, confirmed, reverted, ...summary.violations },
    ...{ runs, exits, signals, cloudFaults, broken, alarms, seconds: Math.round(seconds) },
  };
  return `chaos ${Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")}`;
}

/** One line about a round, while it goes on. */
export function roundLine({ number, moves, cloudFault }: Round, seen: MoveSeen[], seconds: number): string {
  const parts = moves.map(({ server, manner, target, pace, obstacle, faults, interference }, i) => {
    const kinds = faults.map(({ action }) => (action.kind === "answer" ? String(action.status) : action.kind));
    const failing = Object.keys(pace).filter((key) => key !== "seconds" && key !== "decision_seconds");
    const wrong = [...failing, obstacle, ...kinds, interference && `other ${interference.kind}`].filter(Boolean);
    const ends = (seen[i]?.attempts ?? []).map(({ exitCode, signals }) => exitCode ?? signals.join("+"));
    const to = "host" in target ? target.host : `zone ${target.zone}`;
    return `#${server}${manner === "live" ? "" : ` ${manner}`} to ${to}${wrong.length > 0 ? ` (${wrong.join(", ")})` : ""}: ${ends.join(", ")}`;
  });
  const cloud = cloudFault ? ` [${cloudFault.service} dies]` : "";
  return `round ${number}, ${seconds.toFixed(1)} s${cloud}: ${parts.join("; ")}`;
}
