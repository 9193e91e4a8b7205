import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { barProgress, describeBar, describeEvent, lineProgress } from "../../../../migration/cli/progress-display.ts";

const MIB = 1024 * 1024;

describe("progress, in lines", () => {
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
  ])("%o", (event, line) => {
    expect(describeEvent(event)).toBe(line);
  });

  it("say nothing twice in a row", () => {
    const lines: string[] = [];
    const progress = lineProgress((line) => void lines.push(line));
    for (const text of ["a", "a", "b", "a"]) progress({ kind: "step", text });
    expect(lines).toEqual(["a", "b", "a"]);
  });
});

describe("progress, as a bar", () => {
  const sample = { kind: "memory", totalBytes: 1024 * MIB, elapsedSeconds: 9 } as const;

  it("has the phase, memory remaining, rate and estimated time, and its clock goes on between samples", () => {
    const event = { ...sample, remainingBytes: 100 * MIB, bytesPerSecond: 20 * MIB };
    expect(describeBar(event, "running", 11.2)).toEqual({
      done: 924,
      total: 1024,
      payload: { phase: "running", remaining: 100, rate: "20.0 MiB/s, about 3 s left", elapsed: 11 },
    });
    // Overdue is not "-4 s left".
    expect(describeBar(event, "running", 18).payload.rate).toBe("20.0 MiB/s, about 1 s left");
  });

  it("says that memory does not shrink, and that more is left than there was at first", () => {
    const event = { ...sample, remainingBytes: 1030 * MIB, bytesPerSecond: null };
    expect(describeBar(event, "running", 9)).toMatchObject({ done: 0, payload: { rate: "not shrinking now" } });
  });

  it("is drawn on one line, makes room for what is said, and is gone at the end", async () => {
    const drawn: string[] = [];
    const terminal = new Writable({
      write(chunk: Buffer, _encoding, done) {
        drawn.push(chunk.toString());
        done();
      },
    });
    Object.assign(terminal, { isTTY: true, columns: 80, cursorTo: () => true, clearLine: () => true });
    const said: string[] = [];
    const { progress, stop } = await barProgress((line) => void said.push(line), terminal);
    progress({ kind: "phase", phase: "running", elapsedSeconds: 3 });
    progress({ ...sample, remainingBytes: 100 * MIB, bytesPerSecond: 20 * MIB });
    const line = drawn.find((text) => text.includes("remaining")) ?? "";
    expect(line).toMatch(/^running .{10} 100 of 1024 MiB remaining, 20\.0 MiB\/s, about 5 s left \| 9 s$/u);
    expect(line.length).toBeLessThan(80);
    progress({ kind: "step", text: "verifying" });
    stop();
    expect(said).toEqual(["running (after 3.0 s)", "verifying"]);
  });
});
