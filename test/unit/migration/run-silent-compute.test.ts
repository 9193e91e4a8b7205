import { describe, expect, it } from "vitest";
import { CloudLost } from "../../../migration/contract/failure.ts";
import { run } from "../../../migration/engine/run.ts";
import { known } from "../../../migration/cloud/snapshot.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { NovaModel } from "../../support/engine/nova-model.ts";
import { contextOf } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";

/** Runs out of time on a migration without an end, while the nova-compute of these hosts does not report. */
async function outOfTime(...silent: string[]): Promise<string> {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, { ending: "endless" });
  nova.adjust = (snapshot) => {
    if (nova.posts.length === 0 || !snapshot.hosts.known) return snapshot;
    const hosts = snapshot.hosts.value.map((one) => ({ ...one, up: one.up && !silent.includes(one.host) }));
    return { ...snapshot, hosts: known(hosts) };
  };
  const record = await run(request({ timeoutSeconds: 30 }), contextOf(nova, clock));
  expect(record).toMatchObject({ outcome: "still-running", findings: [] });
  return record.summary;
}

describe("out of time, where a nova-compute does not report", () => {
  it.each([
    [["node-28"], "node-28"],
    [["node-31"], "node-31"],
    [["node-28", "node-31"], "node-28 and node-31"],
  ])("of %j: says so, and what not to do meanwhile", async (silent, named) => {
    expect(await outOfTime(...silent)).toMatch(
      new RegExp(
        `still migrating to node-31: not done after 30 s; nova-compute on ${named} does not report, .*do not restart or evacuate`,
      ),
    );
  });

  it("of a host that has nothing to do with it: nothing is said of it", async () => {
    expect(await outOfTime("node-27")).toContain("to node-31: not done after 30 s. Nova continues with it");
  });

  it("claims only what it knows if the cloud does not report its hosts", async () => {
    const clock = new FakeClock();
    const nova = new NovaModel(clock, { ending: "endless" });
    nova.hosts = () => Promise.reject(new CloudLost("503"));
    const { summary } = await run(request({ timeoutSeconds: 30 }), contextOf(nova, clock));
    expect(summary).toContain("to node-31: not done after 30 s. Nova continues with it");
  });
});
