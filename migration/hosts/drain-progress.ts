/** A move as progress is told of it. */
export interface Tracked {
  server: { id: string; name: string };
  from: string;
  to: string;
}

/** What a drain tells of its course, for people. */
export type TrackEvent =
  /** The moves that are to come, of all hosts. A later plan replaces what had not begun. */
  | { kind: "planned"; hosts: readonly string[]; moves: readonly (Tracked & { estimateSeconds: number | null })[] }
  | ({ kind: "began"; at: number } & Tracked)
  | ({ kind: "ended"; at: number; moved: boolean } & Tracked);

/** How far one host is. */
export interface HostProgress {
  host: string;
  /** Servers that have left it in this run. */
  done: number;
  /** Those, and all that are still to leave. */
  total: number;
  /** Rough; null: nothing is known of how long moves take. */
  secondsLeft: number | null;
}

/** Estimates are corrected by what moves have taken, but not by more than this: the first ones may be untypical. */
const MOST_CORRECTION = 10;

/** How far a drain is: by host, and the moves under way. */
export class DrainProgress {
  readonly #parallel: number;
  #hosts: string[] = [];
  /** Not ended, by server. */
  #left = new Map<string, Tracked & { estimateSeconds: number | null }>();
  readonly #underWay = new Map<string, Tracked & { since: number }>();
  readonly #done = new Map<string, number>();
  #estimated = 0;
  #taken = 0;

  /** @param parallel moves from each host at a time */
  constructor(parallel = 1) {
    this.#parallel = parallel;
  }

  note(event: TrackEvent): void {
    if (event.kind === "planned") {
      this.#hosts = [...new Set([...this.#hosts, ...event.hosts])];
      this.#left = new Map(event.moves.map((move) => [move.server.id, move]));
      return;
    }
    const { server, from, to } = event;
    if (event.kind === "began") {
      this.#underWay.set(server.id, { server, from, to, since: event.at });
      return;
    }
    const began = this.#underWay.get(server.id);
    const estimate = this.#left.get(server.id)?.estimateSeconds ?? null;
    this.#underWay.delete(server.id);
    this.#left.delete(server.id);
    if (!event.moved) return;
    this.#done.set(from, (this.#done.get(from) ?? 0) + 1);
    if (began === undefined || estimate === null) return;
    this.#estimated += estimate;
    this.#taken += (event.at - began.since) / 1000;
  }

  hosts(): HostProgress[] {
    const correction =
      this.#estimated > 0 ? Math.min(MOST_CORRECTION, Math.max(1 / MOST_CORRECTION, this.#taken / this.#estimated)) : 1;
    return this.#hosts.map((host) => {
      const left = [...this.#left.values()].filter(({ from }) => from === host);
      const seconds = left.map(({ estimateSeconds }) => estimateSeconds);
      const sum = seconds.reduce<number>((all, one) => all + (one ?? 0), 0);
      const done = this.#done.get(host) ?? 0;
      const secondsLeft =
        seconds.every((one) => one === null) && left.length > 0 ? null : (sum * correction) / this.#parallel;
      return { host, done, total: done + left.length, secondsLeft };
    });
  }

  underWay(): (Tracked & { since: number })[] {
    return [...this.#underWay.values()];
  }
}

/** @example describeLeft(250) // "about 5 min left" */
export function describeLeft(seconds: number | null): string {
  if (seconds === null) return "time left not known";
  if (seconds < 90) return `about ${Math.max(1, Math.ceil(seconds))} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `about ${minutes} min left` : `about ${(minutes / 60).toFixed(1)} h left`;
}

/** One line for a host, for logs. @example "node-28: 12 of 40 servers moved, about 5 min left" */
export function describeHost({ host, done, total, secondsLeft }: HostProgress): string {
  return `${host}: ${done} of ${total} servers moved${done < total ? `, ${describeLeft(secondsLeft)}` : ""}`;
}
