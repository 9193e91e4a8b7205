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

describe("several runs, as lines", () => {
  it("begin with the server's name, and none is told twice in a row of the same one", () => {
    const lines: string[] = [];
    const { of, progress, aside } = severalLines((line) => void lines.push(line));
    const [a, b] = [of("vm01"), of("vm02")];
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b(memory(64));
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b({ kind: "warning", text: "the cloud does not answer" });
    progress({ kind: "step", text: "Stopping here" });
    expect(aside(() => lines.push("[1/2] moved"))).toBe(5);
    expect(lines).toEqual([
      "vm01: running (after 2.0 s)",
      "vm02: memory: 64 of 128 MiB remaining at 8.0 MiB/s, about 8 s left",
      "vm02: warning: the cloud does not answer",
      "Stopping here",
      "[1/2] moved",
    ]);
  });
});

describe("several runs, on a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("have a bar each while memory is copied, which make room for what is said, and are gone at the end", async () => {
    let drawn = "";
    const terminal = new Writable({
      write(chunk: Buffer, _encoding, done) {
        drawn += chunk.toString();
        done();
      },
    });
    Object.assign(terminal, { isTTY: true, columns: 80 });
    const pictures = () => {
      const last = drawn;
      drawn = "";
      return last;
    };
    const { of, aside, stop } = await severalBars((line) => void terminal.write(`${line}\n`), terminal);
    const [a, b] = [of("vm01"), of("vm02")];
    a({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    a(memory(64));
    b({ kind: "phase", phase: "running", elapsedSeconds: 2 });
    b(memory(32));
    pictures();
    vi.advanceTimersByTime(300);
    const both = pictures();
    expect(both).toMatch(/vm01: running .{10} 64 of 128 MiB, 8\.0 MiB\/s, about 8 s left \| 3 s/u);
    expect(both).toMatch(/vm02: running .{10} 32 of 128 MiB, 8\.0 MiB\/s, about 4 s left \| 3 s/u);
    // The clock goes on between samples.
    vi.advanceTimersByTime(2_000);
    expect(pictures()).toMatch(/vm01: .* about 6 s left \| 5 s/);
    // One that does something else has no bar any more.
    a({ kind: "step", text: "verifying vm01" });
    vi.advanceTimersByTime(300);
    const one = pictures();
    expect(one).toMatch(/vm01: verifying vm01\n.*vm02: running/su);
    expect(one).not.toContain("vm01: running");
    aside(() => terminal.write("[1/2] moved\n"));
    stop();
    pictures();
    vi.advanceTimersByTime(5_000);
    expect(pictures()).toBe("");
  });
});
