import { describe, expect, it } from "vitest";
import { CloudLost, NotFound } from "../../../../migration/contract/failure.ts";
import { OpenStackCloud } from "../../../../migration/cloud/openstack-cloud.ts";
import { fails, mockCloud, posts, type MockAnswer, type MockCloud } from "../../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../../support/http/mock-move.ts";
import { fixture } from "../../openstack/fixture.ts";

const METHOD = { kind: "validated", microversion: "2.93" } as const;
const cloudOf = (mock: MockCloud) => new OpenStackCloud(mock.cloud);

describe("start", () => {
  const start = async (answer: MockAnswer) => {
    const mock = mockCloud().answer("compute", `POST /servers/${MOVED}/action`, answer);
    const said = await cloudOf(mock).start(MOVED, "node-31", METHOD);
    return { said, sent: posts(mock).length };
  };

  it("keeps the request's id", async () => {
    const { said } = await start({ status: 202, headers: { "x-openstack-request-id": "req-1" } });
    expect(said).toEqual({ outcome: "accepted", requestId: "req-1" });
  });

  it("takes a fresh token just before, where the run's own is minutes old", async () => {
    let now = Date.now();
    const mock = mockCloud({ now: () => now }).answer("compute", `POST /servers/${MOVED}/action`, { status: 202 });
    const cloud = cloudOf(mock);
    await mock.cloud.session.freshToken();
    const tokens = () => mock.calls.filter(({ path }) => path === "/auth/tokens").length;
    await cloud.start(MOVED, "node-31", METHOD);
    expect(tokens()).toBe(1);
    now += 301_000;
    await cloud.start(MOVED, "node-31", METHOD);
    expect(tokens()).toBe(2);
    expect(mock.calls.at(-1)?.headers["x-auth-token"]).toMatch(/-2$/);
  });

  it.each([
    [400, false, "Compute host mars could not be found."],
    [403, false, "Policy doesn't allow os_compute_api:os-migrate-server:migrate_live"],
    [404, false, "Instance could not be found."],
    [409, true, "Cannot 'os-migrateLive' instance while it is in task_state migrating"],
  ])("%i is a refusal, with Nova's words", async (status, busy, message) => {
    const { said, sent } = await start(fails(status, message));
    expect(said).toEqual({ outcome: "refused", busy, message, requestId: "req-x" });
    expect(sent).toBe(1);
  });

  it.each<[string, MockAnswer]>([
    ["500", fails(500, "boom")],
    ["502", fails(502, "Bad Gateway")],
    ["503", fails(503, "Service Unavailable")],
    ["504", fails(504, "Gateway Timeout")],
    ["a cut connection", { fail: "ECONNRESET" }],
    ["silence", { fail: "UND_ERR_HEADERS_TIMEOUT" }],
    ["an answer that is no JSON", { status: 202, text: "<html>" }],
  ])("%s leaves the outcome unknown, and is never repeated", async (_, answer) => {
    const { said, sent } = await start(answer);
    expect(said).toMatchObject({
      outcome: "unknown",
      reason: expect.stringMatching(/POST \/servers\/.*action/) as string,
    });
    expect(sent).toBe(1);
  });

  it("a connection that is refused never reached Nova: the cloud is lost", async () => {
    await expect(start({ fail: "ECONNREFUSED" })).rejects.toThrow(CloudLost);
  });

  it("forces with 2.67 only", async () => {
    const mock = mockCloud().answer("compute", `POST /servers/${MOVED}/action`, { status: 202 });
    await cloudOf(mock).start(MOVED, "node-31", { kind: "forced", microversion: "2.67" });
    expect(mock.calls.at(-1)).toMatchObject({
      body: { "os-migrateLive": { host: "node-31", force: true } },
      headers: { "openstack-api-version": "compute 2.67" },
    });
  });
});

describe("reading", () => {
  it("a deleted server is gone", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}`, fails(404, "no such"));
    expect(await cloudOf(mock).server(MOVED)).toBe("gone");
  });

  it.each([
    ["a page of HTML, as of a portal or a load balancer", "<h1>404 Not Found</h1>"],
    ["no body at all", ""],
    ["JSON of a gateway", '{"message": "no Route matched with those values"}'],
  ])("a 404 with %s proves nothing: the cloud is out of reach", async (_, text) => {
    const mock = scriptMove(mockCloud()).answer("compute", `GET /servers/${MOVED}`, { status: 404, text });
    await expect(cloudOf(mock).server(MOVED)).rejects.toThrow(CloudLost);
    await expect(cloudOf(mock).snapshot(MOVED, { purpose: "show" })).rejects.toThrow(CloudLost);
  });

  it("a server is looked at with what everyone may see", async () => {
    const mock = scriptMove(mockCloud());
    expect(await cloudOf(mock).server(MOVED)).toMatchObject({ status: "ACTIVE", host: "node-28", taskState: null });
  });

  const AWAY = "check the network, the endpoint and the service, then run this again: it is safe";
  const REFUSED = "check the credentials and roles of this cloud in clouds.yaml or OS_*";
  const UNTRUSTED =
    "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again";
  it.each([
    ["a certificate that has expired", { fail: "CERT_HAS_EXPIRED" }, `(CERT_HAS_EXPIRED). Fix: ${UNTRUSTED}`],
    ["an API that stays away", { fail: "ECONNREFUSED" }, `Fix: ${AWAY}`],
    ["502 for good", fails(502, "Bad Gateway"), /502.*Fix: check the network/],
    ["a token that is refused twice", fails(401, "no"), `. Fix: ${REFUSED}`],
    ["a right that is missing", fails(403, "Policy doesn't allow"), /403.*Fix: check the credentials and roles/],
  ])("%s means that the cloud is lost, and what to do", async (_, answer, text) => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}`, answer);
    const looking = cloudOf(mock).server(MOVED);
    await expect(looking).rejects.toThrow(CloudLost);
    await expect(looking).rejects.toThrow(text);
  });

  it("a region that the catalog does not have is reported with its own fix alone", async () => {
    const mock = mockCloud({ config: { region: "Nowhere" } });
    const looking = cloudOf(mock).server(MOVED);
    await expect(looking).rejects.toThrow(CloudLost);
    await expect(looking).rejects.toThrow(
      /^the catalog has no endpoint of the compute service in the region Nowhere, but in: \w+\. Fix: set OS_REGION_NAME.*matter\)$/,
    );
  });

  it("repeats a look that failed for a moment", async () => {
    const mock = scriptMove(mockCloud());
    mock.answer("compute", "GET /os-migrations", fails(503, "busy"), { body: { migrations: [] } });
    expect(await cloudOf(mock).migrations(MOVED)).toEqual([]);
  });

  it("migrations and counters that are forbidden are not visible", async () => {
    const mock = mockCloud()
      .answer("compute", "GET /os-migrations", fails(403, "no"))
      .answer("compute", `GET /servers/${MOVED}/migrations/1`, fails(403, "no"));
    expect(await cloudOf(mock).migrations(MOVED)).toBeNull();
    expect(await cloudOf(mock).counters(MOVED, 1)).toBeNull();
  });

  it("counters are none once it runs no more", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}/migrations/1`, fails(404, "no"));
    expect(await cloudOf(mock).counters(MOVED, 1)).toBeNull();
  });
});

describe("resolveServer", () => {
  const named = (...ids: string[]) => {
    const mock = scriptMove(mockCloud());
    // As Nova lists servers: without their groups.
    const servers = ids.map((id) => ({ ...(serverOf() as object), id, server_groups: undefined }));
    return mock.answer("compute", "GET /servers/detail", { body: { servers } });
  };
  const serverOf = () => (fixture("server-2.93") as { server: unknown }).server;

  it("takes an id as it is", async () => {
    expect(await cloudOf(scriptMove(mockCloud())).resolveServer(MOVED)).toBe(MOVED);
  });

  it("finds the one server of a name", async () => {
    expect(await cloudOf(named(MOVED)).resolveServer("admin_vm01")).toBe(MOVED);
  });

  it("does not take the name's list for the whole server: the list leaves its groups out", async () => {
    const cloud = cloudOf(named(MOVED));
    await cloud.resolveServer("admin_vm01");
    const { groups } = await cloud.snapshot(MOVED, { purpose: "plan", host: "node-31" });
    expect(groups).toEqual({ known: true, value: [] });
  });

  it("names the servers where there are several", async () => {
    const resolving = cloudOf(named("id-1", "id-2")).resolveServer("admin_vm01");
    await expect(resolving).rejects.toThrow(NotFound);
    await expect(resolving).rejects.toThrow("2 servers are named admin_vm01. Fix: use one of id-1, id-2");
  });

  it("says that there is none", async () => {
    await expect(cloudOf(named()).resolveServer("nobody")).rejects.toThrow("no server has the id or name nobody");
  });

  it("looks in the user's own project where all may not be searched", async () => {
    const mock = named(MOVED).answer("compute", "GET /servers/detail?all_tenants=true", fails(403, "no"));
    expect(await cloudOf(mock).resolveServer("admin_vm01")).toBe(MOVED);
  });
});

describe("interventions", () => {
  const path = `/servers/${MOVED}/migrations/1`;

  it("tell whether Nova agreed", async () => {
    const mock = mockCloud().answer("compute", `DELETE ${path}`, { status: 202 });
    expect(await cloudOf(mock).abort(MOVED, 1)).toEqual({ outcome: "accepted", message: "accepted" });
  });

  it("take a refusal for an answer", async () => {
    const mock = mockCloud({ microversions: { compute: { min: "2.1", max: "2.104" } } })
      .answer("compute", `DELETE ${path}`, fails(400, "Migration 1 is completed"))
      .answer("compute", `POST ${path}/action`, fails(403, "not for you"))
      .answer("compute", `PUT /servers/${MOVED}`, fails(409, "zone to zone"));
    const cloud = cloudOf(mock);
    expect(await cloud.abort(MOVED, 1)).toEqual({ outcome: "declined", message: "Migration 1 is completed" });
    expect(await cloud.forceComplete(MOVED, 1)).toEqual({
      outcome: "declined",
      message: "not for you",
      forbidden: true,
    });
    expect(await cloud.pin(MOVED, "nova2")).toEqual({ outcome: "declined", message: "zone to zone" });
  });

  it.each([
    ["a cut connection", { fail: "ECONNRESET" }, "no answer from"],
    ["a gateway's word", fails(502, "bad gateway"), "502 bad gateway"],
  ] as const)("do not take %s for Nova's", async (_, answer, words) => {
    const mock = mockCloud().answer("compute", `DELETE ${path}`, answer);
    const { outcome, message } = await cloudOf(mock).abort(MOVED, 1);
    expect(outcome).toBe("unanswered");
    expect(message).toContain(words);
  });
});

describe("a cold migration", () => {
  const action = `POST /servers/${MOVED}/action`;

  it("is started, confirmed and reverted by actions of the server", async () => {
    const mock = mockCloud().answer("compute", action, { status: 202, headers: { "x-openstack-request-id": "req-1" } });
    const cloud = cloudOf(mock);
    expect(await cloud.startCold(MOVED, "node-31")).toEqual({ outcome: "accepted", requestId: "req-1" });
    expect(await cloud.confirm(MOVED)).toMatchObject({ outcome: "accepted" });
    expect(await cloud.revert(MOVED)).toMatchObject({ outcome: "accepted" });
    const sent = mock.calls.filter(({ path }) => path.endsWith("/action"));
    expect(sent.map(({ body }) => body)).toEqual([
      { migrate: { host: "node-31" } },
      { confirmResize: null },
      { revertResize: null },
    ]);
  });

  it("takes a refusal for an answer, and no gateway's word for Nova's", async () => {
    const refused = cloudOf(mockCloud().answer("compute", action, fails(409, "Instance is locked")));
    expect(await refused.startCold(MOVED, "node-31")).toMatchObject({ outcome: "refused", busy: true });
    expect(await refused.confirm(MOVED)).toEqual({ outcome: "declined", message: "Instance is locked" });
    const lost = cloudOf(mockCloud().answer("compute", action, { fail: "ECONNRESET" }));
    expect(await lost.startCold(MOVED, "node-31")).toMatchObject({ outcome: "unknown" });
    expect(await lost.revert(MOVED)).toMatchObject({ outcome: "unanswered" });
  });

  it("is found among the server's migrations of any type", async () => {
    const [entry] = (fixture("migrations-2.93") as { migrations: object[] }).migrations;
    const cold = { ...entry, id: 2, migration_type: "migration", status: "finished" };
    const mock = mockCloud().answer("compute", "GET /os-migrations", { body: { migrations: [cold, entry] } });
    expect(await cloudOf(mock).moves(MOVED)).toMatchObject([
      { id: 2, type: "migration", status: "finished" },
      { id: 1, type: "live-migration" },
    ]);
    expect(mock.log("compute").at(-1)).toBe(`GET /os-migrations?instance_uuid=${MOVED}&limit=5`);
    expect(
      await cloudOf(mockCloud().answer("compute", "GET /os-migrations", fails(403, "no"))).moves(MOVED),
    ).toBeNull();
  });
});

describe("failureReason", () => {
  const event = (name: string, start: string, result: string, details: string | null) => ({
    ...{ event: name, start_time: start, finish_time: start, result, details, traceback: null },
  });
  const action = {
    action: "live-migration",
    request_id: "req-1",
    start_time: "2026-01-01T00:00:00.000000",
    message: "Error",
  };
  const events = [
    event("conductor_live_migrate_instance", "2026-01-01T00:00:00.000000", "Error", "No valid host was found."),
    event(
      "compute_check_can_live_migrate_destination",
      "2026-01-01T00:00:02.000000",
      "Error",
      "CPU doesn't have compatibility.",
    ),
    event("compute_check_can_live_migrate_source", "2026-01-01T00:00:01.000000", "Success", null),
  ];
  const actions = `GET /servers/${MOVED}/os-instance-actions`;

  it("is the first event's that failed, not the conductor's", async () => {
    const mock = mockCloud().answer("compute", `${actions}/req-1`, { body: { instanceAction: { ...action, events } } });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBe("CPU doesn't have compatibility.");
  });

  it("is reported without the traceback of what Nova itself did not expect", async () => {
    const details =
      "Networking client is experiencing an unauthorized exception.\nTraceback (most recent call last):\n  File";
    const unexpected = [event("conductor_live_migrate_instance", "2026-01-01T00:00:00.000000", "Error", details)];
    const mock = mockCloud().answer("compute", `${actions}/req-1`, {
      body: { instanceAction: { ...action, events: unexpected } },
    });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBe(
      "Networking client is experiencing an unauthorized exception.",
    );
  });

  it("is found without the request's id, in the newest live migration", async () => {
    const other = { ...action, action: "reboot", request_id: "req-9" };
    const mock = mockCloud()
      .answer("compute", actions, { body: { instanceActions: [other, action, { ...action, request_id: "req-0" }] } })
      .answer("compute", `${actions}/req-1`, { body: { instanceAction: { ...action, events } } });
    expect(await cloudOf(mock).failureReason(MOVED, null)).toBe("CPU doesn't have compatibility.");
  });

  it("is nothing where events have no cause", async () => {
    const mock = mockCloud().answer("compute", `${actions}/req-1`, {
      body: { instanceAction: { ...action, events: [] } },
    });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBeNull();
    const hidden = mockCloud().answer("compute", `${actions}/req-1`, fails(403, "no"));
    expect(await cloudOf(hidden).failureReason(MOVED, "req-1")).toBeNull();
    expect(
      await cloudOf(mockCloud().answer("compute", actions, fails(500, "no"))).failureReason(MOVED, null),
    ).toBeNull();
  });
});
