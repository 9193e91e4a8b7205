import { prometheusText, type Metric } from "../../text/prometheus.ts";
import { EXIT_CODES, type MigrationRecord } from "../contract/record.ts";

/**
 * The last run of a server as Prometheus reads it from a file (node exporter's textfile collector). Pure.
 * What was not measured has no value.
 */
export function metricsOf(record: MigrationRecord): string {
  const { server, outcome, kind, source, destination, current, timings, downtime, checks } = record;
  const labels = { server_id: server.id, server: server.name };
  const gauge = (name: string, help: string, value: number | null): Metric => ({
    name: `live_migrate_last_run_${name}`,
    help,
    samples: value === null ? [] : [{ labels, value }],
  });
  const places = { source: source.host ?? "", destination: destination.host ?? "", current: current.host ?? "" };
  const count = (wanted: string) => checks.filter((check) => check.outcome === wanted).length;
  return prometheusText([
    gauge("exit_code", "Exit code of the last run of live-migrate for the server.", EXIT_CODES[outcome]),
    {
      name: "live_migrate_last_run_info",
      help: "Outcome, kind and hosts of the last run; always 1.",
      samples: [{ labels: { ...labels, outcome, kind: kind ?? "", ...places }, value: 1 }],
    },
    gauge("timestamp_seconds", "When the last run finished, in Unix time.", Date.parse(timings.finishedAt) / 1000),
    gauge("duration_seconds", "Duration of the last run.", timings.totalSeconds),
    gauge(
      "nova_duration_seconds",
      "Duration of the migration in the last run, as Nova recorded it.",
      timings.novaSeconds,
    ),
    gauge(
      "downtime_seconds",
      "Longest gap of the guest's answers in the last run.",
      downtime === null ? null : downtime.milliseconds / 1000,
    ),
    {
      name: "live_migrate_last_run_checks",
      help: "Number of checks of the last run by their outcome.",
      samples: ["passed", "failed", "not-checked"].map((wanted) => ({
        labels: { ...labels, outcome: wanted },
        value: count(wanted),
      })),
    },
  ]);
}
