/**
 * Runs of pulumi that end before their time, and what docs/operations.md says to do then: exactly that is run here. What
 * needs a guest, or an engine that is killed alone: test/lab/2-interrupted.test.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { labPaths, setPace } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/cloud.ts";
import type { FaultMatch } from "../support/fault.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { nextCommands } from "../support/next-commands.ts";
import { descendantsOf, processes } from "../support/processes.ts";
import { changesByName, settingPath, Stack, type Result, type Running } from "../support/stack.ts";
import { tempPath } from "../support/temp-folder.ts";

const HOSTS = ["node-07", "node-08"] as const;
const MOVED = "interrupted-move";
const MADE = "interrupted-create";
const GROWN = "interrupted-volume";
/** Long enough for a machine that does much else. */
const PATIENCE = 180;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

const said = ({ stdout, stderr }: Result) => `${stdout}\n${stderr}`;

/** Does what docs/operations.md says for a row; every command must succeed. */
async function doAsDocumented(stack: Stack, row: string, fill: Record<string, string> = {}): Promise<string> {
  let all = "";
  for (const command of nextCommands(row, fill)) {
    const asks = command[0] === "cancel" || command[0] === "preview" ? [] : ["--yes", "--skip-preview"];
    const file = command[0] === "cancel" ? [] : ["--config-file", stack.configFile];
    const result = await stack.run([...command, ...asks, ...file]);
    expect([command.join(" "), result.exitCode, said(result)]).toEqual([command.join(" "), 0, expect.any(String)]);
    all += said(result);
  }
  return all;
}

async function isClean(stack: Stack): Promise<void> {
  const { deployment } = JSON.parse(await stack.state()) as { deployment: { pending_operations?: unknown[] | null } };
  expect(deployment.pending_operations ?? []).toEqual([]);
  const { steps, result } = await stack.preview();
  expect([result.exitCode, result.stderr, changesByName(steps)]).toEqual([0, "", []]);
}

/** As a power cut: nothing of it gets a last word. */
async function killAll(run: Running): Promise<void> {
  const pids = [run.pid, ...(await descendantsOf(run.pid, ""))];
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  await run.ended;
}

/** Runs `up` until something is asked for, and kills all of it `before` the cloud hears of it, or `after` it has acted. */
async function killedCreating(
  stack: Stack,
  proxy: FaultProxy,
  asked: FaultMatch,
  moment: "before" | "after",
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const { promise: now, resolve: reached } = Promise.withResolvers<undefined>();
  const wait = () => {
    reached(undefined);
    return over;
  };
  if (moment === "before") proxy.add(asked, { kind: "cut", when: "before" }, wait);
  else proxy.add(asked, { kind: "cut", when: "after" }, undefined, wait);
  const update = stack.startUp();
  await Promise.race([now, update.ended.then((result) => Promise.reject(new Error(said(result))))]);
  await killAll(update);
  resolve(undefined);
  proxy.clear();
}

/** What the state has begun and does not know the end of. */
async function pending(stack: Stack): Promise<string[]> {
  const { deployment } = JSON.parse(await stack.state()) as {
    deployment: { pending_operations?: { type: string; resource: { urn: string } }[] | null };
  };
  return (deployment.pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn}`);
}

/** What stands in docs/operations.md for the parent, which is a server's component, and the provider. */
const urns = (server: string) => {
  const project = "urn:pulumi:dev::openstack-live-migration::";
  return {
    PARENT: `${project}openstack-live-migration:index:VolumeBackedServer::${server}`,
    PROVIDER: `${project}pulumi:providers:openstack::cloud`,
  };
};

/** A stack whose requests go through a proxy. */
async function proxied(name: string): Promise<{ stack: Stack; proxy: FaultProxy }> {
  const clouds = tempPath("clouds.yaml");
  const proxy = await FaultProxy.forClouds(labPaths().cloudsFile, clouds);
  const config = { servers: { [name]: {} } };
  return { stack: await Stack.open({ name, config, env: { OS_CLIENT_CONFIG_FILE: clouds } }), proxy };
}

describe("a move", () => {
  let stack: Stack;
  let id: string;
  beforeAll(async () => {
    stack = await Stack.open({ name: MOVED, config: { servers: { [MOVED]: {} } } });
    id = (await stack.place({ [MOVED]: HOSTS[0] }))[MOVED]?.id ?? "";
  });
  afterAll(async () => {
    setPace(undefined, id);
    await stack.destroy();
  });

  /** An `up` that has the server on its way, and Nova half done until {@link goOn}. */
  async function underWay() {
    const before = await migrationCount(cloud, id);
    const { host } = await cloud.compute.getServer(id);
    const target = host === HOSTS[0] ? HOSTS[1] : HOSTS[0];
    setPace({ seconds: 1, stall_at: 0.5 }, id);
    onTestFinished(goOn);
    await stack.configure({ [MOVED]: target });
    const update = stack.startUp();
    await eventually("Nova migrates it", PATIENCE, async () => {
      const [latest] = await cloud.compute.getMigrations({ instanceId: id, limit: 1 });
      return (await migrationCount(cloud, id)) > before && latest?.status === "running";
    });
    return { update, before, target };
  }

  const goOn = () => {
    setPace(undefined, id);
  };

  /** It was moved once, and everything is verified. */
  async function moved({ before, target }: { before: number; target: string }): Promise<void> {
    const output = (await stack.servers())[MOVED];
    expect(output).toMatchObject({ id, host: target, migration: { outcome: "migrated" } });
    expect(output?.migration.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await migrationCount(cloud, id)).toBe(before + 1);
    expect(await truth(cloud, id)).toEqual(wholeOn(target, 1));
    await isClean(stack);
  }

  const SIGNALS = [
    { row: "`pulumi up`, by Ctrl-C", kills: ["SIGINT"] },
    { row: "`pulumi up`, by SIGTERM", kills: ["SIGTERM"] },
    { row: "`pulumi up`, by Ctrl-C twice", kills: ["SIGINT", "SIGINT"] },
  ] as const;
  it.each(SIGNALS)("$row: the next `up` adopts it", async ({ row, kills }) => {
    const move = await underWay();
    for (const signal of kills) {
      move.update.kill(signal);
      await sleep(300);
    }
    expect((await move.update.ended).exitCode).not.toBe(0);
    goOn();
    await doAsDocumented(stack, row);
    await moved(move);
  });

  it("loses pulumi alone: its engine watches on, and the next `up` adopts the same migration", async () => {
    const move = await underWay();
    const [engine] = await descendantsOf(move.update.pid, "live-migrate.js");
    move.update.kill("SIGKILL");
    await move.update.ended;
    const locked = await stack.up();
    expect([locked.exitCode === 0, said(locked)]).toEqual([false, expect.stringContaining("currently locked")]);
    goOn();
    await doAsDocumented(stack, "`pulumi up` alone, by SIGKILL");
    await moved(move);
    await eventually("the orphan has ended", PATIENCE, async () => {
      return (await processes()).every(({ pid }) => pid !== engine);
    });
  });

  it("loses everything at once", async () => {
    const move = await underWay();
    await killAll(move.update);
    goOn();
    await doAsDocumented(stack, "everything at once: the machine, the CI runner");
    await moved(move);
  });

  it("is not disturbed by a second `up`, which is refused", async () => {
    const move = await underWay();
    const second = await stack.up();
    expect([second.exitCode === 0, said(second)]).toEqual([false, expect.stringContaining("currently locked")]);
    goOn();
    expect((await move.update.ended).exitCode).toBe(0);
    await doAsDocumented(stack, "nothing: an `up` is refused, for another one runs");
    await moved(move);
  });

  it("happens once although `pulumi cancel` let another `up` in", async () => {
    const move = await underWay();
    expect((await stack.run(["cancel", "--yes"])).exitCode).toBe(0);
    const second = stack.startUp();
    await eventually("the second engine runs", PATIENCE, async () => {
      return (await descendantsOf(second.pid, "live-migrate.js")).length > 0;
    });
    goOn();
    await Promise.all([move.update.ended, second.ended]);
    await doAsDocumented(stack, "nothing: `pulumi cancel` took the lock off one that runs");
    await moved(move);
  });

  it("is read in its middle by `pulumi refresh`", async () => {
    const move = await underWay();
    await killAll(move.update);
    expect((await stack.run(["cancel", "--yes"])).exitCode).toBe(0);
    const refreshed = await stack.run(["refresh", "--yes", "--skip-preview", "--config-file", stack.configFile]);
    expect([refreshed.exitCode, said(refreshed)]).toEqual([0, expect.any(String)]);
    goOn();
    await eventually("it has arrived", PATIENCE, async () => {
      const { host, taskState } = await cloud.compute.getServer(id);
      return host === move.target && taskState === null;
    });
    const stale = await stack.preview();
    expect([stale.result.exitCode, stale.said]).toEqual([0, expect.any(String)]);
    await doAsDocumented(stack, "nothing: `pulumi refresh` ran while a server moved");
    await moved(move);
  });

  it("is previewed, and the preview is killed: nothing is left of it", async () => {
    const { host } = await cloud.compute.getServer(id);
    const before = await migrationCount(cloud, id);
    await stack.configure({ [MOVED]: host === HOSTS[0] ? HOSTS[1] : HOSTS[0] });
    const preview = stack.start(["preview", "--config-file", stack.configFile]);
    await eventually(
      "the program runs",
      PATIENCE,
      async () => (await descendantsOf(preview.pid, "index.ts")).length > 0,
    );
    await killAll(preview);
    expect(await doAsDocumented(stack, "`pulumi preview`, however")).toContain(`command:local:Command ${MOVED} update`);
    expect(await migrationCount(cloud, id)).toBe(before);
    await stack.configure({ [MOVED]: host ?? "" });
    await isClean(stack);
  });
});

describe("a server's creation", () => {
  let proxy: FaultProxy;
  let stack: Stack;
  beforeAll(async () => {
    ({ stack, proxy } = await proxied(MADE));
    await stack.configure({ [MADE]: HOSTS[0] });
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
    expect((await stack.servers())[MADE]).toMatchObject({ id, host: HOSTS[0] });
    expect(await truth(cloud, id)).toEqual(wholeOn(HOSTS[0], 1));
    await isClean(stack);
    return id;
  }

  it("is killed before the cloud hears of it: the next `up` makes it", async () => {
    await killedCreating(stack, proxy, POST, "before");
    expect(await pending(stack)).toEqual([expect.stringMatching(/^creating .*:Instance::interrupted-create$/)]);
    expect(await cloud.compute.findServers(MADE)).toEqual([]);
    await doAsDocumented(stack, "… while it created a server or a volume that the cloud has not");
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
    await doAsDocumented(stack, "… while it created a server that the cloud has now", fill);
    expect(await made()).toBe(server?.id);
  });

  it("is undone, and that is killed: `destroy` goes on", async () => {
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
    id = (await stack.place({ [GROWN]: HOSTS[0] }))[GROWN]?.id ?? "";
  });
  afterAll(async () => {
    proxy.clear();
    await stack.destroy();
    await proxy.close();
  });

  /** Declares the server with so many of the data volumes. */
  const declare = (count: number) =>
    stack.configure({ [GROWN]: HOSTS[0] }, (document) => {
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
    expect(output).toMatchObject({ id, host: HOSTS[0], migration: { outcome: "already-there" } });
    expect(output?.volumes[name]).toBe(volumeId);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOSTS[0], 1 + count));
    await isClean(stack);
    return volumeId;
  }

  it("is killed before the cloud hears of it: the next `up` makes it", async () => {
    const [name] = VOLUMES;
    await declare(1);
    await killedCreating(stack, proxy, POST, "before");
    expect(await pending(stack)).toEqual([expect.stringMatching(new RegExp(`^creating .*:Volume::${GROWN}-${name}$`))]);
    expect(await inCinder(name)).toEqual([]);
    await doAsDocumented(stack, "… while it created a server or a volume that the cloud has not");
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
    await doAsDocumented(stack, "… while it created a volume that the cloud has now", fill);
    expect(await made(name, 2)).toBe(volume?.id);
  });
});
