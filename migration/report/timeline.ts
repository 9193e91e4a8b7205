import type { MigrationRecord } from "../contract/record.ts";

/** One bar of the time line, in seconds since the run began. */
export interface Bar {
  row: string;
  kind: "ours" | "waiting" | "moving" | "nova" | "down";
  from: number;
  to: number;
  /** What stands beside it. */
  label: string;
}

/** Phases in which Nova has the migration, but copies nothing yet. */
const WAITING = new Set(["accepted", "queued", "preparing", "pre-migrating"]);
const OURS = new Set(["preflight", "verify"]);

const kindOf = (phase: string) => (OURS.has(phase) ? "ours" : WAITING.has(phase) ? "waiting" : "moving");

/** Seconds, as short as they are precise. Pure. @example "0.15 s", "12.3 s", "340 s" */
export function seconds(value: number): string {
  return `${value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0)} s`;
}

/** Bars of the phases, of Nova's own record and of the downtime, in the order in which they are to be read. Pure. */
export function timeline({ timings, migration, downtime }: MigrationRecord): Bar[] {
  const began = Date.parse(timings.startedAt);
  const since = (iso: string) => (Date.parse(iso) - began) / 1000;
  const bars: Bar[] = [];
  let end = 0;
  for (const { phase, seconds: length, startSeconds } of timings.phases) {
    // Records of earlier versions do not say when a phase began: then each follows the one before.
    const from = startSeconds ?? end;
    end = from + length;
    bars.push({ row: phase, kind: kindOf(phase), from, to: end, label: seconds(length) });
  }
  if (migration?.createdAt && migration.updatedAt && timings.novaSeconds !== null) {
    // Of a migration that was adopted, the part before this run is left out.
    const [from, to] = [Math.max(0, since(migration.createdAt)), since(migration.updatedAt)];
    const label = `${timings.novaSeconds} s, in whole seconds`;
    if (to >= from) bars.push({ row: "Nova's record", kind: "nova", from, to, label });
  }
  if (downtime?.beganAt) {
    const from = since(downtime.beganAt);
    const label = `${downtime.milliseconds} ms without an answer`;
    bars.push({ row: "guest silent", kind: "down", from, to: from + downtime.milliseconds / 1000, label });
  }
  return bars;
}
