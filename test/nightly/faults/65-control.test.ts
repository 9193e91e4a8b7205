import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { ServerPool, type PooledServer } from "../../support/lab/server-pool.ts";
import { wholeOn } from "../../support/lab/cloud.ts";
import type { FaultAction, FaultMatch } from "../../support/http/fault.ts";
import { fillSlot } from "../../support/lab/moments.ts";
import { recorded, Scenarios } from "../../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ maxConcurrency: 4, testTimeout: 300_000 });

let scenarios: Scenarios;
let pool: ServerPool;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  pool = await ServerPool.open("control", 4);
});
afterAll(async () => {
  await pool.close();
  await scenarios.close();
});

const COMMANDS = ["abort", "force-complete"] as const;
type Command = (typeof COMMANDS)[number];
const FOREVER = Number.POSITIVE_INFINITY;

/** The request by which a command intervenes. */
const ASKED: Record<Command, FaultMatch> = {
  abort: { method: "DELETE", service: "compute", path: "/migrations/" },
  "force-complete": { method: "POST", service: "compute", path: /\/migrations\/\d+\/action$/ },
};

/** Has Nova move the server, slowly, with no run that watches it. */
async function begun({ cloud, server, destination, pace }: PooledServer): Promise<void> {
  pace({ seconds: 120 });
  await cloud.compute.liveMigrate(server.id, { host: destination, blockMigration: "auto", microversion: "2.68" });
  await recorded(cloud, server.id, "running");
}

describe("a command to intervene", () => {
  it.concurrent(
    "in what is not in flight, or any more: exit 2, told what the last one came to, and nothing is asked for",
    async ({ expect }) => {
      await scenarios.play({}, async (scenario) => {
        const refused = async (command: Command, last: string) => {
          const { exitCode, stdout, stderr } = await scenario.command(command);
          expect([exitCode, stderr]).toEqual([
            2,
            `live-migrate: no live migration of ${scenario.id} is in flight: there is nothing to ${command}${last}. ` +
              "Fix: `live-migrate status` shows where it is",
          ]);
          expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "bad-input" } });
        };
        for (const command of COMMANDS) await refused(command, "");
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));

        scenario.pace({ seconds: 0.1 });
        const moved = await scenario.run();
        expect(moved.exitCode, moved.stderr).toBe(0);
        const last = `; the last one (${moved.record?.migration?.id ?? ""}, to ${scenario.to}) is completed`;
        for (const command of COMMANDS) await refused(command, last);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
        expect(await scenario.moves()).toBe(1);
      });
    },
  );

  it.concurrent.for(COMMANDS)(
    "%s of what has arrived, before its record has ended: told as moved, exit 0",
    (command, { expect }) =>
      pool.use(async (pooled) => {
        await begun(pooled);
        pooled.pace({ seconds: 0.1, lag: 6 });
        const { cloud, server, destination } = pooled;
        await vi.waitUntil(async () => (await cloud.compute.getServer(server.id)).host === destination, 30_000);
        const { exitCode, record, stderr } = await pooled.command(command);
        expect(exitCode, stderr).toBe(0);
        expect(stderr).toMatch(new RegExp(`^${command} of migration \\d+: `, "m"));
        expect(record).toMatchObject({ outcome: "migrated", adopted: true, current: { host: destination } });
        expect(record?.summary).toContain(
          `moved live from ${pooled.source} to ${destination} (begun by an earlier run)`,
        );
        expect(await pooled.truth()).toEqual(wholeOn(destination, 2));
        expect(await pooled.moves()).toBe(1);
      }),
  );

  it.concurrent(
    "of a queued migration: Nova declines to complete it, exit 6, and aborts it, exit 0; its run says so, exit 4",
    ({ expect }) =>
      pool.use(async (pooled) => {
        const { cloud, server, source, destination } = pooled;
        const free = await fillSlot(pooled);
        try {
          const running = pooled.start();
          const { id } = await recorded(cloud, server.id, "queued");
          const declined = await pooled.command("force-complete");
          expect(declined.exitCode, declined.stderr).toBe(6);
          expect(declined.record).toMatchObject({ outcome: "still-running", current: { host: source } });
          expect(declined.record?.summary).toMatch(
            new RegExp(
              `is still migrating to ${destination}: Nova declines to force-complete migration ${id}, which is queued: \\S.*run the same command again`,
            ),
          );
          const aborted = await pooled.command("abort");
          expect(aborted.exitCode, aborted.stderr).toBe(0);
          expect(aborted.record).toMatchObject({ outcome: "failed", migration: { status: "cancelled" } });
          expect(aborted.record?.summary).toMatch(
            new RegExp(
              `was aborted: .*It is intact on ${source}, each volume attached once; .*To move it, run the move again$`,
            ),
          );
          const ended = await running.ended;
          expect(ended.exitCode, ended.stderr).toBe(4);
          expect(ended.record?.summary).toContain("was aborted: by an operator, or by Nova's own time-out");
          expect(await pooled.truth()).toEqual(wholeOn(source, 2));
          expect([pooled.sent() - 1, await pooled.moves()]).toEqual([1, 1]);
        } finally {
          await free();
        }
      }),
  );
});

/** What becomes of the migration, by what Nova has heard in the end. */
const ENDS = {
  abort: { outcome: "failed", migration: { status: "cancelled" } },
  "force-complete": { outcome: "migrated", migration: { status: "completed" } },
} as const;

describe("a command whose answer is lost", () => {
  const unlike = { cut: { kind: "cut" }, "502": { kind: "answer", status: 502 } } as const;
  const lost = (how: keyof typeof unlike, when: "before" | "after"): FaultAction => ({ ...unlike[how], when });

  it.concurrent.for<[Command, string, number, FaultAction]>([
    ["abort", "a cut connection, and Nova has taken it", 1, lost("cut", "after")],
    ["abort", "502 for good, and Nova has taken it", FOREVER, lost("502", "after")],
    ["abort", "502, and Nova never saw it", 1, lost("502", "before")],
    ["force-complete", "502, and Nova has taken it", 1, lost("502", "after")],
  ])(
    "%s: %s: the end alone decides, exit 0, and Nova is not said to have declined",
    ([command, , times, action], { expect }) =>
      pool.use(async (pooled) => {
        await begun(pooled);
        // Of what stays unanswered only an end can be told: it is waited for here.
        const over = async () => {
          if (times === FOREVER) await recorded(pooled.cloud, pooled.server.id, "cancelled");
        };
        pooled.proxy.add({ ...ASKED[command], times }, action, undefined, over);
        const { exitCode, record, stderr } = await pooled.command(command);
        expect(exitCode, stderr).toBe(0);
        expect(record).toMatchObject(ENDS[command]);
        expect(stderr + (record?.summary ?? "")).not.toMatch(/declin|refuse/);
        expect(await pooled.truth()).toEqual(wholeOn(command === "abort" ? pooled.source : pooled.destination, 2));
        expect(await pooled.moves()).toBe(1);
      }),
  );

  it.concurrent(
    "abort: cut connections, and Nova never saw it: not known, exit 7, and the migration continues",
    ({ expect }) =>
      pool.use(async (pooled) => {
        await begun(pooled);
        pooled.proxy.add({ ...ASKED.abort, times: FOREVER }, lost("cut", "before"));
        const { exitCode, stderr } = await pooled.command("abort");
        expect(exitCode, stderr).toBe(7);
        expect(stderr).toMatch(
          /^live-migrate: it is not known whether Nova has accepted the abort of migration \d+, and the migration continues: .*Fix: run this again/m,
        );
        expect(stderr).not.toMatch(/declin|refuse/);
        await recorded(pooled.cloud, pooled.server.id, "running");
        pooled.pace({ seconds: 0.1 });
        const adopted = await pooled.run();
        expect(adopted, adopted.stderr).toMatchObject({ exitCode: 0, record: { outcome: "migrated", adopted: true } });
        expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
        expect(await pooled.moves()).toBe(1);
      }),
  );
});
