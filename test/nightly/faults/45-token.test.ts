import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { labApi, service } from "../../../lab/api.ts";
import { ServerPool, POST, type PooledServer } from "../../support/lab/server-pool.ts";
import { wholeOn } from "../../support/lab/cloud.ts";
import type { FaultAction } from "../../support/http/fault.ts";
import { whileRecordIs } from "../../support/lab/moments.ts";
import { AFTER, BEFORE, spoil, spoilAfter } from "../../support/http/requests.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ maxConcurrency: 4, testTimeout: 300_000 });

let pool: ServerPool;
beforeAll(async () => {
  pool = await ServerPool.open("token", 4);
});
afterAll(() => pool.close());

const REFUSED: FaultAction = { kind: "answer", status: 401, body: { error: { code: 401, message: "it has expired" } } };
const FOREVER = Number.POSITIVE_INFINITY;
const TOKEN = { method: "POST", service: "identity", path: "/auth/tokens" } as const;

/** Tokens that Keystone has issued to the run. */
const tokens = ({ proxy }: PooledServer) =>
  proxy.log.filter(({ service: name, path }) => name === "identity" && path.endsWith(TOKEN.path));

/** All that a run asks for with its token. Not the versions: they are asked for with a new one, and clouds may hide them. */
const WITH_TOKEN = Object.fromEntries(Object.entries(BEFORE).filter(([name]) => !/token|versions/.test(name)));

describe("a token that has expired", () => {
  it.concurrent("before the move: another is got, and what was refused is asked again; exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const hit = spoil(pooled, WITH_TOKEN, REFUSED);
      const { exitCode, record, stderr } = await pooled.run();
      expect([...hit].sort()).toEqual(Object.keys(WITH_TOKEN).sort());
      expect(exitCode, stderr).toBe(0);
      expect(record?.findings.filter(({ code }) => /not-(checked|visible)/.test(code))).toEqual([]);
      expect(tokens(pooled).length).toBeGreaterThan(1);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );

  it.concurrent("at the request itself: sent again, for Nova did not take it; exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      pooled.proxy.add(POST, REFUSED);
      const { exitCode, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(0);
      expect(tokens(pooled)).toHaveLength(2);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([2, 1, 1]);
    }),
  );

  it.concurrent("while it moves and is verified: another is got; exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 5 });
      const spoilt = spoilAfter(pooled, AFTER, REFUSED);
      const { exitCode, record, stderr } = await pooled.run();
      expect([...(await spoilt)].sort()).toEqual(Object.keys(AFTER).sort());
      expect(exitCode, stderr).toBe(0);
      expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );
});

describe("tokens that Nova refuses, however new", () => {
  it.concurrent.for([
    ["before the move", BEFORE.server, 0],
    ["at the request itself", () => POST, 2],
  ] as const)("%s: exit 7, nothing is sent, and whose credentials to look at", ([, match, sent], { expect }) =>
    pool.use(async (pooled) => {
      spoil(pooled, { it: match }, REFUSED, FOREVER);
      const { exitCode, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(7);
      expect(stderr).toMatch(
        /^live-migrate: not authorised at \S+: it has expired\. Fix: check the credentials and roles/m,
      );
      expect(tokens(pooled)).toHaveLength(2);
      expect([pooled.sent(), pooled.posts(), await pooled.moves()]).toEqual([sent, 0, 0]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.source, 2));
    }),
  );

  it.concurrent("for a while, as it moves: watched on, exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const { migrations } = AFTER;
      const spoilt = spoilAfter(pooled, { migrations }, REFUSED, 5);
      const { exitCode, stderr } = await pooled.run();
      expect([...(await spoilt)]).toEqual(["migrations"]);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/^warning: the cloud does not answer \(not authorised at .*; still watching$/m);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }),
  );
});

describe("a token that is revoked", () => {
  /** Knows the run's token, and has Keystone revoke it. */
  function revoker({ proxy, cloud }: PooledServer): () => Promise<void> {
    let token = "";
    proxy.add(TOKEN, { kind: "nothing" }, undefined, (_request, headers) => {
      token = String(headers["x-subject-token"]);
    });
    return async () => {
      const headers = { "x-auth-token": token, "x-subject-token": token };
      const url = `${cloud.session.config.authUrl}/auth/tokens`;
      const { status } = await fetch(url, { method: "DELETE", headers });
      if (status !== 204) throw new Error(`Keystone answers ${status}`);
    };
  }

  it("while it moves: services use their cached validation for some minutes; exit 0", ({ expect }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 5 });
      const revoke = revoker(pooled);
      let revoked = 0;
      whileRecordIs("running", pooled, async () => {
        await revoke();
        revoked++;
      });
      const { exitCode, stderr } = await pooled.run();
      expect([exitCode, revoked], stderr).toEqual([0, 1]);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
    }));

  it("right after the request: no service accepts the token, Nova fails because of it and this is reported, exit 5", ({
    expect,
  }) =>
    pool.use(async (pooled) => {
      pooled.pace({ seconds: 0.1 });
      const revoke = revoker(pooled);
      pooled.proxy.add(POST, { kind: "nothing" }, undefined, async () => {
        await revoke();
        // What services have been told of tokens is there.
        await service("memcached").kill();
      });
      const { exitCode, record, stderr } = await pooled.run();
      expect(exitCode, stderr).toBe(5);
      // The engine has a new one; Nova works with that of the request (bug 2044235: it puts the running server in ERROR).
      expect(tokens(pooled).length).toBeGreaterThan(1);
      expect(record?.summary).toMatch(
        /NEEDS A HUMAN: its migration is recorded as error; .*unauthorized.*server-status: ERROR/,
      );
      expect(record?.summary).not.toContain("Traceback");
      expect(await pooled.truth()).toEqual({ ...wholeOn(pooled.source, 2), status: "ERROR" });
      expect([pooled.sent(), await pooled.moves()]).toEqual([1, 1]);
      // A human has looked: the guest runs where it did.
      const api = await labApi();
      await api.call("compute", "POST", `/servers/${pooled.server.id}/action`, {
        "os-resetState": { state: "active" },
      });
      const again = await pooled.run();
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      expect(await pooled.moves()).toBe(2);
    }));
});
