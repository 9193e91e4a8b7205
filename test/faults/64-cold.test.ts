import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { eventually, wholeOn } from "../support/lab/cloud.ts";
import { Scenarios, type Scenario } from "../support/lab/fault-scenario.ts";
import { ServerPool, POST } from "../support/lab/server-pool.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let scenarios: Scenarios;
let pool: ServerPool;
beforeAll(async () => {
  scenarios = await Scenarios.open();
  pool = await ServerPool.open("cold", 1);
});
afterAll(async () => {
  await pool.close();
  await scenarios.close();
});

const WISH = { dataVolumes: 1 };
const VOLUMES = 2;
const COLD = ["--cold"];

const becomes = ({ cloud, id }: Scenario, wanted: string) =>
  eventually(`${id} is ${wanted}`, 120, async () => {
    const { status, taskState } = await cloud.compute.getServer(id);
    return status === wanted && taskState === null;
  });

async function stop(scenario: Scenario): Promise<void> {
  await scenario.action({ "os-stop": null });
  await becomes(scenario, "SHUTOFF");
}

/** Statuses of its cold migrations, newest first. */
const moves = async ({ cloud, id }: Scenario) =>
  (await cloud.compute.getMigrations({ instanceId: id, migrationType: "migration" })).map(({ status }) => status);

/** How many resource providers hold something for it. */
const held = async ({ cloud, id }: Scenario) => (await cloud.placement.getAllocations(id)).length;

const wholeOff = (host: string) => ({ ...wholeOn(host, VOLUMES), status: "SHUTOFF" });
const wholeWaiting = (host: string) => ({ ...wholeOn(host, VOLUMES), status: "VERIFY_RESIZE" });

/** Begins a move and kills the engine once the server waits on its destination. */
async function killUnconfirmed(scenario: Scenario, args: string[] = COLD): Promise<void> {
  const running = scenario.start(args);
  await running.says(/verifying/);
  running.kill("SIGKILL");
  await running.ended;
  await becomes(scenario, "VERIFY_RESIZE");
}

// One for each host that is a source: none waits for another.
describe("a cold move", () => {
  it.concurrent(
    "of a server that is shut off is refused without `--cold`; is confirmed with it, or by a command of its own: exit 0",
    async ({ expect }) => {
      await scenarios.play(WISH, async (scenario) => {
        await stop(scenario);
        const refused = await scenario.run();
        expect([refused.exitCode, refused.record?.findings.map(({ code }) => code)]).toEqual([3, ["server-state"]]);
        expect(refused.record?.summary).toContain("run this with `--cold`");
        const { exitCode, record, stderr } = await scenario.run(COLD);
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
        expect(record?.confirmation).toBe("confirmed");
        expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
        expect(await scenario.truth()).toEqual(wholeOff(scenario.to));
        expect(await held(scenario)).toBe(1);

        const open = await scenario.run([...COLD, "--host", scenario.other, "--keep-unconfirmed"]);
        expect([open.exitCode, open.record?.outcome, open.record?.confirmation]).toEqual([0, "migrated", "open"]);
        expect(await scenario.truth()).toEqual(wholeWaiting(scenario.other));
        const status = await scenario.command("status");
        const waits = { kind: "cold", migration: { type: "migration", status: "finished" } };
        expect(JSON.parse(status.stdout)).toMatchObject(waits);
        const confirmed = await scenario.command("confirm");
        expect([confirmed.exitCode, confirmed.record?.outcome], confirmed.stderr).toEqual([0, "migrated"]);
        expect(await scenario.truth()).toEqual(wholeOff(scenario.other));
        expect((await scenario.command("revert")).exitCode).toBe(2);
        expect(await moves(scenario)).toEqual(["confirmed", "confirmed"]);
      });
    },
  );

  it.concurrent(
    "of a running server is taken back by `revert` or confirmed, and it runs again: exit 0",
    async ({ expect }) => {
      await scenarios.play(WISH, async (scenario) => {
        const open = await scenario.run([...COLD, "--keep-unconfirmed"]);
        expect([open.exitCode, open.record?.confirmation], open.stderr).toEqual([0, "open"]);
        expect(open.record?.findings.map(({ code }) => code)).toContain("guest-stops");
        const back = await scenario.command("revert");
        expect([back.exitCode, back.record?.outcome, back.record?.confirmation], back.stderr).toEqual([
          0,
          "migrated",
          "reverted",
        ]);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, VOLUMES));
        expect(await held(scenario)).toBe(1);
        const { exitCode, record, stderr } = await scenario.run(COLD);
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, VOLUMES));
        expect(await moves(scenario)).toEqual(["confirmed", "reverted"]);
        expect(await scenario.moves()).toBe(0);
      });
    },
  );

  it.concurrent(
    "whose engine is killed before the confirmation is verified and confirmed by the same command, or by someone else: exit 0",
    async ({ expect }) => {
      await scenarios.play(WISH, async (scenario) => {
        await killUnconfirmed(scenario);
        const { exitCode, record, stderr } = await scenario.run(COLD);
        expect([exitCode, record?.outcome, record?.adopted], stderr).toEqual([0, "migrated", true]);
        expect(record?.findings.map(({ code }) => code)).not.toContain("confirmed-by-others");
        expect(await scenario.truth()).toEqual(wholeOn(scenario.to, VOLUMES));

        const further = [...COLD, "--host", scenario.other];
        await killUnconfirmed(scenario, further);
        await scenario.action({ confirmResize: null });
        await becomes(scenario, "ACTIVE");
        const told = await scenario.run(further);
        expect([told.exitCode, told.record?.outcome, told.record?.kind], told.stderr).toEqual([0, "migrated", "cold"]);
        expect(told.record?.findings.map(({ code }) => code)).toContain("confirmed-by-others");
        expect(await scenario.truth()).toEqual(wholeOn(scenario.other, VOLUMES));
        expect(await moves(scenario)).toEqual(["confirmed", "confirmed"]);
      });
    },
  );

  it.concurrent("that someone else has reverted is told once, exit 3; then it moves, exit 0", async ({ expect }) => {
    await scenarios.play(WISH, async (scenario) => {
      await killUnconfirmed(scenario);
      await scenario.action({ revertResize: null });
      await becomes(scenario, "ACTIVE");
      const told = await scenario.run(COLD);
      expect([told.exitCode, told.record?.findings.map(({ code }) => code)], told.stderr).toEqual([
        3,
        ["guest-stops", "reverted-by-others"],
      ]);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.from, VOLUMES));
      const { exitCode, stderr } = await scenario.run(COLD);
      expect(exitCode, stderr).toBe(0);
      expect(await scenario.truth()).toEqual(wholeOn(scenario.to, VOLUMES));
      expect(await moves(scenario)).toEqual(["confirmed", "reverted"]);
    });
  });

  it.concurrent(
    "whose checks fail before the confirmation is reverted, and verified on its source: exit 4",
    async ({ expect }) => {
      await scenarios.play(WISH, async (scenario) => {
        await killUnconfirmed(scenario);
        const [volume = ""] = scenario.server.volumeIds;
        const wanted = { attachment: { instance_uuid: scenario.id, volume_uuid: volume } };
        const made = await scenario.api.call<{ attachment: { id: string } }>("volume", "POST", "/attachments", wanted);
        const running = scenario.start(COLD);
        await running.says(/reverting/);
        // Nothing but the revert is to be judged on the source.
        await scenario.api.call("volume", "DELETE", `/attachments/${made.attachment.id}`);
        const { exitCode, record, stderr } = await running.ended;
        expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([4, "failed", "reverted"]);
        expect(record?.summary).toContain(`volume-attached-once of ${volume}: 2 attachments`);
        expect(await scenario.truth()).toEqual(wholeOn(scenario.from, VOLUMES));
        expect(await moves(scenario)).toEqual(["reverted"]);
      });
    },
  );
});

describe("a cold move for which Nova finds no host", () => {
  it("is intact on its source, with what stands in the way: exit 4", async ({ expect }) => {
    await pool.use(async ({ start, proxy, destination, source, truth, cloud }) => {
      const [service] = await cloud.compute.getServices({ host: destination, binary: "nova-compute" });
      const set = (status: string) =>
        scenarios.api.call("compute", "PUT", `/os-services/${service?.id ?? ""}`, { status }).then(() => undefined);
      try {
        // After the plan, and before Nova has the request.
        proxy.add(POST, { kind: "nothing" }, () => set("disabled"));
        const { exitCode, record, stderr } = await start(COLD).ended;
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([4, "failed", "cold"]);
        expect(record?.summary).toContain(`${destination} is disabled`);
        expect(record?.summary).toContain(`It is intact on ${source}`);
        expect(await truth()).toEqual(wholeOn(source, VOLUMES));
      } finally {
        await set("enabled");
      }
    });
  });
});
