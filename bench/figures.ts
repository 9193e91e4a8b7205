/** What one round has measured; times in seconds. */
export interface Round {
  /** `live-migrate run`, from its start to its end as a process. */
  ours: number;
  /** Nova's own duration of that migration, by its record: whole seconds. */
  nova: number;
  /** `openstack server migrate --live-migration --wait`, likewise. */
  openstackClient: number;
  requests: number;
  requestsWatching: number;
  /** Most memory that `live-migrate run` had resident. */
  peakMemoryMiB: number;
}

/** The document of `--json`. Medians of all rounds. */
export interface Figures {
  singleMigration: {
    oursSeconds: number;
    novaSeconds: number;
    openstackClientSeconds: number;
    requests: number;
    requestsWatching: number;
    peakMemoryMiB: number;
  };
  rounds: Round[];
}

/** The value in the middle; the mean of both for an even number. Pure. @throws RangeError for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError("no values to take the median of");
  return (low + high) / 2;
}

/** Pure. */
export function figures(rounds: readonly Round[]): Figures {
  const of = (key: keyof Round) => Math.round(median(rounds.map((round) => round[key])) * 100) / 100;
  return {
    singleMigration: {
      oursSeconds: of("ours"),
      novaSeconds: of("nova"),
      openstackClientSeconds: of("openstackClient"),
      requests: of("requests"),
      requestsWatching: of("requestsWatching"),
      peakMemoryMiB: of("peakMemoryMiB"),
    },
    rounds: [...rounds],
  };
}

/** Lines for a person. Pure. */
export function table({ singleMigration: all, rounds }: Figures): string[] {
  const row = (what: string, value: number) => {
    const ratio = all.novaSeconds > 0 ? `${(value / all.novaSeconds).toFixed(2)} ×` : "";
    const over = `${(value - all.novaSeconds).toFixed(2)} s`;
    return [what.padEnd(44), `${value.toFixed(2)} s`.padStart(9), over.padStart(10), ratio.padStart(8)].join("  ");
  };
  return [
    `medians of ${rounds.length} rounds`.padEnd(44) + "       time   over Nova     ratio",
    row("Nova itself (its record, in whole seconds)", all.novaSeconds),
    row("live-migrate run, verified", all.oursSeconds),
    row("openstack server migrate --wait", all.openstackClientSeconds),
    `live-migrate run: ${all.requests} requests, ${all.requestsWatching} of them watching; at most ${all.peakMemoryMiB} MiB`,
  ];
}
