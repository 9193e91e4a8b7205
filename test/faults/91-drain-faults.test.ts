import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { labApi, labPaths, makeServer, setPace, type MadeServer, type ServerWish } from "../../lab/api.ts";
import type { Api } from "../../lab/rest.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { Hosts } from "../chaos/hosts.ts";
import { connectLab, migrationCount } from "../support/lab/cloud.ts";
import { EMPTY, FleetHost } from "../support/lab/fleet-host.ts";
import { engine } from "../support/lab/run-engine.ts";

// Most of a drain is waiting for Nova.
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
