import { median } from "./median.ts";
import type { Drain } from "./drain-figures.ts";
import type { DrainPlanning } from "./drain-planning.ts";
import type { Kinds } from "./kind-figures.ts";
import type { ManyServers } from "./many-figures.ts";
import type { Scale } from "./scale.ts";

/** What one round has measured; times in seconds. */
export interface Round {
  /** `live-migrate run`, from its start to its end as a process. */
  ours: number;
  /** Nova's own duration of that migration, by its logs. */
  nova: number;
  /** The same by its record: whole seconds. */
  novaRecord: number;
  /** Until Neutron, too, has heard that the ports are up, by the logs. */
  cloud: number;
  /** `openstack server migrate --live-migration --wait`, likewise. */
  openstackClient: number;
  requests: number;
  requestsWatching: number;
  /** Most memory that `live-migrate run` had resident. */
  peakMemoryMiB: number;
}

/** One migration at a time. Medians of all rounds. */
export interface SingleMigration {
  oursSeconds: number;
  novaSeconds: number;
  cloudSeconds: number;
  novaRecordSeconds: number;
  openstackClientSeconds: number;
  /** What of `oursSeconds` is ours: the median of each round's time without what the cloud itself took in it. */
  overNovaSeconds: number;
  overCloudSeconds: number;
  requests: number;
  requestsWatching: number;
  peakMemoryMiB: number;
}

/** The document of `--json`. A bench that was not run leaves its figures out. */
export interface Figures extends Partial<Scale> {
  /** From the start of the process to its first request. */
  startUpSeconds?: number;
  /** On the fleet profile, with a fixed pace. */
  singleMigration?: SingleMigration;
  /** On the guest profile. */
  singleMigrationGuest?: SingleMigration;
  /** By kind of migration, on the fleet profile. */
  kinds?: Kinds;
  /** On the guest profile. */
  kindsGuest?: Kinds;
  /** On the fleet profile. */
  manyServers?: ManyServers;
  /** From one host, on the fleet profile. */
  drain?: Drain;
  /** The same servers from four hosts at once. */
  drainFourHosts?: Drain;
  /** Against a scripted cloud. */
  drainPlanning?: DrainPlanning;
  /** Of the single migration. */
  rounds?: Round[];
}

/** Pure. */
export function singleMigration(rounds: readonly Round[]): SingleMigration {
  const middle = (figure: (round: Round) => number) => Math.round(median(rounds.map(figure)) * 100) / 100;
  const of = (key: keyof Round) => middle((round) => round[key]);
  return {
    oursSeconds: of("ours"),
    novaSeconds: of("nova"),
    cloudSeconds: of("cloud"),
    novaRecordSeconds: of("novaRecord"),
    openstackClientSeconds: of("openstackClient"),
    overNovaSeconds: middle(({ ours, nova }) => ours - nova),
    overCloudSeconds: middle(({ ours, cloud }) => ours - cloud),
    requests: of("requests"),
    requestsWatching: of("requestsWatching"),
    peakMemoryMiB: of("peakMemoryMiB"),
  };
}

/** Lines for a person. Pure. */
export function table(all: SingleMigration, rounds: number): string[] {
  const row = (what: string, value: number) => {
    const ratio = all.novaSeconds > 0 ? `${(value / all.novaSeconds).toFixed(2)} ×` : "";
    const over = `${(value - all.novaSeconds).toFixed(2)} s`;
    return [what.padEnd(44), `${value.toFixed(2)} s`.padStart(9), over.padStart(10), ratio.padStart(8)].join("  ");
  };
  const rate = all.requestsWatching / all.cloudSeconds;
  return [
    `medians of ${rounds} rounds`.padEnd(44) + "       time   over Nova     ratio",
    row("Nova itself (by its logs)", all.novaSeconds),
    row("Nova itself (by its record, whole seconds)", all.novaRecordSeconds),
    row("Nova and Neutron (until the ports are up)", all.cloudSeconds),
    row("live-migrate run, verified", all.oursSeconds),
    row("openstack server migrate --wait", all.openstackClientSeconds),
    `live-migrate's own, in the median round: ${all.overNovaSeconds.toFixed(2)} s over Nova's time, ` +
      `${all.overCloudSeconds.toFixed(2)} s over Nova's and Neutron's`,
    `live-migrate run: ${all.requests - all.requestsWatching} requests and ${all.requestsWatching} watching ` +
      `(${rate.toFixed(1)} a second); at most ${all.peakMemoryMiB} MiB`,
  ];
}
