import type { MultiBar } from "cli-progress";
import type { Shown } from "./connection.ts";
import type { Progress, ProgressEvent } from "../progress.ts";
import { describeBar, describeEvent, lineProgress } from "./progress-display.ts";
import { oneLine } from "../../text/visible.ts";

/** How several runs at once are shown: each by its name. What is about all of them goes to `progress`. */
export interface ShownSeveral extends Shown {
  of: (label: string) => Progress;
  /** Does something that writes to the terminal by itself; no bar stands there meanwhile. */
  aside: <T>(body: () => T) => T;
}

const named = (label: string, write: (line: string) => void) => (line: string) => {
  write(`${label}: ${line}`);
};

/** In CI and logs: lines that begin with the server's name. */
export const severalLines = (write: (line: string) => void): ShownSeveral => ({
  progress: lineProgress(write),
  of: (label) => lineProgress(named(label, write)),
  aside: (body) => body(),
  stop: () => undefined,
});

type Memory = Extract<ProgressEvent, { kind: "memory" }>;

/** Between two pictures of the bars, in milliseconds. */
const TICK = 1_000;

/** On a terminal: the same lines, and below them a bar for each server whose memory is copied. */
export async function severalBars(
  write: (line: string) => void,
  stream: NodeJS.WritableStream = process.stderr,
): Promise<ShownSeveral> {
  const { default: cliProgress } = await import("cli-progress");
  const copying = new Map<string, { event: Memory; phase: string; at: number }>();
  let drawn: MultiBar | undefined;
  let ticking: NodeJS.Timeout | undefined;

  const clear = () => {
    clearInterval(ticking);
    drawn?.stop();
    drawn = undefined;
  };
  const draw = () => {
    clear();
    if (copying.size === 0) return;
    const bars = new cliProgress.MultiBar({
      format: "{label}: {phase} {bar} {remaining} of {total} MiB, {rate} | {elapsed} s",
      barsize: 10,
      stream,
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
    });
    const all = [...copying].map(([label, { event, phase, at }]) => {
      const now = () => describeBar(event, phase, event.elapsedSeconds + (performance.now() - at) / 1000);
      const { done, total, payload } = now();
      return { bar: bars.create(total, done, { label: oneLine(label), ...payload }), label, now };
    });
    ticking = setInterval(() => {
      for (const { bar, label, now } of all) bar.update(now().done, { label: oneLine(label), ...now().payload });
    }, TICK).unref();
    drawn = bars;
  };
  const aside = <T>(body: () => T): T => {
    clear();
    try {
      return body();
    } finally {
      draw();
    }
  };
  const said = (line: string) => {
    aside(() => {
      write(line);
    });
  };

  const of = (label: string): Progress => {
    const say = named(label, said);
    let phase = "";
    return (event) => {
      if (event.kind === "memory") {
        copying.set(label, { event, phase, at: performance.now() });
        draw();
        return;
      }
      if (event.kind === "phase") phase = event.phase;
      copying.delete(label);
      say(describeEvent(event));
    };
  };
  return {
    of,
    aside,
    progress: (event) => {
      said(describeEvent(event));
    },
    stop: () => {
      copying.clear();
      clear();
    },
  };
}
