import type { MaintenanceDocument, MaintenancePlanDocument } from "../../migration/contract/maintenance.ts";
import { MAINTENANCE_SCHEMA_VERSION } from "../../migration/contract/maintenance.ts";
import type { MaintenanceRequest } from "../../migration/contract/maintenance-request.ts";
import { describeKind } from "../../migration/contract/kind.ts";
import type { Finding } from "../../migration/contract/record.ts";
import { describeFinding } from "../../migration/plan/finding.ts";
import type { Problem } from "../../openstack/problems.ts";
import type { Found } from "./maintenance-planner.ts";
import type { MaintenancePlan } from "./maintenance-plan-file.ts";

/** Servers to name one by one in the text of a preview; the pull request's comment has all of them. */
const MOST = 20;

/** What a preview shows of a maintenance. */
export interface MaintenanceVerdict {
  lines: { level: "info" | "warn"; text: string }[];
  /** What certainly stops it: the preview fails with these. */
  problems: Problem[];
  /** The plan that the preview writes to the directory of plans; null: none. */
  plan: MaintenancePlan | null;
}

export interface VerdictInputs {
  name: string;
  request: MaintenanceRequest;
  /** Of the last successful run; null: none. */
  last: MaintenanceDocument | null;
  plan: Found<MaintenancePlanDocument>;
  /** Ids of the servers of this stack. */
  own: ReadonlySet<string>;
}

/** Judges the plan of a maintenance that `up` will run. Pure. */
export function judgeMaintenance({ name, request, last, plan, own }: VerdictInputs): MaintenanceVerdict {
  const ends = endsOf(request, last);
  const endLines = ends.map(({ host, servers, returns }) => info(endText(host, servers.length, returns)));
  if (!plan.known) {
    const hosts = Object.keys(request);
    const text = `not checked: the maintenance of ${hosts.join(", ")}: ${plan.reason}`;
    const lines = [...endLines, ...(plan.problems.length > 0 ? [] : [warn(text)])];
    const messages = lines.map((line) => line.text);
    const problems = plan.problems.map((problem) => ({ ...problem, path: `${name}.hosts` }));
    const version = { schemaVersion: MAINTENANCE_SCHEMA_VERSION, document: "maintenance-not-checked" } as const;
    return { lines, problems, plan: { ...version, hosts, ends, reason: plan.reason, messages } };
  }
  const document = plan.value;
  const unmanaged = serversOf(document).filter(({ id }) => !own.has(id));
  const isRefused = document.exitCode !== 0;
  const blockers = isRefused ? blockersOf(document) : [];
  const lines = [
    ...endLines,
    info(document.summary),
    ...moveLines(document),
    ...targetLines(document),
    ...(unmanaged.length > 0 ? [info(unmanagedText(unmanaged.map((server) => server.name)))] : []),
    ...stayLines(document, isRefused),
    ...document.findings.map((finding) => warn(mayChange(finding, isRefused))),
  ];
  return {
    lines,
    problems: blockers.map(({ server, finding }) => problemOf(name, server, finding)),
    plan: {
      ...document,
      unmanaged: unmanaged.map(({ id }) => id),
      ends,
      messages: lines.map(({ text }) => text),
    },
  };
}

/** Hosts that the last run had in maintenance and this request has not. */
function endsOf(request: MaintenanceRequest, last: MaintenanceDocument | null) {
  return Object.entries(last?.hosts ?? {})
    .filter(([host]) => !Object.hasOwn(request, host))
    .map(([host, { moved, settings }]) => ({
      host,
      servers: moved.map(({ server }) => server),
      returns: settings.return ?? true,
    }));
}

const endText = (host: string, servers: number, returns: boolean) =>
  `${host}: its maintenance ends: it is enabled once it is ready` +
  (returns && servers > 0 ? `, and ${servers} ${servers === 1 ? "server comes" : "servers come"} home` : "");

const info = (text: string) => ({ level: "info" as const, text });
const warn = (text: string) => ({ level: "warn" as const, text });

const serversOf = ({ moves, stays }: MaintenancePlanDocument) => [...moves, ...stays].map(({ server }) => server);

function moveLines({ moves }: MaintenancePlanDocument): MaintenanceVerdict["lines"] {
  const shown = moves.slice(0, MOST).map(({ server, from, to, kind, adopt, estimateSeconds }) => {
    const how = adopt ? "under way already" : `${describeKind(kind)}; about ${estimateSeconds ?? "?"} s`;
    return info(`${server.name}: ${from} → ${to}; ${how}`);
  });
  const warnings = moves.flatMap(({ server, findings }) =>
    findings.map((finding) => warn(`${server.name}: ${describeFinding(finding)}`)),
  );
  const more = moves.length - shown.length;
  return [...shown, ...(more > 0 ? [info(`and ${more} more servers; the plan has all of them`)] : []), ...warnings];
}

const targetLines = ({ targets }: MaintenancePlanDocument): MaintenanceVerdict["lines"] =>
  targets.map(({ host, arriving, resources }) => {
    const use = Object.entries(resources).map(
      ([name, { capacity, before, after }]) => `${name} ${before} → ${after} of ${capacity}`,
    );
    const room = use.length > 0 ? use.join(", ") : "its capacity is not visible";
    return info(`${host}: ${arriving} ${arriving === 1 ? "server arrives" : "servers arrive"}; ${room}`);
  });

function stayLines({ stays }: MaintenancePlanDocument, isRefused: boolean): MaintenanceVerdict["lines"] {
  return stays.flatMap(({ server, host, status, why, findings }): MaintenanceVerdict["lines"] =>
    why === "left"
      ? [info(`${server.name}: stays on ${host}, ${status}, as requested`)]
      : findings.map((finding) => warn(`${server.name}: stays on ${host}; ${mayChange(finding, isRefused)}`)),
  );
}

const unmanagedText = (names: readonly string[]) => {
  const more = names.length > MOST ? `, and ${names.length - MOST} more` : "";
  return `not of this stack: ${names.slice(0, MOST).join(", ")}${more}`;
};

const mayChange = (finding: Finding, isRefused: boolean) =>
  isRefused && finding.severity === "blocker" && finding.transient
    ? `${describeFinding(finding)} (this may change before \`up\`, which checks again)`
    : describeFinding(finding);

/** Blockers that will still be there. */
function blockersOf({ stays, findings }: MaintenancePlanDocument) {
  const all = [
    ...findings.map((finding) => ({ server: null, finding })),
    ...stays
      .filter(({ why }) => why === "not-movable")
      .flatMap(({ server, findings: own }) => own.map((finding) => ({ server: server.name, finding }))),
  ];
  return all.filter(({ finding: { severity, transient } }) => severity === "blocker" && !transient);
}

const problemOf = (name: string, server: string | null, { path, value, problem, fix }: Finding): Problem => ({
  path: server === null ? `${name}.${path}` : `${name}.${server}.${path}`,
  value,
  problem,
  fix,
});
