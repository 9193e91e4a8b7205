/** A live migration that has ended, as Nova's record has it. Times in milliseconds since 1970, cut to whole seconds. */
export interface EndedMigration {
  /** The host that it left: Nova's limit is per source. */
  source: string;
  createdAt: number;
  endedAt: number;
}

/**
 * The shortest time that Nova itself can take for migrations, in seconds: the longest of what each source needs for its own,
 * one after the other without a pause. Time that a record spent queued is none of that. Pure.
 *
 * @param limit how many a source carries out at once (`max_concurrent_live_migrations`)
 */
export function idealSeconds(migrations: readonly EndedMigration[], limit: number): number {
  const bySource = Map.groupBy(migrations, ({ source }) => source).values();
  return Math.max(0, ...[...bySource].map((own) => sourceSeconds(own, limit)));
}

/** What an `up` took beyond the ideal, in seconds, by the source that ended last. */
export interface Losses {
  /** Until that source was asked for its first move: Pulumi's start, the program, and the engine's checks. */
  beforeFirst: number;
  /** In which it had nothing to do, as its next move was not asked for yet. */
  between: number;
  /** From the end of its last move: the verification, and Pulumi's end. */
  afterLast: number;
}

/**
 * Where time was lost. Pure.
 *
 * @param began when the whole process did, and
 * @param ended when it ended, in milliseconds since 1970
 */
export function losses(
  migrations: readonly EndedMigration[],
  limit: number,
  { began, ended }: { began: number; ended: number },
): Losses | undefined {
  const last = migrations.reduce<EndedMigration | undefined>(
    (latest, one) => (latest === undefined || one.endedAt > latest.endedAt ? one : latest),
    undefined,
  );
  if (last === undefined) return undefined;
  const own = migrations.filter(({ source }) => source === last.source);
  const first = Math.min(...own.map(({ createdAt }) => createdAt));
  return {
    beforeFirst: (first - began) / 1000,
    between: (last.endedAt - first) / 1000 - sourceSeconds(own, limit),
    afterLast: (ended - last.endedAt) / 1000,
  };
}

/** How long each took once its source had room for it, which is when another one ended. */
function sourceSeconds(own: readonly EndedMigration[], limit: number): number {
  const free = Array.from({ length: limit }, () => -Infinity);
  const seconds = [...own]
    .sort((a, b) => a.endedAt - b.endedAt)
    .map(({ createdAt, endedAt }) => {
      const slot = free.indexOf(Math.min(...free));
      const began = Math.max(createdAt, free[slot] ?? createdAt);
      free[slot] = endedAt;
      return (endedAt - began) / 1000;
    });
  const sum = seconds.reduce((all, one) => all + one, 0);
  return Math.max(sum / limit, ...seconds);
}
