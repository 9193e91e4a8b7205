import type { Progress, ProgressEvent } from "../progress.ts";
import { describeBar, describeEvent, lineProgress } from "./progress-display.ts";
import { RedrawnBars } from "./redrawn-bars.ts";
import { oneLine } from "../../text/visible.ts";

/** The progress display of a run; `stop` clears the bars. */
export interface Shown {
  progress: Progress;
  stop: () => void;
}

/** The display of concurrent runs, each with its label. What concerns all of them goes to `progress`. */
export interface ShownSeveral extends Shown {
  /** @param label the server's name; empty: there is only one run */
  of: (label: string) => Progress;
  /** Runs something that writes to the terminal by itself, with the bars cleared away. */
  withoutBars: <T>(body: () => T) => T;
}

const prefix = (label: string) => (label === "" ? "" : `${label}: `);
const named = (label: string, write: (line: string) => void) => (line: string) => {
  write(`${prefix(label)}${line}`);
};

/** In CI and logs: lines on stderr (stdout is the record's) that begin with the server's name. */
export const severalLines = (write: (line: string) => void): ShownSeveral => ({
  progress: lineProgress(write),
  of: (label) => lineProgress(named(label, write)),
  withoutBars: (body) => body(),
  stop: () => undefined,
});

type Memory = Extract<ProgressEvent, { kind: "memory" }>;

/** On a terminal: the same lines, and below them a bar for each server whose memory is copied. */
export async function severalBars(
  write: (line: string) => void,
  stream: NodeJS.WritableStream = process.stderr,
): Promise<ShownSeveral> {
  const { default: cliProgress } = await import("cli-progress");
  const copying = new Map<string, { event: Memory; phase: string; at: number }>();
  const area = new RedrawnBars(() => {
    if (copying.size === 0) return null;
    const bars = new cliProgress.MultiBar({
      format: "{label}{phase} {bar} {remaining} of {total} MiB{left}, {rate} | {elapsed} s",
      // With the words, one bar fits into 80 columns.
      barsize: 10,
      stream,
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
    });
    const all = [...copying].map(([label, { event, phase, at }]) => {
      const words = { label: prefix(oneLine(label)), left: label === "" ? " remaining" : "" };
      const now = () => describeBar(event, phase, event.elapsedSeconds + (performance.now() - at) / 1000);
      const { done, total, payload } = now();
      return { bar: bars.create(total, done, { ...words, ...payload }), words, now };
    });
    const update = () => {
      for (const { bar, words, now } of all) bar.update(now().done, { ...words, ...now().payload });
    };
    return { bars, update };
  });
  const print = (line: string) => {
    area.without(() => {
      write(line);
    });
  };

  const of = (label: string): Progress => {
    const printNamed = named(label, print);
    let phase = "";
    return (event) => {
      if (event.kind === "memory") {
        copying.set(label, { event, phase, at: performance.now() });
        area.draw();
        return;
      }
      if (event.kind === "phase") phase = event.phase;
      copying.delete(label);
      printNamed(describeEvent(event));
    };
  };
  return {
    of,
    withoutBars: (body) => area.without(body),
    progress: (event) => {
      print(describeEvent(event));
    },
    stop: () => {
      copying.clear();
      area.clear();
    },
  };
}
