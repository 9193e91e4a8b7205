import { noLongerChecked } from "./outcome.ts";
import type { Expectation } from "./expectation.ts";
import type { Check } from "../contract/record.ts";
import type { Snapshot } from "../cloud/snapshot.ts";
import { notChecked } from "./check.ts";
import { verify } from "./checks.ts";

/** Attachments and allocations follow the server within a moment; what is wrong for longer is wrong. Milliseconds. */
const SETTLE_PATIENCE = 20_000;
/**
 * An agent whose report to Neutron is not answered looks anew when its call has timed out (60 s unless the cloud says
 * otherwise) and it has paused for as long again at most (neutron_lib/rpc.py _BackingOffContextWrapper.call at 3.1.0).
 */
const PORT_PATIENCE = 125_000;
/** Wait for lagging facts while another check has failed for good, in milliseconds: enough to tell the two apart. */
const HOPELESS_PATIENCE = 3_000;

/** Checks that a moment may still put right. A server in another place, or another server, will not be. */
const MAY_LAG = new Set([
  "port-bound",
  "allocations",
  "migration-allocations",
  "volume-attached-once",
  "volume-in-use",
  "task-state",
]);

const isByAgent = ({ check, outcome }: Check) => check === "port-bound" && outcome === "failed";

/** It had not had its time when somebody interrupted the run: it may hold by now. */
const cutShort = ({ check, subject, expected, observed }: Check): Check =>
  notChecked(
    { check, ...(subject !== undefined && { subject }), expected },
    {
      reason: `${observed}, and this run was interrupted before the host's agent had its time`,
      fix: "run this again, or `live-migrate verify`",
    },
  );

const keyOf = ({ check, subject }: Check) => `${check} ${subject ?? ""}`;

/** What one look has shown. */
export interface LagVerdict {
  snapshot: Snapshot;
  checks: Check[];
  /** What failed, and what could be checked before and cannot be now. */
  wrong: Check[];
  /** Those of `wrong` that may still be put right. */
  lagging: Check[];
  /** Nothing more is to be waited for: all holds, or something had its time. */
  over: boolean;
  /** How long what lags may still take, in seconds. */
  secondsLeft: number;
}

/** Judges one look after another: each wrong thing has its own time, from the look that found it wrong. No I/O. */
export class Lag {
  readonly #expectation: Expectation;
  readonly #began: number;
  readonly #wrongSince = new Map<string, number>();
  readonly #checkable: Check[];

  /** @param before The same checks, made before the move: what could be checked then is worth waiting for. */
  constructor(expectation: Expectation, before: readonly Check[], began: number) {
    this.#expectation = expectation;
    this.#checkable = [...before];
    this.#began = began;
  }

  /** What could be checked before the move, and what was seen to fail since: neither may become "not checked" unnoticed. */
  get checkable(): Check[] {
    return this.#checkable;
  }

  /** @param hurried whether someone waits for the end: ports then have no more time than the rest */
  judge(snapshot: Snapshot, now: number, hurried = false): LagVerdict {
    const checks = verify(this.#expectation, snapshot);
    const failed = checks.filter(({ outcome }) => outcome === "failed");
    const wrong = [...failed, ...noLongerChecked(checks, this.#checkable)];
    this.#checkable.push(...failed.filter((check) => !this.#wrongSince.has(keyOf(check)) && !this.#isSilent(check)));
    this.#remember(wrong, now);
    const lagging = wrong.filter(({ check }) => MAY_LAG.has(check));
    const forGood = wrong.filter(({ check }) => !MAY_LAG.has(check));
    const left = (forGood.length > 0 ? forGood : lagging).map((check) => this.#left(check, snapshot, now, hurried));
    // Things that are wrong by turns have no time of their own.
    const all = this.#began + PORT_PATIENCE + SETTLE_PATIENCE - now;
    const over = lagging.length === 0 || Math.min(all, ...left) <= 0;
    const isCutShort = (check: Check) =>
      over && hurried && wrong.includes(check) && this.#left(check, snapshot, now, false) > 0;
    return {
      snapshot,
      checks: checks.map((check) => (isByAgent(check) && isCutShort(check) ? cutShort(check) : check)),
      wrong,
      lagging,
      over,
      secondsLeft: Math.ceil(Math.max(0, ...left) / 1000),
    };
  }

  /** A port that was not ACTIVE before may fail while it is bound elsewhere, and is not checked further once it is not. */
  #isSilent({ check, subject }: Check): boolean {
    return check === "port-bound" && subject !== undefined && this.#expectation.silentPortIds.includes(subject);
  }

  #remember(wrong: readonly Check[], now: number): void {
    const keys = new Set(wrong.map(keyOf));
    for (const key of this.#wrongSince.keys()) if (!keys.has(key)) this.#wrongSince.delete(key);
    for (const key of keys) if (!this.#wrongSince.has(key)) this.#wrongSince.set(key, now);
  }

  #left(check: Check, { ports }: Snapshot, now: number, hurried: boolean): number {
    // What binds a port elsewhere is not its agent.
    const bound = ports.known ? ports.value.find(({ id }) => id === check.subject)?.host : undefined;
    const byAgent = check.check === "port-bound" && bound === this.#expectation.host && !hurried;
    const patience = !MAY_LAG.has(check.check) ? HOPELESS_PATIENCE : byAgent ? PORT_PATIENCE : SETTLE_PATIENCE;
    return (this.#wrongSince.get(keyOf(check)) ?? now) + patience - now;
  }
}
