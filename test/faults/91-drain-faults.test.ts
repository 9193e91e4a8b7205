import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi, type ExpectStatic } from "vitest";
import { labApi, labPaths, makeServer, setPace, type MadeServer, type ServerWish } from "../../lab/api.ts";
import type { Api } from "../../lab/rest.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { Hosts } from "../chaos/hosts.ts";
import { connectLab, migrationCount } from "../support/lab/cloud.ts";
import { drained, EMPTY, FleetHost } from "../support/lab/fleet-host.ts";
import { engine } from "../support/lab/run-engine.ts";

// Drains beside each other have hosts of their own: most of a drain is waiting for Nova.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let cloud: Cloud;
let api: Api;
beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
});
afterAll(async () => {
  await cloud.session.close();
});

const fleetHost = (name: string) => new FleetHost(cloud, api, name);

/** Makes servers, lets the test play, and takes everything away again; the hosts are up and open then. */
async function withServers<Name extends string>(
  hosts: readonly string[],
  wishes: Record<Name, Partial<ServerWish> & { host: string }>,
  play: (servers: Record<Name, MadeServer>) => Promise<void>,
): Promise<void> {
  const entries = Object.entries<Partial<ServerWish> & { host: string }>(wishes);
  for (const host of hosts) await fleetHost(host).clear();
  const made = await Promise.allSettled(
    entries.map(([name, wish]) => makeServer(api, { name, dataVolumes: 0, seconds: 400, ...wish })),
  );
  const servers = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    for (const one of made) if (one.status === "rejected") throw one.reason as Error;
    await play(Object.fromEntries(servers.map((server) => [server.name, server])) as Record<Name, MadeServer>);
  } finally {
    for (const { id } of servers) setPace(undefined, id);
    for (const host of hosts) {
      await fleetHost(host).set({ forced_down: false });
      await fleetHost(host).set({ status: "enabled" });
    }
    await Promise.all(servers.map((server) => server.remove()));
  }
}

describe("a drain", () => {
  it.concurrent(
    "of servers that fail, of a host that goes down, and of one that is enabled midway starts no more each time; the same command ends it",
    async ({ expect }) => {
      const HOSTS = ["node-07", "node-08"] as const;
      const [HOME, TARGET] = HOSTS;
      const wishes = Object.fromEntries(
        ["fails-1", "fails-2", "fails-3", "fails-4"].map((name) => [name, { host: HOME }]),
      );
      await withServers(HOSTS, wishes, async (made) => {
        const host = fleetHost(HOME);
        const servers = Object.values(made);
        for (const { id } of servers) setPace({ seconds: 1, fail_at: 0.5 }, id);
        const failed = async (...args: string[]) => {
          const { exitCode, moves, stopped, hosts } = await host.drain("--to", TARGET, ...args);
          expect([exitCode, hosts[0]?.state, hosts[0]?.leftovers.length]).toEqual([5, "draining", 4]);
          expect(hosts[0]?.leftovers.filter(({ problem }) => problem.includes("failed"))).toHaveLength(moves.length);
          return [moves.map(({ result }) => result), stopped];
        };
        expect(await failed("--canary", "0", "--stop-after", "2")).toEqual([
          ["failed", "failed"],
          "2 moves did not succeed (--stop-after 2)",
        ]);
        expect(await failed("--canary", "0")).toEqual([["failed"], "1 move did not succeed (--stop-after 1)"]);

        for (const { id } of servers) setPace({ seconds: 4 }, id);
        const down = await interfered(expect, host, TARGET, { forced_down: true });
        expect([down.exitCode, down.moves.length, down.hosts[0]?.leftovers.length]).toEqual([5, 1, 3]);
        expect(down.stopped).toContain(`${HOME} went down`);
        expect(down.hosts[0]?.checks.find(({ check }) => check === "host-reports")?.outcome).toBe("failed");
        await host.set({ forced_down: false });

        const open = await interfered(expect, host, TARGET, { status: "enabled" });
        expect([open.exitCode, open.moves.length, open.hosts[0]?.state]).toEqual([5, 1, "open"]);
        expect(open.stopped).toContain(`somebody enabled ${HOME} meanwhile`);

        for (const { id } of servers) setPace({ seconds: 0.5 }, id);
        const done = await host.drain("--to", TARGET);
        expect([done.exitCode, done.hosts[0]?.state, done.moves.length], done.summary).toEqual([0, "empty", 2]);
        expect(await host.truth()).toEqual(EMPTY);
        for (const { id } of servers) {
          const records = await cloud.compute.getMigrations({ instanceId: id });
          expect(records.filter(({ status }) => status === "completed")).toHaveLength(1);
        }
      });
    },
  );

  /** Somebody does something to the host while its first server moves. */
  async function interfered(
    expect: ExpectStatic,
    host: FleetHost,
    target: string,
    what: Parameters<FleetHost["set"]>[0],
  ) {
    const running = host.startDrain("--to", target);
    await running.says(/fails-\d: .*(running|preparing)/);
    await host.set(what);
    const document = drained(await running.ended);
    expect(document.moves.map(({ result }) => result)).toEqual(["migrated"]);
    return document;
  }
});

describe("drains of two hosts", () => {
  const [A, B, FULL] = ["node-01", "node-02", "node-03"] as const;
  const wishes = {
    "mutual-1": { host: A },
    "mutual-2": { host: A },
    "mutual-3": { host: B },
    "mutual-4": { host: B },
  };

  it("are refused before anything is changed where the account may not disable hosts, or no target has room; at the same time, neither fills the other", async ({
    expect,
  }) => {
    await withServers([A, B], wishes, async (made) => {
      const servers = Object.values(made);
      const counts = () => Promise.all(servers.map(({ id }) => migrationCount(cloud, id)));
      const [a, b] = [fleetHost(A), fleetHost(B)];

      const policy = join(labPaths().stateDir, "config/nova/policy.yaml");
      await writeFile(policy, '"os_compute_api:os-services:update": "!"\n');
      const forbidden = await engine(["drain", A]).finally(() => writeFile(policy, "{}\n"));
      expect([forbidden.exitCode, forbidden.stderr]).toEqual([
        7,
        expect.stringMatching(/Nova did not disable node-01: .*nothing was changed. Fix: use an administrator's/),
      ]);

      const empty = await new Hosts(cloud, []).fill(FULL);
      const full = await a.drain("--to", FULL).finally(empty);
      expect([full.exitCode, full.stays.map(({ findings }) => findings[0]?.code)]).toEqual([
        3,
        ["no-target", "no-target"],
      ]);
      expect(full.stays[0]?.findings[0]?.value).toMatch(/no room: node-03: MEMORY_MB 128 of 0 free/);
      expect([(await a.service()).status, await counts()]).toEqual(["enabled", [0, 0, 0, 0]]);

      const both = await Promise.all([a.drain(), b.drain()]);
      expect(
        both.map(({ exitCode, hosts }) => [exitCode, hosts[0]?.state]),
        both.map(({ summary }) => summary).join("\n"),
      ).toEqual([
        [0, "empty"],
        [0, "empty"],
      ]);
      expect([await a.truth(), await b.truth()]).toEqual([EMPTY, EMPTY]);
      // At most onto the other host before that was closed, and on from there.
      for (const count of await counts()) expect([1, 2]).toContain(count);
    });
  });
});
