/** Cold migrations of real guests: their disks are volumes, and their hosts reach each other by ssh. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { becomes, labApi, labPaths } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, truth, wholeOn } from "../support/lab/cloud.ts";
import { CASE_2, CASE_2_DATA, SILENT_ONCE } from "../support/lab/real-guest.ts";
import { engine, GUEST } from "../support/lab/run-engine.ts";
import { settingPath, Stack } from "../support/stack/stack.ts";

const NAME = "cold-vm01";
const [HOME, ELSEWHERE] = ["node-28", "node-31"];

/** A guest that boots answers within that; one that does not is not waited for much longer. */
const CHECK = { waitSeconds: 60 };

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let stack: Stack;
let id: string;
let address: string;

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  const server = { dataVolumes: { "cold-vol11": { sizeGiB: 1 } }, migration: { stopped: "cold" } };
  stack = await Stack.open({ name: "cold", config: { servers: { [NAME]: server } } });
  id = (await stack.place({ [NAME]: HOME }))[NAME]?.id ?? "";
  address = await addressOf(cloud, id);
  await answers(CASE_2);
});
afterAll(async () => {
  await stack.destroy();
  await cloud.session.close();
});

const answers = (script: string) =>
  eventually("the guest answers", 120, () => inGuest(address, script).catch(() => undefined));

async function power(action: "os-stop" | "os-start"): Promise<void> {
  await api.call("compute", "POST", `/servers/${id}/action`, { [action]: null });
  await becomes(api, id, action === "os-stop" ? "SHUTOFF" : "ACTIVE");
}

/** `pulumi up` of the server as it runs, cold, with a look into its guest. */
async function upCold(host: string) {
  const guest = { user: "root", identityFile: labPaths().guestKey, ...CHECK };
  const settings = { guest, migration: { kind: "cold" }, allowRestart: true };
  await stack.configure({ [NAME]: host }, (document) => {
    for (const [key, value] of Object.entries(settings)) document.setIn(settingPath("servers", NAME, key), value);
  });
  return await stack.up();
}

/** Its volumes are on this host alone, it runs, and its data are what they were. */
async function isWhole(host: string): Promise<void> {
  expect(await truth(cloud, id)).toEqual(wholeOn(host, 2));
  expect(await answers(CASE_2_DATA)).toContain("data: OK");
}

describe("a server that is shut off", () => {
  beforeAll(() => power("os-stop"));

  it("moves cold by `pulumi up` where its `stopped` says so, and is confirmed", async () => {
    const moved = (await stack.place({ [NAME]: ELSEWHERE }))[NAME];
    expect(moved).toMatchObject({ id, host: ELSEWHERE });
    expect(moved?.migration).toMatchObject({ outcome: "migrated", kind: "cold", confirmation: "confirmed" });
    expect(await truth(cloud, id)).toEqual({ ...wholeOn(ELSEWHERE, 2), status: "SHUTOFF" });
  });

  it("moves cold by the command line with `--cold`, and starts with its data: exit 0", async () => {
    const { exitCode, record, stderr } = await engine(["run", id, "--host", HOME, "--cold"]);
    expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([0, "migrated", "confirmed"]);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await truth(cloud, id)).toEqual({ ...wholeOn(HOME, 2), status: "SHUTOFF" });
    await power("os-start");
    await isWhole(HOME);
  });
});

describe("a running server", () => {
  const bootId = () => answers("cat /proc/sys/kernel/random/boot_id");

  it("moves live by `pulumi up`, though its `stopped` allows a cold move: it is not shut down", async () => {
    const boot = await bootId();
    const moved = (await stack.place({ [NAME]: ELSEWHERE }))[NAME];
    expect(moved?.migration).toMatchObject({ outcome: "migrated", kind: "live-volume-backed" });
    expect(await bootId()).toBe(boot);
    await isWhole(ELSEWHERE);
  });

  it("moves cold by `pulumi up` with `kind: cold` and `allowRestart`, and starts on the destination", async () => {
    const boot = await bootId();
    const { exitCode, stdout, stderr } = await upCold(HOME);
    expect(exitCode, stdout + stderr).toBe(0);
    const moved = (await stack.servers())[NAME];
    expect(moved).toMatchObject({ id, host: HOME });
    expect(moved?.migration).toMatchObject({ outcome: "migrated", kind: "cold", confirmation: "confirmed" });
    expect(moved?.migration.downtime?.milliseconds).toBeGreaterThan(1_000);
    expect(await bootId()).not.toBe(boot);
    await isWhole(HOME);
  });

  it("is taken back and verified on its source where its guest does not answer after `pulumi up`, which fails", async () => {
    await answers(SILENT_ONCE);
    const { exitCode, stdout, stderr } = await upCold(ELSEWHERE);
    expect(exitCode, stdout + stderr).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /was reverted: its checks on node-31 failed: .*guest-reachable.* It is intact on node-28/s,
    );
    await isWhole(HOME);
  });

  it("moves cold on request, starts on the destination, and the record tells how long it was silent", async () => {
    const boot = await bootId();
    const { exitCode, record, stderr } = await engine([
      "run",
      id,
      "--host",
      ELSEWHERE,
      "--cold",
      "--guest",
      GUEST(CHECK),
    ]);
    expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "cold"]);
    expect(record?.downtime?.milliseconds).toBeGreaterThan(1_000);
    expect(await bootId()).not.toBe(boot);
    await isWhole(ELSEWHERE);
  });
});
