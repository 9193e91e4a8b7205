import { describe, expect, it, vi } from "vitest";
import { OutcomeUnknown, reportError } from "../../../migration/contract/failure.ts";
import { OpenStackCloud } from "../../../migration/cloud/openstack-cloud.ts";
import { EXIT_CODES, type MigrationRecord } from "../../../migration/contract/record.ts";
import { run } from "../../../migration/engine/run.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { fails, mockCloud, posts, type MockAnswer, type MockCloud } from "../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../support/http/mock-move.ts";
import { contextOf } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";

const cloudOf = (mock: MockCloud) => new OpenStackCloud(mock.cloud);

describe("a whole move over HTTP", () => {
  it("is verified in every point, with few requests", async () => {
    const mock = scriptMove(mockCloud(), { looks: 6 });
    const record = await run(request({ server: MOVED }), contextOf(cloudOf(mock), new FakeClock(Date.now())));
    mock.verify();
    expect(record.summary).toMatch(
      /^admin_vm01 .* moved live from node-28 to node-31; \d+ checks passed, 3 not checked$/,
    );
    expect(record).toMatchObject({
      outcome: "migrated",
      requestId: "req-moved",
      migration: { id: 1, status: "completed" },
    });
    // One token a run.
    expect(mock.calls.filter(({ path }) => path === "/auth/tokens")).toHaveLength(1);
    expect(record.volumes.map(({ device }) => device).sort()).toEqual(["/dev/vda", "/dev/vdb"]);
    const { total, watching } = record.requests;
    expect(total).toBe(mock.session.requestCount);
    expect(watching).toBeGreaterThan(5);
    expect(total - watching).toBeLessThanOrEqual(25);
    expect(posts(mock)).toEqual([`POST /servers/${MOVED}/action`]);
    expect(mock.calls.find(({ method, path }) => method === "POST" && path.endsWith("/action"))).toMatchObject({
      body: { "os-migrateLive": { host: "node-31", block_migration: "auto" } },
      headers: { "openstack-api-version": "compute 2.93" },
    });
  });
});

describe("a whole move over HTTP, whose request is not answered", () => {
  /** How an answer is lost, and what is said of it. */
  const LOST: [string, MockAnswer, RegExp][] = [
    ["a time-out", { fail: "UND_ERR_HEADERS_TIMEOUT" }, /connected, but no answer came in time/],
    ["502", fails(502, "Bad Gateway"), /502 Bad Gateway/],
    ["a cut connection", { fail: "ECONNRESET" }, /the connection was cut/],
  ];
  const go = async (answer: MockAnswer, arrives: boolean) => {
    const mock = scriptMove(mockCloud(), { answer, arrives });
    const going = run(request({ server: MOVED }), contextOf(cloudOf(mock), new FakeClock(Date.now())));
    const ended = await going.catch((error: unknown) => error as Error);
    expect(posts(mock)).toEqual([`POST /servers/${MOVED}/action`]);
    return ended;
  };

  it.each(LOST)("%s, and Nova has taken it: found, watched and verified: exit 0", async (_, answer) => {
    const record = (await go(answer, true)) as MigrationRecord;
    expect(record).toMatchObject({ outcome: "migrated", requestId: null, current: { host: "node-31" } });
    expect(EXIT_CODES[record.outcome]).toBe(0);
  });

  it.each(LOST)("%s, and Nova never saw it: looked for, not sent again: exit 7", async (_, answer, words) => {
    const error = await go(answer, false);
    expect(error).toBeInstanceOf(OutcomeUnknown);
    const { code, document } = reportError(error, false, vi.fn(), vi.fn());
    expect([code, document.error.kind]).toEqual([7, "outcome-unknown"]);
    expect(document.error.message).toMatch(/^live-migrate: it is not known whether Nova has accepted the request/);
    expect(document.error.message).toMatch(words);
    expect(document.error.message).toContain("Fix: run this again; it looks first, and moves the server at most once");
  });
});
