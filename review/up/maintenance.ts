/** What a comment about an `up` says of hosts in maintenance. Pure. */
import type { MaintenanceDocument, MaintenanceState } from "../../migration/contract/maintenance.ts";
import { code, prose } from "../../text/markdown.ts";
import { counted } from "../comment/parts.ts";

const hostsOf = (maintenances: readonly MaintenanceDocument[]) =>
  maintenances.flatMap(({ hosts, exitCode }) =>
    Object.entries(hosts).map(([name, host]) => ({ name, exitCode, ...host })),
  );

/** Whether every host is as it was asked for. */
export const areDone = (maintenances: readonly MaintenanceDocument[]): boolean =>
  maintenances.every(({ exitCode }) => exitCode === 0);

/** For the headline, the worst first. */
export function hostParts(maintenances: readonly MaintenanceDocument[]): string[] {
  const hosts = hostsOf(maintenances);
  const count = (...states: MaintenanceState[]) => hosts.filter(({ state }) => states.includes(state)).length;
  const failed = hosts.filter(({ exitCode, state }) => exitCode !== 0 && state !== "empty").length;
  const left = hosts.filter(({ exitCode, state }) => exitCode === 0 && state === "draining").length;
  return [
    ...counted(failed, "host is NOT as requested", "hosts are NOT as requested"),
    ...counted(
      left,
      "host has only servers that are off and were left",
      "hosts have only servers that are off and were left",
    ),
    ...counted(count("empty"), "host is proven empty", "hosts are proven empty"),
    ...counted(
      hosts.filter(({ exitCode, state }) => exitCode === 0 && state === "open").length,
      "host is open again",
      "hosts are open again",
    ),
  ];
}

/** What went wrong, with everything that is left and its fix. */
export function maintenanceProblems({ hosts, summary, findings, stays }: MaintenanceDocument): string[] {
  const own = Object.entries(hosts).flatMap(([host, { leftovers, away, checks }]) => [
    ...leftovers.map(
      ({ id, name, problem, fix }) => `- ${code(host)}, ${code(name ?? id)}: ${prose(problem)}. **Fix:** ${prose(fix)}`,
    ),
    ...away.map(({ server, why }) => `- ${code(server.name)} is not home on ${code(host)}: ${prose(why)}`),
    ...checks
      .filter(({ outcome }) => outcome !== "passed")
      .map(
        ({ check, observed, reason = "no reason is known" }) =>
          `- ${code(host)}, ${code(check)} is ${code(observed)}: ${prose(reason)}`,
      ),
  ]);
  const refused = [
    ...findings.map(({ value, problem, fix }) => `- ${code(value)}: ${prose(problem)}. **Fix:** ${prose(fix)}`),
    ...stays.flatMap(({ server, findings: of }) =>
      of.map(({ problem, fix }) => `- ${code(server.name)}: ${prose(problem)}. **Fix:** ${prose(fix)}`),
    ),
  ];
  return [`- ${prose(summary)}`, ...own, ...(own.length === 0 ? refused : [])];
}

const STATES: Record<MaintenanceState, string> = {
  empty: "✅ proven empty",
  open: "open",
  gone: "no such host any more",
  closed: "⚠️ stays disabled",
  returning: "⛔ open, servers are not home",
  draining: "⛔ not empty",
  unproven: "⛔ not proven empty",
};

export function maintenanceTable(maintenances: readonly MaintenanceDocument[]): string[] {
  const hosts = hostsOf(maintenances);
  if (hosts.length === 0) return [];
  return [
    "| Host | State | Moved | Left | Since the review | Longest downtime | Took |",
    "| --- | --- | --: | --: | --- | --- | --- |",
    ...hosts.map(({ name, state, exitCode, moved, leftovers, sinceReview, ...times }) => {
      const cells = [
        code(name),
        state === "draining" && exitCode === 0 ? "✅ but for servers that are off, left as requested" : STATES[state],
        `${moved.length}`,
        `${leftovers.length}`,
        compared(sinceReview),
        times.longestDowntimeMilliseconds === null ? "not measured" : `${times.longestDowntimeMilliseconds} ms`,
        `${times.totalSeconds.toFixed(1)} s`,
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

function compared(since: MaintenanceDocument["hosts"][string]["sinceReview"]): string {
  if (since === null) return "–";
  if (since.reviewed === null) return "not compared";
  const names = (servers: readonly { name: string }[]) => servers.map(({ name }) => code(name)).join(", ");
  const parts = [
    ...(since.appeared.length > 0 ? [`appeared: ${names(since.appeared)}`] : []),
    ...(since.disappeared.length > 0 ? [`gone: ${names(since.disappeared)}`] : []),
  ];
  return parts.join("; ") || "the same servers";
}
