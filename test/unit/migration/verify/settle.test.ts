import { expect, it } from "vitest";
import { type AllocationFacts } from "../../../../migration/cloud/cloud-api.ts";
import { CloudLost } from "../../../../migration/contract/failure.ts";
import { verifySettled } from "../../../../migration/verify/settle.ts";
import type { Check } from "../../../../migration/contract/record.ts";
import { known, unknown } from "../../../../migration/cloud/snapshot.ts";
import type { Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import {
  BOOT,
  DATA,
  PORT,
  providerOf,
  RESOURCES,
  server,
  SERVER,
  snapshot,
  volume,
} from "../../../support/engine/samples.ts";
import { ScriptedCloud } from "../../../support/engine/scripted-cloud.ts";

const EXPECTATION = {
  serverId: SERVER,
  host: "node-31",
  hostId: "",
  status: "ACTIVE",
  vmState: "active",
  image: null,
  silentPortIds: [],
  unboundPortIds: [],
  volumeIds: [BOOT, DATA],
  migrationUuid: "u",
};
const there = (over: Partial<Snapshot> = {}) => snapshot(over, "node-31");
interface Scripted {
  before?: Check[];
  ports?: (Snapshot["ports"] | Error)[];
  allocations?: (AllocationFacts | Error)[];
  interrupted?: AbortSignal;
}
const settle = async (
  snapshots: (Snapshot | Error)[],
  { before = [], ports = [], allocations = [], ...options }: Scripted = {},
) => {
  const [cloud, clock] = [new ScriptedCloud({ snapshot: snapshots, ports, allocations }), new FakeClock()];
  const began = clock.now();
  const told: string[] = [];
  const report = (lagging: readonly Check[], secondsLeft: number) =>
    told.push(`${lagging.map(({ check }) => check).join(" ")}: ${String(secondsLeft)} s`);
  const { checks, checkable, waiting } = await verifySettled(cloud, clock, EXPECTATION, before, { report, ...options });
  const wrong = checks.filter(({ outcome }) => outcome === "failed").map(({ check }) => check);
  return { wrong, waited: clock.now() - began, waiting, told, cloud, checkable };
};
const portOn = (host: string, status = "ACTIVE") => known([{ id: PORT, host, status }]);
const allocated = (host: string, held: Snapshot["migrationAllocations"] = known({})): AllocationFacts => ({
  allocations: known({ [providerOf(host)]: RESOURCES }),
  migrationAllocations: held,
});
const unbound = there({ ports: portOn("node-28") });
const down = there({ ports: portOn("node-31", "DOWN") });
const unsettled = there(allocated("node-28"));
/** Of what cannot be asked for by itself. */
const detached = there({ volumes: known([BOOT, DATA].map((id) => volume(id, "node-28"))) });

it("looks once where all is well, at what the verification needs", async () => {
  const { wrong, waited, cloud } = await settle([there()]);
  expect([wrong, waited]).toEqual([[], 0]);
  expect(cloud.calls[0]?.args).toEqual([SERVER, { purpose: "verify", migrationUuid: "u" }]);
});

it("gives what may lag its time", async () => {
  expect(await settle([detached, detached, there()])).toMatchObject({ wrong: [], waited: 2_000 });
});

it("gives it no more than that", async () => {
  expect((await settle([detached])).waited).toBe(20_000);
  const stuck = await settle([unsettled], { allocations: [allocated("node-28")] });
  expect(stuck).toMatchObject({ wrong: ["allocations"], waited: 20_000 });
});

it("gives a port on the right host the time in which an agent that was not heard tells of it anew, and says so once", async () => {
  const { cloud, ...stuck } = await settle([down], { ports: [portOn("node-31", "DOWN")] });
  expect(stuck).toMatchObject({ wrong: ["port-bound"], waited: 125_000, told: ["port-bound: 123 s"] });
  // One request a look until the end, which is seen with one look at everything.
  expect([cloud.count("snapshot"), cloud.count("ports"), stuck.waiting]).toEqual([2, 8 + 123, 8 + 123]);
});

it("gives no agent's time to a port that is bound elsewhere, nor to one that someone waits for", async () => {
  expect((await settle([unbound], { ports: [portOn("node-28")] })).waited).toBe(20_000);
  const interrupted = AbortSignal.abort();
  const hurried = await settle([down], { ports: [portOn("node-31", "DOWN")], interrupted });
  // It did not have its time, so that it is not wrong yet; what is bound elsewhere had it.
  expect(hurried).toMatchObject({ waited: 20_000, wrong: [] });
  expect((await settle([unbound], { ports: [portOn("node-28")], interrupted })).wrong).toEqual(["port-bound"]);
});

it("asks for ports alone where all else holds, more often in the first two seconds", async () => {
  const steps = [portOn("node-28"), portOn("node-31", "DOWN"), portOn("node-31", "BUILD"), portOn("node-31")];
  const { cloud, wrong, waited, waiting, told } = await settle([unbound], { ports: steps });
  expect([wrong, waited, waiting, told, cloud.count("snapshot")]).toEqual([[], 1_000, 4, [], 1]);
});

it("asks in the same way for what Placement holds, for both where both lag, and for nothing else", async () => {
  const held = known({ [providerOf("node-28")]: RESOURCES });
  const left = there({ migrationAllocations: held });
  const one = await settle([left], { allocations: [allocated("node-31", held), allocated("node-31")] });
  expect([one.wrong, one.waited, one.cloud.count("snapshot"), one.cloud.count("ports")]).toEqual([[], 500, 1, 0]);
  expect(one.cloud.calls.at(-1)).toEqual({ method: "allocations", args: [SERVER, "u"] });
  const both = await settle([{ ...unbound, migrationAllocations: held }], {
    ports: [portOn("node-31")],
    allocations: [allocated("node-31", held), allocated("node-31")],
  });
  expect([both.wrong, both.waited, both.cloud.count("ports"), both.cloud.count("allocations")]).toEqual([
    [],
    500,
    1,
    2,
  ]);
  const more = await settle([{ ...detached, migrationAllocations: held }, there()]);
  expect([more.waited, more.cloud.count("allocations")]).toEqual([1_000, 0]);
});

it("looks at everything again where what lags has taken longer than what else was seen stays true", async () => {
  const late = [...Array.from({ length: 12 }, () => portOn("node-31", "DOWN")), portOn("node-31")];
  const arrived = await settle([down, there()], { ports: late });
  expect([arrived.wrong, arrived.waited, arrived.cloud.count("snapshot")]).toEqual([[], 7_000, 2]);
  // And something else may be wrong by then.
  const gone = there({ server: server({ host: "node-28" }) });
  expect((await settle([down, gone], { ports: late })).wrong).toContain("host");
});

it("tells of what lags longer than a moment, and again when that is something else", async () => {
  const waits = await settle([detached, detached, detached, down, down, there()], {
    ports: [portOn("node-31", "DOWN"), portOn("node-31")],
  });
  expect(waits.told).toEqual(["volume-attached-once volume-attached-once: 18 s", "port-bound: 125 s"]);
});

it("gives what begins to lag later its own time", async () => {
  const busy = there({ ...detached, ports: portOn("node-31", "DOWN") });
  const ports = [...Array.from({ length: 40 }, () => portOn("node-31", "DOWN")), unknown("503"), portOn("node-31")];
  const seen: Check = { check: "port-bound", subject: PORT, expected: "x", observed: "x", outcome: "passed" };
  expect((await settle([down, busy, there()], { ports, before: [seen] })).wrong).toEqual([]);
});

it("does not forget what it has seen to fail when it cannot see it any more", async () => {
  const held = known({ [providerOf("node-28")]: RESOURCES });
  const blind = allocated("node-31", unknown("503"));
  const { waited, checkable, cloud } = await settle([there({ migrationAllocations: held }), there(blind)], {
    allocations: [blind],
  });
  expect([waited, cloud.count("snapshot")]).toEqual([20_000, 2]);
  expect(checkable).toContainEqual(expect.objectContaining({ check: "migration-allocations", outcome: "failed" }));
});

it("knows a port that was not ACTIVE before: once it is bound to the host, no more is asked of it", async () => {
  const cloud = new ScriptedCloud({ snapshot: [unbound], ports: [portOn("node-31", "DOWN")] });
  const clock = new FakeClock();
  const began = clock.now();
  const { checks } = await verifySettled(cloud, clock, { ...EXPECTATION, silentPortIds: [PORT] }, []);
  expect(checks.find(({ check }) => check === "port-bound")).toMatchObject({ outcome: "not-checked" });
  expect(clock.now() - began).toBe(250);
});

it("does not wait where waiting cannot help", async () => {
  const elsewhere = there({ server: server({ host: "node-31", status: "ERROR" }) });
  expect(await settle([elsewhere])).toMatchObject({ wrong: ["server-status"], waited: 0 });
});

it("tells what is wrong for good from what only lags, and does not take long over it", async () => {
  const broken = { server: server({ host: "node-31", status: "ERROR" }) };
  const lagging = { ...unbound, ...broken };
  expect(await settle([lagging, there(broken)])).toMatchObject({ wrong: ["server-status"], waited: 1_000 });
  expect((await settle([lagging])).waited).toBe(3_000);
});

it("waits for what could be seen before and cannot now, and for nothing else", async () => {
  const hidden = there({ allocations: unknown("503") });
  const seen: Check = { check: "allocations", expected: "x", observed: "x", outcome: "passed" };
  expect((await settle([hidden])).waited).toBe(0);
  expect((await settle([hidden], { before: [seen], allocations: [allocated("node-31")] })).waited).toBe(250);
});

it("waits for a cloud that is away, and gives up after a minute", async () => {
  const away = new CloudLost("503");
  expect(await settle([away, away, there()])).toMatchObject({ wrong: [], waited: 2_000 });
  await expect(settle([away])).rejects.toThrow(away);
  await expect(settle([new TypeError("bug")])).rejects.toThrow("bug");
});
