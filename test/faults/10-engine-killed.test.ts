import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { labApi, makeServer, setPace } from "../../lab/api.ts";
import { Berths, POST, type Berth } from "../support/berths.ts";
import { eventually, wholeOn } from "../support/cloud.ts";
import type { RunningEngine } from "../support/engine.ts";
import { whenArrived, whileRecordIs } from "../support/moments.ts";

// A test waits for a berth in its own time; a busy machine is slow.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 });

let berths: Berths;
beforeAll(async () => {
  berths = await Berths.open("killed", 3);
});
afterAll(() => berths.close());

type Strike = () => void;

/** Fills the only slot of the server's source until the test has ended. */
async function fillSlot({ source, destination, cloud }: Berth): Promise<() => Promise<void>> {
  const other = await makeServer(await labApi(), { name: `ahead-on-${source}`, host: source, dataVolumes: 0 });
  setPace({ seconds: 300 }, other.id);
  await cloud.compute.liveMigrate(other.id, { host: destination, blockMigration: "auto", microversion: "2.68" });
  await eventually("the slot is taken", 30, async () => {
    const [newest] = await cloud.compute.getMigrations({ instanceId: other.id, limit: 1 });
    return newest?.status === "running";
  });
  return async () => {
    setPace({ seconds: 0.1 }, other.id);
    await eventually("the slot is free", 30, async () => {
      const [newest] = await cloud.compute.getMigrations({ instanceId: other.id, limit: 1 });
      return newest?.status === "completed";
    });
    setPace(undefined, other.id);
    await other.remove();
  };
}

interface Row {
  phase: string;
  /** Brings the moment about, and strikes in it. */
  aim: (berth: Berth, strike: Strike) => void;
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
    aim: (berth, strike) => {
      whileRecordIs("queued", berth, strike);
    },
    exitCode: 6,
    sent: true,
    queued: true,
  },
  {
    phase: "while it runs",
    aim: (berth, strike) => {
      berth.pace({ seconds: 5 });
      whileRecordIs("running", berth, strike);
    },
    exitCode: 6,
    sent: true,
  },
  {
    phase: "between arrival and the record's end",
    aim: (berth, strike) => {
      berth.pace({ lag: 6 });
      whenArrived(berth, strike);
    },
    exitCode: 6,
    sent: true,
  },
  {
    phase: "while it verifies",
    aim: ({ proxy }, strike) => {
      proxy.add(POST, { kind: "nothing" }, () => {
        proxy.add({ service: "block-storage", path: "/attachments" }, { kind: "nothing" }, strike);
      });
    },
    exitCode: 0,
    sent: true,
  },
];

const SIGNALS = ["SIGINT", "SIGTERM", "SIGKILL"] as const;

describe("an engine that gets a signal, and the same command again", () => {
  const rows = ROWS.flatMap((row) => SIGNALS.map((signal) => ({ ...row, signal })));

  it.concurrent.for(rows)("$signal $phase", ({ signal, aim, exitCode, sent, queued }, { expect }) =>
    berths.use(async (berth) => {
      const { start, run, server, source, destination } = berth;
      const freeSlot = queued === true ? await fillSlot(berth) : undefined;
      let struck = 0;
      aim(berth, () => {
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
        expect(interrupted.stderr).toMatch(/^Stopping.* the same command resumes.*Ctrl-C again/m);
      const posted = berth.posts();
      expect(posted).toBe(sent ? 1 : 0);

      await freeSlot?.();
      const again = await run();
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await berth.truth()).toEqual(wholeOn(destination, server.volumeIds.length));
      expect([await berth.moves(), berth.posts()]).toEqual([1, 1]);
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
  6: /still on its way.*watching was interrupted\. Nova goes on with it; run the same again/,
};

describe("two interrupts", () => {
  it.concurrent("ask Nova for an abort, and verify that the server is intact on its source: exit 4", ({ expect }) =>
    berths.use(async (berth) => {
      berth.pace({ seconds: 60 });
      whileRecordIs("running", berth, () => {
        engine.kill("SIGINT");
        setTimeout(() => engine.kill("SIGINT"), 200);
      });
      const engine: RunningEngine = berth.start();
      const { exitCode, record, stderr } = await engine.ended;
      expect(exitCode, stderr).toBe(4);
      expect(stderr).toMatch(/Ctrl-C again within 5 s asks Nova to abort it/);
      expect(stderr).toMatch(/abort of migration \d+: accepted/);
      expect(record).toMatchObject({ outcome: "failed", migration: { status: "cancelled" } });
      expect(record?.summary).toMatch(/was aborted: .*It is intact on .*, each volume attached once/);
      expect(await berth.truth()).toEqual(wholeOn(berth.source, berth.server.volumeIds.length));
      expect(await berth.moves()).toBe(1);
      expect(berth.proxy.log.filter(({ method }) => method === "DELETE")).toHaveLength(1);
    }),
  );

  it.concurrent("that come too late for an abort tell the truth: it has moved", ({ expect }) =>
    berths.use(async (berth) => {
      berth.pace({ lag: 6 });
      whenArrived(berth, () => {
        engine.kill("SIGINT");
        setTimeout(() => engine.kill("SIGINT"), 200);
      });
      const engine: RunningEngine = berth.start();
      const { exitCode, record, stderr } = await engine.ended;
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/abort of migration \d+: /);
      expect(record).toMatchObject({ outcome: "migrated", adopted: false, source: { host: berth.source } });
      expect(await berth.truth()).toEqual(wholeOn(berth.destination, berth.server.volumeIds.length));
      expect(await berth.moves()).toBe(1);
    }),
  );
});
