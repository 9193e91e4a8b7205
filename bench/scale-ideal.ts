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
