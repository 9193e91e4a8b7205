import { expect, it } from "vitest";
import { byHost } from "../../../../migration/cloud/provider-trees.ts";
import { known, unknown } from "../../../../migration/cloud/snapshot.ts";
import { HOSTS, providerOf } from "../../../support/engine/samples.ts";

const NODE_28 = providerOf("node-28");
const NODE_31 = providerOf("node-31");
const CPU = { VCPU: 1, MEMORY_MB: 1024 };
const ROOTS: Record<string, string> = { nic: NODE_28, gpu: NODE_31, pool: "pool", gone: "gone" };
const rootOf = (provider: string) => {
  const root = ROOTS[provider];
  if (root === undefined) throw new Error(`asked about ${provider}`);
  return Promise.resolve(known(root));
};
const hosts = known(HOSTS);

it("counts what a child provider gives as its host's", async () => {
  const held = known({ [NODE_28]: CPU, nic: { NET_BW_EGR_KILOBIT_PER_SEC: 1000 } });
  expect(await byHost(held, hosts, rootOf)).toEqual(known({ [NODE_28]: { ...CPU, NET_BW_EGR_KILOBIT_PER_SEC: 1000 } }));
});

it("keeps what is held on another host's child provider apart", async () => {
  const held = known({ [NODE_28]: CPU, gpu: { VGPU: 1 } });
  expect(await byHost(held, hosts, rootOf)).toEqual(known({ [NODE_28]: CPU, [NODE_31]: { VGPU: 1 } }));
});

it("leaves out a pool that hosts share, and keeps a compute node that is no host's any more", async () => {
  const held = known({ [NODE_28]: CPU, pool: { DISK_GB: 20 }, gone: CPU });
  expect(await byHost(held, hosts, rootOf)).toEqual(known({ [NODE_28]: CPU, gone: CPU }));
});

it("asks about no host's own provider, and is not known where Placement does not report", async () => {
  const mute = () => Promise.resolve(unknown("403"));
  expect(await byHost(known({ [NODE_28]: CPU }), hosts, mute)).toEqual(known({ [NODE_28]: CPU }));
  expect(await byHost(known({ [NODE_28]: CPU, nic: {} }), hosts, mute)).toEqual(unknown("403"));
  expect(await byHost(unknown("hidden"), hosts, mute)).toEqual(unknown("hidden"));
});
