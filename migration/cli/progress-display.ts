import type { Progress, ProgressEvent } from "../progress.ts";
import { oneLine } from "../../text/visible.ts";

const MIB = 1024 * 1024;
const seconds = (value: number) => `${value.toFixed(1)} s`;

/** One line for one event. Pure. */
export function describeEvent(event: ProgressEvent): string {
  switch (event.kind) {
    case "step":
      return oneLine(event.text);
    case "warning":
      return oneLine(event.text.startsWith("warning") ? event.text : `warning: ${event.text}`);
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

/** The text around a bar. Pure. @param phase as Nova's record has it @param elapsedSeconds now, not at the sample */
export function describeBar(event: Extract<ProgressEvent, { kind: "memory" }>, phase: string, elapsedSeconds: number) {
  const { remainingBytes, totalBytes, bytesPerSecond } = event;
  const total = Math.ceil(totalBytes / MIB);
  const remaining = Math.ceil(remainingBytes / MIB);
  const since = Math.max(0, elapsedSeconds - event.elapsedSeconds);
  const rate = bytesPerSecond
    ? `${(bytesPerSecond / MIB).toFixed(1)} MiB/s, about ${Math.max(1, Math.ceil(remainingBytes / bytesPerSecond - since))} s left`
    : "not shrinking now";
  return {
    done: Math.max(0, total - remaining),
    total,
    payload: { phase: oneLine(phase), remaining, rate, elapsed: Math.round(elapsedSeconds) },
  };
}
