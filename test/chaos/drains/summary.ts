import { DRAIN_VIOLATIONS, type DrainViolation, type DrainViolationKind } from "./judge.ts";
import type { DrainSeen } from "./observation.ts";

/** What a run of chaos with drains came to; the document of `--json`. */
export interface DrainSummary {
  seed: number;
  rounds: number;
  /** Starts of `drain` and `restore`, and how often they were killed or interrupted. */
  runs: number;
  signals: number;
  exits: Record<string, number>;
  /** How often others acted, by what they did. */
  meanwhile: Record<string, number>;
  violations: Record<DrainViolationKind, number>;
  findings: { round: number; kind: DrainViolationKind; text: string }[];
  seconds: number;
  passed: number;
  failed: number;
}

export function emptyDrainSummary(seed: number): DrainSummary {
  const violations = Object.fromEntries(DRAIN_VIOLATIONS.map((kind) => [kind, 0])) as Record<
    DrainViolationKind,
    number
  >;
  const counts = { rounds: 0, runs: 0, signals: 0, exits: {}, meanwhile: {} };
  return { seed, ...counts, violations, findings: [], seconds: 0, passed: 0, failed: 0 };
}

const add = (counts: Record<string, number>, key: string) => (counts[key] = (counts[key] ?? 0) + 1);

/** Adds a round; it has failed if anything in it was violated. */
export function countDrain(summary: DrainSummary, { round, attempts }: DrainSeen, found: DrainViolation[]): void {
  summary.rounds++;
  summary.runs += attempts.length;
  if (round.meanwhile) add(summary.meanwhile, round.meanwhile.kind);
  for (const { exitCode, signals } of attempts) {
    add(summary.exits, exitCode === null ? "killed" : String(exitCode));
    summary.signals += signals.length;
  }
  for (const { kind, text } of found) {
    summary.violations[kind]++;
    summary.findings.push({ round: round.number, kind, text });
  }
  summary[found.length > 0 ? "failed" : "passed"]++;
}

/** One line with every count. */
export function drainSummaryLine({ seed, rounds, violations, runs, exits, signals, seconds }: DrainSummary): string {
  const ends = Object.entries(exits)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([exit, times]) => `${exit}:${times}`);
  const all = { seed, rounds, ...violations, runs, exits: ends.join(","), signals, seconds: Math.round(seconds) };
  return `chaos drains ${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")}`;
}

/** One line about a round. */
export function drainLine({ round, hosts, attempts }: DrainSeen, seconds: number): string {
  const ends = (command: string) =>
    attempts
      .filter((attempt) => attempt.command === command)
      .map(({ exitCode, signals }) => exitCode ?? (signals.join("+") || "killed"))
      .join(", ");
  const wrong = [round.meanwhile?.kind, ...round.faults.map(({ action }) => action.kind)].filter(Boolean).join(", ");
  return `round ${round.number}, ${seconds.toFixed(1)} s: ${hosts.join(" and ")}${wrong && ` (${wrong})`}: drain ${ends("drain")}; restore ${ends("restore")}`;
}
