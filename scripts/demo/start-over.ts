import { setTimeout as sleep } from "node:timers/promises";

import type { Journal } from "../../migration/engine/journal.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { segment } from "../../text/url.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import { declaredNames, type LabResources } from "./agreement.ts";
import { DemoError } from "./narrator.ts";
import type { Declared } from "./stack-file.ts";

const PATIENCE_SECONDS = 120;

/** The lab's servers, volumes and zones. */
export async function labResources({ compute, blockStorage }: Cloud): Promise<LabResources> {
  const [servers, volumes, aggregates] = await Promise.all([
    compute.getServers({ allProjects: true }),
    blockStorage.getVolumes({ allProjects: true }),
    compute.getAggregates(),
  ]);
  return { servers, volumes, zones: aggregates.map(({ id, name }) => ({ id: String(id), name })) };
}

/** Waits until the stack's servers are idle: a move whose watcher was killed continues without it. */
export async function waitForRest(cloud: Cloud, declared: Declared, say: (text: string) => void): Promise<void> {
  const names = declaredNames(declared).servers;
  const until = performance.now() + 5 * PATIENCE_SECONDS * 1000;
  for (let reported = false; ; reported = true) {
    const servers = await cloud.compute.getServers({ allProjects: true });
    const busy = servers.filter(({ name, taskState }) => names.has(name) && taskState !== null);
    if (busy.length === 0) return;
    const what = busy.map(({ name, taskState }) => `${name} (${taskState ?? ""})`).join(", ");
    if (performance.now() > until) throw new DemoError(`Nova is still working on ${what}: see the lab's logs.`);
    if (!reported) say(`Nova is still working on ${what}: waiting.`);
    await sleep(1000);
  }
}

/** Nova's names of requested actions that restart a guest. */
const RESTARTS = new Set(["reboot", "start", "stop"]);

/**
 * Moves that can no longer be verified: their run was killed or failed, and the guest was restarted on purpose since then.
 * `lab up` restarts guests that ran when the lab went down.
 */
export async function unverifiableMoves(cloud: Cloud, journal: Journal, declared: Declared): Promise<string[]> {
  const names = declaredNames(declared).servers;
  const reasons: string[] = [];
  for (const { id, name } of await cloud.compute.getServers({ allProjects: true })) {
    const entry = names.has(name) ? await journal.read(id) : null;
    if (entry === null) continue;
    const actions = await cloud.compute.getInstanceActions(id);
    const since = Date.parse(entry.intendedAt);
    if (actions.some(({ action, startTime }) => RESTARTS.has(action) && Date.parse(startTime) > since)) {
      reasons.push(`the last move of ${name} was not verified, and the guest was restarted since`);
    }
  }
  return reasons;
}

/** Deletes the stack's servers, volumes and zones from the lab by their names. */
export async function removeFromLab(cloud: Cloud, declared: Declared): Promise<void> {
  const names = declaredNames(declared);
  const request = (service: "compute" | "block-storage", method: "DELETE" | "POST", path: string, body?: unknown) =>
    cloud.session.request(service, { method, path, body }).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    });
  const present = async (): Promise<LabResources> => {
    const things = await labResources(cloud);
    return {
      servers: things.servers.filter(({ name }) => names.servers.has(name)),
      volumes: things.volumes.filter(({ name }) => names.volumes.has(name)),
      zones: things.zones.filter(({ name }) => names.zones.has(name)),
    };
  };

  const found = await present();
  for (const { id } of found.servers) await request("compute", "DELETE", `/servers/${segment(id)}`);
  await until("servers are gone", async () => (await present()).servers.length === 0);
  for (const { id } of found.volumes) {
    // A killed operation may have left it attaching, or attached to a deleted server.
    await request("block-storage", "POST", `/volumes/${segment(id)}/action`, { "os-force_delete": {} });
  }
  await until("volumes are gone", async () => (await present()).volumes.length === 0);
  const aggregates = await cloud.compute.getAggregates();
  for (const { id, hosts } of aggregates.filter(({ name }) => names.zones.has(name))) {
    for (const host of hosts) {
      await request("compute", "POST", `/os-aggregates/${id}/action`, { remove_host: { host } });
    }
    await request("compute", "DELETE", `/os-aggregates/${id}`);
  }
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  while (!(await done())) {
    if (performance.now() > end)
      throw new DemoError(`Timed out after ${PATIENCE_SECONDS} s, waiting until ${what}: see \`npm run lab -- logs\`.`);
    await sleep(1000);
  }
}
