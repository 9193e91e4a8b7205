import { randomUUID } from "node:crypto";
import { open, stat, type FileHandle } from "node:fs/promises";
import { toJson } from "../../text/visible.ts";
import { EVENT_SCHEMA_VERSION, type MigrationEvent } from "../contract/event.ts";
import { reportError } from "../contract/failure.ts";
import { EXIT_CODES, type MigrationRecord } from "../contract/record.ts";
import { BadInput } from "../contract/request-input.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { message } from "../message.ts";
import type { Progress } from "../progress.ts";
import { isInTime, lastWait } from "./last-wait.ts";
import { Webhook } from "./webhook.ts";

/** A server as the events name it. */
export interface EventServer {
  asked: string;
  id?: string;
  name?: string;
}

type OwnFields<E> = E extends MigrationEvent ? Omit<E, "schemaVersion" | "time" | "run"> : never;
type Happened = OwnFields<MigrationEvent>;

/** Node's code of an exit that nothing here has decided. */
const INTERNAL_ERROR = 1;

/** How long the end of a command waits for a disk that does not take the events, in milliseconds. */
const PATIENCE = 5_000;

/** Where the events go. */
export interface EventTargets {
  /** A file to append them to. */
  events?: string | undefined;
  /** A URL to send them to; a list as `Webhook.open` takes it. */
  notify?: readonly string[] | undefined;
}

/**
 * Appends events to a file, one JSON line each, in order, and sends them to a webhook. Lines of other commands may come
 * between them. A move never waits for it and never fails because of it: what cannot be written is a warning, once.
 */
export class EventLog {
  readonly #file: FileHandle | undefined;
  readonly #webhook: Webhook | undefined;
  readonly #warn: (text: string) => void;
  readonly #run = randomUUID();
  #written: Promise<unknown> = Promise.resolve();
  #broken = false;

  constructor(file: FileHandle | undefined, warn: (text: string) => void, webhook?: Webhook) {
    this.#file = file;
    this.#webhook = webhook;
    this.#warn = warn;
  }

  /**
   * @param warn gets the warning about what cannot be written or sent any more
   * @throws BadInput for a file that cannot be written, or a URL that is none
   */
  static async open({ events, notify = [] }: EventTargets, warn: (text: string) => void): Promise<EventLog> {
    const webhook = await Webhook.open(notify, warn);
    return new EventLog(events === undefined ? undefined : await EventLog.#openFile(events), warn, webhook);
  }

  static async #openFile(path: string): Promise<FileHandle> {
    const refuse = (problem: string) =>
      new BadInput([{ path: "--events", value: path, problem, fix: "name a file in a directory that can be written" }]);
    const found = await stat(path).catch(() => undefined);
    // A pipe without a reader would keep the command waiting.
    if (found !== undefined && !found.isFile()) throw refuse("not a regular file");
    try {
      return await open(path, "a", 0o644);
    } catch (error) {
      throw refuse(`the file cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
    }
  }

  /** Runs one server's move, and writes its start, its changes and its end. */
  async follow(
    server: EventServer,
    { host, zone }: Pick<MigrationRequest, "host" | "zone">,
    progress: Progress,
    move: (progress: Progress) => Promise<MigrationRecord>,
  ): Promise<MigrationRecord> {
    const named = shown(server);
    this.#write({ event: "started", server: named, target: { host: host ?? null, zone: zone ?? null } });
    try {
      const record = await move((event) => {
        if (event.kind === "phase") {
          const { phase, elapsedSeconds } = event;
          this.#write({ event: "phase", server: named, phase, elapsedSeconds });
        } else if (event.kind !== "memory") {
          this.message(event.kind === "step" ? "info" : "warning", event.text, server);
        }
        progress(event);
      });
      this.#write(finished(server, record));
      return record;
    } catch (error) {
      const { result, exitCode } = resultOf(error);
      const summary = (error as Error).message;
      this.#write({ event: "finished", server: named, result, exitCode, summary, move: null });
      throw error;
    }
  }

  /** @param server undefined: it concerns all of them */
  message(level: "info" | "warning", text: string, server?: EventServer): void {
    this.#write({ event: "message", server: server === undefined ? null : shown(server), level, text });
  }

  notBegun(server: EventServer): void {
    this.#write({ event: "not-begun", server: shown(server) });
  }

  /** Runs the command that the events are about, writes its end, and closes the file. */
  async whole(command: () => Promise<number>): Promise<number> {
    try {
      const exitCode = await command();
      this.#write({ event: "exit", exitCode, error: null });
      return exitCode;
    } catch (error) {
      this.#write({ event: "exit", exitCode: resultOf(error).exitCode, error: (error as Error).message });
      throw error;
    } finally {
      await lastWait((stop) => this.#close(stop));
    }
  }

  async #close(stop: AbortSignal): Promise<void> {
    const closed = this.#written.then(() => this.#file?.close());
    if (!(await isInTime(closed, PATIENCE, stop))) this.#fail("the disk did not answer");
    await this.#webhook?.close(stop);
  }

  #write(happened: Happened): void {
    const event = {
      schemaVersion: EVENT_SCHEMA_VERSION,
      time: new Date().toISOString(),
      run: this.#run,
      ...happened,
    } as MigrationEvent;
    this.#webhook?.send(event);
    const file = this.#file;
    if (file === undefined) return;
    // One write each: lines of commands that share the file do not mix.
    this.#written = this.#written
      .then(() => file.write(`${toJson(event)}\n`))
      .catch((error: unknown) => {
        this.#fail((error as Error).message);
      });
  }

  #fail(reason: string): void {
    if (!this.#broken) {
      this.#warn(`warning: ${message(`events are missing: ${reason}`, "the record has the result of the run")}`);
    }
    this.#broken = true;
  }
}

const shown = ({ asked, id, name }: EventServer) => ({ asked, id: id ?? null, name: name ?? null });

function finished({ asked }: EventServer, record: MigrationRecord): Happened {
  const { outcome, summary, server, source, destination, current, timings, downtime, checks, kind } = record;
  const count = (wanted: string) => checks.filter((check) => check.outcome === wanted).length;
  return {
    event: "finished",
    server: { asked, ...server },
    result: outcome,
    exitCode: EXIT_CODES[outcome],
    summary,
    move: {
      kind: kind ?? null,
      source,
      destination,
      current,
      totalSeconds: timings.totalSeconds,
      downtimeMilliseconds: downtime?.milliseconds ?? null,
      checks: { passed: count("passed"), failed: count("failed"), notChecked: count("not-checked") },
    },
  };
}

/** What the command makes of an error. */
function resultOf(error: unknown) {
  const nobody = () => undefined;
  try {
    const { code, document } = reportError(error, false, nobody, nobody);
    return { result: document.error.kind, exitCode: code };
  } catch {
    return { result: "internal-error" as const, exitCode: INTERNAL_ERROR };
  }
}
