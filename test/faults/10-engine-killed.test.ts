import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { ServerPool, POST, type PooledServer } from "../support/lab/server-pool.ts";
import { wholeOn } from "../support/lab/cloud.ts";
import type { RunningEngine } from "../support/lab/run-engine.ts";
import { fillSlot, whenArrived, whileRecordIs, whileVerifying } from "../support/lab/moments.ts";

// The time limit includes waiting for a free server of the pool.
vi.setConfig({ maxConcurrency: 4, testTimeout: 300_000 });

let pool: ServerPool;
beforeAll(async () => {
  pool = await ServerPool.open("killed", 4);
});
afterAll(() => pool.close());

type Strike = () => void;

interface Row {
  phase: string;
  /** Brings the moment about, and strikes in it. */
  aim: (pooled: PooledServer, strike: Strike) => void;
  /** What a run that may end by itself exits with. */
  exitCode: number;
  /** Whether the request has reached Nova. */
  sent: boolean;
  /** Whether another migration has the source's slot. */
  queued?: boolean;
}

const ROWS: Row[] = [
  {
    phase: "before the request",
    aim: ({ proxy }, strike) => {
      proxy.add({ service: "placement", path: "/allocation_candidates" }, { kind: "nothing" }, strike);
    },
    exitCode: 3,
    sent: false,
  },
  {
    phase: "after the request, before its answer",
    aim: ({ proxy }, strike) => {
      proxy.add(POST, { kind: "delay", ms: 300, when: "after" }, undefined, strike);
    },
    exitCode: 6,
    sent: true,
  },
  {
    phase: "while it is queued",
    aim: (pooled, strike) => {
      whileRecordIs("queued", pooled, strike);
    },
    exitCode: 6,
    sent: true,
    queued: true,
  },
  {
    phase: "while it runs",
    aim: (pooled, strike) => {
      pooled.pace({ seconds: 5 });
      whileRecordIs("running", pooled, strike);
    },
    exitCode: 6,
    sent: true,
  },
  {
    phase: "between arrival and the record's end",
    aim: (pooled, strike) => {
      pooled.pace({ lag: 6 });
      whenArrived(pooled, strike);
    },
    exitCode: 6,
    sent: true,
  },
  {
    phase: "while it verifies",
    aim: whileVerifying,
    exitCode: 0,
    sent: true,
  },
];

const SIGNALS = ["SIGINT", "SIGKILL"] as const;
/** SIGHUP: a terminal that is closed, or the connection to it, takes what runs there with it. */
const WHILE_IT_RUNS = ROWS.filter(({ phase }) => phase === "while it runs").flatMap((row) =>
  (["SIGTERM", "SIGHUP"] as const).map((signal) => ({ ...row, signal })),
);

describe("an engine that gets a signal, and the same command again", () => {
  const rows = [...ROWS.flatMap((row) => SIGNALS.map((signal) => ({ ...row, signal }))), ...WHILE_IT_RUNS];

  it.concurrent.for(rows)("$signal $phase", ({ signal, aim, exitCode, sent, queued }, { expect }) =>
    pool.use(async (pooled) => {
      const { start, run, server, source, destination } = pooled;
      const freeSlot = queued === true ? await fillSlot(pooled) : undefined;
      let struck = 0;
      aim(pooled, () => {
        struck += 1;
        engine.kill(signal);
      });
      const engine: RunningEngine = start();
      const interrupted = await engine.ended;
      expect(struck, interrupted.stderr).toBe(1);
      if (signal === "SIGKILL") {
        expect(interrupted.exitCode).toBeUndefined();
        expect(interrupted.stdout).toBe("");
      } else {
        expect(interrupted.exitCode, interrupted.stderr).toBe(exitCode);
        expect(interrupted.record?.summary).toMatch(WORDS[exitCode] ?? "");
        expect(interrupted.record?.summary).toContain(sent ? destination : `stays on ${source}`);
      }
      if (signal === "SIGINT")
        expect(interrupted.stderr).toMatch(/^Stopped watching.* the same command to resume.*Ctrl-C again/m);
      const posted = pooled.posts();
      expect(posted).toBe(sent ? 1 : 0);

      await freeSlot?.();
      const again = await run();
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await pooled.truth()).toEqual(wholeOn(destination, server.volumeIds.length));
      expect([await pooled.moves(), pooled.posts()]).toEqual([1, 1]);
      const verified = signal !== "SIGKILL" && exitCode === 0;
      expect(again.record).toMatchObject({
        outcome: verified ? "already-there" : "migrated",
        adopted: sent && !verified,
        source: { host: verified ? destination : source },
        destination: { host: destination },
      });
      expect(again.record?.summary.includes("begun by an earlier run")).toBe(sent && !verified);
    }),
  );
});

/** What a run says that stopped by itself. */
const WORDS: Record<number, RegExp> = {
  0: /moved live from .*checks passed/,
  3: /was not moved.*interrupted before anything was sent to Nova \(fix: run this again\)/,
  6: /still migrating.*watching was interrupted\. Nova continues with it; run the same command again/,
};

describe("two interrupts", () => {
  const twice = async (engine: RunningEngine) => {
    engine.kill("SIGINT");
    await sleep(200);
    engine.kill("SIGINT");
  };

  it.concurrent("ask Nova for an abort, and verify that the server is intact on its source: exit 4", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 60 });
      whileRecordIs("running", pooled, () => void twice(engine));
      const engine: RunningEngine = pooled.start();
      const { exitCode, record, stderr } = await engine.ended;
      expect(exitCode, stderr).toBe(4);
      expect(stderr).toMatch(/Ctrl-C again within 5 s to ask Nova to abort it/);
      expect(stderr).toMatch(/abort of migration \d+: accepted/);
      expect(record).toMatchObject({ outcome: "failed", migration: { status: "cancelled" } });
      expect(record?.summary).toMatch(/was aborted: .*It is intact on .*, each volume attached once/);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.source, pooled.server.volumeIds.length));
      expect(await pooled.moves()).toBe(1);
      expect(pooled.proxy.log.filter(({ method }) => method === "DELETE")).toHaveLength(1);
    }),
  );

  it.concurrent("that come too late for an abort tell the truth: it has moved", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ lag: 6 });
      whenArrived(pooled, () => void twice(engine));
      const engine: RunningEngine = pooled.start();
      const { exitCode, record, stderr } = await engine.ended;
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/abort of migration \d+: /);
      expect(record).toMatchObject({ outcome: "migrated", adopted: false, source: { host: pooled.source } });
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect(await pooled.moves()).toBe(1);
    }),
  );

  it.concurrent(
    "before the request's answer: the migration that it led to is looked for and aborted; exit 4",
    ({ expect }) =>
      pool.use(async (pooled) => {
        pooled.pace({ seconds: 60 });
        pooled.proxy.add(POST, { kind: "delay", ms: 600, when: "after" }, undefined, () => void twice(engine));
        const engine: RunningEngine = pooled.start();
        const { exitCode, record, stderr } = await engine.ended;
        expect(exitCode, stderr).toBe(4);
        expect(stderr).toMatch(/abort of migration \d+: accepted/);
        expect(record).toMatchObject({ outcome: "failed", adopted: false, migration: { status: "cancelled" } });
        expect(record?.summary).toMatch(/was aborted: .*It is intact on .*, each volume attached once/);
        expect(await pooled.truth()).toEqual(wholeOn(pooled.source, pooled.server.volumeIds.length));
        expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
      }),
  );

  it.concurrent("while it verifies abort nothing: it is verified to the end, exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      whileVerifying(pooled, () => twice(engine));
      const engine: RunningEngine = pooled.start();
      const { exitCode, record, stderr } = await engine.ended;
      expect(exitCode, stderr).toBe(0);
      expect(record).toMatchObject({ outcome: "migrated", adopted: false, source: { host: pooled.source } });
      expect(record?.summary).toMatch(/moved live from .*checks passed/);
      expect(pooled.proxy.log.filter(({ method }) => method === "DELETE")).toEqual([]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );
});
