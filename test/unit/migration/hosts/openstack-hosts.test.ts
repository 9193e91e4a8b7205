import { afterEach, describe, expect, it } from "vitest";
import { OpenStackHosts } from "../../../../migration/hosts/openstack-hosts.ts";
import { drain, previewDrain } from "../../../../migration/hosts/drain.ts";
import { inventory } from "../../../../migration/hosts/inventory.ts";
import { HostsSchema } from "../../../../migration/contract/hosts.ts";
import type { HostsContext } from "../../../../migration/hosts/hosts-context.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";
import { HYPERVISORS, mockHosts, provider, serverOn, SERVICES } from "../../../support/hosts/mock-hosts.ts";
import { fails, type MockCloud } from "../../../support/http/mock-cloud.ts";

const N28 = provider("node-28");
const N27 = provider("node-27");

let used: MockCloud | undefined;
afterEach(() => {
  used?.verify();
});

const cloudWith = (count: number): MockCloud => (used = mockHosts(count));

const contextOf = (mock: MockCloud): HostsContext => ({
  cloud: new OpenStackHosts(mock.cloud),
  clock: new FakeClock(),
  progress: () => undefined,
  move: () => Promise.reject(new Error("nothing is to be moved")),
  stop: new AbortController().signal,
});
const ONE = { ...OPTIONS, hosts: ["node-28"] };

describe("a host with 300 servers in pages of 100", () => {
  it("is planned whole, with requests bounded by pages and not by servers", async () => {
    const mock = cloudWith(300);
    const { plan, findings } = await previewDrain(ONE, contextOf(mock));
    expect([plan.moves.length, plan.stays, findings]).toEqual([300, [], []]);
    expect(new Set(plan.moves.map(({ to }) => to))).toEqual(new Set(["node-27"]));
    expect(mock.log("compute").filter((line) => line.includes("host=node-28"))).toHaveLength(3);
    expect(mock.log().length).toBeLessThan(25);
    expect(mock.log().filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  it("asks for the servers of all projects", async () => {
    const mock = cloudWith(1);
    await new OpenStackHosts(mock.cloud).servers("node-28");
    expect(mock.log("compute")).toEqual(["GET /servers/detail?all_tenants=true&host=node-28"]);
  });
});

describe("an account that sees only a part", () => {
  it.each([
    ["GET /servers/detail", "list the servers of all projects"],
    ["GET /os-services", "list compute services"],
    ["GET /os-migrations", "list migrations"],
  ])("is refused where `%s` answers 403: nobody could say that the host is empty", async (call, what) => {
    const mock = cloudWith(2).answer("compute", call, fails(403, "Policy doesn't allow it"));
    const refused = expect(drain(ONE, contextOf(mock))).rejects;
    await refused.toThrow(`this account may not ${what} (Policy doesn't allow it)`);
    expect(mock.log().filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  it("is refused where Nova hides the hosts of servers, and may have ignored the filter", async () => {
    const mock = cloudWith(1).answer("compute", "GET /servers/detail", {
      body: { servers: [{ ...serverOn(1, ""), "OS-EXT-SRV-ATTR:host": undefined }] },
    });
    await expect(drain(ONE, contextOf(mock))).rejects.toThrow("this account may not see the hosts of servers");
  });

  it("is told that it may not disable the host, and nothing has changed", async () => {
    const id = SERVICES.find(({ host }) => host === "node-28")?.id ?? "";
    const mock = cloudWith(2).answer("compute", `PUT /os-services/${id}`, fails(403, "Policy doesn't allow update"));
    await expect(drain(ONE, contextOf(mock))).rejects.toThrow(/did not disable node-28: Policy .*nothing was changed/);
  });
});

describe("a cell whose database does not answer", () => {
  it("makes the list of servers one that is not whole: nothing is planned as if it were", async () => {
    const mock = cloudWith(1).answer("compute", "GET /servers/detail", {
      body: { servers: [serverOn(1, "node-28"), { id: uuid(2), status: "UNKNOWN", links: [] }] },
    });
    const { findings } = await previewDrain(ONE, contextOf(mock));
    expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["blocker servers-unread"]);
    const { entries, gap } = await new OpenStackHosts(mock.cloud).servers("node-28");
    expect([entries.length, gap]).toEqual([1, expect.stringContaining("cell")]);
  });

  it("hides the service of its host: the host is refused", async () => {
    const partial = { binary: "nova-compute", host: "node-28", status: "UNKNOWN" };
    const services = [...SERVICES.filter(({ host }) => host !== "node-28"), partial];
    const mock = cloudWith(0).answer("compute", "GET /os-services", { body: { services } });
    const done = await drain(ONE, contextOf(mock));
    expect([done.exitCode, done.findings.map(({ code }) => code)]).toEqual([3, ["source-unread"]]);
  });
});

describe("what Placement holds of a host", () => {
  it("counts what is held of providers below the host's own", async () => {
    const mock = cloudWith(1)
      .answer("placement", "GET /resource_providers", {
        body: {
          resource_providers: [
            { uuid: N28, name: "node-28" },
            { uuid: "nic", name: "nic", parent_provider_uuid: N28 },
          ],
        },
      })
      .answer("placement", "GET /resource_providers/nic/allocations", {
        body: { allocations: { [uuid(7)]: { resources: { NET_BW_EGR_KILOBIT_PER_SEC: 1 } } } },
      });
    const hosts = new OpenStackHosts(mock.cloud);
    const host = (await hosts.services()).entries.find(({ host: name }) => name === "node-28");
    const holders = await hosts.holders(host ?? expect.unreachable());
    const consumers = holders.known ? [...holders.value.consumers.keys()] : [];
    expect(consumers).toEqual([uuid(1), uuid(7)]);
  });

  it("is not known, with the reason, where Placement refuses", async () => {
    const mock = cloudWith(0).answer("placement", `GET /resource_providers/${N28}/allocations`, fails(403, "no right"));
    const hosts = new OpenStackHosts(mock.cloud);
    const host = (await hosts.services()).entries.find(({ host: name }) => name === "node-28");
    expect(await hosts.holders(host ?? expect.unreachable())).toMatchObject({
      known: false,
      reason: expect.stringContaining("403") as string,
    });
  });

  it("is not known of a host with several hypervisors", async () => {
    const [first, ...rest] = HYPERVISORS.map((one) => ({ ...one, service: { ...one.service, host: "node-28" } }));
    const mock = cloudWith(0).answer("compute", "GET /os-hypervisors/detail", {
      body: { hypervisors: [first, ...rest] },
    });
    const hosts = new OpenStackHosts(mock.cloud);
    const host = (await hosts.services()).entries.find(({ host: name }) => name === "node-28");
    expect(await hosts.holders(host ?? expect.unreachable())).toMatchObject({ known: false });
  });

  it("is asked of a full host by itself, which no summary has", async () => {
    const mock = cloudWith(0)
      .answer("placement", "GET /allocation_candidates", { body: { allocation_requests: [], provider_summaries: {} } })
      .answer("placement", `GET /resource_providers/${N27}/inventories`, {
        body: { inventories: { PCPU: { total: 8, reserved: 0, allocation_ratio: 1 } } },
      })
      .answer("placement", `GET /resource_providers/${N27}/usages`, { body: { usages: { PCPU: 8 } } });
    const hosts = new OpenStackHosts(mock.cloud);
    const full = (await hosts.services()).entries.filter(({ host }) => host === "node-27");
    const room = await hosts.room(full);
    expect(room.known && room.value.get(N27)).toEqual({ PCPU: { capacity: 8, used: 8 } });
  });
});

describe("the list of hosts", () => {
  it("has each host's state, servers, capacity and agents, and says what could not be read", async () => {
    const mock = cloudWith(2).answer("network", "GET /v2.0/agents", fails(403, "no right"));
    const document = await inventory(["node-28"], contextOf(mock));
    expect(HostsSchema.safeParse(document).success).toBe(true);
    expect(document.hosts).toMatchObject([
      { host: "node-28", state: "up", enabled: true, disabledBy: "nobody", servers: { ACTIVE: 2 }, agents: null },
    ]);
    expect(document.notChecked).toEqual(["Neutron's agents: network answers 403: no right"]);
  });
});
