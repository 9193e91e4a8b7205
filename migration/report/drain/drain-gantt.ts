import * as Plot from "@observablehq/plot";
import { Markup } from "../../../text/html.ts";
import { svg } from "../svg.ts";
import type { GanttBar } from "./drain-picture.ts";

const WIDTH = 960;
const ROW = 16;
const LONGEST_NAME = 22;
/** Legible on white and on black. */
const COLOURS: Record<GanttBar["tone"] | "down", string> = {
  good: "#3b82c4",
  bad: "#d0473c",
  open: "#c08a1e",
  down: "#e4572e",
};

const short = (name: string) =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME / 2)}…${name.slice(1 - LONGEST_NAME / 2)}` : name;

/** All moves of a drain over time, one row for each server. */
export function drawGantt(bars: readonly GanttBar[]): Markup {
  const names = new Map(bars.map(({ server }) => [server.id, short(server.name)]));
  const end = Math.max(1, ...bars.map((bar) => bar.end));
  const silent = bars.flatMap(({ server, down }) => (down ? [{ id: server.id, ...down }] : []));
  // Beside the bar, on the side where there is room.
  const isLate = (bar: GanttBar) => bar.end > end * 0.7;
  const label = (late: boolean, options: Plot.TextOptions) =>
    Plot.text(
      bars.filter((bar) => isLate(bar) === late),
      { y: ({ server }: GanttBar) => server.id, text: "label", fill: "currentColor", fontSize: 10, ...options },
    );
  return svg("all moves over time", {
    width: WIDTH,
    height: 54 + names.size * ROW,
    marginLeft: 150,
    marginTop: 40,
    marginBottom: 10,
    x: { domain: [0, end], grid: true, nice: true },
    y: { domain: [...names.keys()], tickFormat: (id: string) => names.get(id) ?? id, label: null, tickSize: 0 },
    marks: [
      Plot.axisX({ anchor: "top", label: "seconds since the drain began" }),
      Plot.barX([...bars], {
        x1: "start",
        x2: ({ start, end: to }: GanttBar) => Math.max(to, start + end / 600),
        y: ({ server }: GanttBar) => server.id,
        fill: ({ tone }: GanttBar) => COLOURS[tone],
        rx: 2,
        insetTop: 2,
        insetBottom: 2,
        title: ({ server, from, label: what }: GanttBar) => `${server.name}: ${from} ${what}`,
      }),
      Plot.barX(silent, {
        x1: "start",
        x2: ({ start, end: to }: { start: number; end: number }) => Math.max(to, start + end / 600),
        y: "id",
        fill: COLOURS.down,
      }),
      label(false, { x: "end", textAnchor: "start", dx: 4 }),
      label(true, { x: "start", textAnchor: "end", dx: -4 }),
    ],
  });
}
