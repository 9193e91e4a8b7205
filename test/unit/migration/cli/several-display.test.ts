import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { severalBars, severalLines } from "../../../../migration/cli/several-display.ts";

const MIB = 1024 * 1024;
const memory = (remaining: number) =>
  ({
    kind: "memory",
    totalBytes: 128 * MIB,
    remainingBytes: remaining * MIB,
    bytesPerSecond: 8 * MIB,
    elapsedSeconds: 3,
  }) as const;

describe("lines of concurrent runs", () => {
  it("begin with the server's name, and do not repeat themselves", () => {
    const lines: string[] = [];
    const { of, progress, withoutBars } = severalLines((line) => void lines.push(line));
    const [a, b] = [of("vm01"), of("vm02")];
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b(memory(64));
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b({ kind: "warning", text: "the cloud does not answer" });
    progress({ kind: "step", text: "Stopping here" });
    expect(withoutBars(() => lines.push("[1/2] moved"))).toBe(5);
    expect(lines).toEqual([
      "vm01: running (after 2.0 s)",
      "vm02: memory: 64 of 128 MiB remaining at 8.0 MiB/s, about 8 s left",
      "vm02: warning: the cloud does not answer",
      "Stopping here",
      "[1/2] moved",
    ]);
  });
});

function fakeTerminal() {
  let drawn = "";
  const terminal = new Writable({
    write(chunk: Buffer, _encoding, done) {
      drawn += chunk.toString();
      done();
    },
  });
  Object.assign(terminal, { isTTY: true, columns: 80 });
  const drawings = () => {
    const last = drawn;
    drawn = "";
    return last;
  };
  return { terminal, drawings };
}

describe("bars on a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("show each run while memory is copied, make room for lines, and are gone at the end", async () => {
    const { terminal, drawings } = fakeTerminal();
    const { of, withoutBars, stop } = await severalBars((line) => void terminal.write(`${line}\n`), terminal);
    const [a, b] = [of("vm01"), of("vm02")];
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    a(memory(64));
    b({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b(memory(32));
    drawings();
    vi.advanceTimersByTime(300);
    const both = drawings();
    expect(both).toMatch(/vm01: running .{10} 64 of 128 MiB, 8\.0 MiB\/s, about 8 s left \| 3 s/u);
    expect(both).toMatch(/vm02: running .{10} 32 of 128 MiB, 8\.0 MiB\/s, about 4 s left \| 3 s/u);
    // The clock goes on between samples.
    vi.advanceTimersByTime(2_000);
    expect(drawings()).toMatch(/vm01: .* about 6 s left \| 5 s/);
    // A run in another phase has no bar.
    a({ kind: "step", text: "verifying vm01" });
    vi.advanceTimersByTime(300);
    const one = drawings();
    expect(one).toMatch(/vm01: verifying vm01\n.*vm02: running/su);
    expect(one).not.toContain("vm01: running");
    withoutBars(() => terminal.write("[1/2] moved\n"));
    stop();
    drawings();
    vi.advanceTimersByTime(5_000);
    expect(drawings()).toBe("");
  });

  it("show a single run without its name, in at most 80 columns", async () => {
    const { terminal, drawings } = fakeTerminal();
    const lines: string[] = [];
    const { of, stop } = await severalBars((line) => void lines.push(line), terminal);
    const progress = of("");
    progress({ kind: "phase", phase: "running", elapsedSeconds: 3 });
    progress(memory(100));
    vi.advanceTimersByTime(300);
    const line =
      /running .{10} 100 of 128 MiB remaining, 8\.0 MiB\/s, about 13 s left \| 3 s/u.exec(drawings())?.[0] ?? "";
    expect(line).not.toBe("");
    expect(line.length).toBeLessThan(80);
    progress({ kind: "step", text: "verifying" });
    stop();
    expect(lines).toEqual(["running (after 3.0 s)", "verifying"]);
  });
});
