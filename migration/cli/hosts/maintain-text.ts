import type { MaintenanceDocument } from "../../contract/maintenance.ts";
import { describeFinding } from "../../plan/finding.ts";
import { describeChecks } from "./hosts-text.ts";

/** What is wrong, and the summary last. Pure. */
export function maintenanceLines({ hosts, findings, stays, summary }: MaintenanceDocument): string[] {
  const nothingDone = Object.values(hosts).every(({ checks, moved }) => checks.length === 0 && moved.length === 0);
  const unmovable = nothingDone
    ? stays.flatMap(({ server, findings: own }) => own.map((found) => `  ${server.name}: ${describeFinding(found)}`))
    : [];
  const ofHosts = Object.entries(hosts).flatMap(([host, { state, checks, leftovers, away }]) => {
    const lines = [
      ...describeChecks(checks),
      ...leftovers.map(
        ({ kind, id, name, status, problem, fix }) =>
          `    ${kind} ${name === null ? id : `${name} (${id})`}${status === null ? "" : `, ${status}`}: ${problem}. Fix: ${fix}`,
      ),
      ...away.map(({ server, why }) => `    ${server.name} (${server.id}) is not home: ${why}`),
    ];
    return lines.length === 0 ? [] : [`  ${host}: ${state}`, ...lines];
  });
  return [...findings.map((found) => `  ${describeFinding(found)}`), ...unmovable, ...ofHosts, summary];
}
