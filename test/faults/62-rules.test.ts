import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { labApi, makeServer } from "../../lab/api.ts";
import type { Api } from "../../lab/rest.ts";
import { Berths, POST, type Berth } from "../support/lab/server-pool.ts";
import { eventually, wholeOn } from "../support/lab/cloud.ts";
import type { EngineResult } from "../support/lab/run-engine.ts";
import { Stage, type Scene } from "../support/lab/fault-scenario.ts";

vi.setConfig({ testTimeout: 300_000 });

let stage: Stage;
let berths: Berths;
let api: Api;
beforeAll(async () => {
  stage = await Stage.open();
  berths = await Berths.open("rules", 2);
  api = await labApi();
});
afterAll(async () => {
  await berths.close();
  await stage.close();
});

const codes = ({ record }: EngineResult) =>
  record?.findings.filter(({ severity }) => severity === "blocker").map(({ code }) => code);

describe("a leftover binding of a port on the destination", () => {
  /** As Nova leaves one behind whose clean-up did not reach Neutron. */
  async function bind({ server, cloud, destination }: Berth): Promise<string> {
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
    "is seen before the move: refused; the request that is told removes it, and it moves",
    async ({ expect }) => {
      await berths.use(async (berth) => {
        berth.pace({ seconds: 0.1 });
        const port = await bind(berth);
        const refused = await berth.run();
        expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["leftover-binding"]]);
        expect(refused.record?.summary).toContain(`INACTIVE binding of port ${port} to ${berth.destination}`);
        expect(await berth.truth()).toEqual(wholeOn(berth.source, 2));
        expect(await berth.moves()).toBe(0);
        await follow(refused.record?.summary ?? "", api.token);
        expect(await berth.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
        expect(await berth.truth()).toEqual(wholeOn(berth.destination, 2));
      });
    },
  );

  it.concurrent(
    "that comes after the plan is told as the cause of Nova's `No valid host`: exit 4, intact",
    async ({ expect }) => {
      await berths.use(async (berth) => {
        berth.pace({ seconds: 0.1 });
        berth.proxy.add(POST, { kind: "nothing" }, async () => {
          await bind(berth);
        });
        const failed = await berth.run();
        expect([failed.exitCode, failed.record?.outcome], failed.stderr).toEqual([4, "failed"]);
        expect(failed.record?.summary).toMatch(
          /No valid host was found.*; Neutron has a leftover INACTIVE binding of port/,
        );
        expect(await berth.truth()).toEqual(wholeOn(berth.source, 2));
        await follow(failed.record?.summary ?? "", api.token);
        expect(await berth.run()).toMatchObject({ exitCode: 0, record: { outcome: "migrated" } });
      });
    },
  );
});

describe("a server group", () => {
  const quickly = (scene: Scene) => {
    scene.pace({ seconds: 0.1 });
  };

  /** A group, and a server of it to play with. */
  async function inGroup(group: object, test: (scene: Scene, hints: { group: string }) => Promise<void>) {
    const wish = { server_group: { name: `rules-${crypto.randomUUID().slice(0, 8)}`, ...group } };
    const { server_group: made } = await api.call<{ server_group: { id: string } }>(
      "compute",
      "POST",
      "/os-server-groups",
      wish,
    );
    try {
      const schedulerHints = { group: made.id };
      await stage.play({ schedulerHints }, (scene) => test(scene, schedulerHints));
    } finally {
      await api.call("compute", "DELETE", `/os-server-groups/${made.id}`);
    }
  }
  const member = (host: string, schedulerHints: { group: string }) =>
    makeServer(api, { name: `rules-member-${crypto.randomUUID().slice(0, 8)}`, host, schedulerHints, dataVolumes: 0 });

  it.concurrent(
    "that lets two members share a host: the second moves there, the third is refused",
    async ({ expect }) => {
      await inGroup({ policy: "anti-affinity", rules: { max_server_per_host: 2 } }, async (scene, hints) => {
        quickly(scene);
        const first = await member(scene.to, hints);
        try {
          const moved = await scene.run();
          expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
          expect(await scene.run(["--host", scene.from])).toMatchObject({ exitCode: 0 });
          const second = await member(scene.to, hints);
          try {
            const refused = await scene.run();
            expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["group-anti-affinity"]]);
            expect(refused.record?.summary).toContain("allows 2 of its members on a host");
            expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
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
    await inGroup({ policy: "affinity" }, async (scene) => {
      quickly(scene);
      const refused = await scene.run();
      expect([refused.exitCode, codes(refused)], refused.stderr).toEqual([3, ["group-affinity"]]);
      // Nova itself, asked past the plan.
      await scene.action({ "os-migrateLive": { host: scene.to, block_migration: "auto" } });
      await scene.recorded("error");
      await eventually(
        `${scene.id} is idle`,
        60,
        async () => (await scene.cloud.compute.getServer(scene.id)).taskState === null,
      );
      expect(await scene.truth()).toEqual(wholeOn(scene.from, 2));
    });
  });

  it.concurrent("of a soft policy is warned of, and left to the operator", async ({ expect }) => {
    await inGroup({ policy: "soft-anti-affinity" }, async (scene, hints) => {
      quickly(scene);
      const other = await member(scene.to, hints);
      try {
        const moved = await scene.run();
        expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
        expect(moved.record?.findings).toMatchObject([{ code: "group-soft", severity: "warning" }]);
      } finally {
        await other.remove();
      }
    });
  });
});
