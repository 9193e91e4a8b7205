import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { makeServer } from "../../lab/api.ts";
import { Hosts } from "../chaos/hosts.ts";
import { wholeOn } from "../support/lab/cloud.ts";
import { Scenarios, type Scenario } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

const SMALL = "faults.disk";
/** More than half of what a host of the fleet has (600,000 GiB). */
const HUGE = "faults.huge";

let scenarios: Scenarios;
let hosts: Hosts;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  hosts = await Hosts.of(scenarios.cloud);
  for (const [name, disk] of [
    [SMALL, 3],
    [HUGE, 400_000],
  ] as const) {
    await scenarios.api.call("compute", "POST", "/flavors", { flavor: { name, vcpus: 1, ram: 128, disk } });
  }
});
afterAll(async () => {
  const { flavors } = await scenarios.api.call<{ flavors: { id: string; name: string }[] }>(
    "compute",
    "GET",
    "/flavors",
  );
  for (const { id, name } of flavors) {
    if ([SMALL, HUGE].includes(name)) await scenarios.api.call("compute", "DELETE", `/flavors/${id}`);
  }
  await scenarios.close();
});

const WISH = { localDisk: true, dataVolumes: 0, flavor: SMALL };
const KIND = "live-local-disks";

/** What Placement holds for the server, by host. */
async function held({ cloud, id }: Scenario): Promise<Record<string, unknown>> {
  const [allocations, hypervisors] = await Promise.all([
    cloud.placement.getAllocations(id),
    cloud.compute.getHypervisors(),
  ]);
  return Object.fromEntries(
    allocations.map(({ resourceProvider, resources }) => [
      hypervisors.find((one) => one.id === resourceProvider)?.serviceHost ?? resourceProvider,
      resources,
    ]),
  );
}
const HELD = { VCPU: 1, MEMORY_MB: 128, DISK_GB: 3 };

describe("a server that boots from an image", () => {
  it.concurrent("is moved live, and its disk is counted on the destination only: exit 0", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await scenario.run();
      expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", KIND]);
      expect(stderr).toContain("a root disk of 3 GiB outside its volumes");
      expect(record?.checks).toContainEqual(expect.objectContaining({ check: "image", outcome: "passed" }));
      expect(await held(scenario)).toEqual({ [scenario.to]: HELD });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 0));
      expect(await scenario.moves()).toBe(1);
      const again = await scenario.run();
      expect([again.exitCode, again.record?.outcome, again.record?.kind]).toEqual([0, "already-there", null]);
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("with a volume beside its local disk is moved with both: exit 0", async ({ expect }) => {
    await scenarios.play({ ...WISH, dataVolumes: 1 }, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await scenario.run();
      expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", KIND]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 1));
      expect(await held(scenario)).toEqual({ [scenario.to]: HELD });
    });
  });

  it.concurrent("with a config drive is moved: exit 0", async ({ expect }) => {
    await scenarios.play({ ...WISH, server: { config_drive: true } }, async (scenario) => {
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await scenario.run();
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(stderr).toContain("a root disk of 3 GiB and a config drive");
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 0));
    });
  });

  it.concurrent("needs disk space there: refused with how much, nothing is sent, exit 3", async ({ expect }) => {
    await scenarios.play({ ...WISH, flavor: HUGE }, async (scenario) => {
      const burden = await makeServer(scenario.api, {
        ...WISH,
        name: `${scenario.server.name}-burden`,
        host: scenario.to,
        flavor: HUGE,
      });
      try {
        const { exitCode, record } = await scenario.run();
        expect([exitCode, record?.outcome]).toEqual([3, "refused"]);
        expect(record?.findings).toContainEqual(
          expect.objectContaining({
            code: "destination-full",
            value: expect.stringContaining("DISK_GB 400000") as string,
          }),
        );
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 0));
        expect(await scenario.moves()).toBe(0);
      } finally {
        await burden.remove();
      }
    });
  });

  it.concurrent("whose hosts do not suit each other's images_type: Nova's own reason, exit 4", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      scenario.pace({ fail_check: "Block migration can not be used with shared storage." });
      const { exitCode, record } = await scenario.run();
      expect([exitCode, record?.outcome, record?.kind]).toEqual([4, "failed", KIND]);
      expect(record?.summary).toContain("Block migration can not be used with shared storage");
      expect(record?.summary).toContain(`It is intact on ${scenario.from}`);
      expect(await held(scenario)).toEqual({ [scenario.from]: HELD });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 0));
    });
  });

  it.concurrent("and whose copy breaks midway is intact on its source: exit 4", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      scenario.pace({ seconds: 1, fail_at: 0.5 });
      const { exitCode, record } = await scenario.run();
      expect([exitCode, record?.outcome, record?.migration?.status]).toEqual([4, "failed", "failed"]);
      expect(await held(scenario)).toEqual({ [scenario.from]: HELD });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 0));
      expect(await scenario.moves()).toBe(1);
      scenario.pace({ seconds: 0.1 });
      expect((await scenario.run()).exitCode).toBe(0);
    });
  });

  it.concurrent("and whose copy is aborted is intact on its source", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      await scenario.recorded("running");
      expect((await scenario.command("abort")).exitCode).toBe(0);
      const { exitCode, record } = await running.ended;
      expect([exitCode, record?.migration?.status]).toEqual([4, "cancelled"]);
      expect(await held(scenario)).toEqual({ [scenario.from]: HELD });
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 0));
    });
  });

  it.concurrent("and whose engine is killed is adopted by the same command: exit 0", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      await scenario.recorded("running");
      running.kill("SIGKILL");
      await running.ended;
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await scenario.run();
      expect([exitCode, record?.outcome, record?.adopted, record?.kind], stderr).toEqual([0, "migrated", true, KIND]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 0));
      expect(await scenario.moves()).toBe(1);
    });
  });
});

describe("a source's nova-compute that is killed while it sends local disks", () => {
  it("is reported by Placement: a human must look, exit 5; again on re-runs, and nothing more is sent", ({ expect }) =>
    scenarios.play(WISH, async (scenario) => {
      scenario.pace({ seconds: 60 });
      const running = scenario.start();
      await scenario.recorded("running");
      await hosts.kill({ service: "nova-compute", host: "source", atMs: 0, holdMs: 0 }, scenario.from);
      scenario.pace({ seconds: 0.1 });
      const { exitCode, record, stderr } = await running.ended;
      expect([exitCode, record?.outcome], stderr).toEqual([5, "needs-attention"]);
      expect(record?.checks).toContainEqual(expect.objectContaining({ check: "allocations", outcome: "failed" }));
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 0));
      const again = await scenario.run();
      expect([again.exitCode, again.record?.findings.map(({ code }) => code)]).toEqual([
        5,
        expect.arrayContaining(["held-elsewhere"]),
      ]);
      expect(await scenario.moves()).toBe(1);
    }));
});
