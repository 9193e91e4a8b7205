import { prometheusText, type Metric } from "../../../text/prometheus.ts";
import type { DrainDocument } from "../../contract/drain.ts";
import { lastMoves } from "./drain-picture.ts";

/**
 * The last drain as Prometheus reads it from a file (node exporter's textfile collector). Pure. What was not measured has
 * no value.
 */
export function drainMetrics(document: DrainDocument): string {
  const { exitCode, hosts, moves, timings, longestDowntimeMilliseconds } = document;
  const last = lastMoves(moves);
  // Files of several drains are read together: no series may be in two of them.
  const labels = { hosts: hosts.map(({ host }) => host).join(",") };
  const gauge = (name: string, help: string, samples: Metric["samples"]): Metric => ({
    name: `live_migrate_last_drain_${name}`,
    help,
    samples,
  });
  const one = (value: number | null) => (value === null ? [] : [{ labels, value }]);
  const ofHosts = (value: (host: DrainDocument["hosts"][number]) => number) =>
    hosts.map((host) => ({ labels: { ...labels, host: host.host }, value: value(host) }));
  return prometheusText([
    gauge("exit_code", "Exit code of the last drain.", one(exitCode)),
    gauge(
      "timestamp_seconds",
      "When the last drain finished, in Unix time.",
      one(Date.parse(timings.finishedAt) / 1000),
    ),
    gauge("duration_seconds", "Duration of the last drain.", one(timings.totalSeconds)),
    gauge(
      "downtime_seconds",
      "Longest measured downtime of a move.",
      one(longestDowntimeMilliseconds === null ? null : longestDowntimeMilliseconds / 1000),
    ),
    gauge(
      "host_info",
      "State of each host at the end; always 1.",
      hosts.map(({ host, state, disabledBy }) => ({
        labels: { ...labels, host, state, disabled_by: disabledBy },
        value: 1,
      })),
    ),
    gauge(
      "leftovers",
      "What was left on each host.",
      ofHosts(({ leftovers }) => leftovers.length),
    ),
    gauge(
      "servers_moved",
      "Servers that left each host, verified.",
      ofHosts(
        ({ host }) =>
          last.filter(({ from, exitCode: code, result }) => from === host && code === 0 && result !== "deleted").length,
      ),
    ),
    gauge(
      "servers_not_moved",
      "Servers of each host whose last move did not succeed.",
      ofHosts(({ host }) => last.filter(({ from, exitCode: code }) => from === host && code !== 0).length),
    ),
  ]);
}
