import type { Clock } from "../clock.ts";
import type { Check, MigrationRecord } from "../contract/record.ts";
import type { GuestCheck } from "../contract/settings.ts";
import type { ServerFacts } from "../cloud/snapshot.ts";
import { notChecked, type Reason } from "../verify/check.ts";
import { guestChecks, type GuestAnswer, type MoveAge } from "./guest-checks.ts";
import type { GuestFacts } from "./facts.ts";
import { startProbe, type Probe } from "./probe.ts";
import { Guest, guestAddress } from "./ssh.ts";

/** What the guest's side adds to a record. */
export interface GuestResult {
  checks: Check[];
  downtime: MigrationRecord["downtime"];
  guest: MigrationRecord["guest"];
}

/** How long a guest that answered before the move may take to answer after it, in seconds. */
const ANSWER_AFTER_SECONDS = 60;

/** Statuses in which a guest can answer. */
const AWAKE = new Set(["ACTIVE", "MIGRATING"]);

/** Follows one guest through its move: facts before, probing meanwhile, facts and checks afterwards. */
export class GuestMonitor {
  readonly #check: GuestCheck | undefined;
  readonly #guest: Guest | undefined;
  #before: GuestAnswer = { ok: false, reason: "no guest check is configured" };
  #probe: Probe | undefined;
  /** Why it is not probed. */
  #unprobed: Reason | undefined;

  constructor(check: GuestCheck | undefined, server: Pick<ServerFacts, "addresses" | "status">, clock: Clock) {
    this.#check = check;
    const address = check && guestAddress(check, server.addresses);
    if (!check) return;
    if (!AWAKE.has(server.status)) {
      this.#before = {
        ok: false,
        reason: `the server is ${server.status}`,
        fix: "start, resume or unpause it if its guest is to be verified, then `live-migrate verify`",
      };
    } else if (address === undefined) {
      this.#before = {
        ok: false,
        reason: "the server has no address",
        fix: "give `guest` an address of it that this machine reaches",
      };
    } else this.#guest = new Guest(check, address, clock);
  }

  /** The facts to compare with; `remembered` (of a run that was killed) stands in where the guest is silent now. */
  async before(waitSeconds: number, remembered: GuestFacts | null, interrupted: AbortSignal): Promise<GuestAnswer> {
    if (this.#guest) this.#before = await this.#guest.ask(waitSeconds, interrupted);
    // Nobody to ask afterwards: what was remembered is of no use.
    if (remembered && this.#guest) this.#before = { ok: true, facts: remembered };
    return this.#before;
  }

  /** What it said before the move. */
  get facts(): GuestAnswer {
    return this.#before;
  }

  /** Nothing was or will be moved by this run, so there is no "before". */
  withoutBefore(because: Reason, remembered: GuestFacts | null): void {
    if (this.#guest) this.#before = remembered ? { ok: true, facts: remembered } : { ok: false, ...because };
  }

  async probe(): Promise<void> {
    if (!this.#check || !this.#guest || this.#check.probe === "none") return;
    // Whoever is not let in, and tries again and again, is soon refused by sshd.
    if (this.#check.probe === "tcp" && !this.#before.ok) this.#unprobed = this.#before;
    else this.#probe = await startProbe(this.#check.probe, this.#guest);
  }

  /** @param move The migration; null: nothing was moved. */
  async after(move: MoveAge | null): Promise<GuestResult> {
    if (!this.#check || !this.#guest) {
      return { checks: guestChecks({ before: this.#before, after: this.#before, move }), downtime: null, guest: null };
    }
    const { waitSeconds } = this.#check;
    const answered = move?.restarts === true ? Math.max(ANSWER_AFTER_SECONDS, waitSeconds) : ANSWER_AFTER_SECONDS;
    const patience = this.#before.ok ? answered : waitSeconds;
    const after = await this.#guest.ask(patience);
    const probed = await this.#probe?.stop();
    const checks = guestChecks({ before: this.#before, after, move });
    const unmeasured = this.#unprobed ?? (probed?.ok === false ? probed : undefined);
    if (unmeasured) checks.push(notChecked({ check: "guest-downtime", expected: "measured" }, unmeasured));
    return {
      checks,
      downtime:
        this.#probe && probed?.ok
          ? {
              milliseconds: Math.round(probed.gap.milliseconds),
              probe: this.#probe.kind,
              intervalMilliseconds: this.#probe.intervalMilliseconds,
              beganAt: new Date(probed.gap.beganAt).toISOString(),
            }
          : null,
      guest: after.ok
        ? {
            address: this.#guest.address,
            bootId: after.facts.bootId,
            uptimeSeconds: after.facts.uptimeSeconds,
            blockDevices: after.facts.blockDevices,
          }
        : null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#probe?.stop();
    await this.#guest?.[Symbol.asyncDispose]();
  }
}
