import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hostBars, hostLines } from "../../../../../migration/cli/hosts/hosts-display.ts";
import { uuid } from "../../../../support/hosts/fleet-samples.ts";

const MIB = 1024 * 1024;
const move = (n: number, name = `vm${n}`) => ({ server: { id: uuid(n), name }, from: "node-28", to: "node-27" });
const planned = (...moves: ReturnType<typeof move>[]) =>
  ({
    kind: "planned",
    hosts: ["node-28"],
    moves: moves.map((one) => ({ ...one, estimateSeconds: 30 })),
  }) as const;

async function onTerminal() {
  let drawn = "";
  const terminal = new Writable({
    write(chunk: Buffer, _encoding, done) {
      drawn += chunk.toString();
      done();
    },
  });
  const lines: string[] = [];
  const stream = Object.assign(terminal, { isTTY: true, columns: 100, rows: 40 });
  const shown = await hostBars(
    (line) => void lines.push(line),
    1,
    stream,
    () => 5_000,
  );
  // What is drawn since the last look, without the sequences that move the cursor.
  const screen = () => {
    vi.advanceTimersByTime(300);
    const text = drawn.replaceAll(/\u001b\[[0-9;?]*[a-zA-Z]/g, "");
    drawn = "";
    return text;
  };
  return { shown, lines, screen };
}

describe("the display of a drain on a terminal", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("has one bar for each host and one line for each move under way", async () => {
    const { shown, lines, screen } = await onTerminal();
    shown.track(planned(move(1), move(2)));
    expect(screen()).toMatch(/node-28 .+ 0\/2 moved, about 60 s left/);
    shown.track({ kind: "began", at: 2_000, ...move(1) });
    shown.of("vm1")({ kind: "phase", phase: "running", elapsedSeconds: 1 });
    shown.of("vm1")({ kind: "step", text: "watching" });
    expect(lines).toEqual(["vm1: watching"]);
    expect(screen()).toContain("vm1 → node-27: running, 3 s");
    const memory = { totalBytes: 2048 * MIB, remainingBytes: 512 * MIB, bytesPerSecond: null, elapsedSeconds: 2 };
    shown.of("vm1")({ kind: "memory", ...memory });
    shown.progress({ kind: "step", text: "another word" });
    expect(screen()).toContain("vm1 → node-27: 512 of 2048 MiB of memory left");
    shown.track({ kind: "ended", at: 32_000, moved: true, ...move(1) });
    const last = screen();
    expect(last).toMatch(/1\/2 moved, about 30 s left/);
    expect(last).not.toContain("vm1 →");
    shown.stop();
    screen();
    shown.progress({ kind: "step", text: "after the end" });
    expect(screen()).toBe("");
  });

  it("tells servers of the same name apart", async () => {
    const { shown } = await onTerminal();
    const other = { id: `abcdef12${uuid(2).slice(8)}`, name: "web" };
    expect([shown.label({ id: uuid(1), name: "web" }), shown.label(other)]).toEqual(["web", "web (abcdef12)"]);
    expect(shown.label({ id: uuid(1), name: "web" })).toBe("web");
    shown.stop();
  });
});

describe("the display of a drain without a terminal", () => {
  it("is one line after each move, and nothing before", () => {
    const lines: string[] = [];
    const { track } = hostLines((line) => void lines.push(line), 1);
    track(planned(move(1)));
    track({ kind: "began", at: 0, ...move(1) });
    expect(lines).toEqual([]);
    track({ kind: "ended", at: 9_000, moved: true, ...move(1) });
    expect(lines).toEqual(["node-28: 1 of 1 servers moved"]);
  });
});
