import { describe, expect, test } from "vitest";

import {
  disagreements,
  hasPendingCommands,
  parseExport,
  type LabResources,
  type StackState,
} from "../../../scripts/demo/agreement.ts";
import { table } from "../../../scripts/demo/narrator.ts";
import { unexpectedSteps } from "../../../scripts/demo/preview.ts";
import type { Declared } from "../../../scripts/demo/stack-file.ts";

const MIGRATION = "openstack-live-migration:index:LiveMigration";
const urn = (chain: string, name: string): string => `urn:pulumi:dev::openstack-live-migration::${chain}::${name}`;

describe("the preview of a move", () => {
  const step = (op: string, type: string, name: string): object => ({
    op,
    urn: urn(`${MIGRATION}$${type}`, name),
    newState: { type },
  });
  const judge = (...steps: object[]): string[] => unexpectedSteps({ steps: steps as never }, ["a", "b"]);
  const moves = [step("update", "command:local:Command", "a"), step("update", "command:local:Command", "b")];

  test("updates the migrations, and components that show it", () => {
    expect(judge(...moves, step("same", "openstack:compute/instance:Instance", "a"))).toEqual([]);
    expect(judge(...moves, step("update", MIGRATION, "a"))).toEqual([]);
  });

  test.each([
    [
      "replaces a server",
      step("replace", "openstack:compute/instance:Instance", "a"),
      "replace of openstack:compute/instance:Instance a",
    ],
    [
      "updates a server",
      step("update", "openstack:compute/instance:Instance", "a"),
      "update of openstack:compute/instance:Instance a",
    ],
    [
      "makes a volume",
      step("create", "openstack:blockstorage/volume:Volume", "v"),
      "create of openstack:blockstorage/volume:Volume v",
    ],
    ["replaces a migration", step("replace", "command:local:Command", "a"), "replace of command:local:Command a"],
  ])("is refused if it %s", (_, extra, problem) => {
    expect(judge(...moves, extra)).toEqual([problem]);
  });

  test("is refused if it forgets a server, or shows nothing at all", () => {
    expect(judge(...moves.slice(1))).toEqual(["no update of the migration of a"]);
    expect(unexpectedSteps({}, ["a"])).toEqual(["no update of the migration of a"]);
  });
});

describe("stack and lab", () => {
  const declared: Declared = {
    zones: { nova: ["h"] },
    servers: [{ name: "vm", host: "h", volumes: ["vol"], mountPoint: undefined }],
  };
  const server = {
    urn: urn("openstack:compute/instance:Instance", "vm"),
    type: "openstack:compute/instance:Instance",
    id: "s1",
  };
  const volume = {
    urn: urn("openstack:blockstorage/volume:Volume", "vol"),
    type: "openstack:blockstorage/volume:Volume",
    id: "v1",
  };
  const zone = {
    urn: urn("openstack:compute/aggregateV2:AggregateV2", "nova"),
    type: "openstack:compute/aggregateV2:AggregateV2",
    id: "1",
  };
  const command = { urn: urn("command:local:Command", "vm"), type: "command:local:Command", id: "c" };
  const state: StackState = { resources: [server, volume, zone, command], pending: [] };
  const lab: LabResources = {
    servers: [{ id: "s1", name: "vm", status: "ACTIVE" }],
    volumes: [{ id: "v1", name: "vol" }],
    zones: [{ id: "1", name: "nova" }],
  };
  const nothing: LabResources = { servers: [], volumes: [], zones: [] };

  test("agree when each has what the other has", () => {
    expect(disagreements(state, lab, declared)).toEqual([]);
    expect(disagreements({ resources: [], pending: [] }, nothing, declared)).toEqual([]);
  });

  test("agree whatever else is in the lab", () => {
    const more = { ...lab, servers: [...lab.servers, { id: "s9", name: "other", status: "ERROR" }] };
    expect(disagreements(state, more, declared)).toEqual([]);
  });

  test("do not agree when the lab was wiped, or the state", () => {
    expect(disagreements(state, nothing, declared)).toEqual([
      "server vm is not in the lab",
      "volume vol is not in the lab",
      "zone nova is not in the lab",
    ]);
    expect(disagreements({ resources: [], pending: [] }, lab, declared)).toEqual([
      "server vm (s1) is not in the stack's state",
      "volume vol (v1) is not in the stack's state",
      "zone nova (1) is not in the stack's state",
    ]);
  });

  test("do not agree when something was half made, or is broken", () => {
    const half = { ...state, pending: [{ type: "creating", resource: server }] };
    expect(disagreements(half, lab, declared)).toEqual(["the CLI was killed while it made vm"]);
    const broken = { ...lab, servers: [{ id: "s1", name: "vm", status: "ERROR" }] };
    expect(disagreements(state, broken, declared)).toEqual(["server vm is in ERROR"]);
  });

  test("agree when only a move was cut off; its creation has to be cleared, its update not", () => {
    const cut = (type: string): StackState => ({ ...state, pending: [{ type, resource: command }] });
    expect(disagreements(cut("creating"), lab, declared)).toEqual([]);
    expect([hasPendingCommands(cut("creating")), hasPendingCommands(cut("updating"))]).toEqual([true, false]);
  });

  test("are read from an export, an empty one too", () => {
    expect(parseExport('{"version": 3, "deployment": {"manifest": {}}}')).toEqual({ resources: [], pending: [] });
    const pending = [{ type: "creating", resource: server }];
    const text = JSON.stringify({ deployment: { resources: [server], pending_operations: pending } });
    expect(parseExport(text)).toEqual({ resources: [server], pending });
  });
});

test("a table is drawn as the openstack client draws it", () => {
  expect(
    table(
      ["Field", "Value"],
      [
        ["id", "1"],
        ["volumes", "a\nbb"],
      ],
    ),
  ).toBe(
    [
      "+---------+-------+",
      "| Field   | Value |",
      "+---------+-------+",
      "| id      | 1     |",
      "| volumes | a     |",
      "|         | bb    |",
      "+---------+-------+",
    ].join("\n"),
  );
});
