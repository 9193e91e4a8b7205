import { describe, expect, it } from "vitest";
import { metricsOf } from "../../../../migration/report/metrics.ts";
import { HOSTILE_NAMES } from "../../../support/hostile-names.ts";
import { recordOf } from "../../../support/engine/record.ts";

/** A strict reader of Prometheus' text format: samples as "name", labels and value. */
function parsed(text: string) {
  expect(text.endsWith("\n")).toBe(true);
  const samples = new Map<string, { labels: Record<string, string>; value: number }[]>();
  let declared = "";
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (?:HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (comment) {
      declared = comment[1] ?? "";
      continue;
    }
    const [, name = "", inside = "", value] =
      /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\S+)$/.exec(line) ?? [];
    expect([line, name]).toEqual([line, declared]);
    const labels = [...inside.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", text = ""]) => [
      label,
      text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
    ]);
    const sample = { labels: Object.fromEntries(labels) as Record<string, string>, value: Number(value) };
    expect(sample.value).not.toBeNaN();
    samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
  return samples;
}

describe("the metrics of a run", () => {
  it("are its exit code, places, times and checks, by server", () => {
    const record = recordOf({ downtime: { milliseconds: 175, probe: "ping", intervalMilliseconds: 50 } });
    const found = parsed(metricsOf(record));
    const labels = { server_id: record.server.id, server: record.server.name };
    const one = (name: string) => found.get(`live_migrate_last_run_${name}`);
    expect(one("exit_code")).toEqual([{ labels, value: 0 }]);
    expect(one("downtime_seconds")).toEqual([{ labels, value: 0.175 }]);
    expect(one("timestamp_seconds")).toEqual([{ labels, value: Date.parse(record.timings.finishedAt) / 1000 }]);
    expect(one("info")?.[0]?.labels).toMatchObject({
      outcome: record.outcome,
      source: record.source.host,
      current: record.current.host,
    });
    const checks = (one("checks") ?? []).reduce((sum, { value }) => sum + value, 0);
    expect(checks).toBe(record.checks.length);
  });

  it("have no value for what was not measured", () => {
    const { timings } = recordOf();
    const found = parsed(
      metricsOf(recordOf({ outcome: "refused", downtime: null, timings: { ...timings, novaSeconds: null } })),
    );
    expect(found.get("live_migrate_last_run_exit_code")?.[0]?.value).toBe(3);
    expect([...found.keys()].filter((name) => /downtime|nova/.test(name))).toEqual([]);
  });

  it("keep hostile names within their labels", () => {
    for (const name of HOSTILE_NAMES) {
      const found = parsed(metricsOf(recordOf({ server: { id: "1", name } })));
      expect([...found.values()].flat().every(({ labels }) => labels["server_id"] === "1")).toBe(true);
    }
  });
});
