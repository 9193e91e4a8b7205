import type { DrainDocument, DrainPlanDocument, Target } from "../../contract/drain.ts";
import type { HostRow, HostsDocument } from "../../contract/hosts.ts";
import { describeKind } from "../../contract/kind.ts";
import type { Check } from "../../contract/record.ts";
import type { RestoreDocument } from "../../contract/restore.ts";
import type { RollDocument } from "../../contract/roll.ts";
import { describeChange } from "../../hosts/plan/reviewed-plan.ts";
import { describeFinding } from "../../plan/finding.ts";
import { oneLine } from "../../../text/visible.ts";

/** Lines for people, each whole. Pure. */
export function describeDrainPlan(plan: DrainPlanDocument): string[] {
  const moves = plan.moves.map(({ server, from, to, kind, adopt, stops, ramMiB, estimateSeconds }) => {
    const way = stops ? "STOPPED for it, and started again; cold" : describeKind(kind);
    const how = adopt ? "under way already" : `${way}; about ${estimateSeconds ?? "?"} s`;
    return `  ${server.name}: ${from} → ${to}; ${ramMiB} MiB; ${how}`;
  });
  const warnings = plan.moves.flatMap(({ server, findings }) =>
    findings.map((found) => `  ${server.name}: ${describeFinding(found)}`),
  );
  const stays = plan.stays.flatMap(({ server, host, status, why, findings }) =>
    why === "left"
      ? [`  ${server.name}: stays on ${host}, ${status}, as requested`]
      : findings.map((found) => `  ${server.name}: stays on ${host}; ${describeFinding(found)}`),
  );
  return [
    plan.summary,
    ...(plan.changes ?? []).map((change) => `  changed: ${describeChange(change)}`),
    ...moves,
    ...stays,
    ...warnings,
    ...plan.targets.map(describeTarget),
    ...plan.findings.map((found) => `  ${describeFinding(found)}`),
  ];
}

function describeTarget({ host, arriving, resources }: Target): string {
  const parts = Object.entries(resources).map(
    ([name, { capacity, before, after }]) => `${name} ${before} → ${after} of ${capacity}`,
  );
  return `  ${host}: ${arriving} arrive; ${parts.length > 0 ? parts.join(", ") : "its capacity is not visible"}`;
}

export const describeChecks = (checks: readonly Check[]): string[] =>
  checks
    .filter(({ outcome }) => outcome !== "passed")
    .map(({ check, observed, outcome, reason, fix }) => {
      const said = outcome === "failed" ? "FAILED" : "not checked";
      return `    ${check}: ${said}: ${observed}${reason ? ` (${reason})` : ""}${fix ? `. Fix: ${fix}` : ""}`;
    });

/** What is left and what was not checked; the summary last. Pure. */
export function describeDrain(document: DrainDocument): string[] {
  const hosts = document.hosts.flatMap(({ host, state, checks, leftovers }) => [
    `  ${host}: ${state}`,
    ...describeChecks(checks),
    ...leftovers.map(
      ({ kind, id, name, status, problem, fix }) =>
        `    ${kind} ${name === null ? id : `${name} (${id})`}${status === null ? "" : `, ${status}`}: ${problem}. Fix: ${fix}`,
    ),
  ]);
  const moved = document.moves.length > 0 || document.hosts.some(({ checks }) => checks.length > 0);
  const stays = moved
    ? []
    : document.stays.flatMap(({ server, findings }) =>
        findings.map((found) => `  ${server.name}: ${describeFinding(found)}`),
      );
  return [...document.findings.map((found) => `  ${describeFinding(found)}`), ...stays, ...hosts, document.summary];
}

/** Pure. */
export function describeRestore(document: RestoreDocument): string[] {
  const hosts = document.hosts.flatMap(({ checks, away }) => [
    ...describeChecks(checks),
    ...away.map(({ server, why }) => `    ${server.name} (${server.id}) is not home: ${why}`),
  ]);
  return [...document.findings.map((found) => `  ${describeFinding(found)}`), ...hosts, document.summary];
}

/** Pure. */
export const describeRoll = ({ hosts, summary }: RollDocument): string[] => [
  ...hosts.map(({ host, state, problem }) => `  ${host}: ${state}${problem === null ? "" : `: ${problem}`}`),
  summary,
];

const HEAD = ["HOST", "ZONE", "STATE", "SERVERS", "FREE", "AGENTS", "MOVES", "DISABLED"];

/** A table; below it what could not be read. Pure. */
export function describeHosts({ hosts, notChecked }: HostsDocument): string[] {
  const rows = [HEAD, ...hosts.map(cells)].map((row) => row.map(oneLine));
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    ...rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    ...notChecked.map((reason) => `not checked: ${reason}`),
  ];
}

function cells({
  host,
  zone,
  state,
  enabled,
  servers,
  free,
  agents,
  migrations,
  disabledBy,
  ...rest
}: HostRow): string[] {
  const counted = servers && Object.entries(servers).map(([status, count]) => `${count} ${status}`);
  const memory = free?.["MEMORY_MB"];
  const cpus = free?.["VCPU"];
  const room = [
    ...(memory ? [`${memory.capacity - memory.used} MiB`] : []),
    ...(cpus ? [`${cpus.capacity - cpus.used} VCPU`] : []),
  ];
  const dead = agents && agents.dead.length > 0 ? `, dead: ${agents.dead.join(" ")}` : "";
  const whose = { "this-program": "by live-migrate", others: "by others", nobody: "" }[disabledBy];
  return [
    host,
    zone ?? "-",
    enabled ? state : `${state}, disabled`,
    counted === null ? "?" : counted.length === 0 ? "none" : counted.join(", "),
    room.length === 0 ? "?" : room.join(", "),
    agents === null ? "?" : `${agents.alive} alive${dead}`,
    migrations === null ? "?" : `${migrations.out} out, ${migrations.in} in`,
    enabled ? "" : `${whose}: ${rest.disabledReason ?? "no reason"}`,
  ];
}
