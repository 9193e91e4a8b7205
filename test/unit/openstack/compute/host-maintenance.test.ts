import { describe, expect, it } from "vitest";
import { HostMaintenance, hypervisorStates } from "../../../../openstack/compute/host-maintenance.ts";
import type { Skipped } from "../../../../openstack/http/answer.ts";
import { fails, mockCloud } from "../../../support/http/mock-cloud.ts";
import { fixture } from "../fixture.ts";

const SERVICE = "5bd85149-cf6d-4584-8dab-2f16bab0b0b7";

describe("the compute service of a host", () => {
  it("is closed with a reason and opened, by its uuid", async () => {
    const mock = mockCloud().answer("compute", `PUT /os-services/${SERVICE}`, { body: { service: {} } });
    const hosts = new HostMaintenance(mock.cloud);
    await hosts.disable(SERVICE, "kernel upgrade");
    await hosts.enable(SERVICE);
    const puts = mock.calls.filter(({ method }) => method === "PUT");
    expect(puts.map(({ body }) => body)).toEqual([
      { status: "disabled", disabled_reason: "kernel upgrade" },
      { status: "enabled" },
    ]);
    expect(puts[0]?.headers["openstack-api-version"]).toBe("compute 2.93");
  });

  it("is left alone where services have no uuid", async () => {
    const mock = mockCloud({ microversions: { compute: { min: "2.1", max: "2.52" } } });
    const closing = new HostMaintenance(mock.cloud).disable(SERVICE, "x");
    await expect(closing).rejects.toThrow("only 2.53 and newer close and open a compute service by its id");
    mock.verify();
  });

  it("is not closed twice when the answer is lost: whether it took effect is for the caller to find out", async () => {
    const mock = mockCloud().answer("compute", `PUT /os-services/${SERVICE}`, fails(502, "Bad Gateway"));
    await expect(new HostMaintenance(mock.cloud).disable(SERVICE, "x")).rejects.toMatchObject({ ambiguous: true });
    expect(mock.log().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });
});

describe("the migrations of a host", () => {
  const { migrations } = fixture("migrations-2.93") as { migrations: Record<string, unknown>[] };
  const entry = (id: number) => ({ ...migrations[0], id });

  it("are read in pages, of both directions and all types", async () => {
    const next = { migrations_links: [{ rel: "next", href: "http://x/os-migrations?host=node-28&marker=m" }] };
    const mock = mockCloud()
      .answer("compute", "GET /os-migrations", { body: { migrations: [entry(3), entry(2)], ...next } })
      .answer("compute", "GET /os-migrations?marker=m", { body: { migrations: [entry(1)] } });
    const found = await new HostMaintenance(mock.cloud).migrations("node-28");
    expect(found.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(mock.log("compute")[0]).toBe("GET /os-migrations?host=node-28");
  });

  it("are reported with those that cannot be read", async () => {
    const mock = mockCloud().answer("compute", "GET /os-migrations", { body: { migrations: [{ id: "odd" }] } });
    const skipped: Skipped[] = [];
    expect(await new HostMaintenance(mock.cloud).migrations("node-28", { limit: 10, skipped })).toEqual([]);
    expect(skipped).toHaveLength(1);
  });
});

describe("hypervisors", () => {
  it("have a state, by the id that is also their resource provider", async () => {
    const mock = mockCloud().answer("compute", "GET /os-hypervisors/detail", { body: fixture("hypervisors-2.87") });
    const states = await hypervisorStates(mock.cloud);
    expect([...new Set(states.values())]).toEqual(["up"]);
    expect(states.size).toBe(3);
  });
});
