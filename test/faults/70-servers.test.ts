import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { becomes, makeServer } from "../../lab/api.ts";
import { Hosts } from "../chaos/hosts.ts";
import { eventually, wholeOn } from "../support/lab/cloud.ts";
import { Scenarios, type Scenario } from "../support/lab/fault-scenario.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

const LOCAL = "faults.local";

let scenarios: Scenarios;
let flavors: Record<string, string>;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  const { api } = scenarios;
  const disks = { "OS-FLV-EXT-DATA:ephemeral": 1, swap: 64 };
  const flavor = { name: LOCAL, vcpus: 1, ram: 128, disk: 0, ...disks };
  await api.call("compute", "POST", "/flavors", { flavor });
  const made = await api.call<{ flavors: { id: string; name: string }[] }>("compute", "GET", "/flavors");
  flavors = Object.fromEntries(made.flavors.map(({ id, name }) => [name, id]));
});
afterAll(async () => {
  await scenarios.api.call("compute", "DELETE", `/flavors/${flavors[LOCAL] ?? ""}`);
  await scenarios.close();
});

const codes = (result: Awaited<ReturnType<Scenario["run"]>>) => result.record?.findings.map(({ code }) => code);
const quickly = (scenario: Scenario) => {
  scenario.pace({ seconds: 0.1 });
};

describe("a server in a state in which Nova moves none", () => {
  it.concurrent.for([
    [
      "SHUTOFF",
      { "os-stop": null },
      { "os-start": null },
      "(fix: start it: `openstack server start`; then run this again; or, to move it as it is, run this with `--cold` (`stopped: cold` in a stack file))",
    ],
    [
      "SUSPENDED",
      { suspend: null },
      { resume: null },
      "(fix: resume it: `openstack server resume`; then run this again)",
    ],
  ] as const)(
    "%s: refused, nothing is sent; running again, the same command moves it",
    async ([status, stop, start, fix], { expect }) => {
      await scenarios.play({}, async (scenario) => {
        quickly(scenario);
        await scenario.action(stop);
        await becomes(scenario.api, scenario.id, status);
        const refused = await scenario.run();
        expect([refused.exitCode, codes(refused)]).toEqual([3, ["server-state"]]);
        expect(refused.record?.summary).toContain(
          `was not moved and stays on ${scenario.from}: Nova live-migrates servers that are ACTIVE or PAUSED; this one is ${status}`,
        );
        expect(refused.record?.summary).toContain(fix);
        expect(await scenario.truth()).toEqual({ ...wholeOn(scenario.from, 2), status });
        expect(await scenario.moves()).toBe(0);
        await scenario.action(start);
        await becomes(scenario.api, scenario.id, "ACTIVE");
        expect(await scenario.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      });
    },
  );

  it.concurrent("ERROR: a human must look, nothing is sent; exit 5", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      await scenario.action({ "os-resetState": { state: "error" } });
      const refused = await scenario.run();
      expect([refused.exitCode, codes(refused)]).toEqual([5, ["server-state"]]);
      expect(refused.record?.summary).toContain(
        "this one is ERROR (fix: find out why first; `openstack server set --state active` (newer clients also need `--auto-approve`) only hides it)",
      );
      expect(refused.record?.summary).toContain(`Nova says that it is on ${scenario.from}. Do not restart`);
      expect(await scenario.truth()).toEqual({ ...wholeOn(scenario.from, 2), status: "ERROR" });
      expect(await scenario.moves()).toBe(0);
    });
  });

  it.concurrent("VERIFY_RESIZE: refused, nothing is sent; confirmed, the same command moves it", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      quickly(scenario);
      await scenario.action({ resize: { flavorRef: flavors["m1.duo"] } });
      await becomes(scenario.api, scenario.id, "VERIFY_RESIZE");
      const { host: now } = await scenario.truth();
      const host = [scenario.to, scenario.other].find((name) => name !== now) ?? "";
      const refused = await scenario.run(["--host", host]);
      expect([refused.exitCode, codes(refused)]).toEqual([3, ["server-state"]]);
      expect(refused.record?.summary).toContain(
        "this one is VERIFY_RESIZE (fix: confirm or revert its cold migration (`live-migrate confirm`, or `live-migrate revert`, which takes it back to where it came from), or its resize (`openstack server resize confirm`, or `revert`); then run this again)",
      );
      // Nor is a resize taken for a cold migration.
      const cold = await scenario.run(["--host", now ?? "", "--cold"]);
      expect([cold.exitCode, codes(cold)]).toEqual([3, ["resized"]]);
      for (const name of ["confirm", "revert"]) {
        const decided = await scenario.command(name);
        expect([decided.exitCode, codes(decided)]).toEqual([3, ["resized"]]);
      }
      expect(await scenario.truth()).toMatchObject({ status: "VERIFY_RESIZE", host: now });
      expect(await scenario.moves()).toBe(0);
      await scenario.action({ confirmResize: null });
      await becomes(scenario.api, scenario.id, "ACTIVE");
      const moved = await scenario.run(["--host", host]);
      expect(moved.exitCode, moved.stderr).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(host, 2));
    });
  });
});

describe("a server of a kind that takes a warning, and moves", () => {
  it.concurrent("PAUSED: it is PAUSED there, too", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      quickly(scenario);
      await scenario.action({ pause: null });
      await becomes(scenario.api, scenario.id, "PAUSED");
      const moved = await scenario.run();
      expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
      expect(codes(moved)).toContain("server-paused");
      expect(moved.stderr).toMatch(/^warning: server \(PAUSED\): the guest is paused.*Fix: unpause it first/m);
      expect(await scenario.truth()).toEqual({ ...wholeOn(scenario.to, 2), status: "PAUSED" });
      expect(await scenario.moves()).toBe(1);
    });
  });

  it.concurrent("locked, for an administrator: it stays locked", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      quickly(scenario);
      await scenario.action({ lock: null });
      const moved = await scenario.run();
      expect([moved.exitCode, codes(moved)], moved.stderr).toEqual([0, ["server-locked-admin"]]);
      expect(moved.stderr).toMatch(
        /the server is locked; an administrator may still move it.*Fix: make sure that its owner/,
      );
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect((await scenario.cloud.compute.getServer(scenario.id)).locked).toBe(true);
    });
  });

  it.concurrent("with a config drive, swap and an ephemeral disk: named, and moved", async ({ expect }) => {
    await scenarios.play({ flavor: LOCAL, server: { config_drive: true } }, async (scenario) => {
      quickly(scenario);
      const moved = await scenario.run();
      expect([moved.exitCode, codes(moved)], moved.stderr).toEqual([0, ["local-disk"]]);
      expect(moved.stderr).toContain("an ephemeral disk of 1 GiB and swap of 64 MiB and a config drive");
      expect(moved.stderr).toContain(
        "Nova copies it over the network, and it counts in the deadline. Fix: expect a longer move",
      );
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(1);
    });
  });
});

describe("a server that must not go there", () => {
  it.concurrent("it is there already: verified, nothing is sent", async ({ expect }) => {
    await scenarios.play({}, async (scenario) => {
      const there = await scenario.run(["--host", scenario.from]);
      expect([there.exitCode, there.record?.outcome]).toEqual([0, "already-there"]);
      expect(there.record?.summary).toMatch(
        new RegExp(`runs on ${scenario.from}: nothing to move; \\d+ checks passed`),
      );
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
      expect(await scenario.moves()).toBe(0);
    });
  });

  it.concurrent(
    "an anti-affinity group has a member there: refused, and told which; elsewhere it may go",
    async ({ expect }) => {
      const name = `apart-${crypto.randomUUID().slice(0, 8)}`;
      const wish = { server_group: { name, policy: "anti-affinity" } };
      const made = await scenarios.api.call<{ server_group: { id: string } }>(
        "compute",
        "POST",
        "/os-server-groups",
        wish,
      );
      const schedulerHints = { group: made.server_group.id };
      await scenarios.play({ schedulerHints }, async (scenario) => {
        quickly(scenario);
        const member = await makeServer(scenario.api, { name: `${name}-member`, host: scenario.to, schedulerHints });
        try {
          const refused = await scenario.run();
          expect([refused.exitCode, codes(refused)]).toEqual([3, ["group-anti-affinity"]]);
          expect(refused.record?.summary).toContain(
            `the server group ${name} (anti-affinity) allows 1 of its members on a host, and ${scenario.to} has ${member.name} (fix: choose another`,
          );
          expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
          expect(await scenario.moves()).toBe(0);
          expect(await scenario.run(["--host", scenario.other])).toMatchObject({ exitCode: 0 });
          expect(await scenario.truth()).toEqual(wholeOn(scenario.other, 2));
        } finally {
          await member.remove();
        }
      });
      await scenarios.api.call("compute", "DELETE", `/os-server-groups/${made.server_group.id}`);
    },
  );

  it.concurrent(
    "a full destination: refused, with what it needs; with room, the same command moves it",
    async ({ expect }) => {
      const full = "node-08";
      const hosts = await Hosts.of(scenarios.cloud);
      await scenarios.play({}, async (scenario) => {
        quickly(scenario);
        const empty = await hosts.fill(full);
        try {
          const refused = await scenario.run(["--host", full]);
          expect([refused.exitCode, codes(refused)]).toEqual([3, ["destination-full"]]);
          expect(refused.record?.summary).toContain(`Placement has no room for the server on ${full}`);
          expect(refused.record?.summary).toContain(
            "(fix: free resources there: `openstack resource provider inventory",
          );
          expect(refused.record?.findings[0]?.value).toMatch(/MEMORY_MB 128/);
          expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
          expect(await scenario.moves()).toBe(0);
        } finally {
          await empty();
        }
        expect(await scenario.run(["--host", full])).toMatchObject({ exitCode: 0 });
        expect(await scenario.truth()).toEqual(wholeOn(full, 2));
      });
    },
  );
});

describe("a server that is pinned to its zone", () => {
  // A host that no other test of this file makes a server on: Nova lets no other into another zone.
  const ZONED = "node-07";
  const ZONE = "pinned-zone";
  let aggregate: string;
  const act = (body: object) => scenarios.api.call("compute", "POST", `/os-aggregates/${aggregate}/action`, body);
  beforeAll(async () => {
    await eventually(`${ZONED} is empty`, 60, async () => {
      const { servers } = await scenarios.api.call<{ servers: unknown[] }>(
        "compute",
        "GET",
        `/servers?all_tenants=1&host=${ZONED}`,
      );
      return servers.length === 0;
    });
    const wish = { aggregate: { name: ZONE, availability_zone: ZONE } };
    const made = await scenarios.api.call<{ aggregate: { id: number } }>("compute", "POST", "/os-aggregates", wish);
    aggregate = String(made.aggregate.id);
    await act({ add_host: { host: ZONED } });
  });
  afterAll(async () => {
    await act({ remove_host: { host: ZONED } });
    await scenarios.api.call("compute", "DELETE", `/os-aggregates/${aggregate}`);
  });

  it("azPin refuse, where no API shows the pin: Nova finds no host, intact, and the pin is named; exit 4. force: moved", async ({
    expect,
  }) => {
    await scenarios.play({ server: { availability_zone: `${ZONE}:${ZONED}` } }, async (scenario) => {
      quickly(scenario);
      const refused = await scenario.run();
      expect(refused.exitCode, refused.stderr).toBe(4);
      expect(refused.stderr).toMatch(/^warning: azPin \(.*whether the server is pinned to a zone cannot be seen/m);
      expect(refused.record?.summary).toMatch(/failed \(error\): .*No valid host was found/);
      expect(refused.record?.summary).toContain(`It is intact on ${ZONED}, each volume attached once`);
      expect(refused.record?.summary).toContain("azPin: force moves it anyway");
      expect(await scenario.truth()).toEqual(wholeOn(ZONED, 2));
      expect(await scenario.moves()).toBe(1);

      const forced = await scenario.run(["--az-pin", "force"]);
      expect([forced.exitCode, codes(forced)], forced.stderr).toEqual([0, ["force-keeps-pin"]]);
      expect(forced.stderr).toMatch(/past the scheduler, the server stays pinned.*Fix: unpin it when the cloud has/);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, 2));
      expect(await scenario.moves()).toBe(2);
    });
  });
});
