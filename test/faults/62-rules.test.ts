import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { labApi, makeServer } from "../../lab/api.ts";
import type { Api } from "../../lab/rest.ts";
import { ServerPool, POST, type PooledServer } from "../support/lab/server-pool.ts";
import { eventually, wholeOn } from "../support/lab/cloud.ts";
import type { EngineResult } from "../support/lab/run-engine.ts";
import { Scenarios, type Scenario } from "../support/lab/fault-scenario.ts";

vi.setConfig({ testTimeout: 300_000 });

let scenarios: Scenarios;
let pool: ServerPool;
let api: Api;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  pool = await ServerPool.open("rules", 2);
  api = await labApi();
});
afterAll(async () => {
  await pool.close();
  await scenarios.close();
});

const codes = ({ record }: EngineResult) =>
  record?.findings.filter(({ severity }) => severity === "blocker").map(({ code }) => code);

describe("a leftover binding of a port on the destination", () => {
  /** As Nova leaves one behind whose clean-up did not reach Neutron. */
  async function bind({ server, cloud, destination }: PooledServer): Promise<string> {
    const [port] = await cloud.network.getPorts({ deviceId: server.id });
    await api.call("network", "POST", `/ports/${port?.id ?? ""}/bindings`, { binding: { host: destination } });
    return port?.id ?? "";
  }

  /** Runs the command that a text gives, but with this token. */
  async function follow(text: string, token: string) {
    const command = /`(curl [^`]*)`/.exec(text)?.[1] ?? "false";
    await promisify(execFile)("sh", ["-ec", command.replace("$(openstack token issue -f value -c id)", token)]);
  }

  it.concurrent(
    "is seen before the move: refused; the request that is reported removes it, and it moves",
    async ({ expect }) => {
      await pool.use(async (pooled) => {
        pooled.pace({ seconds: 0.1 });
        const port = await bind(pooled);
        const refused = await pooled.run();
        expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["leftover-binding"]]);
        expect(refused.record?.summary).toContain(`INACTIVE binding of port ${port} to ${pooled.destination}`);
        expect(await pooled.truth()).toEqual(wholeOn(pooled.source, 2));
        expect(await pooled.moves()).toBe(0);
        await follow(refused.record?.summary ?? "", api.token);
        expect(await pooled.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
        expect(await pooled.truth()).toEqual(wholeOn(pooled.destination, 2));
      });
    },
  );

  it.concurrent(
    "that comes after the plan is reported as the cause of Nova's `No valid host`: exit 4, intact",
    async ({ expect }) => {
      await pool.use(async (pooled) => {
        pooled.pace({ seconds: 0.1 });
        pooled.proxy.add(POST, { kind: "nothing" }, async () => {
          await bind(pooled);
        });
        const failed = await pooled.run();
        expect([failed.exitCode, failed.record?.outcome], failed.stderr).toEqual([4, "failed"]);
        expect(failed.record?.summary).toMatch(
          /No valid host was found.*; Neutron has a leftover INACTIVE binding of port/,
        );
        expect(await pooled.truth()).toEqual(wholeOn(pooled.source, 2));
        await follow(failed.record?.summary ?? "", api.token);
        expect(await pooled.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
      });
    },
  );
});

describe("a server group", () => {
  const quickly = (scenario: Scenario) => {
    scenario.pace({ seconds: 0.1 });
  };

  /** A group, and a server of it to play with. */
  async function inGroup(group: object, test: (scenario: Scenario, hints: { group: string }) => Promise<void>) {
    const wish = { server_group: { name: `rules-${crypto.randomUUID().slice(0, 8)}`, ...group } };
    const { server_group: made } = await api.call<{ server_group: { id: string } }>(
      "compute",
      "POST",
      "/os-server-groups",
      wish,
    );
    try {
      const schedulerHints = { group: made.id };
      await scenarios.play({ schedulerHints }, (scenario) => test(scenario, schedulerHints));
    } finally {
      await api.call("compute", "DELETE", `/os-server-groups/${made.id}`);
    }
  }
  const member = (host: string, schedulerHints: { group: string }) =>
    makeServer(api, { name: `rules-member-${crypto.randomUUID().slice(0, 8)}`, host, schedulerHints, dataVolumes: 0 });

  it.concurrent(
    "that lets two members share a host: the second moves there, the third is refused",
    async ({ expect }) => {
      await inGroup({ policy: "anti-affinity", rules: { max_server_per_host: 2 } }, async (scenario, hints) => {
        quickly(scenario);
        const first = await member(scenario.to, hints);
        try {
          const moved = await scenario.run();
          expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
          expect(await scenario.run(["--host", scenario.from])).toMatchObject({ exitCode: 0 });
          const second = await member(scenario.to, hints);
          try {
            const refused = await scenario.run();
            expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["group-anti-affinity"]]);
            expect(refused.record?.summary).toContain("allows 2 of its members on a host");
            expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
          } finally {
            await second.remove();
          }
        } finally {
          await first.remove();
        }
      });
    },
  );

  it.concurrent("of affinity keeps even its only member, as Nova does: refused", async ({ expect }) => {
    await inGroup({ policy: "affinity" }, async (scenario) => {
      quickly(scenario);
      const refused = await scenario.run();
      expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["group-affinity"]]);
      // Nova itself, asked past the plan.
      await scenario.action({ "os-migrateLive": { host: scenario.to, block_migration: "auto" } });
      await scenario.recorded("error");
      await eventually(
        `${scenario.id} is idle`,
        60,
        async () => (await scenario.cloud.compute.getServer(scenario.id)).taskState === null,
      );
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, 2));
    });
  });

  it.concurrent("of a soft policy is warned of, and left to the operator", async ({ expect }) => {
    await inGroup({ policy: "soft-anti-affinity" }, async (scenario, hints) => {
      quickly(scenario);
      const other = await member(scenario.to, hints);
      try {
        const moved = await scenario.run();
        expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
        expect(moved.record?.findings).toMatchObject([{ code: "group-soft", severity: "warning" }]);
      } finally {
        await other.remove();
      }
    });
  });
});
