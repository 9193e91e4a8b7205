/**
 * Runs of pulumi that end before their time while something is made or destroyed, and what docs/operations.md says to do
 * then: exactly that is run here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, eventually, truth, wholeOn } from "../../support/lab/cloud.ts";
import type { FaultMatch } from "../../support/http/fault.ts";
import type { FaultProxy } from "../../support/http/fault-proxy.ts";
import {
  atRequest,
  doAsDocumented,
  endedWhen,
  isClean,
  killAll,
  PATIENCE,
  pending,
  proxied,
} from "../../support/lab/interrupted.ts";
import { settingPath, type Stack } from "../../support/stack/stack.ts";

const HOST = "node-07";
const MADE = "interrupted-create";
const GROWN = "interrupted-volume";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

/** Runs `up` until something is asked for, and kills all of it `before` the cloud hears of it, or `after` it has acted. */
async function killedCreating(
  stack: Stack,
  proxy: FaultProxy,
  asked: FaultMatch,
  moment: "before" | "after",
): Promise<void> {
  await endedWhen(stack, atRequest(proxy, asked, moment));
  proxy.clear();
}

/** What stands in docs/operations.md for the parent, which is a server's component, and the provider. */
const urns = (server: string) => {
  const project = "urn:pulumi:dev::openstack-live-migration::";
  return {
    PARENT: `${project}openstack-live-migration:index:VolumeBackedServer::${server}`,
    PROVIDER: `${project}pulumi:providers:openstack::cloud`,
  };
};

describe("a server's creation", () => {
  let proxy: FaultProxy;
  let stack: Stack;
  beforeAll(async () => {
    ({ stack, proxy } = await proxied(MADE));
    await stack.configure({ [MADE]: HOST });
  });
  afterAll(async () => {
    proxy.clear();
    await stack.destroy();
    await proxy.close();
  });

  const POST = { method: "POST", service: "compute", path: /\/servers$/ } as const;

  async function made(): Promise<string> {
    const servers = await cloud.compute.findServers(MADE);
    expect(servers).toHaveLength(1);
    const { id } = servers[0] ?? { id: "" };
    expect((await stack.servers())[MADE]).toMatchObject({ id, host: HOST });
    expect(await truth(cloud, id)).toEqual(wholeOn(HOST, 1));
    await isClean(stack);
    return id;
  }

  it("is killed before the cloud hears of it: the next `up` makes it", async () => {
    await killedCreating(stack, proxy, POST, "before");
    expect(await pending(stack)).toEqual([expect.stringMatching(/^creating .*:Instance::interrupted-create$/)]);
    expect(await cloud.compute.findServers(MADE)).toEqual([]);
    await doAsDocumented(stack, "the same, during the creation of a server or a volume that the cloud does not have");
    await made();
    await stack.destroy();
  });

  it("is killed when the cloud makes it: the server is taken into the state, and not made twice", async () => {
    await killedCreating(stack, proxy, POST, "after");
    expect(await pending(stack)).toEqual([expect.stringMatching(/^creating .*:Instance::interrupted-create$/)]);
    const [server] = await eventually("Nova has it", PATIENCE, async () => {
      const found = await cloud.compute.findServers(MADE);
      return found[0]?.status === "ACTIVE" && found;
    });
    const fill = { NAME: MADE, ID: server?.id ?? "", ...urns(MADE) };
    await doAsDocumented(stack, "the same, during the creation of a server that the cloud has now", fill);
    expect(await made()).toBe(server?.id);
  });

  it("is undone, and that is killed: `destroy` continues", async () => {
    const destroying = stack.start(["destroy", "--yes", "--skip-preview", "--config-file", stack.configFile]);
    await eventually("the server is on its way out", PATIENCE, async () => {
      const [server] = await cloud.compute.findServers(MADE);
      return server === undefined || server.taskState === "deleting";
    });
    await killAll(destroying);
    await doAsDocumented(stack, "`pulumi destroy`, by SIGKILL, or the machine");
    expect(await cloud.compute.findServers(MADE)).toEqual([]);
    expect(await pending(stack)).toEqual([]);
  });
});

describe("a data volume's creation", () => {
  const VOLUMES = ["interrupted-never", "interrupted-lost"] as const;
  const POST = { method: "POST", service: "block-storage", path: /\/volumes$/ } as const;
  let proxy: FaultProxy;
  let stack: Stack;
  let id: string;
  beforeAll(async () => {
    ({ stack, proxy } = await proxied(GROWN));
    id = (await stack.place({ [GROWN]: HOST }))[GROWN]?.id ?? "";
  });
  afterAll(async () => {
    proxy.clear();
    await stack.destroy();
    await proxy.close();
  });

  /** Declares the server with so many of the data volumes. */
  const declare = (count: number) =>
    stack.configure({ [GROWN]: HOST }, (document) => {
      const volumes = Object.fromEntries(VOLUMES.slice(0, count).map((name) => [name, { sizeGiB: 1 }]));
      document.setIn(settingPath("servers", GROWN, "dataVolumes"), document.createNode(volumes));
    });

  const inCinder = async (name: string) =>
    (await cloud.blockStorage.getVolumes({ allProjects: true })).filter((volume) => volume.name === name);

  /** Made once, attached, and known to the state; the server is where it was, and was not touched. */
  async function made(name: string, count: number): Promise<string> {
    const volumes = await inCinder(name);
    expect(volumes.map(({ attachments }) => attachments.map(({ serverId }) => serverId))).toEqual([[id]]);
    const volumeId = volumes[0]?.id ?? "";
    const output = (await stack.servers())[GROWN];
    expect(output).toMatchObject({ id, host: HOST, migration: { outcome: "already-there" } });
    expect(output?.volumes[name]).toBe(volumeId);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOST, 1 + count));
    await isClean(stack);
    return volumeId;
  }

  it("is killed before the cloud hears of it: the next `up` makes it", async () => {
    const [name] = VOLUMES;
    await declare(1);
    await killedCreating(stack, proxy, POST, "before");
    expect(await pending(stack)).toEqual([expect.stringMatching(new RegExp(`^creating .*:Volume::${GROWN}-${name}$`))]);
    expect(await inCinder(name)).toEqual([]);
    await doAsDocumented(stack, "the same, during the creation of a server or a volume that the cloud does not have");
    await made(name, 1);
  });

  it("is killed when the cloud makes it: the volume is taken into the state, and not made twice", async () => {
    const [, name] = VOLUMES;
    await declare(2);
    await killedCreating(stack, proxy, POST, "after");
    expect(await pending(stack)).toEqual([expect.stringMatching(new RegExp(`^creating .*:Volume::${GROWN}-${name}$`))]);
    const [volume] = await eventually("Cinder has it", PATIENCE, async () => {
      const found = await inCinder(name);
      return found[0]?.status === "available" && found;
    });
    const fill = { NAME: `${GROWN}-${name}`, ID: volume?.id ?? "", ...urns(GROWN) };
    await doAsDocumented(stack, "the same, during the creation of a volume that the cloud has now", fill);
    expect(await made(name, 2)).toBe(volume?.id);
  });
});
