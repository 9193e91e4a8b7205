import { mermaidText } from "../../text/mermaid.ts";
import { byName } from "./parts.ts";

/** Where a server is, or is to be; null: not known. */
export interface Spot {
  host: string | null;
  zone: string | null;
}

/** An arrow of the diagram. */
export interface Arrow {
  server: string;
  from: Spot;
  to: Spot;
  /** How it is drawn. */
  kind: ArrowKind;
  /** Said below the servers' names. @default by its kind */
  note?: string;
}
export type ArrowKind = "moves" | "blocked" | "unsure";

/** With more arrows, no picture is drawn. */
const MOST_ARROWS = 40;
/** An arrow for more servers names the first ones only. */
const MOST_NAMES = 3;
/** Maximum number of hosts to draw beside those that servers leave or reach. */
const MOST_HOSTS = 12;

const STYLE: Record<ArrowKind, { line: string; colour: string; note: string }> = {
  moves: { line: "==>", colour: "#1a7f37", note: "" },
  blocked: { line: "-.-x", colour: "#cf222e", note: "blocked" },
  unsure: { line: "-.->", colour: "#9a6700", note: "not checked" },
};

/**
 * Zones, their hosts, and an arrow for the servers that go from one host to another, as Mermaid. Pure.
 *
 * @param zones hosts of zones, where they are known
 * @returns lines with their fence; none if nothing moves, or too much for a picture
 */
export function diagram(arrows: readonly Arrow[], zones: Readonly<Record<string, readonly string[]>> = {}): string[] {
  const shown = grouped(arrows.filter(({ from, to }) => isSpot(from) && isSpot(to)));
  if (shown.length === 0 || shown.length > MOST_ARROWS) return [];
  const places = placed(shown, zones);
  const ids = new Map<string, string>();
  const id = (kind: string, name: string) => {
    const key = `${kind} ${name}`;
    const known = ids.get(key) ?? `${kind}${ids.size}`;
    ids.set(key, known);
    return known;
  };
  const end = ({ host, zone }: Spot) => (host === null ? id("z", zone ?? "") : id("h", host));

  const lines = ["```mermaid", "flowchart LR"];
  for (const [zone, hosts] of places) {
    const frame = zone === "" ? undefined : `subgraph ${id("z", zone)}["zone ${mermaidText(zone)}"]`;
    const boxes = hosts.map((host) => `${id("h", host)}["${mermaidText(host)}"]`);
    if (frame === undefined) lines.push(...boxes.map((box) => `  ${box}`));
    else lines.push(`  ${frame}`, ...boxes.map((box) => `    ${box}`), "  end");
  }
  for (const { servers, from, to, kind, note = STYLE[kind].note } of shown) {
    lines.push(`  ${end(from)} ${STYLE[kind].line}|"${label(servers, note)}"| ${end(to)}`);
  }
  shown.forEach(({ kind }, i) => lines.push(`  linkStyle ${i} stroke:${STYLE[kind].colour},stroke-width:3px`));
  return [...lines, "```"];
}

interface Group extends Omit<Arrow, "server"> {
  servers: string[];
}

/** One arrow for all servers that go the same way. */
function grouped(arrows: readonly Arrow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { server, ...way } of arrows) {
    const key = JSON.stringify(way);
    const group = groups.get(key) ?? { ...way, servers: [] };
    group.servers.push(server);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Zones in the order of their names, with their hosts; the zone "" holds hosts whose zone is not known. */
function placed(groups: readonly Group[], known: Readonly<Record<string, readonly string[]>>): [string, string[]][] {
  const zoneOf = new Map(Object.entries(known).flatMap(([zone, hosts]) => hosts.map((host) => [host, zone])));
  const zones = new Map<string, Set<string>>();
  const within = (zone: string) => zones.get(zone) ?? zones.set(zone, new Set()).get(zone) ?? new Set();
  for (const { host, zone } of groups.flatMap(({ from, to }) => [from, to])) {
    const hosts = within(zone ?? zoneOf.get(host ?? "") ?? "");
    if (host !== null) hosts.add(host);
  }
  const others = [...zones.keys()].flatMap((zone) => (known[zone] ?? []).map((host) => [zone, host] as const));
  const drawn = [...zones.values()].reduce((sum, { size }) => sum + size, 0);
  if (others.length + drawn <= MOST_HOSTS) for (const [zone, host] of others) within(zone).add(host);
  const sort = (names: Iterable<string>) => [...names].sort(byName);
  return sort(zones.keys()).map((zone) => [zone, sort(within(zone))]);
}

function label(servers: readonly string[], note: string): string {
  const names = servers.slice(0, MOST_NAMES).map(mermaidText);
  const more = servers.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : []), ...(note === "" ? [] : [`(${note})`])].join("<br/>");
}

const isSpot = ({ host, zone }: Spot) => host !== null || zone !== null;
