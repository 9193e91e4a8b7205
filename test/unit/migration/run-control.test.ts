import { describe, expect, it } from "vitest";
import { CloudLost } from "../../../migration/contract/failure.ts";
import { EXIT_CODES } from "../../../migration/contract/record.ts";
import { known, unknown, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import { METHOD, scenarios } from "../../support/engine/staged-run.ts";
import { HOSTS, hostsWith, PORT } from "../../support/engine/samples.ts";

describe("run: interrupted by hand", () => {
  it("stops watching, aborts nothing, and says how to go on: exit 6", async () => {
    const { nova, go } = scenarios({ ending: "endless" }, 5_000);
    const record = await go();
    expect(record).toMatchObject({ outcome: "still-running", current: { host: "node-28" }, requestId: "req-1" });
    expect(EXIT_CODES[record.outcome]).toBe(6);
    expect(record.summary).toContain("watching was interrupted. Nova continues with it; run the same command again");
    expect(nova.interventions).toEqual([]);
  });

  it.each([{ host: "node-31" }, { zone: "nova2" }])(
    "aborts when asked twice, and verifies the rollback (%j): exit 4",
    async (changes) => {
      const { nova, go } = scenarios({ ending: "endless" }, 5_000, true);
      const record = await go(changes);
      expect(record).toMatchObject({
        outcome: "failed",
        adopted: false,
        requestId: "req-1",
        migration: { status: "cancelled" },
        destination: { host: "node-31" },
        current: { host: "node-28" },
      });
      expect(nova.interventions).toEqual(["abort"]);
    },
  );

  it.each([{ host: "node-31" }, { zone: "nova2" }])(
    "tells it as moved where the abort came too late (%j): exit 0",
    async (changes) => {
      const { nova, go } = scenarios({ runs: 4_500 }, 5_000, true);
      expect(await go(changes)).toMatchObject({ outcome: "migrated", current: { host: "node-31" } });
      expect(nova.interventions).toEqual(["abort"]);
    },
  );

  it.each(["completed", "rolled-back"] as const)(
    "leaves open what had not had its time when its verification is interrupted (%s): exit 6, and the next run verifies it",
    async (ending) => {
      const { nova, clock, go } = scenarios({ ending, runs: 2_000 }, 10_000);
      const down = ({ ports, ...facts }: Snapshot): Snapshot => ({
        ...facts,
        ports: ports.known ? known(ports.value.map((port) => ({ ...port, status: "DOWN" }))) : ports,
      });
      clock.after(1_000, () => (nova.adjust = down));
      clock.after(60_000, () => (nova.adjust = (facts) => facts));
      const record = await go();
      expect(record.outcome).toBe("still-running");
      expect(record.summary).toMatch(
        /port-bound of \S+ \(.*DOWN, and this run was interrupted before the host's agent/,
      );
      await clock.sleep(60_000);
      if (ending === "completed") expect(await go()).toMatchObject({ outcome: "migrated", adopted: true });
    },
  );

  it("does not start what was interrupted before: exit 3", async () => {
    const { nova, clock, go } = scenarios({}, 0);
    await clock.sleep(1);
    const record = await go();
    expect(record).toMatchObject({ outcome: "refused", findings: [{ code: "interrupted" }] });
    expect(record.summary).toContain("interrupted before anything was sent to Nova (fix: run this again)");
    expect([nova.posts, nova.records]).toEqual([[], []]);
  });

  it("sends nothing at all when interrupted before the move", async () => {
    const { nova, go } = scenarios({ choosing: 3_600_000 }, 3_000);
    await nova.start("", "node-31", METHOD);
    expect(await go()).toMatchObject({ outcome: "refused", findings: [{ code: "migration-in-flight" }] });
    expect(nova.posts).toHaveLength(1);
  });
});

describe("run: out of time", () => {
  const LATE = "not done after 30 s";
  const STALLED = "memory remaining has reached no new low for 40 s";
  const [late, stalled] = [{ timeoutSeconds: 30 }, { stallSeconds: 40 }];

  it.each([
    [LATE, late],
    [STALLED, stalled],
  ])("%s: stops watching by default, exit 6", async (why, changes) => {
    const { nova, go } = scenarios({ ending: "endless" });
    const record = await go(changes);
    expect(record).toMatchObject({ outcome: "still-running", checks: [] });
    expect(EXIT_CODES[record.outcome]).toBe(6);
    expect(record.summary).toContain(
      `is still migrating to node-31: ${why}. Nova continues with it; run the same command again`,
    );
    expect(nova.interventions).toEqual([]);
  });

  it.each([
    [LATE, late],
    [STALLED, stalled],
  ])("%s: aborts where the policy says so, and verifies the rollback, exit 4", async (why, changes) => {
    const record = await scenarios({ ending: "endless" }).go({ ...changes, onTimeout: "abort" });
    expect(record).toMatchObject({ outcome: "failed", migration: { status: "cancelled" } });
    expect(EXIT_CODES[record.outcome]).toBe(4);
    expect(record.summary).toContain(`abort (${why}): accepted. It is intact on node-28`);
  });

  it.each([
    [LATE, late],
    [STALLED, stalled],
  ])("%s: completes at any price where the policy says so, exit 0", async (why, changes) => {
    const { context, go } = scenarios({ ending: "endless" });
    const record = await go({ ...changes, onTimeout: "force-complete" });
    expect(record).toMatchObject({ outcome: "migrated", current: { host: "node-31" } });
    expect(EXIT_CODES[record.outcome]).toBe(0);
    expect(JSON.stringify(context.told)).toContain(`force-complete (${why}): accepted`);
  });
});

describe("run: a zone", () => {
  it("is moved to the best host of it, and stays there on re-runs", async () => {
    const { nova, go } = scenarios();
    expect(await go({ zone: "nova2" })).toMatchObject({ outcome: "migrated", destination: { host: "node-31" } });
    expect(await go({ zone: "nova2" })).toMatchObject({ outcome: "already-there", destination: { host: "node-31" } });
    expect(nova.posts).toHaveLength(1);
  });
});

describe("run: the cloud goes away", () => {
  it("for a while as the move ends: is watched and verified anyway", async () => {
    const { clock, nova, go } = scenarios({ runs: 4_000 });
    clock.after(4_000, () => (nova.awayUntil = clock.now() + 60_000));
    expect((await go()).outcome).toBe("migrated");
  });

  it("before anything was sent: an error, and nothing sent", async () => {
    const { nova, go } = scenarios();
    nova.awayUntil = Infinity;
    await expect(go()).rejects.toThrow(CloudLost);
    expect(nova.posts).toEqual([]);
  });
});

describe("run: a user who may not see hosts", () => {
  const blind = () => {
    const stageOf = scenarios();
    stageOf.nova.adjust = (facts) => ({
      ...facts,
      server: { ...facts.server, host: null, hypervisorHostname: null },
      hosts: { known: false, reason: "Policy doesn't allow os_compute_api:os-services:list" },
    });
    return stageOf;
  };

  it("learns from hostId that the server is on its target, and what could not be checked", async () => {
    const { nova, go } = blind();
    nova.state = { ...nova.state, host: "node-31" };
    nova.attached = ["node-31"];
    const record = await go();
    const outcomes = Object.fromEntries(record.checks.map(({ check, outcome }) => [check, outcome]));
    expect(outcomes).toMatchObject({
      host: "passed",
      "hypervisor-hostname": "not-checked",
      allocations: "not-checked",
    });
    expect(record).toMatchObject({ current: { host: null }, destination: { host: "node-31" } });
  });

  it("learns that rights are missing if the server has to be moved", async () => {
    const { nova, go } = blind();
    expect(await go()).toMatchObject({ outcome: "refused", findings: [{ code: "no-migration-rights" }, ...[{}]] });
    expect(nova.posts).toEqual([]);
  });

  it("a record that cannot be seen proves no success", async () => {
    const { nova, go } = scenarios();
    nova.migrations = () => Promise.resolve(null);
    nova.adjust = (facts) => ({ ...facts, migrations: { known: false, reason: "forbidden" } });
    const record = await go();
    expect(record).toMatchObject({ outcome: "needs-attention", current: { host: "node-31" } });
    expect(record.summary).toContain("no record of its migration is visible");
  });
});

describe("run: someone else is faster", () => {
  /** Between this run's look and its request, another asks for a move. */
  function overtaken(host: string) {
    const made = scenarios();
    const { nova } = made;
    const start = nova.start.bind(nova);
    nova.start = async (id, wanted, method) => {
      nova.start = start;
      await start(id, host, method);
      return await start(id, wanted, method);
    };
    return made;
  }

  it("adopts what they began, where it goes to the same host: exit 0, moved once", async () => {
    const { nova, go } = overtaken("node-31");
    expect(await go()).toMatchObject({ outcome: "migrated", adopted: true, current: { host: "node-31" } });
    expect(nova.records).toHaveLength(1);
  });

  it("is refused and names where it goes, if elsewhere: exit 3", async () => {
    const { nova, go } = overtaken("node-27");
    const record = await go();
    expect(record).toMatchObject({ outcome: "refused", findings: [{ code: "migrating-elsewhere" }] });
    expect(record.summary).toContain("on its way to node-27 already");
    expect(nova.records).toHaveLength(1);
  });
});

describe("run: No valid host", () => {
  it("is reported with what blocks the move now", async () => {
    const { nova, go } = scenarios({ ending: "pre-check" });
    nova.failureReason = () => {
      nova.adjust = (all) => ({ ...all, hosts: hostsWith("node-31", { enabled: false }) });
      return Promise.resolve("No valid host was found. There are not enough hosts available.");
    };
    const { outcome, summary } = await go();
    expect(outcome).toBe("failed");
    expect(summary).toMatch(/No valid host was found.*; node-31 is disabled.* \(fix: `openstack compute service set/);
  });

  it("is reported with a pin that cannot be seen, if nothing else blocks the move", async () => {
    const { nova, go } = scenarios({ ending: "pre-check" });
    const pin = { known: false, reason: "compute 2.96 tells it" } as const;
    nova.adjust = (all) => ({ ...all, server: { ...all.server, pin } });
    nova.failureReason = () => Promise.resolve("No valid host was found.");
    const { outcome, summary } = await go();
    expect(outcome).toBe("failed");
    expect(summary).toMatch(
      /No valid host was found; whether the server is pinned.* \(fix: nothing is lost.*azPin: force/,
    );
  });

  it.each([
    [null, /ProcessExecutionError; the API shows no more .*log of nova-compute on node-31\)/],
    ["cirros", /log of nova-compute on node-31; hosts whose images_type differ cannot give each other local disks\)/],
  ])("of which only an exception's name is left: its log is named (image %s)", async (image, told) => {
    const { nova, go } = scenarios({ ending: "pre-check" });
    nova.image = image;
    nova.failureReason = () => Promise.resolve("ProcessExecutionError");
    const { outcome, summary } = await go();
    expect(outcome).toBe("failed");
    expect(summary).toMatch(told);
  });

  const url = `https://net.example/v2.0/ports/${PORT}/bindings/node-31`;
  it.each<[what: string, reason: string | null, over: Partial<Snapshot>, told: RegExp]>([
    [
      "a leftover binding",
      "No valid host was found.",
      { bindings: known([{ portId: PORT, host: "node-31", url }]) },
      /No valid host was found; Neutron has a leftover INACTIVE binding of port .* \(fix: remove it: `curl -X DELETE .*bindings\/node-31`/,
    ],
    [
      "a leftover binding where Nova only says that a port could not be bound",
      `Binding failed for port ${PORT}, please check neutron logs for more information.`,
      { bindings: known([{ portId: PORT, host: "node-31", url }]), fitting: known([]) },
      /for more information; Neutron has a leftover INACTIVE binding of port (?!.*Placement)/,
    ],
    [
      "the agent that binds a port, if nothing shows why it was not bound",
      "Failed to perform port binding on host node-31",
      { fitting: known([]) },
      /on host node-31; Neutron could not bind a port to node-31 \(fix: check that its agent is alive, .*--host node-31`/,
    ],
    [
      "a host that is full now",
      "No valid host was found.",
      { fitting: known([]) },
      /; Placement has no room .*node-31/,
    ],
    [
      "what was not checked",
      "No valid host was found.",
      { fitting: unknown("placement is away") },
      /found; whether the destination has room was not checked/,
    ],
    [
      "a CPU that lacks something",
      "Unacceptable CPU info: CPU doesn't have compatibility.",
      { hosts: withCpus(["sse", "avx512f"], ["sse"]) },
      /doesn't have compatibility; the CPU of node-31 lacks what the CPU of node-28 has \(avx512f\)/,
    ],
    [
      "a CPU that may be the cause",
      "No valid host was found.",
      { hosts: withCpus(["sse", "avx512f"], ["sse"]) },
      /found; the CPU of node-31 lacks .*avx512f/,
    ],
    ["where to look, if nothing shows", "No valid host was found.", {}, /found; no API shows .*log of nova-scheduler/],
    [
      "what stands in the way, though Nova says nothing",
      null,
      { fitting: known([]) },
      /failed \(error\): Placement has no room/,
    ],
    [
      "Nova's reason alone, if it is one",
      "Disk is too small.",
      { fitting: known([]) },
      /: Disk is too small\. It is intact/,
    ],
  ])("is reported with %s", async (_, reason, over, told) => {
    const { nova, go } = scenarios({ ending: "pre-check" });
    nova.failureReason = () => {
      nova.adjust = (all) => ({ ...all, ...over });
      return Promise.resolve(reason);
    };
    const { outcome, summary } = await go();
    expect(outcome).toBe("failed");
    expect(summary).toMatch(told);
  });

  it("reports no cause that no check shows", async () => {
    const { nova, go } = scenarios({ ending: "pre-check" });
    nova.failureReason = () => Promise.resolve(null);
    expect((await go()).summary).toContain("failed (error): Nova's API gives no reason");
  });
});

/** The hosts, with these CPU features of source and destination. */
function withCpus(source: string[], destination: string[]): Snapshot["hosts"] {
  const cpuOf = (name: string) => (name === "node-28" ? source : destination);
  return known(
    HOSTS.map((facts) => ({
      ...facts,
      hypervisor: facts.hypervisor && { ...facts.hypervisor, cpu: { vendor: "Intel", features: cpuOf(facts.host) } },
    })),
  );
}
