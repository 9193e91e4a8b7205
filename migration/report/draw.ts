import * as Plot from "@observablehq/plot";
import type { Markup } from "../../text/html.ts";
import { svg } from "./svg.ts";
import { timeline, type Bar } from "./timeline.ts";
import { topology, type Box } from "./topology.ts";
import type { MigrationRecord } from "../contract/record.ts";
import type { MemorySample, Trace } from "./trace-data.ts";

const MIB = 1024 * 1024;
const WIDTH = 960;
const BAR_COLOURS: Record<Bar["kind"], string> = {
  ours: "#7a6bb0",
  waiting: "#b8bcc4",
  moving: "#2f7fc1",
  nova: "#5b6672",
  down: "#c8372d",
};
const BOX_COLOURS: Record<Box["kind"], { fill: string; stroke: string }> = {
  zone: { fill: "#f3f5f8", stroke: "#c3cad3" },
  host: { fill: "#ffffff", stroke: "#98a2b0" },
  server: { fill: "#2f7fc1", stroke: "#1f5f96" },
  volume: { fill: "#fff4dc", stroke: "#c79a3a" },
  note: { fill: "none", stroke: "none" },
};

/** Zones, hosts, the server and its volumes at one moment. */
export function drawTopology(record: MigrationRecord, trace: Trace, when: "before" | "after"): Markup {
  const { width, height, boxes, links } = topology(record, trace, when);
  const of = (...kinds: Box["kind"][]) => boxes.filter(({ kind }) => kinds.includes(kind));
  const middle = (box: Box) => (box.x1 + box.x2) / 2;
  const rect = (kind: Box["kind"]) =>
    Plot.rect(of(kind), { x1: "x1", x2: "x2", y1: "y1", y2: "y2", rx: 6, title: "text", ...BOX_COLOURS[kind] });
  const text = (kind: Box["kind"], y: (box: Box) => number, options: Plot.TextOptions = {}) =>
    Plot.text(of(kind), {
      x: middle,
      y,
      text: "text",
      textOverflow: "ellipsis-middle",
      lineWidth: kind === "volume" ? 11 : 15,
      ...options,
    });
  return svg(`where the server runs ${when} the move`, {
    width: width + 2,
    height: height + 2,
    margin: 1,
    x: { domain: [0, width], axis: null },
    y: { domain: [0, height], range: [1, height + 1], axis: null },
    marks: [
      rect("zone"),
      rect("host"),
      Plot.link(links, {
        x1: "x1",
        y1: "y1",
        x2: "x2",
        y2: "y2",
        stroke: ({ right }: { right: boolean }) => (right ? "#c79a3a" : "#c8372d"),
        strokeWidth: 2,
      }),
      rect("server"),
      rect("volume"),
      text("zone", ({ y1 }) => y1 + 13, { fontWeight: "bold" }),
      text("host", ({ y1 }) => y1 + 13, { fill: "#3c4652" }),
      text("note", ({ y1, y2 }) => (y1 + y2) / 2, { fill: "#5b6672" }),
      text("server", ({ y1, y2 }) => (y1 + y2) / 2, { fill: "white", fontWeight: "bold" }),
      text("volume", ({ y1 }) => y1 + 15, { fontWeight: "bold" }),
      text("volume", ({ y1 }) => y1 + 32, { text: "detail", fill: "#5b6672" }),
    ],
  });
}

/** The phases, one below the other. */
export function drawTimeline(record: MigrationRecord): Markup {
  const bars = timeline(record);
  const rows = [...new Set(bars.map(({ row }) => row))];
  const end = Math.max(record.timings.totalSeconds, ...bars.map(({ to }) => to));
  // In a long bar, or beside a short one: before it near the right edge.
  const sideOf = ({ from, to }: Bar) => (to - from > end / 3 ? "in" : to > end * 0.75 ? "before" : "after");
  const label = (side: ReturnType<typeof sideOf>, options: Plot.TextOptions) =>
    Plot.text(
      bars.filter((bar) => sideOf(bar) === side),
      { y: "row", text: "label", fill: "#3c4652", ...options },
    );
  return svg("phases of the run", {
    width: WIDTH,
    height: 44 + rows.length * 26,
    marginLeft: 110,
    marginTop: 6,
    marginBottom: 38,
    x: { domain: [0, end], label: "seconds since the run began", grid: true, nice: true },
    y: { domain: rows, label: null, tickSize: 0 },
    marks: [
      Plot.barX(bars, {
        x1: "from",
        // A very short phase must still be visible.
        x2: ({ from, to }: Bar) => Math.max(to, from + end / 400),
        y: "row",
        fill: ({ kind }: Bar) => BAR_COLOURS[kind],
        rx: 2,
        title: ({ row, label: what }: Bar) => `${row}: ${what}`,
      }),
      label("in", { x: ({ from, to }: Bar) => (from + to) / 2, fill: "white" }),
      label("before", { x: "from", textAnchor: "end", dx: -5 }),
      label("after", { x: "to", textAnchor: "start", dx: 5 }),
    ],
  });
}

/** Memory still to be copied over time, with the downtime as a band. */
export function drawMemory(record: MigrationRecord, samples: readonly MemorySample[]): Markup {
  const began = Date.parse(record.timings.startedAt);
  const since = (at: number) => (at - began) / 1000;
  const points = samples.map(({ at, remainingBytes }) => ({ x: since(at), y: remainingBytes / MIB }));
  const total = Math.max(...samples.map(({ totalBytes }) => totalBytes)) / MIB;
  const down = timeline(record).filter(({ kind }) => kind === "down");
  return svg("memory remaining over time", {
    width: WIDTH,
    height: 240,
    marginLeft: 60,
    marginBottom: 38,
    x: { domain: [0, record.timings.totalSeconds], label: "seconds since the run began", nice: true },
    y: { domain: [0, Math.max(total, ...points.map(({ y }) => y))], label: "MiB remaining", grid: true, nice: true },
    marks: [
      Plot.rectX(down, {
        x1: "from",
        x2: ({ from, to }: Bar) => Math.max(to, from + record.timings.totalSeconds / 400),
        fill: BAR_COLOURS.down,
        fillOpacity: 0.35,
        title: "label",
      }),
      Plot.ruleY([0]),
      Plot.ruleY([total], { stroke: "#98a2b0", strokeDasharray: "4 4" }),
      Plot.areaY(points, { x: "x", y: "y", fill: BAR_COLOURS.moving, fillOpacity: 0.15 }),
      Plot.lineY(points, { x: "x", y: "y", stroke: BAR_COLOURS.moving, strokeWidth: 2 }),
      Plot.dot(points, { x: "x", y: "y", fill: BAR_COLOURS.moving, r: 2.5 }),
    ],
  });
}
