import { oneLine } from "../../text/visible.ts";
import type { Finding } from "../contract/record.ts";

type Parts = Pick<Finding, "path" | "value" | "problem" | "fix">;

const kind =
  (severity: Finding["severity"], transient: boolean) =>
  (code: string, { path, value, problem, fix }: Parts): Finding => ({
    code,
    severity,
    transient,
    path,
    value: oneLine(value),
    problem: oneLine(problem),
    fix: oneLine(fix),
  });

/** Stops the move whenever it is tried. */
export const blocker = kind("blocker", false);
/** Stops the move now, but may be gone later. */
export const transientBlocker = kind("blocker", true);
export const warning = kind("warning", false);
export const transientWarning = kind("warning", true);

/** What an earlier migration left that did not end cleanly: the guest may run on another host than Nova says. */
const UNCLEAN: ReadonlySet<string> = new Set(["attached-twice", "held-elsewhere"]);

export const isUnclean = (findings: readonly Finding[]): boolean => findings.some(({ code }) => UNCLEAN.has(code));

/** What a migration that has just ended may take away yet. */
const LEFTOVERS: ReadonlySet<string> = new Set([...UNCLEAN, "leftover-binding"]);

export const mayVanish = (findings: readonly Finding[]): boolean => findings.some(({ code }) => LEFTOVERS.has(code));

/** One line for a log: the problem, the place and the fix. */
export function describeFinding({ severity, path, value, problem, fix }: Finding): string {
  return `${severity}: ${path} (${value}): ${problem}. Fix: ${fix}`;
}

// Findings of more than one decision.

export const serverBusy = (taskState: string): Finding =>
  transientBlocker("server-busy", {
    path: "server",
    value: `task_state ${taskState}`,
    problem: `another operation is under way (${taskState}), and Nova refuses a second one`,
    fix: "wait until it has ended, then run this again",
  });

export const migratingElsewhere = (migration: number, destination: string, cold = false): Finding =>
  transientBlocker("migrating-elsewhere", {
    path: "host",
    value: `migration ${migration} to ${destination}`,
    problem: `the server is on its way to ${destination} already`,
    fix: cold
      ? "wait for it; then `live-migrate confirm` keeps it there, `live-migrate revert` takes it back; then run this again"
      : "wait for it, or `live-migrate abort`; then run this again",
  });

/** @param migration its id, or what stands for it */
export const migrationInFlight = (migration: number | string, status: string): Finding =>
  transientBlocker("migration-in-flight", {
    path: "server",
    value: `migration ${migration} is ${status}`,
    problem: "Nova has an unfinished migration of this server whose destination is not known",
    fix: "wait until it has ended, then run this again; `openstack server migration list` shows it",
  });

export const noMigrationRights = (reason: string): Finding =>
  blocker("no-migration-rights", {
    path: "cloud",
    value: reason,
    problem:
      "this user may neither see hosts nor migrations: Nova's default policy lets only administrators migrate to a named host",
    fix: "use an administrator's credentials, or have `os_compute_api:os-migrate-server:migrate_live` (from Nova 32 on also `os_compute_api:os-migrate-server:migrate_live:host`) and the read rules granted; docs/accounts.md lists them",
  });
