import { describe, expect, it } from "vitest";
import { BadInput } from "../../../../migration/contract/request-input.ts";
import { labels, locate } from "../../../../migration/cli/locate-servers.ts";
import { fixture } from "../../openstack/fixture.ts";
import { mockCloud } from "../../../support/http/mock-cloud.ts";

const ONE = "11111111-1111-4111-8111-111111111111";
const TWO = "22222222-2222-4222-8222-222222222222";

const { server } = fixture("server-2.93") as { server: Record<string, unknown> };
const named = (id: string, name: string, host = "node-28") => ({
  ...server,
  id,
  name,
  "OS-EXT-SRV-ATTR:host": host,
});

const cloud = () =>
  mockCloud()
    .answer("compute", `GET /servers/${ONE}`, { body: { server: named(ONE, "vm01") } })
    .answer("compute", "GET /servers/detail", (call) => {
      const all = [named(ONE, "vm01"), named(TWO, "vm02", "node-27"), named(ONE, "twin"), named(TWO, "twin")];
      const wanted = new RegExp(call.query.get("name") ?? "");
      return { body: { servers: all.filter(({ name }) => wanted.test(name)) } };
    });

describe("several servers", () => {
  it("are found by id and by name, with the hosts that they are on", async () => {
    expect(await locate(cloud().cloud, ["vm02", ONE])).toEqual([
      { asked: "vm02", id: TWO, name: "vm02", host: "node-27" },
      { asked: ONE, id: ONE, name: "vm01", host: "node-28" },
    ]);
  });

  it("are all looked up before the wrong ones are reported", async () => {
    const error: unknown = await locate(cloud().cloud, ["vm01", ONE, "vm09", "twin"]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BadInput);
    expect((error as BadInput).message.split("\n")).toEqual([
      `SERVER (${ONE}): this is the same server as vm01. Fix: give it once`,
      expect.stringMatching(/^SERVER \(vm09\): no server has the id or name vm09 .*Fix: check its spelling/) as string,
      `SERVER (twin): 2 servers are named twin. Fix: use one of ${ONE}, ${TWO}`,
    ]);
  });

  it("are labelled by name, and by id too if several share the name", () => {
    const all = [
      { id: ONE, name: "vm" },
      { id: TWO, name: "vm" },
      { id: "3", name: "other" },
    ];
    expect([...labels(all).values()]).toEqual(["vm (11111111)", "vm (22222222)", "other"]);
  });
});
