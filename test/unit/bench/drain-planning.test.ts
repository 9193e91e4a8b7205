import { describe, expect, it } from "vitest";
import { drainPlanningLine } from "../../../bench/drain-planning.ts";
import { previewDrain } from "../../../migration/hosts/drain.ts";
import { OpenStackHosts } from "../../../migration/hosts/openstack-hosts.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { OPTIONS } from "../../support/hosts/fleet-samples.ts";
import { fullHosts, scriptedFleet } from "../../support/hosts/scripted-fleet.ts";

/** Requests of one plan. */
async function requests(servers: number): Promise<number> {
  const full = 4;
  const mock = scriptedFleet({ hosts: 20, full, servers, page: 100 });
  const { plan } = await previewDrain(
    { ...OPTIONS, hosts: fullHosts(full) },
    {
      cloud: new OpenStackHosts(mock.cloud),
      clock: new FakeClock(),
      progress: () => undefined,
      move: () => Promise.reject(new Error("nothing is to be moved")),
      stop: new AbortController().signal,
    },
  );
  expect(plan.moves).toHaveLength(servers);
  return mock.log().length;
}

describe("the plan of a drain of many servers", () => {
  it("sends requests by hosts and pages, not by servers", async () => {
    const few = await requests(100);
    // Three more pages of all servers; those of each host are on one page in both.
    expect(await requests(400)).toBe(few + 3);
  });

  it("is one line of figures with its goals", () => {
    const figures = { servers: 1000, hosts: 100, seconds: 2.5, peakMemoryMiB: 131.4, requests: 84 };
    expect(drainPlanningLine(figures)).toBe(
      "plan of 1000 servers on 100 hosts: 2.50 s (at most 5), 131 MiB (at most 150), 84 requests",
    );
  });
});
