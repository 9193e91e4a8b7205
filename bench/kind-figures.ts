/** Of one kind of migration; times in seconds, medians of all rounds. */
export interface KindFigures {
  /** `live-migrate run`, from its start to its end as a process. */
  oursSeconds: number;
  /** What the `openstack` client takes for the same move, without a check of anything. */
  openstackClientSeconds: number;
}
/** By kind, as records name it. */
export type Kinds = Record<string, KindFigures>;

/** Lines for a person. Pure. */
export function kindsTable(kinds: Kinds, rounds: number): string[] {
  const rows = Object.entries(kinds).map(([name, { oursSeconds, openstackClientSeconds }]) =>
    [
      name.padEnd(24),
      `${oursSeconds.toFixed(2)} s`.padStart(12),
      `${openstackClientSeconds.toFixed(2)} s`.padStart(12),
      `${(oursSeconds / openstackClientSeconds).toFixed(2)} ×`.padStart(8),
    ].join("  "),
  );
  return [`medians of ${rounds} rounds`.padEnd(24) + "  live-migrate     openstack     ratio", ...rows];
}
