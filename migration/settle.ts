import type { Clock } from "./clock.ts";
import { lostSight } from "./conclude.ts";
import { CloudLost, type Edge } from "./edge.ts";
import type { Expectation } from "./expectation.ts";
import type { Check } from "./record.ts";
import type { Snapshot } from "./snapshot.ts";
import { verify } from "./verify.ts";

/** Attachments and allocations follow the server within a moment; what is wrong for longer is wrong. */
const SETTLE_PATIENCE = 20_000;
/**
 * A Neutron agent whose report was lost makes it anew when its call has timed out: after 60 s, unless the cloud says
 * otherwise (rpc_response_timeout, neutron/plugins/ml2/drivers/agent/_common_agent.py daemon_loop at 21.0.0), and a look.
 */
const PORT_PATIENCE = 75_000;
const SETTLE_EVERY = 1_000;
/**
 * The last to follow are the ports, when Neutron's agent on the destination has found them, and what the migration held
 * in Placement: for them alone, a request or two, it is looked more often at first. After that what else was seen is too
 * old to be told.
 */
const PARTS_EVERY = 250;
const HASTE = 2_000;
/** Where something is wrong for good, what merely lags is waited for only so long: to tell the one from the other. */
const HOPELESS_PATIENCE = 3_000;

/** The cloud may be away for so long (an API restart) before a verification gives up, in milliseconds. */
const CLOUD_PATIENCE = 60_000;

/** What can be asked for by itself, by the checks that it is for. */
const PARTS: {
  checks: readonly string[];
  requests: number;
  look: (edge: Edge, expectation: Expectation) => Promise<Partial<Snapshot>>;
}[] = [
  {
    checks: ["port-bound"],
    requests: 1,
    look: async (edge, { serverId }) => ({ ports: await edge.ports(serverId) }),
  },
  {
    checks: ["allocations", "migration-allocations"],
    requests: 2,
    look: (edge, { serverId, migrationUuid }) => edge.allocations(serverId, migrationUuid),
  },
];

/** Checks that a moment may still put right. A server in another place, or another server, will not be. */
const MAY_LAG = new Set([
  "port-bound",
  "allocations",
  "migration-allocations",
  "volume-attached-once",
  "volume-in-use",
  "task-state",
]);

export interface Settled {
  checks: Check[];
  snapshot: Snapshot;
  /** Requests that went into waiting for what follows last. */
  waiting: number;
}

/**
 * Verifies against fresh snapshots until every check holds, or what may lag has had its time.
 *
 * @throws CloudLost if the cloud stays away; nothing is lost then, the next run verifies.
 * @param before The same checks, made before the move: what could be checked then is worth waiting for.
 * @param first A snapshot taken after the end, to begin with.
 * @param tell Told once, of what takes longer than a moment.
 */
export async function verifySettled(
  edge: Edge,
  clock: Clock,
  expectation: Expectation,
  before: readonly Check[],
  first: Snapshot | null = null,
  tell: (lagging: readonly Check[]) => void = () => undefined,
): Promise<Settled> {
  const { serverId, migrationUuid } = expectation;
  const began = clock.now();
  const cloudUntil = began + CLOUD_PATIENCE;
  const look = () =>
    edge.snapshot(serverId, { purpose: "verify", migrationUuid }).catch((error: unknown) => {
      if (error instanceof CloudLost && clock.now() < cloudUntil) return null;
      throw error;
    });
  let waiting = 0;
  let told = false;
  /** All else held in `seen`: only what lags is asked for anew. */
  const lookAtParts = async (seen: Snapshot, parts: typeof PARTS): Promise<Snapshot | null> => {
    await clock.sleep(PARTS_EVERY);
    waiting += parts.reduce((sum, { requests }) => sum + requests, 0);
    try {
      const news = await Promise.all(parts.map(({ look: ask }) => ask(edge, expectation)));
      return news.reduce<Snapshot>((all, one) => ({ ...all, ...one }), seen);
    } catch (error) {
      if (error instanceof CloudLost) return null;
      throw error;
    }
  };
  for (let taken = first; ;) {
    const snapshot = taken ?? (await look());
    taken = null;
    if (snapshot === null) {
      await clock.sleep(SETTLE_EVERY);
      continue;
    }
    const checks = verify(expectation, snapshot);
    const wrong = [...checks.filter(({ outcome }) => outcome === "failed"), ...lostSight(checks, before)];
    const lagging = wrong.filter(({ check }) => MAY_LAG.has(check));
    const portsAlone = wrong.every(({ check }) => check === "port-bound");
    const parts = PARTS.filter(({ checks: own }) => wrong.some(({ check }) => own.includes(check)));
    const partsAlone = wrong.every(({ check }) => parts.some(({ checks: own }) => own.includes(check)));
    const hopeless = lagging.length < wrong.length;
    const patience = hopeless ? HOPELESS_PATIENCE : portsAlone ? PORT_PATIENCE : SETTLE_PATIENCE;
    const waited = clock.now() - began;
    if (lagging.length === 0 || waited >= patience) return { checks, snapshot, waiting };
    if (partsAlone && waited < HASTE) {
      taken = await lookAtParts(snapshot, parts);
      continue;
    }
    if (!told && waited >= HASTE) tell(lagging);
    told ||= waited >= HASTE;
    await clock.sleep(SETTLE_EVERY);
  }
}
