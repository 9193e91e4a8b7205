import { describeWrong } from "../verify/check.ts";
import { isImageOnly } from "../verify/checks.ts";
import { isUnproven, type Check, type Finding, type MigrationRecord, type Outcome } from "../contract/record.ts";

/** What the one line is made from. */
export interface SummaryInputs {
  outcome: Outcome;
  server: { id: string; name: string };
  source: string | null;
  destination: string | null;
  current: string | null;
  /** The server's status, as last observed. */
  status: string;
  checks: Check[];
  findings: Finding[];
  /** Status of the migration record, when there is one. */
  migrationStatus: string | null;
  /** Whether that is of a cold migration. @default false */
  cold?: boolean;
  /** Of a cold migration that reached its destination. @default null */
  confirmation?: MigrationRecord["confirmation"] | null;
  /** Why it failed, as Nova says it; why watching ended. */
  reason: string | null;
  adopted: boolean;
  downtimeMilliseconds: number | null;
}

/** What happened, where the server is, what to do: one line that a person understands. Pure. */
export function summarise(inputs: SummaryInputs): string {
  const { server, source, destination, current, checks, findings, reason } = inputs;
  const name = `${server.name} (${server.id})`;
  const count = (outcome: Check["outcome"]) => checks.filter((check) => check.outcome === outcome).length;
  const notChecked = count("not-checked");
  const checked = `${count("passed")} checks passed${notChecked > 0 ? `, ${notChecked} not checked` : ""}`;
  const downtime = inputs.downtimeMilliseconds === null ? "" : `, downtime ${inputs.downtimeMilliseconds} ms`;
  switch (inputs.outcome) {
    case "already-there":
      return `${name} ${inputs.status === "ACTIVE" ? "runs" : `is ${inputs.status}`} on ${destination ?? "its host"}: nothing to move; ${checked}`;
    case "away":
      return `${name} is away on ${current ?? "another host"}: ${findings.find(({ code }) => code === "away")?.problem ?? ""}. It returns when ${destination ?? "its host"} is open again; ${checked}`;
    case "migrated":
      if (inputs.confirmation === "reverted") {
        return `${name} was taken back from ${source ?? "its destination"} to ${destination ?? "its source"}: its cold migration is reverted; ${checked}${downtime}`;
      }
      return `${name} moved ${how(inputs)} from ${source ?? "its source"} to ${destination ?? "its destination"}${inputs.adopted ? " (begun by an earlier run)" : ""}${unconfirmed(inputs)}; ${checked}${downtime}`;
    case "refused":
      return `${name} ${isNotMoved(inputs) ? "was not moved and stays" : "is"} on ${current ?? "its host"}: ${problems(findings)}`;
    case "failed":
      return `the ${how(inputs)} migration of ${name} to ${destination ?? "its destination"} ${fate(inputs)}. It is intact on ${current ?? "its source"}${volumesOf(checks)}; ${checked}. ${afterFailure(inputs)}`;
    case "needs-attention":
      return `${name} NEEDS A HUMAN: ${attention(inputs)}. Nova says that it is on ${current ?? "an unknown host"}. Do not restart, migrate or evacuate it before you have looked where the guest runs (docs/operations.md)`;
    case "still-running":
      if (isUnproven(inputs)) return unproven(inputs, name, checked);
      if (findings.some(({ code }) => BY_OTHERS.has(code))) {
        return `${name} is on ${current ?? "its host"}, and its move to ${destination ?? "its destination"} was overtaken: ${problems(findings)}`;
      }
      if (inputs.confirmation === "open") {
        return `${name} is on ${current ?? "its destination"}, and its cold migration from ${source ?? "its source"} is not confirmed: ${reason ?? "this run stopped watching"}. Run this again: it moves nothing more, verifies it and confirms; \`live-migrate revert\` takes it back`;
      }
      return `${name} is still migrating to ${destination ?? "its destination"}: ${reason ?? "this run stopped watching"}. Nova continues with it; run the same command again to watch it to its end`;
  }
}

/** Nothing is wrong, and not everything is verified: what is open, and what finds it out. */
function unproven(inputs: SummaryInputs, name: string, checked: string): string {
  const { source, destination, current, migrationStatus, adopted } = inputs;
  // What failed, Nova is at work on.
  const busy = inputs.checks.filter(({ outcome }) => outcome === "failed").map(describeWrong);
  const open = `not all of it could be verified: ${[...busy, ...blind(inputs.checks)].join(", ")}; ${checked}`;
  if (migrationStatus === null) {
    return `${name} is on ${current ?? destination ?? "its host"}: nothing to move, but ${open}. Run this again to verify the rest`;
  }
  if (inputs.confirmation === "open") {
    return `${name} is on ${current ?? "its destination"}, and its cold migration from ${source ?? "its source"} is not confirmed, because ${open}. Run this again: it moves nothing more, verifies the rest and confirms`;
  }
  if (!isOver(migrationStatus)) {
    return `the ${how(inputs)} migration of ${name} to ${destination ?? "its destination"} ${fate(inputs)}. It is on ${current ?? source ?? "its source"}${volumesOf(inputs.checks)}, but ${open}. \`live-migrate verify\` verifies the rest; run this again to move it`;
  }
  const begun = adopted ? " (begun by an earlier run)" : "";
  return `${name} moved ${how(inputs)} from ${source ?? "its source"} to ${destination ?? "its destination"}${begun}, but ${open}. Run this again: it moves nothing more, and verifies the rest`;
}

function afterFailure({ migrationStatus }: SummaryInputs): string {
  return migrationStatus === "cancelled" ? "To move it, run the move again" : "Fix the cause, then run this again";
}

const how = ({ cold }: SummaryInputs) => (cold === true ? "cold" : "live");

/** Statuses of a record whose migration brought the server to its destination. */
const isOver = (status: string | null) => status !== null && ["completed", "finished", "confirmed"].includes(status);

const unconfirmed = ({ confirmation }: SummaryInputs) =>
  confirmation === "open"
    ? ", verified and not confirmed: `live-migrate confirm` keeps it there, `live-migrate revert` takes it back"
    : "";

/** Checks that could not be made, except the guest's. */
const blind = (checks: readonly Check[]) =>
  checks
    .filter(({ check, outcome }) => outcome === "not-checked" && !check.startsWith("guest-"))
    .map(({ check, subject, reason: why }) => `${check}${subject ? ` of ${subject}` : ""} (${why ?? "unknown"})`);

/** Whether it was not moved by anyone, as far as this run has seen. */
const isNotMoved = ({ current, destination, findings }: SummaryInputs) =>
  (current === null || current !== destination) && !findings.some(({ code }) => code === "moved-by-others");

/** Findings about a move by someone else. */
const BY_OTHERS: ReadonlySet<string> = new Set(["moved-by-others", "migrating-elsewhere", "migration-in-flight"]);

const ABORTERS = "an operator, or by Nova's own time-out (live_migration_completion_timeout)";

/**
 * How a migration ended that did not complete. Nova keeps no reason of what fails, or is aborted, in the copy itself; and
 * an abort of which QEMU tells as a broken channel is recorded as a failure (nova/virt/libvirt/driver.py
 * _live_migration_monitor at 26.2.2: VIR_DOMAIN_JOB_FAILED).
 */
function fate({ migrationStatus, reason, source }: SummaryInputs): string {
  const why = reason?.replace(/[.\s]+$/, "");
  if (migrationStatus === "reverted") return `was reverted: ${why ?? "no reason is known"}`;
  if (migrationStatus === "cancelled") {
    return `was aborted: ${why ?? `by ${ABORTERS}`}`;
  }
  const log = `Nova's API gives no reason; the log of nova-compute on ${source ?? "the source"} has it`;
  const orAborted = migrationStatus === "failed" ? `. An abort can end like this, too: by ${ABORTERS}` : "";
  return `failed (${migrationStatus ?? "no record"}): ${why ?? log + orAborted}`;
}

/** What the checks say of volumes; empty for a server without any. */
const volumesOf = (checks: readonly Check[]) => (isImageOnly(checks) ? "" : ", each volume attached once");

const problems = (findings: Finding[]) =>
  findings
    .filter(({ severity }) => severity === "blocker")
    .map(({ problem, fix }) => `${problem} (fix: ${fix})`)
    .join("; ");

function attention({ checks, migrationStatus, reason, findings }: SummaryInputs): string {
  const wrong = checks.filter(({ outcome }) => outcome === "failed").map(describeWrong);
  const twice = checks.some(
    ({ check, outcome, observed }) =>
      check === "volume-attached-once" &&
      outcome === "failed" &&
      !observed.startsWith("1 ") &&
      !observed.startsWith("0 "),
  );
  const hidden = blind(checks);
  const unchecked = wrong.length === 0 && hidden.length > 0 ? [`could not be checked: ${hidden.join(", ")}`] : [];
  return [
    // First of all: what can still be made worse.
    ...(twice
      ? [
          "its volumes are attached on two hosts; the guest runs on one of them, and a start on the other would have two guests write to the same volumes",
        ]
      : []),
    ...(migrationStatus && !isOver(migrationStatus) ? [`its migration is recorded as ${migrationStatus}`] : []),
    ...(reason ? [reason.replace(/[.\s]+$/, "")] : []),
    ...wrong,
    ...(checks.length === 0 ? [problems(findings)].filter((text) => text !== "") : unchecked),
  ].join("; ");
}
