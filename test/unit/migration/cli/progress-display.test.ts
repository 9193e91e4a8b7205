import { describe, expect, it } from "vitest";
import { describeBar, describeEvent, lineProgress } from "../../../../migration/cli/progress-display.ts";

const MIB = 1024 * 1024;

describe("progress in lines", () => {
  it.each([
    [{ kind: "step", text: "verifying vm on b" } as const, "verifying vm on b"],
    [{ kind: "warning", text: "odd" } as const, "warning: odd"],
    [{ kind: "warning", text: "warning: host (b): odd" } as const, "warning: host (b): odd"],
    [{ kind: "phase", phase: "running", elapsedSeconds: 3.21 } as const, "running (after 3.2 s)"],
    [
      {
        kind: "memory",
        totalBytes: 1024 * MIB,
        remainingBytes: 100 * MIB,
        bytesPerSecond: 30 * MIB,
        elapsedSeconds: 9,
      } as const,
      "memory: 100 of 1024 MiB remaining at 30.0 MiB/s, about 4 s left",
    ],
    [
      { kind: "memory", totalBytes: 1024 * MIB, remainingBytes: 1, bytesPerSecond: null, elapsedSeconds: 9 } as const,
      "memory: 1 of 1024 MiB remaining",
    ],
  ])("describes %o", (event, line) => {
    expect(describeEvent(event)).toBe(line);
  });

  it("prints no line twice in a row", () => {
    const lines: string[] = [];
    const progress = lineProgress((line) => void lines.push(line));
    for (const text of ["a", "a", "b", "a"]) progress({ kind: "step", text });
    expect(lines).toEqual(["a", "b", "a"]);
  });
});

describe("a progress bar", () => {
  const sample = { kind: "memory", totalBytes: 1024 * MIB, elapsedSeconds: 9 } as const;

  it("shows the phase, remaining memory, rate and estimated time, and keeps its clock running between samples", () => {
    const event = { ...sample, remainingBytes: 100 * MIB, bytesPerSecond: 20 * MIB };
    expect(describeBar(event, "running", 11.2)).toEqual({
      done: 924,
      total: 1024,
      payload: { phase: "running", remaining: 100, rate: "20.0 MiB/s, about 3 s left", elapsed: 11 },
    });
    // Overdue is not "-4 s left".
    expect(describeBar(event, "running", 18).payload.rate).toBe("20.0 MiB/s, about 1 s left");
  });

  it("shows that memory does not shrink, and that more remains than there was at first", () => {
    const event = { ...sample, remainingBytes: 1030 * MIB, bytesPerSecond: null };
    expect(describeBar(event, "running", 9)).toMatchObject({ done: 0, payload: { rate: "not shrinking now" } });
  });
});
