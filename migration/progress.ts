/** Events of a run in progress; `cli/progress-display.ts` shows it. */
export type ProgressEvent =
  | { kind: "step"; text: string }
  | { kind: "warning"; text: string }
  | { kind: "phase"; phase: string; elapsedSeconds: number }
  | {
      kind: "memory";
      totalBytes: number;
      remainingBytes: number;
      /** null: not known yet. */
      bytesPerSecond: number | null;
      elapsedSeconds: number;
    };

/** Gets each event of a run. */
export type Progress = (event: ProgressEvent) => void;
