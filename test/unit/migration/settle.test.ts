import { expect, it } from "vitest";
import { CloudLost, type AllocationFacts } from "../../../migration/edge.ts";
import { verifySettled } from "../../../migration/settle.ts";
import type { Check } from "../../../migration/record.ts";
import { known, unknown } from "../../../migration/snapshot.ts";
import type { Snapshot } from "../../../migration/snapshot.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { BOOT, DATA, PORT, providerOf, RESOURCES, server, SERVER, snapshot, volume } from "../../support/samples.ts";
import { ScriptedEdge } from "../../support/scripted-edge.ts";

const EXPECTATION = {
  serverId: SERVER,
  host: "node-31",
  hostId: "",
  status: "ACTIVE",
  vmState: "active",
  silentPortIds: [],
  volumeIds: [BOOT, DATA],
  migrationUuid: "u",
};
const there = (over: Partial<Snapshot> = {}) => snapshot(over, "node-31");
const settle = async (
  snapshots: (Snapshot | Error)[],
  before: Check[] = [],
  ports: (Snapshot["ports"] | Error)[] = [],
  allocations: (AllocationFacts | Error)[] = [],
) => {
  const [edge, clock] = [new ScriptedEdge({ snapshot: snapshots, ports, allocations }), new FakeClock()];
  const began = clock.now();
  const told: string[][] = [];
  const tell = (lagging: readonly Check[]) => told.push(lagging.map(({ check }) => check));
  const { checks, waiting } = await verifySettled(edge, clock, EXPECTATION, before, null, tell);
  const wrong = checks.filter(({ outcome }) => outcome === "failed").map(({ check }) => check);
  return { wrong, waited: clock.now() - began, waiting, told, edge };
};
const portOn = (host: string, status = "ACTIVE") => known([{ id: PORT, host, status }]);
const allocated = (host: string, held: Snapshot["migrationAllocations"] = known({})): AllocationFacts => ({
  allocations: known({ [providerOf(host)]: RESOURCES }),
  migrationAllocations: held,
});
const unbound = there({ ports: portOn("node-28") });
const unsettled = there(allocated("node-28"));
/** Of what cannot be asked for by itself. */
const detached = there({ volumes: known([BOOT, DATA].map((id) => volume(id, "node-28"))) });

it("looks once where all is well, at what the verification needs", async () => {
  const { wrong, waited, edge } = await settle([there()]);
  expect([wrong, waited]).toEqual([[], 0]);
  expect(edge.calls[0]?.args).toEqual([SERVER, { purpose: "verify", migrationUuid: "u" }]);
});

it("gives what may lag its time", async () => {
  expect(await settle([detached, detached, there()])).toMatchObject({ wrong: [], waited: 2_000 });
});

it("gives it no more than that", async () => {
  expect((await settle([detached])).waited).toBe(20_000);
  expect(await settle([unsettled], [], [], [allocated("node-28")])).toMatchObject({
    wrong: ["allocations"],
    waited: 20_000,
  });
});

it("gives ports alone the time in which an agent that was not heard tells them anew, and says that it waits", async () => {
  const { told, ...stuck } = await settle([unbound], [], [portOn("node-28")]);
  expect(stuck).toMatchObject({ wrong: ["port-bound"], waited: 75_000 });
  expect(told).toEqual([["port-bound"]]);
  const late = await settle([...Array.from({ length: 70 }, () => unbound), there()], [], [portOn("node-28")]);
  expect([late.wrong, late.told]).toEqual([[], [["port-bound"]]]);
  expect((await settle([detached, there()])).told).toEqual([]);
});

it("asks for ports alone where all else holds, more often at first", async () => {
  const steps = [portOn("node-28"), portOn("node-31", "DOWN"), portOn("node-31", "BUILD"), portOn("node-31")];
  const { edge, ...settled } = await settle([unbound], [], steps);
  expect(settled).toEqual({ wrong: [], waited: 1_000, waiting: 4, told: [] });
  expect(edge.count("snapshot")).toBe(1);
});

it("asks in the same way for what Placement holds, for both where both lag, and for nothing else", async () => {
  const held = known({ [providerOf("node-28")]: RESOURCES });
  const left = there({ migrationAllocations: held });
  const { edge, ...settled } = await settle([left], [], [], [allocated("node-31", held), allocated("node-31")]);
  expect(settled).toEqual({ wrong: [], waited: 500, waiting: 4, told: [] });
  expect([edge.count("snapshot"), edge.count("ports")]).toEqual([1, 0]);
  expect(edge.calls.at(-1)).toEqual({ method: "allocations", args: [SERVER, "u"] });
  const both = { ...unbound, migrationAllocations: held };
  const twice = await settle([both], [], [portOn("node-31")], [allocated("node-31", held), allocated("node-31")]);
  expect([twice.wrong, twice.waited, twice.edge.count("ports"), twice.edge.count("allocations")]).toEqual([
    [],
    500,
    1,
    2,
  ]);
  const more = await settle([{ ...detached, migrationAllocations: held }, there()]);
  expect([more.waited, more.edge.count("allocations")]).toEqual([1_000, 0]);
});

it("looks at everything again where ports take longer than a moment", async () => {
  const { edge, wrong, waited } = await settle([unbound, unbound, there()], [], [portOn("node-28")]);
  expect([wrong, waited, edge.count("snapshot"), edge.count("ports")]).toEqual([[], 4_000, 3, 8]);
});

it("looks at everything again where a cloud that is away cannot tell of its ports", async () => {
  const { edge, wrong } = await settle([unbound, there()], [], [new CloudLost("503")]);
  expect([wrong, edge.count("snapshot"), edge.count("ports")]).toEqual([[], 2, 1]);
  await expect(settle([unbound], [], [new TypeError("bug")])).rejects.toThrow("bug");
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
  expect((await settle([hidden], [seen], [], [allocated("node-31")])).waited).toBe(250);
});

it("waits for a cloud that is away, and gives up after a minute", async () => {
  const away = new CloudLost("503");
  expect(await settle([away, away, there()])).toMatchObject({ wrong: [], waited: 2_000 });
  await expect(settle([away])).rejects.toThrow(away);
  await expect(settle([new TypeError("bug")])).rejects.toThrow("bug");
});
