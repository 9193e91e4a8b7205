/** The process of a run of many servers, at the moment at which so many of them had ended. */
export interface Milestone {
  /** How many servers had ended. */
  servers: number;
  /** Since the process began. */
  seconds: number;
  /** Resident, then. */
  memoryMiB: number;
  /** Of the processor, user and system, since the process began. */
  cpuSeconds: number;
  /** Those of the records so far. */
  requests: number;
}

/** One run of many servers. What is "per server" leaves out the start of the process. */
export interface ManyRun {
  parallel: number;
  /** The whole process, from its start to its end. */
  seconds: number;
  peakMemoryMiB: number;
  /** After a fifth of the servers (10 of 50), and after all. */
  memoryMiB: { early: number; late: number };
  /** Of the first fifth, and of all that came after it: equal if the cost is linear. */
  cpuSecondsPerServer: { early: number; late: number };
  requestsPerServer: { early: number; late: number };
}

/** Many servers by one `live-migrate run`. */
export interface ManyServers {
  servers: number;
  oneAfterAnother: ManyRun;
  parallel: ManyRun;
}

/** After how many servers the early figures are taken. Pure. */
export const earlyOf = (servers: number): number => Math.max(1, Math.floor(servers / 5));

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/**
 * What a run came to, from its milestones. Pure.
 *
 * @param milestones of no server, a fifth and all of them
 */
export function manyRun(
  [none, early, late]: readonly [Milestone, Milestone, Milestone],
  whole: { parallel: number; seconds: number; peakMemoryMiB: number },
): ManyRun {
  const perServer = (key: "cpuSeconds" | "requests", from: Milestone, to: Milestone) =>
    rounded((to[key] - from[key]) / (to.servers - from.servers));
  const cost = (key: "cpuSeconds" | "requests") => ({
    early: perServer(key, none, early),
    late: perServer(key, early, late),
  });
  return {
    parallel: whole.parallel,
    seconds: rounded(whole.seconds),
    peakMemoryMiB: rounded(whole.peakMemoryMiB),
    memoryMiB: { early: rounded(early.memoryMiB), late: rounded(late.memoryMiB) },
    cpuSecondsPerServer: cost("cpuSeconds"),
    requestsPerServer: cost("requests"),
  };
}

/** Lines for a person. Pure. */
export function manyTable({ servers, oneAfterAnother, parallel }: ManyServers): string[] {
  const early = earlyOf(servers);
  const both = (value: { early: number; late: number }, digits: number) =>
    `${value.early.toFixed(digits)} → ${value.late.toFixed(digits)}`.padStart(16);
  const row = (what: string, run: ManyRun) =>
    [
      what.padEnd(30),
      `${run.seconds.toFixed(1)} s`.padStart(9),
      `${(run.seconds / servers).toFixed(2)} s`.padStart(8),
      both(run.memoryMiB, 1),
      both(run.cpuSecondsPerServer, 3),
      both(run.requestsPerServer, 1),
    ].join("  ");
  return [
    `${servers} servers, ${early} → ${servers}`.padEnd(30) +
      "       time    each      MiB resident   CPU s a server  requests each",
    row("one after another", oneAfterAnother),
    row(`--parallel ${parallel.parallel}`, parallel),
  ];
}
