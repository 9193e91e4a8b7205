import type { Clock } from "../clock.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost } from "../contract/failure.ts";
import type { Expectation } from "./expectation.ts";
import { Lag, type LagVerdict } from "./lag.ts";
import type { Check } from "../contract/record.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

const LOOK_EVERY = 1_000;
/**
 * The last to follow are what the migration held in Placement (within 0.1 s of its record's end) and the ports, when
 * Neutron's agent on the destination has found them (within 2 s). They are asked for alone, a request or two.
 */
const PART_EVERY = 250;
/** What takes longer is reported, and polled less often. Milliseconds. */
const HASTE = 2_000;
/** After that, the rest of a snapshot is too old to be reported. Milliseconds. */
const OLD = 3_000;

/** How long the cloud may be away (an API restart) before a verification gives up, in milliseconds. */
const CLOUD_PATIENCE = 60_000;

/** Facts that can be read alone, by the checks that need them. */
const PARTS: {
  checks: readonly string[];
  ask: (cloud: CloudApi, of: Expectation) => Promise<Partial<Snapshot>>;
}[] = [
  {
    checks: ["port-bound"],
    ask: async (cloud, { serverId }) => ({ ports: await cloud.ports(serverId) }),
  },
  {
    checks: ["allocations", "migration-allocations"],
    ask: (cloud, { serverId, migrationUuid }) => cloud.allocations(serverId, migrationUuid),
  },
];

export interface Settled {
  checks: Check[];
  snapshot: Snapshot;
  /** What could be checked before the move, and what was seen to fail since. */
  checkable: Check[];
  /** Requests that went into waiting for parts. */
  waiting: number;
}

export interface SettleOptions {
  /** A snapshot taken after the end, to begin with. */
  first?: Snapshot | null;
  /** Told of what takes longer than a moment, and again when that is something else. */
  report?: (lagging: readonly Check[], secondsLeft: number) => void;
  /** Someone waits for the end. */
  interrupted?: AbortSignal;
}

/**
 * Verifies against fresh snapshots until every check holds, or what may lag has had its time.
 *
 * @throws CloudLost if the cloud stays away; nothing is lost then, the next run verifies.
 * @param before The same checks, made before the move: what could be checked then is worth waiting for.
 */
export async function verifySettled(
  cloud: CloudApi,
  clock: Clock,
  expectation: Expectation,
  before: readonly Check[],
  { first = null, report = () => undefined, interrupted }: SettleOptions = {},
): Promise<Settled> {
  const { serverId, migrationUuid } = expectation;
  const began = clock.now();
  const lag = new Lag(expectation, before, began);
  let answered = began;
  let waiting = 0;
  let reported = "";
  const judge = (snapshot: Snapshot) => lag.judge(snapshot, clock.now(), interrupted?.aborted);
  const hasty = () => clock.now() - began < HASTE;
  const full = () =>
    cloud.snapshot(serverId, { purpose: "verify", migrationUuid }).catch((error: unknown) => {
      if (error instanceof CloudLost && clock.now() < answered + CLOUD_PATIENCE) return null;
      throw error;
    });
  const say = ({ lagging, secondsLeft }: LagVerdict) => {
    const which = lagging.map(({ check, subject }) => `${check} ${subject ?? ""}`).join();
    if (which !== reported) report(lagging, secondsLeft);
    reported = which;
  };
  /** Reads only the lagging facts until they hold; the snapshot with it, unless the rest of that is too old by then. */
  const withParts = async (look: LagVerdict): Promise<Snapshot | null> => {
    const seen = clock.now();
    while (look.wrong.every(isPart)) {
      if (!hasty()) say(look);
      const parts = PARTS.filter(({ checks }) => look.wrong.some(({ check }) => checks.includes(check)));
      await clock.sleep(hasty() ? PART_EVERY : LOOK_EVERY);
      const sent = cloud.requestCount();
      const news = await Promise.all(parts.map(({ ask }) => ask(cloud, expectation)));
      waiting += cloud.requestCount() - sent;
      look = judge(news.reduce<Snapshot>((all, part) => ({ ...all, ...part }), look.snapshot));
      // What ends the verification is seen with one look at everything.
      if (look.wrong.length === 0) return clock.now() - seen <= OLD ? look.snapshot : null;
      if (look.over) break;
    }
    return null;
  };
  for (let snapshot = first; ;) {
    snapshot ??= await full();
    if (snapshot === null) {
      await clock.sleep(LOOK_EVERY);
      continue;
    }
    answered = clock.now();
    const look = judge(snapshot);
    if (look.over) return { checks: look.checks, snapshot, checkable: lag.checkable, waiting };
    if (look.wrong.every(isPart)) {
      snapshot = await withParts(look);
      answered = clock.now();
    } else {
      if (!hasty()) say(look);
      await clock.sleep(LOOK_EVERY);
      snapshot = null;
    }
  }
}

const isPart = ({ check }: Check) => PARTS.some(({ checks }) => checks.includes(check));
