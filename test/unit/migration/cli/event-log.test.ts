import { readFileSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventLog } from "../../../../migration/cli/event-log.ts";
import { EventSchema, type MigrationEvent } from "../../../../migration/contract/event.ts";
import { CloudLost } from "../../../../migration/contract/failure.ts";
import type { ProgressEvent } from "../../../../migration/progress.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const TARGET = { host: "node-31" };
const VM = { asked: "vm01", id: "9c0b", name: "vm01" };

/** The events in a file, each as its schema has it. */
const eventsIn = (file: string): MigrationEvent[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => EventSchema.parse(JSON.parse(line)));

async function logged(body: (log: EventLog) => Promise<number>, file = join(tempFolder(), "events")) {
  const warnings: string[] = [];
  const log = await EventLog.open({ events: file }, (text) => warnings.push(text));
  const exit = await log.whole(() => body(log)).catch((error: unknown) => error);
  return { events: eventsIn(file), warnings, exit, file };
}

describe("the events of a run", () => {
  it("are its start, each change of Nova's phase, what it says, and its end, in this order", async () => {
    const seen: ProgressEvent[] = [];
    const memory = {
      kind: "memory",
      totalBytes: 9,
      remainingBytes: 5,
      bytesPerSecond: null,
      elapsedSeconds: 3,
    } as const;
    const progress: ProgressEvent[] = [
      { kind: "step", text: "verifying" },
      { kind: "phase", phase: "running", elapsedSeconds: 2.5 },
      memory,
      { kind: "warning", text: "the cloud does not answer" },
    ];
    const { events } = await logged(async (log) => {
      const record = await log.follow(
        VM,
        TARGET,
        (event) => seen.push(event),
        (told) => {
          progress.forEach(told);
          return Promise.resolve(recordOf());
        },
      );
      expect(record).toEqual(recordOf());
      return 0;
    });
    expect(seen).toEqual(progress);
    expect(events.map(({ event }) => event)).toEqual(["started", "message", "phase", "message", "finished", "exit"]);
    expect(new Set(events.map(({ run }) => run)).size).toBe(1);
    expect(events[0]).toMatchObject({ server: VM, target: { host: "node-31", zone: null } });
    expect(events[2]).toMatchObject({ phase: "running", elapsedSeconds: 2.5 });
    const { outcome, summary, source, destination, current, checks } = recordOf();
    const passed = checks.filter((check) => check.outcome === "passed").length;
    expect(events[4]).toMatchObject({
      server: { asked: "vm01", ...recordOf().server },
      result: outcome,
      exitCode: 0,
      summary,
      move: { source, destination, current, checks: { passed } },
    });
    expect(events[5]).toMatchObject({ exitCode: 0, error: null });
  });

  it("tell why a run has no record, and why the command exits", async () => {
    const lost = new CloudLost("Nova does not answer. Fix: wait");
    const { events, exit } = await logged(async (log) => {
      await log.follow(
        { asked: "vm01" },
        TARGET,
        () => undefined,
        () => Promise.reject(lost),
      );
      return 0;
    });
    expect(exit).toBe(lost);
    expect(events.slice(1)).toMatchObject([
      { event: "finished", server: { asked: "vm01", id: null }, result: "cloud", exitCode: 7, move: null },
      { event: "exit", exitCode: 7, error: "Nova does not answer. Fix: wait" },
    ]);
  });

  it("do not pass an unexpected error off as an outcome", async () => {
    const { events } = await logged((log) =>
      log
        .follow(
          VM,
          TARGET,
          () => undefined,
          () => Promise.reject(new TypeError("x is undefined")),
        )
        .then(() => 0),
    );
    expect(events.slice(1)).toMatchObject([
      { result: "internal-error", exitCode: 1 },
      { event: "exit", exitCode: 1 },
    ]);
  });

  it("are appended to what the file has, and name servers that were not begun", async () => {
    const first = await logged(() => Promise.resolve(7));
    const second = await logged((log) => {
      log.notBegun(VM);
      return Promise.resolve(3);
    }, first.file);
    expect(second.events).toMatchObject([{ exitCode: 7 }, { event: "not-begun", server: VM }, { exitCode: 3 }]);
    expect(new Set(second.events.map(({ run }) => run)).size).toBe(2);
  });

  it("keep a hostile name in its line", async () => {
    const { events } = await logged((log) => {
      log.notBegun({ asked: 'a\n{"event":"exit"}\u2028\u001b[2J' });
      return Promise.resolve(0);
    });
    expect(events).toHaveLength(2);
  });

  it.each([
    ["a directory", () => tempFolder(), /not a regular file/],
    ["a device, or a pipe that nobody reads", () => "/dev/null", /not a regular file/],
    ["a directory that is not there", () => "/no/such/events", /cannot be written \(ENOENT\)/],
    ["a file below a file", () => join(fileIn(tempFolder()), "events"), /cannot be written \(ENOTDIR\)/],
  ])("are refused for %s, before anything is sent", async (_, path, problem) => {
    await expect(EventLog.open({ events: path() }, () => undefined)).rejects.toThrow(problem);
  });

  it("that cannot be written are one warning, and change nothing of the run", async () => {
    const warnings: string[] = [];
    const full = { write: () => Promise.reject(new Error("ENOSPC: no space left")), close: () => Promise.resolve() };
    const log = new EventLog(full as unknown as FileHandle, (text) => warnings.push(text));
    const code = await log.whole(async () => {
      await log.follow(
        VM,
        TARGET,
        () => undefined,
        () => Promise.resolve(recordOf()),
      );
      return 0;
    });
    expect(code).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/^warning: events are missing: ENOSPC.* Fix: /)]);
  });
});

function fileIn(folder: string): string {
  const file = join(folder, "file");
  writeFileSync(file, "");
  return file;
}
