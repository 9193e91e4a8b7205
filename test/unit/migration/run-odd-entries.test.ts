/** One server's move, plan and verification in a cloud with entries that cannot be read. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportError } from "../../../migration/contract/failure.ts";
import { OpenStackCloud } from "../../../migration/cloud/openstack-cloud.ts";
import { EXIT_CODES, type MigrationRecord } from "../../../migration/contract/record.ts";
import { run } from "../../../migration/engine/run.ts";
import { statusOf } from "../../../migration/engine/status.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { mockCloud, posts, type MockCloud } from "../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../support/http/mock-move.ts";
import { junk, oddEntry } from "../../support/odd-entries.ts";
import { contextOf } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";
import { fixture } from "../openstack/fixture.ts";

const SLOW = 60_000;
const REPAIR =
  "repair the database of that cell (`nova-manage cell_v2 list_cells` shows it), then run this again: it is safe";

interface Place {
  path: string;
  key: string;
  index: number;
  entry: unknown;
}

/** An entry of a recorded list. */
function placeOf(path: string, name: string, key: string, find: (entry: Record<string, unknown>) => boolean): Place {
  const list = (fixture(name) as Record<string, Record<string, unknown>[]>)[key] ?? [];
  const index = list.findIndex(find);
  return { path, key, index, entry: list[index] };
}

const onHost = (host: string) => [
  placeOf("/os-services", "services-2.93", "services", (entry) => entry["host"] === host),
  placeOf(
    "/os-hypervisors/detail",
    "hypervisors-2.87",
    "hypervisors",
    (entry) => entry["hypervisor_hostname"] === host,
  ),
];
const any = () => true;
/** All that a move from node-28 to node-31 depends on. */
const NEEDED = [
  ...onHost("node-28"),
  ...onHost("node-31"),
  placeOf("/allocation_candidates", "allocation-candidates-1.39", "allocation_requests", any),
  placeOf("/attachments/detail", "attachments-3.70", "attachments", any),
  placeOf("/v2.0/ports", "ports", "ports", any),
];

/** The cloud of the move, with something odd in an entry's place. */
function cloudWith({ path, key, index }: Place, odd: (entry: unknown) => unknown): MockCloud {
  const mock = scriptMove(mockCloud());
  mock.answer("compute", `GET /servers/${MOVED}/os-instance-actions/req-moved`, { status: 404 });
  // Every provider is one of its own.
  mock.answer("placement", "GET /resource_providers", ({ query }) => {
    const uuid = query.get("in_tree");
    return { body: { resource_providers: [{ uuid, name: uuid, generation: 1, root_provider_uuid: uuid }] } };
  });
  mock.change = (call, answer) => {
    const body = answer.body as Record<string, unknown[]> | undefined;
    const list = call.path === path ? body?.[key] : undefined;
    return list && index < list.length
      ? { ...answer, body: { ...body, [key]: list.with(index, odd(list[index])) } }
      : answer;
  };
  return mock;
}

/** Its own record: what can be read of it counts as it is. */
const RECORD = placeOf("/os-migrations", "migrations-2.93", "migrations", any);
const oddRecord = junk.map((odd) => ({ place: RECORD, odd: () => odd }));

const oddAt = (places: readonly Place[]) =>
  fc.constantFrom(...places).chain((place) => oddEntry(place.entry).map((odd) => ({ place, odd })));

async function move(mock: MockCloud) {
  const context = contextOf(new OpenStackCloud(mock.cloud), new FakeClock(Date.now()));
  return await run(request({ server: MOVED }), context);
}

const judged = ({ outcome, findings, checks, volumes, current }: MigrationRecord) => ({
  outcome,
  findings,
  checks,
  volumes,
  current,
});

describe("a move", { timeout: SLOW }, () => {
  it("has the same record with odd entries of a host that it does not need, reported in one line", async () => {
    const whole = judged(await move(scriptMove(mockCloud())));
    expect(whole.outcome).toBe("migrated");
    await fc.assert(
      fc.asyncProperty(oddAt(onHost("node-27")), async ({ place, odd }) => {
        const mock = cloudWith(place, odd);
        expect(judged(await move(mock))).toEqual(whole);
        expect(mock.skipped.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it("needs no human because of an odd entry, sends one request at most, and passes no check without its facts", async () => {
    const whole = await move(scriptMove(mockCloud()));
    const failed = new Set(whole.checks.filter(({ outcome }) => outcome !== "passed").map(({ check }) => check));
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 7, arbitrary: oddAt(NEEDED) }, oddRecord), async ({ place, odd }) => {
        const mock = cloudWith(place, odd);
        const code = await move(mock).then(
          (record) => {
            for (const { check, outcome } of record.checks) if (failed.has(check)) expect(outcome).not.toBe("passed");
            return EXIT_CODES[record.outcome];
          },
          (error: unknown) =>
            reportError(
              error,
              false,
              () => undefined,
              () => undefined,
            ).code,
        );
        expect([0, 3, 7]).toContain(code);
        expect(posts(mock).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
});

/** As {@link cloudWith}, after two migrations. */
function cloudAfterMoves(place: Place, odd: (entry: unknown) => unknown): MockCloud {
  const { migrations } = fixture("migrations-2.93") as { migrations: object[] };
  const body = { migrations: [...migrations, { ...migrations[0], id: 0 }] };
  return cloudWith(place, odd).answer("compute", "GET /os-migrations", { body });
}

describe("a warning or check that misses an odd entry of Cinder or Neutron", { timeout: SLOW }, () => {
  const ATTACHMENT = placeOf("/attachments/detail", "attachments-3.70", "attachments", any);
  const PORT = placeOf("/v2.0/ports", "ports", "ports", any);

  it.each([
    ["attachment", ATTACHMENT, "volume-attached-once"],
    ["port", PORT, "port-bound"],
  ])("does not blame the credentials: %s", async (_, place, name) => {
    const record = await move(cloudWith(place, () => ({ id: 7 })));
    const missed = record.checks.filter(({ check, outcome }) => check === name && outcome === "not-checked");
    expect(missed.length).toBeGreaterThan(0);
    const found = record.findings.filter(({ code }) => code === "volumes-not-visible");
    for (const { fix } of [...missed, ...found]) {
      expect(fix).toMatch(/^ask the cloud's operators/);
      expect(fix).not.toMatch(/credentials|granted/);
    }
  });

  it("does not blame them for a volume whose own answer is odd, and does for one that is forbidden", async () => {
    const fixes = async (answer: { status?: number; body?: unknown }) => {
      const mock = scriptMove(mockCloud());
      mock.change = (call, given) => (call.path.startsWith("/volumes/") ? { ...given, ...answer } : given);
      const { checks } = await move(mock);
      return checks.find(({ check, outcome }) => check === "volume-in-use" && outcome === "not-checked")?.fix;
    };
    expect(await fixes({ body: { volume: 7 } })).toMatch(/^ask the cloud's operators/);
    expect(await fixes({ status: 403, body: {} })).toMatch(/^use credentials/);
  });
});

describe("the status of a server", { timeout: SLOW }, () => {
  it("is shown with any odd entry among its own migrations and elsewhere, which is reported in one line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(oddAt([RECORD, ...NEEDED]), oddRecord), async ({ place, odd }) => {
        const mock = cloudAfterMoves(place, odd);
        const { server: shown, current } = await statusOf(new OpenStackCloud(mock.cloud), MOVED);
        expect([shown.status, current.host]).toEqual(["ACTIVE", "node-28"]);
        expect(mock.skipped.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it("shows no older migration in the place of the newest, if that cannot be read", async () => {
    const mock = cloudAfterMoves(RECORD, () => ({ id: "seven" }));
    const status = await statusOf(new OpenStackCloud(mock.cloud), MOVED);
    expect(status.migration).toBeNull();
    expect(mock.skipped).toEqual([
      expect.stringMatching(/os-migrations: 1 unreadable entry .* migrations\[0\].*: id: expected a number/),
    ]);
  });
});

describe("a server in a cell whose database does not answer", () => {
  const { server } = fixture("server-2.93") as { server: Record<string, unknown> };
  const partial = {
    id: MOVED,
    status: "UNKNOWN",
    tenant_id: server["tenant_id"],
    created: server["created"],
    links: [],
  };

  it("ends a command with exit 7, the reason and what to do", async () => {
    const mock = scriptMove(mockCloud()).answer("compute", `GET /servers/${MOVED}`, { body: { server: partial } });
    const lines: string[] = [];
    const error = await statusOf(new OpenStackCloud(mock.cloud), MOVED).catch((caught: unknown) => caught);
    expect(
      reportError(
        error,
        false,
        () => undefined,
        (line) => lines.push(line),
      ).code,
    ).toBe(7);
    expect(lines).toEqual([
      `live-migrate: compute GET /servers/${MOVED}: Nova shows only a part of the server ${MOVED} (status UNKNOWN): the database of its cell does not answer. Fix: ${REPAIR}`,
    ]);
  });

  it("may be the one of a name that no other has: exit 7, not 2", async () => {
    const mock = mockCloud().answer("compute", "GET /servers/detail", { body: { servers: [partial] } });
    const error = await statusOf(new OpenStackCloud(mock.cloud), "vm01").catch((caught: unknown) => caught as Error);
    expect(
      reportError(
        error,
        false,
        () => undefined,
        () => undefined,
      ).code,
    ).toBe(7);
    expect(error).toMatchObject({
      message: expect.stringContaining(
        "no readable server has the name vm01, and not all can be read (servers[0]: the database of its Nova cell does not answer). Fix: repair the database of that cell",
      ) as string,
    });
  });

  it("stands in the way of no other: it is skipped and reported", async () => {
    const servers = [partial, { ...server, server_groups: undefined }];
    const mock = scriptMove(mockCloud()).answer("compute", "GET /servers/detail", { body: { servers } });
    const { current } = await statusOf(new OpenStackCloud(mock.cloud), "admin_vm01");
    expect(current.host).toBe("node-28");
    expect(mock.skipped).toEqual([
      `compute GET /servers/detail: 1 unreadable entry was skipped: servers[0] (id ${MOVED}, status UNKNOWN): the database of its Nova cell does not answer. Fix: repair that database; \`nova-manage cell_v2 list_cells\` shows it`,
    ]);
  });

  it("has its hosts count as down: a move to one is refused, and one to another is not", async () => {
    const { services } = fixture("services-2.93") as { services: Record<string, unknown>[] };
    const down = { binary: "nova-compute", host: "node-77", status: "UNKNOWN" };
    const mock = scriptMove(mockCloud()).answer("compute", "GET /os-services", {
      body: { services: [...services, down] },
    });
    const context = contextOf(new OpenStackCloud(mock.cloud), new FakeClock(Date.now()));
    const refused = await run(request({ server: MOVED, host: "node-77" }), context);
    expect(refused).toMatchObject({ outcome: "refused" });
    expect(refused.findings.map(({ code }) => code)).toContain("compute-unread");
    expect(await move(mock)).toMatchObject({ outcome: "migrated" });
    expect(mock.skipped).toHaveLength(1);
  });
});
