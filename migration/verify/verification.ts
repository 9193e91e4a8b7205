import { expectationOf, type Expectation } from "./expectation.ts";
import type { Check } from "../contract/record.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import type { Clock } from "../clock.ts";
import type { Progress } from "../progress.ts";
import { verifySettled, type Settled } from "./settle.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { describeWrong } from "./check.ts";
import { verify } from "./checks.ts";

/** What is verified: a move of this run, one that another began, or none. */
export type Judged = "moved" | "adopted" | "nothing";

const isSameCheck = (a: Check, b: Check) => a.check === b.check && a.subject === b.subject;

interface VerificationContext {
  cloud: CloudApi;
  clock: Clock;
  progress: Progress;
  interrupted: AbortSignal;
}

/** Verifies one server against what it was before, and remembers what could be checked of it. */
export class Verification {
  readonly #before: Snapshot;
  readonly #volumeIds: readonly string[];
  readonly #context: VerificationContext;
  #checkable: readonly Check[];

  constructor(before: Snapshot, volumeIds: readonly string[], context: VerificationContext) {
    this.#before = before;
    this.#volumeIds = volumeIds;
    this.#context = context;
    this.#checkable = verify(this.#expectation(before.server.host, null, "nothing"), before);
  }

  /** What could be checked before anything was done, and what was seen to fail since. */
  get checkable(): readonly Check[] {
    return this.#checkable;
  }

  /**
   * Checks until all holds, or what may lag has had its time; says what takes longer.
   *
   * @throws CloudLost, NotFound
   * @param first taken when the end was seen
   */
  async settle(
    host: string | null,
    migration: MigrationEntry | null,
    judged: Judged,
    first: Snapshot | null,
  ): Promise<Settled> {
    return await this.settleAs(this.#expectation(host, migration, judged), first);
  }

  /** {@link settle} for an expectation of the caller's own. */
  async settleAs(expectation: Expectation, first: Snapshot | null = null): Promise<Settled> {
    const { cloud, clock, interrupted, progress } = this.#context;
    const report = (lagging: readonly Check[], secondsLeft: number) => {
      const what = lagging.map(describeWrong).join(", ");
      progress({
        kind: "step",
        text: `waiting up to ${secondsLeft} s for Neutron, Cinder and Placement to follow: ${what}`,
      });
    };
    // What was never known of this host is not lost: its hypervisor may be one that cannot be read.
    const unknown = verify(expectation, this.#before).filter(({ outcome }) => outcome === "not-checked");
    // Nor is what nothing plugs: it was bound elsewhere when a move was adopted midway.
    const silent = ({ check, subject = "" }: Check) =>
      check === "port-bound" && expectation.silentPortIds.includes(subject);
    const checkable = this.#checkable.filter(
      (one) => !silent(one) && !unknown.some((other) => isSameCheck(one, other)),
    );
    const settled = await verifySettled(cloud, clock, expectation, checkable, { first, report, interrupted });
    this.#checkable = settled.checkable;
    return settled;
  }

  #expectation(host: string | null, migration: MigrationEntry | null, judged: Judged): Expectation {
    return expectationOf(this.#before, {
      host,
      volumeIds: this.#volumeIds,
      migrationUuid: migration?.uuid ?? null,
      moved: judged !== "nothing",
      seen: judged !== "adopted",
    });
  }
}
