import { expect, test } from "vitest";
import { flavorResources } from "../../../../migration/cloud/flavor-resources.ts";
import { MigrationRequestSchema } from "../../../../migration/contract/request.ts";
import { Survey, type SurveyedPlan } from "../../../../migration/plan/survey.ts";
import { mockCloud, type MockCloud } from "../../../support/http/mock-cloud.ts";
import { fixture } from "../../openstack/fixture.ts";

const ID = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
/** Resource provider of the recorded cloud's node-31. */
const NODE_31 = "8977bd36-c949-47bf-b2df-9f5046b72579";
const { server } = fixture("server-2.93") as { server: Record<string, unknown> };
const servers = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...server,
    id: i === 0 ? ID : `server-${i}`,
    name: `vm${i}`,
    ...(i > 0 && { "os-extended-volumes:volumes_attached": [] }),
  }));

/** The recorded cloud, of which every list can be asked for. */
function listed(count: number): MockCloud {
  return mockCloud()
    .answer("compute", "GET /servers/detail?all_tenants=true", { body: { servers: servers(count) } })
    .answer("compute", "GET /os-services", { body: fixture("services-2.93") })
    .answer("compute", "GET /os-hypervisors/detail", { body: fixture("hypervisors-2.87") })
    .answer("compute", "GET /os-migrations?limit=1000", { body: fixture("migrations-2.93") })
    .answer("compute", "GET /os-server-groups", { body: { server_groups: [] } })
    .answer("block-storage", "GET /volumes/detail?all_tenants=1", { body: fixture("volumes-3.70") })
    .answer("block-storage", "GET /attachments/detail?all_tenants=1", { body: fixture("attachments-3.70") })
    .answer("placement", "GET /allocation_candidates", { body: fixture("allocation-candidates-1.39") });
}

const to = (id: string) => MigrationRequestSchema.parse({ server: id, host: "node-31" });
const codes = (plan: SurveyedPlan) => plan.document.findings.map(({ code }) => code);

async function plans(mock: MockCloud, ids: string[], expected = ids.length) {
  const survey = new Survey(mock.cloud, expected);
  return await Promise.all(ids.map((id) => survey.plan(to(id))));
}

test("a hundred servers cost as many requests as five", async () => {
  const [few, many] = [listed(5), listed(100)];
  const ids = (count: number) => servers(count).map(({ id }) => id);
  await plans(few, ids(5));
  const planned = await plans(many, ids(100));
  few.verify();
  many.verify();
  expect(many.log()).toHaveLength(few.log().length);
  expect(many.log()).toHaveLength(8);
  expect(planned.every((one) => one.planned && one.document.source.host === "node-28")).toBe(true);
});

test("a server from the lists is judged by its volumes, attachments and capacity", async () => {
  const [plan] = (await plans(listed(5), [ID], 5)) as [SurveyedPlan];
  expect(plan.document).toMatchObject({ action: "migrate", destination: { host: "node-31" } });
  expect(plan).toMatchObject({ onTarget: false, updatedAt: "2026-11-23T20:23:58Z" });
  expect(codes(plan).filter((code) => code !== "pin-unknown")).toEqual([]);

  const { attachments } = fixture("attachments-3.70") as { attachments: { id: string }[] };
  const twice = listed(5).answer("block-storage", "GET /attachments/detail", {
    body: { attachments: [...attachments, ...attachments.map((one) => ({ ...one, id: `${one.id}-2` }))] },
  });
  expect(codes((await plans(twice, [ID], 5))[0] as SurveyedPlan)).toContain("attached-twice");

  const full = listed(5).answer("placement", "GET /allocation_candidates", {
    body: { allocation_requests: [], provider_summaries: {} },
  });
  expect(codes((await plans(full, [ID], 5))[0] as SurveyedPlan)).toContain("destination-full");
});

test("its groups are found by their members", async () => {
  const group = { id: "g", name: "apart", policy: "anti-affinity", rules: {}, members: [ID, "server-1"] };
  const mock = listed(5)
    .answer("compute", "GET /os-server-groups", { body: { server_groups: [group] } })
    .answer("compute", "GET /servers/detail", {
      body: {
        servers: servers(5).map((one) => (one.id === ID ? one : { ...one, "OS-EXT-SRV-ATTR:host": "node-31" })),
      },
    });
  expect(codes((await plans(mock, [ID], 5))[0] as SurveyedPlan)).toContain("group-anti-affinity");
});

test("what another service than Nova does not report is unknown, and the plan stands", async () => {
  const mock = listed(5)
    .answer("block-storage", "GET /volumes/detail", { status: 403, body: { forbidden: { message: "no" } } })
    .answer("placement", "GET /allocation_candidates", { status: 403, body: {} });
  const [plan] = (await plans(mock, [ID], 5)) as [SurveyedPlan];
  expect(plan.document.action).toBe("migrate");
  expect(codes(plan)).toEqual(expect.arrayContaining(["volumes-not-visible", "capacity-not-checked"]));
});

test("a user who sees only own servers gets plans for those", async () => {
  const mock = listed(5)
    .answer("compute", "GET /servers/detail", { body: { servers: servers(5) } })
    .answer("compute", "GET /servers/detail?all_tenants=true", { status: 403, body: { forbidden: { message: "no" } } });
  expect(await plans(mock, [ID], 5)).toMatchObject([{ planned: true }]);
});

test("a server that is not there, or a Nova that does not answer, is no plan with the reason", async () => {
  expect(await plans(listed(5), ["gone"], 5)).toMatchObject(
    [{ planned: false, reason: /no server gone/ }].map(matching),
  );
  const broken = listed(5).answer("compute", "GET /servers/detail", {
    status: 400,
    body: { badRequest: { message: "why" } },
  });
  expect(await plans(broken, [ID], 5)).toMatchObject([{ planned: false, reason: /why/ }].map(matching));
});

const matching = ({ planned, reason }: { planned: boolean; reason: RegExp }): unknown => ({
  planned,
  reason: expect.stringMatching(reason) as unknown,
});

test.each([
  [{}, { VCPU: 1, MEMORY_MB: 2048 }],
  [{}, { VCPU: 1, MEMORY_MB: 2048, DISK_GB: 20 }, "cirros"],
  [
    { ephemeralGiB: 2, swapMiB: 1500 },
    { VCPU: 1, MEMORY_MB: 2048, DISK_GB: 4 },
  ],
  [{ extraSpecs: { "hw:cpu_policy": "dedicated" } }, null],
  [{ extraSpecs: undefined }, null],
])(
  "Placement is asked for what a flavor needs, where that can be told: %j",
  (over, expected, image: string | null = null) => {
    const small = { vcpus: 1, ramMiB: 2048, rootGiB: 20, ephemeralGiB: 0, swapMiB: 0, extraSpecs: {} };
    const resources = flavorResources({ ...small, ...over }, image);
    expect(resources.known ? resources.value : null).toEqual(expected);
  },
);

test("several moves to one host cost two requests more, and are held against its room", async () => {
  const of = (total: number) => ({
    total,
    reserved: 0,
    allocation_ratio: 1,
    min_unit: 1,
    max_unit: total,
    step_size: 1,
  });
  const mock = listed(5)
    .answer("placement", `GET /resource_providers/${NODE_31}/inventories`, {
      body: { resource_provider_generation: 1, inventories: { VCPU: of(3), MEMORY_MB: of(100_000) } },
    })
    .answer("placement", `GET /resource_providers/${NODE_31}/usages`, {
      body: { resource_provider_generation: 1, usages: { VCPU: 1, MEMORY_MB: 512 } },
    });
  const survey = new Survey(mock.cloud, 5);
  const ids = servers(3).map(({ id }) => id);
  const planned = (await Promise.all(ids.map((id) => survey.plan(to(id))))) as SurveyedPlan[];
  const before = mock.log().length;
  const found = await survey.combinedFindings(planned.flatMap(({ move }) => move ?? []));
  expect(found).toMatchObject([{ code: "full-together", value: "node-31: vm0, vm1, vm2" }]);
  expect(found[0]?.problem).toContain("VCPU 3 of 2 free");
  expect(mock.log().length - before).toBe(2);
});
