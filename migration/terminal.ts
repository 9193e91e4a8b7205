import type { SingleBar } from "cli-progress";
import type { Progress, ProgressEvent } from "./progress.ts";

const MIB = 1024 * 1024;
const seconds = (value: number) => `${value.toFixed(1)} s`;

/** One line for one event. Pure. */
export function describeEvent(event: ProgressEvent): string {
  switch (event.kind) {
    case "step":
      return event.text;
    case "warning":
      return event.text.startsWith("warning") ? event.text : `warning: ${event.text}`;
    case "phase":
      return `${event.phase} (after ${seconds(event.elapsedSeconds)})`;
    case "memory": {
      const { remainingBytes, totalBytes, bytesPerSecond } = event;
      const left = bytesPerSecond ? `, about ${Math.ceil(remainingBytes / bytesPerSecond)} s left` : "";
      const rate = bytesPerSecond ? ` at ${(bytesPerSecond / MIB).toFixed(1)} MiB/s` : "";
      return `memory: ${Math.ceil(remainingBytes / MIB)} of ${Math.ceil(totalBytes / MIB)} MiB remaining${rate}${left}`;
    }
  }
}

/** In CI and logs: a line on each change, on stderr (stdout is the record's). */
export function lineProgress(write: (line: string) => void): Progress {
  let last = "";
  return (event) => {
    const line = describeEvent(event);
    if (line !== last) write(line);
    last = line;
  };
}

/** On a terminal: lines for steps, and a bar while memory is copied. `stop` clears the bar away. */
export async function barProgress(write: (line: string) => void): Promise<{ progress: Progress; stop: () => void }> {
  const { default: cliProgress } = await import("cli-progress");
  let bar: SingleBar | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const progress: Progress = (event) => {
    if (event.kind !== "memory") {
      stop();
      write(describeEvent(event));
      return;
    }
    const total = Math.ceil(event.totalBytes / MIB);
    const remaining = Math.ceil(event.remainingBytes / MIB);
    const rate = event.bytesPerSecond ? `${(event.bytesPerSecond / MIB).toFixed(1)} MiB/s` : "";
    const payload = { remaining, rate, elapsed: Math.round(event.elapsedSeconds) };
    bar ??= new cliProgress.SingleBar({
      format: "{bar} {remaining} of {total} MiB remaining {rate} | {elapsed} s",
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
    if (!bar.isActive) bar.start(total, total - remaining, payload);
    else bar.update(total - remaining, payload);
  };
  return { progress, stop };
}
