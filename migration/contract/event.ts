import * as z from "zod/mini";
import { FailureSchema } from "./failure.ts";
import { KindSchema } from "./kind.ts";
import { OutcomeSchema, PlaceSchema } from "./record.ts";

/** One line of the file of `--events`. A contract as the record is. */
export const EVENT_SCHEMA_VERSION = 1;

const ofEvery = {
  schemaVersion: z.literal(EVENT_SCHEMA_VERSION),
  /** ISO 8601. */
  time: z.string(),
  /** The same in all events of one command, another in each command that writes to the same file. */
  run: z.string(),
};

const ofServer = {
  ...ofEvery,
  server: z.object({
    /** As requested: an id or a name. */
    asked: z.string(),
    /** null: not known yet. */
    id: z.nullable(z.string()),
    name: z.nullable(z.string()),
  }),
};

/** What happened, when it happened. One event per change of state; what repeats (memory counters) is left out. */
export const EventSchema = z.discriminatedUnion("event", [
  /** The run of a server begins: it is inspected, and nothing is sent yet. */
  z.object({
    ...ofServer,
    event: z.literal("started"),
    /** null: the other one is given. */
    target: z.object({ host: z.nullable(z.string()), zone: z.nullable(z.string()) }),
  }),
  /** Nova's migration record shows another status. */
  z.object({
    ...ofServer,
    event: z.literal("phase"),
    /** @example "queued", "preparing", "running", "completed" */
    phase: z.string(),
    /** Since the migration was requested. */
    elapsedSeconds: z.number(),
  }),
  /** What the run does, or has noticed, in words. `server` null: it concerns all of them. */
  z.object({
    ...ofEvery,
    server: z.nullable(ofServer.server),
    event: z.literal("message"),
    level: z.enum(["info", "warning"]),
    text: z.string(),
  }),
  /** The run of a server is over. */
  z.object({
    ...ofServer,
    event: z.literal("finished"),
    /** The outcome of its record, or why it has none. */
    result: z.union([OutcomeSchema, FailureSchema.shape.error.shape.kind, z.literal("internal-error")]),
    /** As `run` of this server alone exits. */
    exitCode: z.number(),
    /** One line for people. */
    summary: z.string(),
    /** From its record; null without one. */
    move: z.nullable(
      z.object({
        /** null: nothing was moved. */
        kind: z.nullable(KindSchema),
        source: PlaceSchema,
        destination: PlaceSchema,
        current: PlaceSchema,
        totalSeconds: z.number(),
        /** null: not measured. */
        downtimeMilliseconds: z.nullable(z.number()),
        checks: z.object({ passed: z.number(), failed: z.number(), notChecked: z.number() }),
      }),
    ),
  }),
  /** The run of a server was not started: the command was interrupted, or another server failed. */
  z.object({ ...ofServer, event: z.literal("not-begun") }),
  /** The last event: the command exits. */
  z.object({
    ...ofEvery,
    event: z.literal("exit"),
    exitCode: z.number(),
    /** Why it exits without a result for each server; null: it has them. */
    error: z.nullable(z.string()),
  }),
]);
/** One line of `--events`. */
export type MigrationEvent = z.output<typeof EventSchema>;
