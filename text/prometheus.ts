import { visible } from "./visible.ts";

/** One metric: its name, its meaning, and its values by labels. */
export interface Metric {
  name: string;
  help: string;
  samples: { labels: Readonly<Record<string, string>>; value: number }[];
}

/** A label's value in double quotes, as Prometheus' text format has it. */
const labelValue = (value: string): string => `"${visible(value).replace(/[\\"]/g, "\\$&")}"`;

const line = (name: string, { labels, value }: Metric["samples"][number]) => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${labelValue(text)}`);
  return `${name}{${pairs.join(",")}} ${value}`;
};

/** Gauges in Prometheus' text format. A metric without a value is left out. */
export const prometheusText = (metrics: readonly Metric[]): string =>
  metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...samples.map((sample) => line(name, sample)),
    ])
    .map((text) => `${text}\n`)
    .join("");
