import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { eventually, wholeOn } from "../support/lab/cloud.ts";
import { Stage, type Scene } from "../support/lab/fault-scenario.ts";
import { Berths, POST } from "../support/lab/server-pool.ts";

// Four at a time, and the others wait for a host that is free.
vi.setConfig({ testTimeout: 300_000 });

let stage: Stage;
let berths: Berths;
beforeAll(async () => {
  stage = await Stage.open();
  berths = await Berths.open("cold", 1);
});
afterAll(async () => {
  await berths.close();
  await stage.close();
});

const WISH = { dataVolumes: 1 };
const VOLUMES = 2;
const COLD = ["--cold"];

const becomes = ({ cloud, id }: Scene, wanted: string) =>
  eventually(`${id} is ${wanted}`, 120, async () => {
    const { status, taskState } = await cloud.compute.getServer(id);
    return status === wanted && taskState === null;
  });

async function stop(scene: Scene): Promise<void> {
  await scene.action({ "os-stop": null });
  await becomes(scene, "SHUTOFF");
}

/** Statuses of its cold migrations, newest first. */
const moves = async ({ cloud, id }: Scene) =>
  (await cloud.compute.getMigrations({ instanceId: id, migrationType: "migration" })).map(({ status }) => status);

/** How many resource providers hold something for it. */
const held = async ({ cloud, id }: Scene) => (await cloud.placement.getAllocations(id)).length;

const wholeOff = (host: string) => ({ ...wholeOn(host, VOLUMES), status: "SHUTOFF" });
const wholeWaiting = (host: string) => ({ ...wholeOn(host, VOLUMES), status: "VERIFY_RESIZE" });

/** Begins a move and kills the engine once the server waits on its destination. */
async function killUnconfirmed(scene: Scene, args: string[] = COLD): Promise<void> {
  const running = scene.start(args);
  await running.says(/verifying/);
  running.kill("SIGKILL");
  await running.ended;
  await becomes(scene, "VERIFY_RESIZE");
}

// One for each host that is a source: none waits for another.
describe("a cold move", () => {
  it.concurrent(
    "of a server that is shut off is refused without `--cold`; is confirmed with it, or by a command of its own: exit 0",
    async ({ expect }) => {
      await stage.play(WISH, async (scene) => {
        await stop(scene);
        const refused = await scene.run();
        expect([refused.exitCode, refused.record?.findings.map(({ code }) => code)]).toEqual([3, ["server-state"]]);
        expect(refused.record?.summary).toContain("run this with `--cold`");
        const { exitCode, record, stderr } = await scene.run(COLD);
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
        expect(record?.confirmation).toBe("confirmed");
        expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
        expect(await scene.truth()).toEqual(wholeOff(scene.to));
        expect(await held(scene)).toBe(1);

        const open = await scene.run([...COLD, "--host", scene.other, "--keep-unconfirmed"]);
        expect([open.exitCode, open.record?.outcome, open.record?.confirmation]).toEqual([0, "migrated", "open"]);
        expect(await scene.truth()).toEqual(wholeWaiting(scene.other));
        const status = await scene.command("status");
        const waits = { kind: "cold", migration: { type: "migration", status: "finished" } };
        expect(JSON.parse(status.stdout)).toMatchObject(waits);
        const confirmed = await scene.command("confirm");
        expect([confirmed.exitCode, confirmed.record?.outcome], confirmed.stderr).toEqual([0, "migrated"]);
        expect(await scene.truth()).toEqual(wholeOff(scene.other));
        expect((await scene.command("revert")).exitCode).toBe(2);
        expect(await moves(scene)).toEqual(["confirmed", "confirmed"]);
      });
    },
  );

  it.concurrent(
    "of a running server is taken back by `revert` or confirmed, and it runs again: exit 0",
    async ({ expect }) => {
      await stage.play(WISH, async (scene) => {
        const open = await scene.run([...COLD, "--keep-unconfirmed"]);
        expect([open.exitCode, open.record?.confirmation], open.stderr).toEqual([0, "open"]);
        expect(open.record?.findings.map(({ code }) => code)).toContain("guest-stops");
        const back = await scene.command("revert");
        expect([back.exitCode, back.record?.outcome, back.record?.confirmation], back.stderr).toEqual([
          0,
          "migrated",
          "reverted",
        ]);
        expect(await scene.truth()).toEqual(wholeOn(scene.from, VOLUMES));
        expect(await held(scene)).toBe(1);
        const { exitCode, record, stderr } = await scene.run(COLD);
        expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
        expect(await scene.truth()).toEqual(wholeOn(scene.to, VOLUMES));
        expect(await moves(scene)).toEqual(["confirmed", "reverted"]);
        expect(await scene.moves()).toBe(0);
      });
    },
  );

  it.concurrent(
    "whose engine is killed before the confirmation is verified and confirmed by the same command, or by someone else: exit 0",
    async ({ expect }) => {
      await stage.play(WISH, async (scene) => {
        await killUnconfirmed(scene);
        const { exitCode, record, stderr } = await scene.run(COLD);
        expect([exitCode, record?.outcome, record?.adopted], stderr).toEqual([0, "migrated", true]);
        expect(record?.findings.map(({ code }) => code)).not.toContain("confirmed-by-others");
        expect(await scene.truth()).toEqual(wholeOn(scene.to, VOLUMES));

        const further = [...COLD, "--host", scene.other];
        await killUnconfirmed(scene, further);
        await scene.action({ confirmResize: null });
        await becomes(scene, "ACTIVE");
        const told = await scene.run(further);
        expect([told.exitCode, told.record?.outcome, told.record?.kind], told.stderr).toEqual([0, "migrated", "cold"]);
        expect(told.record?.findings.map(({ code }) => code)).toContain("confirmed-by-others");
        expect(await scene.truth()).toEqual(wholeOn(scene.other, VOLUMES));
        expect(await moves(scene)).toEqual(["confirmed", "confirmed"]);
      });
    },
  );

  it.concurrent(
    "whose checks fail before the confirmation is reverted, and verified on its source: exit 4",
    async ({ expect }) => {
      await stage.play(WISH, async (scene) => {
        await killUnconfirmed(scene);
        const [volume = ""] = scene.server.volumeIds;
        const wanted = { attachment: { instance_uuid: scene.id, volume_uuid: volume } };
        const made = await scene.api.call<{ attachment: { id: string } }>("volume", "POST", "/attachments", wanted);
        const running = scene.start(COLD);
        await running.says(/reverting/);
        // Nothing but the revert is to be judged on the source.
        await scene.api.call("volume", "DELETE", `/attachments/${made.attachment.id}`);
        const { exitCode, record, stderr } = await running.ended;
        expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([4, "failed", "reverted"]);
        expect(record?.summary).toContain(`volume-attached-once of ${volume}: 2 attachments`);
        expect(await scene.truth()).toEqual(wholeOn(scene.from, VOLUMES));
        expect(await moves(scene)).toEqual(["reverted"]);
      });
    },
  );
});

describe("a cold move for which Nova finds no host", () => {
  it("is intact on its source, with what stands in the way: exit 4", async ({ expect }) => {
    await berths.use(async ({ start, proxy, destination, source, truth, cloud }) => {
      const [service] = await cloud.compute.getServices({ host: destination, binary: "nova-compute" });
      const set = (status: string) =>
        stage.api.call("compute", "PUT", `/os-services/${service?.id ?? ""}`, { status }).then(() => undefined);
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
