import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { ServerPool, POST, type PooledServer } from "../support/lab/server-pool.ts";
import { wholeOn } from "../support/lab/cloud.ts";
import type { FaultAction } from "../support/http/fault.ts";
import { AFTER, BEFORE, spoil, spoilAfter } from "../support/http/requests.ts";

/** So long the engine waits for an answer here, in seconds. */
const PATIENCE = 15;
const LATE = (PATIENCE + 4) * 1000;

// Most of a test's time is waiting, some of it a minute; so more are played than the fleet has pairs of hosts.
vi.setConfig({ maxConcurrency: 8, testTimeout: 400_000 });

let pool: ServerPool;
beforeAll(async () => {
  pool = await ServerPool.open("answers", 8, { api_timeout: PATIENCE });
});
afterAll(() => pool.close());

/** Every way in which an answer goes wrong. */
const ANSWERS: Record<string, FaultAction> = {
  "429 with Retry-After": { kind: "answer", status: 429, headers: { "retry-after": "1" } },
  "502": { kind: "answer", status: 502 },
  "503": { kind: "answer", status: 503 },
  "a cut connection before": { kind: "cut", when: "before" },
  "a cut connection after": { kind: "cut", when: "after" },
  "a slow answer": { kind: "delay", ms: 1_500, when: "after" },
  "no answer in time": { kind: "delay", ms: LATE, when: "before" },
  "half an answer": { kind: "half" },
  "no JSON": { kind: "garbage" },
};

/** Runs again with nothing going wrong: the server is there, whole, and was asked for once. */
async function settles(pooled: PooledServer, expect: Expect): Promise<void> {
  pooled.proxy.clear();
  const { exitCode, stderr } = await pooled.run();
  expect(exitCode, stderr).toBe(0);
  expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
  expect(await pooled.moves()).toBe(1);
}
type Expect = (typeof import("vitest"))["expect"];

const rows = <T>(table: Record<string, T>) => Object.entries(table);
const FOREVER = Number.POSITIVE_INFINITY;

// The longest tests come first, so that none of them starts last: over two minutes for a port, then about one.
describe.concurrent("a port that stays DOWN after the move", () => {
  const portsDown = async ({ cloud, server, destination }: PooledServer): Promise<FaultAction> => {
    const ports = await cloud.network.getPorts({ deviceId: server.id });
    const body = {
      ports: ports.map(({ id, networkId, macAddress }) => ({
        id,
        network_id: networkId,
        mac_address: macAddress,
        fixed_ips: [],
        status: "DOWN",
        "binding:host_id": destination,
      })),
    };
    return { kind: "answer", status: 200, body };
  };
  const { ports } = AFTER;

  it.concurrent(
    "for good: exit 5, with the agent's part in it; the same command verifies it when it is up",
    ({ expect }) =>
      pool.use(async (pooled) => {
        pooled.pace({ seconds: 0.1 });
        const spoilt = spoilAfter(pooled, { ports }, await portsDown(pooled), FOREVER);
        const { exitCode, record, stderr } = await pooled.run();
        expect([...(await spoilt)]).toEqual(["ports"]);
        expect(exitCode, stderr).toBe(5);
        expect(record?.summary).toMatch(/NEEDS A HUMAN: port-bound of .*, DOWN instead of bound to .*, ACTIVE/);
        expect(record?.checks.find(({ outcome }) => outcome === "failed")).toMatchObject({
          check: "port-bound",
          fix: expect.stringContaining("neutron-linuxbridge-agent), it reports every port again") as string,
        });
        expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
        await settles(pooled, expect);
      }),
  );

  it.concurrent("for some seconds: waited for, and said, exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      // At most sixteen times in the first two seconds, once a second from then on.
      const spoilt = spoilAfter(pooled, { ports }, await portsDown(pooled), 19);
      const { exitCode, stderr } = await pooled.run();
      expect([...(await spoilt)]).toEqual(["ports"]);
      expect(exitCode, stderr).toBe(0);
      const host = pooled.destination;
      expect(stderr).toMatch(
        new RegExp(
          `^waiting up to 12\\d s for Neutron, Cinder and Placement to follow: port-bound of .*: bound to ${host}, DOWN instead of bound to ${host}, ACTIVE$`,
          "m",
        ),
      );
      expect(await pooled.truth()).toEqual(wholeOn(host, pooled.server.volumeIds.length));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );
});

/** In these runs together each request meets three answers, and each answer at least two requests. */
const SHIFTS = [0, 3, 6];
const shifted = (shift: number) => (position: number) => {
  const answers = Object.values(ANSWERS);
  return answers[(position + shift) % answers.length] as FaultAction;
};

describe.concurrent("every request once, with an answer of another kind each: repeated, exit 0", () => {
  it.concurrent.for(SHIFTS)("while it moves and is verified, shifted by %i", (shift, { expect }) =>
    pool.use(async (pooled) => {
      // The counters are asked for once Nova says that it runs: after an answer that does not come, and two waits for one.
      pooled.pace({ seconds: 3 * PATIENCE });
      const spoilt = spoilAfter(pooled, AFTER, shifted(shift));
      const { exitCode, record, stderr } = await pooled.run();
      expect([...(await spoilt)].sort()).toEqual(Object.keys(AFTER).sort());
      expect(exitCode, stderr).toBe(0);
      expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([1, 1, 1]);
    }),
  );

  it.concurrent.for(SHIFTS)("before the move, shifted by %i", (shift, { expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const hit = spoil(pooled, BEFORE, shifted(shift));
      const { exitCode, record, stderr } = await pooled.run();
      expect([...hit].sort()).toEqual(Object.keys(BEFORE).sort());
      expect(exitCode, stderr).toBe(0);
      expect(record?.findings.filter(({ code }) => /not-(checked|visible)/.test(code))).toEqual([]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([1, 1, 1]);
    }),
  );
});

describe.concurrent("the request itself", () => {
  it.concurrent.for<[string, FaultAction]>([
    ["502", { kind: "answer", status: 502 }],
    ["a cut connection", { kind: "cut", when: "before" }],
  ])("%s, and Nova never saw it: exit 7, not sent again; the same command moves it", ([, action], { expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      pooled.proxy.add(POST, action);
      const { exitCode, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(7);
      expect(stderr).toMatch(
        /it is not known whether Nova has accepted the request, and nothing shows yet: compute POST/,
      );
      expect(stderr).toContain("Fix: run this again; it looks first, and moves the server at most once");
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 0]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.source, pooled.server.volumeIds.length));
      await settles(pooled, expect);
    }),
  );

  it.concurrent.for<[string, FaultAction]>([
    ["502", { kind: "answer", status: 502, when: "after" }],
    ["a cut connection", { kind: "cut", when: "after" }],
    ["no answer in time", { kind: "delay", ms: LATE, when: "after" }],
    ["half an answer", { kind: "half" }],
    // It gets there when the engine has given up waiting, and looks already for what came of it.
    ["too late a delivery", { kind: "delay", ms: LATE, when: "before" }],
  ])("%s, and Nova has taken it: found, watched and verified, not sent again: exit 0", ([, action], { expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      pooled.proxy.add(POST, action);
      const { exitCode, record, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(0);
      expect(record).toMatchObject({ outcome: "migrated", source: { host: pooled.source } });
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([1, 1, 1]);
    }),
  );

  it.concurrent("429: sent again when Retry-After says so, for Nova has turned it away: exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const began: number[] = [];
      pooled.proxy.add({ ...POST, times: 2 }, { kind: "answer", status: 429, headers: { "retry-after": "2" } }, () => {
        began.push(Date.now());
      });
      const { exitCode, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(0);
      const [first = 0, second = 0] = began;
      expect(second - first).toBeGreaterThanOrEqual(2_000);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([3, 1, 1]);
    }),
  );
});

/** Without these nothing can be decided. */
const NEEDED = ["token", "compute's versions", "server", "migrations", "services", "hypervisors"] as const;
/** And what stays so long is told. */
const LASTING: Record<string, [FaultAction, RegExp]> = {
  "429 with a long Retry-After": [
    { kind: "answer", status: 429, headers: { "retry-after": "3600" } },
    /: 429 Too Many Requests/,
  ],
  "502": [{ kind: "answer", status: 502 }, /: 502 Bad Gateway/],
  "503": [{ kind: "answer", status: 503 }, /: 503 Service Unavailable/],
  "no answer in time": [
    { kind: "delay", ms: LATE, when: "before" },
    /: no answer from \S+: connected, but no answer came in time/,
  ],
  "cut connections": [{ kind: "cut", when: "before" }, /: the connection was cut/],
  "half an answer": [{ kind: "half" }, /: unusable answer: it broke off/],
  "no JSON": [{ kind: "garbage" }, /: unusable answer: not JSON: \d+ characters of something else/],
};

describe.concurrent(
  "an answer that stays wrong before the move: exit 7, nothing is sent, and what it was stands there",
  () => {
    const answers = rows(LASTING);
    // Every kind of request, and every kind of answer: that each of these is told apart is seen above.
    const cells = Array.from({ length: Math.max(NEEDED.length, answers.length) }, (_, i) => {
      const name = NEEDED[i % NEEDED.length] ?? "token";
      const [answer, [action, words]] = answers[i % answers.length] as (typeof answers)[number];
      return { name, answer, action, words };
    });

    it.concurrent.for(cells)("$name: $answer", ({ name, action, words }, { expect }) =>
      pool.use(async (pooled) => {
        const hit = spoil(pooled, { [name]: BEFORE[name] }, action, FOREVER);
        const { exitCode, stderr } = await pooled.run();
        expect([...hit]).toEqual([name]);
        expect(exitCode, stderr).toBe(7);
        expect(stderr).toMatch(words);
        expect(stderr).toMatch(
          /^live-migrate: (identity|compute) (GET|POST) \/.*Fix: check the network, the endpoint/m,
        );
        expect([pooled.sent(), await pooled.moves()]).toEqual([0, 0]);
        expect(await pooled.truth()).toEqual(wholeOn(pooled.source, pooled.server.volumeIds.length));
      }),
    );

    const OTHERS = {
      "block storage": ["volumes", "attachments"],
      network: ["ports"],
      placement: ["allocations", "candidates"],
    } as const;

    it.concurrent.for(rows(OTHERS))(
      "%s, without which it can be moved: said, and not called checked; exit 0",
      ([, names], { expect }) =>
        pool.use(async (pooled) => {
          pooled.pace({ seconds: 0.1 });
          const requests = Object.fromEntries(names.map((name) => [name, BEFORE[name]]));
          spoil(pooled, requests, { kind: "answer", status: 503 }, FOREVER);
          const { exitCode, record, stderr } = await pooled.run();
          expect(exitCode, stderr).toBe(0);
          const blind = record?.checks.filter(({ reason }) => reason?.includes("answers 503: Service Unavailable"));
          expect(blind?.length).toBeGreaterThan(0);
          expect(blind?.every(({ outcome }) => outcome === "not-checked")).toBe(true);
          expect(record?.summary).toMatch(/\d+ checks passed, \d+ not checked$/);
          await settles(pooled, expect);
        }),
    );
  },
);

describe.concurrent("an answer that stays wrong after the request", () => {
  it.concurrent.for<[string, FaultAction]>([
    ["503", { kind: "answer", status: 503 }],
    ["cut connections", { kind: "cut", when: "before" }],
  ])("%s from Nova for a while: watched on, exit 0", ([, action], { expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const { migrations, server } = AFTER;
      const spoilt = spoilAfter(pooled, { migrations, server }, action, 7);
      const { exitCode, stderr } = await pooled.run();
      expect([...(await spoilt)].sort()).toEqual(["migrations", "server"]);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/^warning: the cloud does not answer \(compute GET .*\); still watching$/m);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, pooled.server.volumeIds.length));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );

  it.concurrent.for([
    ["block storage", "volumes", "volume-in-use"],
    ["block storage", "attachments", "volume-attached-once"],
    ["network", "ports", "port-bound"],
    ["placement", "allocations", "allocations"],
  ] as const)(
    "%s goes away (%s): what could be checked before cannot be now, exit 6; the same command verifies it",
    ([, name, check], { expect }) =>
      pool.use(async (pooled) => {
        pooled.pace({ seconds: 0.1 });
        const spoilt = spoilAfter(pooled, { [name]: AFTER[name] }, { kind: "answer", status: 503 }, FOREVER);
        const { exitCode, record, stderr } = await pooled.run();
        expect([...(await spoilt)]).toEqual([name]);
        expect(exitCode, stderr).toBe(6);
        expect(record?.summary).toMatch(/not all of it could be verified: .*answers 503: Service Unavailable/);
        expect(record?.summary).toContain(check);
        expect(record?.summary).toContain(`to ${pooled.destination}`);
        expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
        await settles(pooled, expect);
      }),
  );
});
