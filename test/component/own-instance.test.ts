import { setTimeout } from "node:timers/promises";
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test, vi } from "vitest";
import { inject } from "../../components/injected.ts";
import { LiveMigration } from "../../components/live-migration.ts";
import { noteInstance } from "../../components/own-instance/declared-instances.ts";
import { MovePlanner } from "../../components/preview/move-planner.ts";
import { plan, planDocument } from "../../migration/plan/plan.ts";
import { plannedMove } from "../../migration/plan/combined-capacity.ts";
import { declare } from "../support/stack/declared.ts";
import { recordOf } from "../support/engine/record.ts";
import { server, snapshot } from "../support/engine/samples.ts";

const INSTANCE = "openstack:compute/instance:Instance";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Run {
  /** Options of the Instance. */
  options?: pulumi.CustomResourceOptions;
  availabilityZone?: string;
  /** How the migration is given the server. */
  serverId?: (instance: openstack.compute.Instance) => pulumi.Input<string>;
  dryRun?: boolean;
}

/** What a program says that declares an Instance, and its migration from node-28 (nova) to node-31 (nova2). */
async function warnings({ options, availabilityZone, serverId = ({ id }) => id, dryRun = true }: Run) {
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(dryRun);
  vi.spyOn(pulumi.log, "info").mockResolvedValue();
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const planner = new MovePlanner({
    lastRuns: () => Promise.resolve(() => ({ kind: "none" })),
    survey: () =>
      Promise.resolve({
        plan: (request) => {
          const facts = snapshot({ server: server({ id: request.server }) });
          const decided = plan(request, facts);
          const document = planDocument(decided, facts);
          const move = plannedMove(decided, facts);
          return Promise.resolve({ planned: true, document, onTarget: false, updatedAt: null, move });
        },
        combinedFindings: () => Promise.resolve([]),
      }),
  });
  const record = recordOf();
  // A preview reads an older one from the state.
  const finishedAt = dryRun ? record.timings.finishedAt : new Date(Date.now() + 60_000).toISOString();
  const moved = { ...record, timings: { ...record.timings, finishedAt } };
  await declare(
    (opts) => {
      const instance = new openstack.compute.Instance(
        "vm",
        { flavorName: "m1.nano", imageName: "guest", ...(availabilityZone !== undefined && { availabilityZone }) },
        { ...options, transformations: [...(opts.transformations ?? []), noteInstance] },
      );
      new LiveMigration("vm", inject({ serverId: serverId(instance), host: "node-31" }, { planner }), opts);
    },
    {
      [INSTANCE]: () => ({}),
      "command:local:Command": () => ({ stdout: JSON.stringify(moved), stderr: "" }),
    },
  );
  // What an `up` says of a finished move, no resource waits for.
  await setTimeout(50);
  return warn.mock.calls.map(([text]) => text).filter((text) => text.includes("ignoreChanges"));
}

describe("LiveMigration beside an Instance of the program's own", () => {
  test.each([true, false])(
    "warns that a refresh would have it replaced in its new zone (preview: %s)",
    async (dryRun) => {
      const said = await warnings({ availabilityZone: "nova", dryRun });
      expect(said).toEqual([
        expect.stringMatching(/^Instance vm declares availabilityZone "nova", and the server is in nova2/),
      ]);
    },
  );

  test("says nothing while a transform of the stack may add what is missing", async () => {
    // A monitor of Pulumi's mocks takes no transforms.
    const callbacks = { _callbacks: new Map([["transform", () => undefined]]) };
    vi.spyOn(pulumi.runtime, "getCallbacks").mockReturnValue(callbacks as never);
    expect(await warnings({ availabilityZone: "nova" })).toEqual([]);
  });

  test.each<[string, Run]>([
    ["declares no zone", {}],
    ["ignores a change of its zone", { availabilityZone: "nova", options: { ignoreChanges: ["availabilityZone"] } }],
    ["ignores all changes", { availabilityZone: "nova", options: { ignoreChanges: ["*"] } }],
    ["may be changed by a transform", { availabilityZone: "nova", options: { transforms: [() => undefined] } }],
    ["is not where the server's id is from", { availabilityZone: "nova", serverId: () => "5e" }],
    [
      "is one of several that the id is from",
      {
        availabilityZone: "nova",
        serverId: ({ id }) => {
          const other = { transformations: [noteInstance] };
          const another = new openstack.compute.Instance("other", { availabilityZone: "nova" }, other);
          return pulumi.all([id, another.id]).apply(([first]) => first);
        },
      },
    ],
  ])("says nothing of one that %s", async (_, run) => {
    expect(await warnings(run)).toEqual([]);
    expect(await warnings({ ...run, dryRun: false })).toEqual([]);
  });
});
