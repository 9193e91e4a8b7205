import * as fc from "fast-check";
import { CloudLost } from "../../../migration/contract/failure.ts";
import { hostIdOf } from "../../../migration/cloud/places.ts";
import { known, unknown, type Known, type MigrationEntry, type Snapshot } from "../../../migration/cloud/snapshot.ts";
import {
  BOOT,
  DATA,
  entry,
  HOSTS,
  observed,
  PORT,
  PROJECT,
  providerOf,
  RESOURCES,
  server,
  snapshot,
  volume,
} from "./samples.ts";
import type { Script } from "./scripted-cloud.ts";

const host = fc.constantFrom("node-28", "node-31", "node-27");
const status = fc.constantFrom("ACTIVE", "ACTIVE", "MIGRATING", "PAUSED", "ERROR", "SHUTOFF");
const taskState = fc.constantFrom(null, null, "migrating", "rebooting");
const recordStatus = fc.constantFrom(
  ...["accepted", "queued", "preparing", "running", "running (post-copy)", "completed", "failed", "cancelled", "error"],
);

/** Mostly as given, now and then not visible. */
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Known<T>> =>
  fc.oneof(
    { weight: 9, arbitrary: value.map((sure) => known(sure)) },
    { weight: 1, arbitrary: fc.constant(unknown("hidden")) },
  );

/** Mostly the wish come true, else anything. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Records, newest first; ids up to 6 are those of earlier moves. */
const entriesEnding = (ends: string, ids: { min: number; max: number }): fc.Arbitrary<MigrationEntry[]> => {
  const one = fc.record({
    id: fc.integer(ids),
    status: fc.oneof({ weight: 3, arbitrary: fc.constant(ends) }, { weight: 2, arbitrary: recordStatus }),
    destCompute: mostly<string | null>("node-31", fc.oneof(host, fc.constant(null))),
  });
  return fc
    .uniqueArray(
      one.map((over) => entry(over)),
      { maxLength: 3, selector: ({ id }) => id },
    )
    .map((list) => list.sort((a, b) => b.id - a.id));
};

/** A snapshot in which anything may be wrong; `on` is where it usually says that the server is. */
export const snapshotOn = (on: string): fc.Arbitrary<Snapshot> =>
  fc
    .record({
      place: mostly(on, host),
      status: mostly("ACTIVE", status),
      taskState: mostly<string | null>(null, taskState),
      vmState: mostly<string | null>("active", fc.constantFrom("error", "paused", "stopped", null)),
      visible: mostly(true, fc.boolean()),
      volumes: mostly([BOOT, DATA], fc.subarray([BOOT, DATA, "another"])),
      attachedOn: mostly([on], fc.subarray(["node-28", "node-31"])),
      cinder: mostly("in-use", fc.constantFrom("available", "attaching")),
      portOn: mostly<string | null>(on, fc.oneof(host, fc.constant(null))),
      allocatedOn: mostly(on, host),
      pin: mostly<string | null>(null, fc.constantFrom("nova", "nova2")),
      max: fc.constantFrom("2.60" as const, "2.93" as const, "2.96" as const, "2.104" as const),
      migrations: maybe(entriesEnding("completed", { min: 4, max: 6 })),
      blind: fc.record({
        volumes: maybe(fc.constant(0)),
        attachments: maybe(fc.constant(0)),
        hosts: maybe(fc.constant(0)),
      }),
      image: mostly<string | null>(null, fc.constant("cirros")),
    })
    .map((facts) => {
      const { blind } = facts;
      const places = facts.attachedOn.map((place) => ({ serverId: server().id, host: place }));
      const base = snapshot({}, on);
      return {
        ...base,
        microversions: { min: "2.1", max: facts.max },
        server: {
          ...server({
            host: facts.place,
            status: facts.status,
            taskState: facts.taskState,
            vmState: facts.vmState,
            image: facts.image,
          }),
          hostId: hostIdOf(PROJECT, facts.place),
          ...(facts.visible ? {} : { host: null, hypervisorHostname: null }),
          volumes: facts.volumes.map((id) => ({ id, device: null })),
          pin: { known: true, zone: facts.pin },
        },
        hosts: blind.hosts.known ? base.hosts : blind.hosts,
        migrations: facts.migrations,
        volumes: blind.volumes.known
          ? known(facts.volumes.map((id) => volume(id, null, { status: facts.cinder, attachments: places })))
          : blind.volumes,
        attachments: blind.attachments.known
          ? known(
              facts.volumes.flatMap((volumeId) =>
                places.map((_, i) => ({ id: `${volumeId}-${i}`, volumeId, status: "attached" })),
              ),
            )
          : blind.attachments,
        ports: known([{ id: PORT, host: facts.portOn, status: "ACTIVE" }]),
        allocations: known({ [providerOf(facts.allocatedOn)]: RESOURCES }),
        migrationAllocations: known({}),
      } satisfies Snapshot;
    });

const lookAt = (on: string) =>
  fc
    .record({
      host: mostly(on, host),
      status: mostly("ACTIVE", status),
      taskState: mostly<string | null>(null, taskState),
    })
    .map((over) => observed(over));

/** One answer, or now and then an error instead. */
const orLost = <T>(answer: fc.Arbitrary<T>): fc.Arbitrary<T | Error> =>
  fc.oneof({ weight: 15, arbitrary: answer }, { weight: 1, arbitrary: fc.constant(new CloudLost("503")) });

const many = <T>(answer: fc.Arbitrary<T>) => fc.array(answer, { minLength: 1, maxLength: 6 });

const counters = fc.option(
  fc.record({
    status: fc.constantFrom("queued", "preparing", "running"),
    totalBytes: fc.constant(1000),
    processedBytes: fc.constant(0),
    remainingBytes: fc.integer({ min: 0, max: 1000 }),
  }),
);

const startAnswer = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ outcome: "accepted" as const, requestId: "req-1" }) },
  { weight: 2, arbitrary: fc.constant({ outcome: "unknown" as const, reason: "cut" }) },
  { weight: 1, arbitrary: fc.constant({ outcome: "refused" as const, busy: true, message: "no", requestId: null }) },
);

const leavesQueue = <T extends MigrationEntry[] | Error | null>(list: T) =>
  Array.isArray(list)
    ? list.map((one) => ({ ...one, status: one.status === "queued" ? "running" : one.status }))
    : list;

/** A cloud that answers anything to everything, most often what a move that works (or does not) would look like. */
export const anyCloud: fc.Arbitrary<Script> = fc
  .constantFrom(["node-31", "completed"] as const, ["node-28", "failed"] as const, ["node-28", "error"] as const)
  .chain(([on, ends]) =>
    fc.record({
      before: fc.oneof(
        { weight: 3, arbitrary: snapshotOn("node-28") },
        { weight: 1, arbitrary: snapshotOn("node-31") },
      ),
      after: many(orLost(snapshotOn(on))),
      server: many(
        orLost(fc.oneof({ weight: 20, arbitrary: lookAt(on) }, { weight: 1, arbitrary: fc.constant("gone" as const) })),
      ),
      migrations: many(
        orLost(
          fc.oneof(
            { weight: 9, arbitrary: entriesEnding(ends, { min: 6, max: 9 }) },
            { weight: 1, arbitrary: fc.constant(null) },
          ),
        ),
      ),
      counters: many(orLost(counters)),
      hosts: many(orLost(maybe(fc.constant(HOSTS)))),
      ports: many(orLost(maybe(host.map((place) => [{ id: PORT, host: place, status: "ACTIVE" }])))),
      allocations: many(
        orLost(
          fc.record({
            allocations: maybe(host.map((place) => ({ [providerOf(place)]: RESOURCES }))),
            migrationAllocations: maybe(fc.constant({})),
          }),
        ),
      ),
      start: startAnswer,
      pin: fc.record({
        outcome: fc.constantFrom("accepted" as const, "declined" as const, "unanswered" as const),
        message: fc.constant("well"),
      }),
    }),
  )
  .map(({ before, after, server: looks, migrations, counters: bytes, hosts, ports, allocations, start, pin }) => ({
    resolveServer: [server().id],
    snapshot: [before, ...after],
    server: looks,
    // A queue that never ends is one that is waited for without end: no run to judge.
    migrations: [...migrations.slice(0, -1), ...migrations.slice(-1).map(leavesQueue)],
    counters: bytes,
    hosts,
    ports,
    allocations,
    start: [start],
    pin: [pin],
    abort: [{ outcome: "accepted", message: "accepted" }],
    forceComplete: [{ outcome: "accepted", message: "accepted" }],
    failureReason: [null],
  }));
