/** How a migration ends. */
export type Ending =
  | "completed"
  /** Refused by the destination before anything was done: `error` at once. */
  | "pre-check"
  /** `error` while the rollback runs, then `failed`. */
  | "rolled-back"
  /** The guest is on the destination, the server in ERROR, both attachments stay. */
  | "post-failure"
  /** The source's nova-compute dies: ACTIVE on the source, two attachments, the record `error`. */
  | "source-dies"
  /** The same, but nobody ends the record. */
  | "record-stays"
  /** The record is `completed`, but the destination's nova-compute never takes the server over. */
  | "not-taken-over"
  /** Runs until someone intervenes. */
  | "endless";

/** What becomes of the request that starts a migration. */
export type Delivery =
  | "answered"
  /** Nova takes it, the answer is lost. */
  | "answer-lost"
  /** Nova never sees it. */
  | "never-arrives"
  /** Nova takes it after so many milliseconds; the client has given up by then. */
  | { after: number };

export interface MigrationScript {
  ending: Ending;
  delivery: Delivery;
  /** Milliseconds from `running` to the end. */
  runs: number;
  /** Milliseconds in `queued`. */
  queued: number;
  /** Milliseconds during which the destination is not told. */
  choosing: number;
  /** Milliseconds between two times that Nova writes its byte counters; libvirt's: 5000. */
  countersEvery: number;
  /** Milliseconds that each answer takes. */
  answers: number;
}

export const DEFAULT_SCRIPT: MigrationScript = {
  ending: "completed",
  delivery: "answered",
  runs: 4_000,
  queued: 0,
  choosing: 500,
  countersEvery: 1,
  answers: 0,
};
