import type { DrainDocument, Move } from "../../contract/drain.ts";

/** A server of the picture. */
export interface Chip {
  id: string;
  name: string;
  /** It should not be where it is: it was to leave, and is still there; or a human must look at it. */
  wrong: boolean;
}

/** A host at one moment. */
export interface HostCard {
  host: string;
  zone: string | null;
  /** In words; empty: nothing is to be said. */
  state: string;
  isDrained: boolean;
  servers: Chip[];
  /** How full it is, 0 to 1, by resource class; empty: not known. */
  loads: { name: string; share: number; text: string }[];
}

/** One bar of the time line, in seconds since the drain began. */
export interface GanttBar {
  server: { id: string; name: string };
  from: string;
  to: string;
  start: number;
  end: number;
  tone: "good" | "bad" | "open";
  /** Beside the bar. */
  label: string;
  /** The guest was silent, if that was measured. */
  down: { start: number; end: number } | null;
}

/** What the picture needs of a document. */
type Drained = Pick<DrainDocument, "hosts" | "moves" | "targets">;

/** Of each server its last move: it may have been refused by one target and taken by another. */
export const lastMoves = (moves: readonly Move[]): Move[] => [
  ...new Map(moves.map((move) => [move.server.id, move])).values(),
];

const left = ({ exitCode, result, to, record, from }: Move): boolean =>
  result !== "deleted" && (record === null ? exitCode === 0 : record.current.host === to && to !== from);

/** The drained hosts, and those that took their servers, before the drain and after it. Pure. */
export function hostCards({ hosts, moves, targets = [] }: Drained, when: "before" | "after"): HostCard[] {
  const last = lastMoves(moves);
  const drained = hosts.map(({ host, zone, state, leftovers }): HostCard => {
    const stays = leftovers.filter(({ kind }) => kind === "server");
    const all = new Map(stays.map(({ id, name }) => [id, { id, name: name ?? id, wrong: when === "after" }]));
    if (when === "before") {
      for (const { server } of last.filter((move) => move.from === host))
        all.set(server.id, { ...server, wrong: false });
    }
    return {
      host,
      zone,
      state: when === "before" ? "" : state,
      isDrained: true,
      servers: [...all.values()],
      loads: [],
    };
  });
  const arrived = Map.groupBy(last.filter(left), ({ to }) => to);
  const names = [...new Set([...targets.map(({ host }) => host), ...arrived.keys()])].sort();
  const taking = names.map((host): HostCard => {
    const target = targets.find((one) => one.host === host);
    const servers = when === "before" ? [] : (arrived.get(host) ?? []);
    const loads = Object.entries(target?.resources ?? {}).flatMap(([name, { capacity, before, after }]) => {
      const used = when === "before" ? before : after;
      return capacity > 0 ? [{ name, share: used / capacity, text: `${used} of ${capacity}` }] : [];
    });
    return {
      host,
      zone: target?.zone ?? servers[0]?.record?.destination.availabilityZone ?? null,
      state: "",
      isDrained: false,
      servers: servers.map(({ server, exitCode }) => ({ ...server, wrong: exitCode !== 0 })),
      loads,
    };
  });
  return [...drained, ...taking];
}

/** Every move with a record, by its start. Pure. */
export function ganttBars({ moves, timings }: Pick<DrainDocument, "moves" | "timings">): GanttBar[] {
  const began = Date.parse(timings.startedAt);
  const since = (iso: string) => (Date.parse(iso) - began) / 1000;
  const bars = moves.flatMap(({ server, from, to, result, exitCode, record }): GanttBar[] => {
    if (record === null) return [];
    const [start, end] = [since(record.timings.startedAt), since(record.timings.finishedAt)];
    const { downtime } = record;
    const downFrom = downtime?.beganAt == null ? null : since(downtime.beganAt);
    return [
      {
        server,
        from,
        to,
        start,
        end: Math.max(start, end),
        tone: exitCode === 0 ? "good" : result === "refused" || result === "still-running" ? "open" : "bad",
        label: `→ ${to}, ${(end - start).toFixed(1)} s${exitCode === 0 ? "" : `: ${result}`}`,
        down: downtime && downFrom !== null ? { start: downFrom, end: downFrom + downtime.milliseconds / 1000 } : null,
      },
    ];
  });
  return bars.sort((a, b) => a.start - b.start || (a.server.id < b.server.id ? -1 : 1));
}

/** Moves with a measured downtime, the longest first. Pure. */
export const longestDowntimes = (moves: readonly Move[], most: number) =>
  moves
    .flatMap(({ server, from, to, record }) =>
      record?.downtime ? [{ server, from, to, milliseconds: record.downtime.milliseconds }] : [],
    )
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, most);
