import { describeKind } from "../../migration/contract/kind.ts";
import type { DrainMove, Stay, Target } from "../../migration/contract/drain.ts";
import { code, prose } from "../../text/markdown.ts";
import type { Finding } from "../../migration/contract/record.ts";
import { diagram, type Arrow } from "../comment/diagram.ts";
import type { Block } from "../comment/fit.ts";
import { byName, folded, titled } from "../comment/parts.ts";
import { nameOf } from "./document.ts";
import { verdictOf, type Maintenance } from "./maintenances.ts";

/** Servers with a row of their own in the table that is always open; of more, the table is folded. */
const MOST_OPEN = 25;

/** Servers to name in a line about many. */
const MOST_NAMES = 20;

type Planned = Extract<NonNullable<Maintenance["plan"]>, { document: "maintenance-plan" }>;

/** What stops maintenances: it stands before all else in the comment. Pure. */
export const maintenanceObstacles = (maintenances: readonly Maintenance[]): string[] =>
  maintenances.flatMap((one) => {
    if (one.plan?.document !== "maintenance-plan" || verdictOf(one) !== "blocked") return [];
    const { stays, findings } = one.plan;
    const ofStays = stays.filter(({ why }) => why === "not-movable").flatMap(ofServer);
    return findingLines([...findings.map(ofNone), ...ofStays].filter(({ finding }) => isBlocker(finding)));
  });

/** The parts of a comment about maintenances: what is planned, the hosts before and after, each server, warnings. Pure. */
export function maintenanceBlocks(maintenances: readonly Maintenance[]): Block[] {
  return maintenances.flatMap((one): Block[] => {
    const { plan, ends, urn } = one;
    const endLines = [...ends, ...(plan?.ends ?? [])].map(
      ({ host, returns }) =>
        `- The maintenance of ${code(host)} ends: it is enabled once it is ready${returns ? ", and its servers come home" : ""}.`,
    );
    const ended: Block = { lines: titled("Maintenance that ends", endLines), head: 2 };
    if (verdictOf(one) === "ends") return [ended];
    if (plan?.document !== "maintenance-plan") {
      const why = plan === null ? "the preview left no plan of it" : prose(plan.reason);
      const hosts = plan === null ? code(nameOf(urn)) : plan.hosts.map(code).join(", ");
      return [ended, { lines: titled("Maintenance", [`- ⚠️ ${hosts} was **not checked**: ${why}`]), head: 2 }];
    }
    const unmanaged = new Set(plan.unmanaged);
    const all = [...plan.findings.map(ofNone), ...plan.moves.flatMap(ofServer)];
    const warnings = findingLines(all.filter(({ finding }) => !isBlocker(finding)));
    return [
      ended,
      { lines: titled("Maintenance", overview(plan, unmanaged)), head: 2 },
      stayBlock(plan.stays, unmanaged),
      { lines: titled("Warnings of the maintenance", warnings), head: 2 },
      { lines: diagram(arrows(plan), {}), whole: true },
      { lines: targetTable(plan.targets), head: 2 },
      moveBlock(plan.moves, unmanaged),
    ];
  });
}

function overview(plan: Planned, unmanaged: ReadonlySet<string>): string[] {
  const lines = Object.entries(plan.hosts).map(([host, { reason, zone, underWay }]) => {
    const moves = plan.moves.filter(({ from }) => from === host);
    const stays = plan.stays.filter((stay) => stay.host === host);
    const own = [...moves, ...stays].filter(({ server }) => !unmanaged.has(server.id)).length;
    const all = moves.length + stays.length;
    const state = underWay ? "; it is disabled for this already" : "";
    return (
      `- ${code(host)}${zone === null ? "" : ` (zone ${code(zone)})`}: ${prose(reason)}${state}. ` +
      `${all} ${all === 1 ? "server" : "servers"}: ${moves.length} to move, ${stays.length} that ${stays.length === 1 ? "stays" : "stay"}; ` +
      `${all - own} of them ${all - own === 1 ? "is" : "are"} not of this stack.`
    );
  });
  const sizes = plan.targets.every(({ resources }) => Object.keys(resources).length > 0);
  const room =
    plan.exitCode !== 0
      ? "The maintenance would be **refused** as things are now; `What blocks` above says why."
      : plan.moves.length === 0
        ? "Nothing has to be moved."
        : sizes
          ? "The other hosts have room for all of them together."
          : "Whether the other hosts have room for all of them together was **not checked**.";
  return [...lines, "", `${room} The drain takes about ${duration(plan.estimateSeconds)}.`];
}

function stayBlock(stays: readonly Stay[], unmanaged: ReadonlySet<string>): Block {
  if (stays.length === 0) return { lines: [] };
  const rows = [
    "| Server that stays | Host | Status | Why |",
    "| --- | --- | --- | --- |",
    ...stays.map(({ server, host, status, why, findings }) => {
      const reason = why === "left" ? "as requested" : findings.map(({ problem }) => prose(problem)).join("; ");
      return `| ${serverCell(server, unmanaged)} | ${code(host)} | ${code(status)} | ${reason} |`;
    }),
  ];
  return foldedIfMany(rows, stays.length, "stay");
}

function targetTable(targets: readonly Target[]): string[] {
  if (targets.length === 0) return [];
  return [
    "| Target | Zone | Arrive | Used before → after, of capacity |",
    "| --- | --- | --: | --- |",
    ...targets.map(({ host, zone, arriving, resources }) => {
      const use = Object.entries(resources).map(
        ([name, { capacity, before, after }]) => `${code(name)} ${before} → ${after} of ${capacity}`,
      );
      return `| ${code(host)} | ${zone === null ? "?" : code(zone)} | ${arriving} | ${use.join(", ") || "not visible"} |`;
    }),
  ];
}

/** Every server; many of them folded, so that the rest of the comment can be read. */
function moveBlock(moves: readonly DrainMove[], unmanaged: ReadonlySet<string>): Block {
  if (moves.length === 0) return { lines: [] };
  const rows = [
    "| Server | From → to | How | Takes about |",
    "| --- | --- | --- | --- |",
    ...moves.map(({ server, from, to, kind, adopt, estimateSeconds, findings }) => {
      const how = adopt ? "under way already" : describeKind(kind);
      const warned = findings.length > 0 ? " ⚠️" : "";
      const time = estimateSeconds === null ? "–" : duration(estimateSeconds);
      return `| ${serverCell(server, unmanaged)}${warned} | ${code(from)} → ${code(to)} | ${prose(how)} | ${time} |`;
    }),
  ];
  return foldedIfMany(rows, moves.length, "move");
}

/** A row for each server. */
const foldedIfMany = (rows: string[], count: number, verb: string): Block =>
  count <= MOST_OPEN ? { lines: rows, head: 2 } : { lines: folded(`All ${count} servers that ${verb}`, rows), head: 6 };

const serverCell = (server: { id: string; name: string }, unmanaged: ReadonlySet<string>) =>
  code(server.name) + (unmanaged.has(server.id) ? " (not of this stack)" : "");

function arrows({ moves, stays, hosts, targets }: Planned): Arrow[] {
  const zoneOf = new Map<string, string | null>([
    ...Object.entries(hosts).map(([host, { zone }]) => [host, zone] as const),
    ...targets.map(({ host, zone }) => [host, zone] as const),
  ]);
  const spot = (host: string) => ({ host, zone: zoneOf.get(host) ?? null });
  const moved = moves.map(({ server, from, to }): Arrow => ({
    server: server.name,
    from: spot(from),
    to: spot(to),
    kind: "moves",
  }));
  // What stays is drawn as it is: from its host to itself.
  const left = stays.map(({ server, host, why }): Arrow => ({
    server: server.name,
    from: spot(host),
    to: spot(host),
    kind: why === "left" ? "unsure" : "blocked",
    note: why === "left" ? "stays, as requested" : "cannot be moved",
  }));
  return [...moved, ...left].sort((a, b) => byName(a.server, b.server));
}

const isBlocker = ({ severity }: Finding) => severity === "blocker";

interface Found {
  server: string | null;
  finding: Finding;
}
const ofNone = (finding: Finding): Found => ({ server: null, finding });
const ofServer = ({ server, findings }: { server: { name: string }; findings: readonly Finding[] }): Found[] =>
  findings.map((finding) => ({ server: server.name, finding }));

/** One line for each problem, with its servers: hundreds that have the same one hide no other. */
function findingLines(found: readonly Found[]): string[] {
  const groups = Map.groupBy(found, ({ finding: { code: name, path, fix, severity, transient }, server }) =>
    JSON.stringify(server === null ? [found.length, path, fix] : [name, path, fix, severity, transient]),
  );
  return [...groups.values()].flatMap((group) => {
    const [{ server, finding }] = group as [Found, ...Found[]];
    if (server === null || group.length === 1) return group.map(findingLine);
    const names = group.slice(0, MOST_NAMES).map((one) => code(one.server ?? ""));
    const more = group.length > names.length ? `, and ${group.length - names.length} more` : "";
    return [`- ${group.length} servers (${names.join(", ")}${more}): ${what(finding)}`];
  });
}

const findingLine = ({ server, finding }: Found): string =>
  `- ${server === null ? "" : `${code(server)}, `}${what(finding)}`;

function what({ path, value, problem, fix, severity, transient }: Finding): string {
  const later = severity === "blocker" && transient ? " It may be different by the time of `up`." : "";
  return `${code(path)} = ${code(value)}: ${prose(problem)}.${later} **Fix:** ${prose(fix)}`;
}

const duration = (seconds: number) => (seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`);
