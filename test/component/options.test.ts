/** Options that a program gives a component, as Pulumi promises them to reach all resources in it. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { AvailabilityZone, LiveMigration, VolumeBackedServer } from "../../components/index.ts";
import { inject } from "../../components/injected.ts";
import { recordOf } from "../support/engine/record.ts";
import { declare } from "../support/stack/declared.ts";

const PROVIDER = "pulumi:providers:openstack";
const answers = {
  [PROVIDER]: () => ({}),
  "openstack:compute/aggregateV2:AggregateV2": () => ({}),
  "openstack:compute/instance:Instance": () => ({}),
  "openstack:blockstorage/volume:Volume": () => ({}),
  "openstack:compute/volumeAttach:VolumeAttach": () => ({}),
  "command:local:Command": () => ({ stdout: JSON.stringify(recordOf()), stderr: "" }),
};

/** Every component, with these options. */
function components(opts: pulumi.ComponentResourceOptions): void {
  new AvailabilityZone("nova", { hosts: ["node-28"] }, opts);
  const args = {
    flavor: "m1.nano",
    networks: [{ name: "flat" }],
    bootVolume: { volumeId: "b0" },
    dataVolumes: { data: { sizeGiB: 1 } },
  };
  const { serverId } = new VolumeBackedServer("vm", inject(args, { guard: null }), opts);
  new LiveMigration("vm", inject({ serverId, host: "node-28" }, { planner: null }), opts);
}

describe("the components", () => {
  it("give the program's provider to every resource of the cloud", async () => {
    const { resources } = await declare((opts) => {
      const providers = [new openstack.Provider("mine", { cloud: "prod" })];
      components({ ...opts, providers });
    }, answers);
    const ofCloud = resources.filter(({ type }) => type.startsWith("openstack:"));
    expect(ofCloud.map(({ name }) => name).sort()).toEqual(["nova", "vm", "vm-data", "vm-data"]);
    for (const { name, provider = "" } of ofCloud) {
      expect([name, provider]).toEqual([name, expect.stringContaining(`${PROVIDER}::mine::`)]);
    }
  });

  it("let a transformation change every resource in them", async () => {
    const seen: string[] = [];
    const rename: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
      seen.push(`${type} ${name}`);
      if (type !== "openstack:compute/instance:Instance") return undefined;
      return { props: { ...(props as object), metadata: { team: "a" } }, opts };
    };
    const { resources } = await declare((opts) => {
      components({ ...opts, transformations: [...(opts.transformations ?? []), rename] });
    }, answers);
    for (const { type, name } of resources) expect(seen).toContain(`${type} ${name}`);
    expect(resources.find(({ type }) => type.endsWith(":Instance"))?.inputs["metadata"]).toEqual({ team: "a" });
  });
});
