import { setTimeout as sleep } from "node:timers/promises";

import type { Journal } from "../../migration/engine/journal.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { segment } from "../../text/url.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import { declaredNames, type LabThings } from "./agreement.ts";
import { DemoError } from "./narrator.ts";
import type { Declared } from "./stack-file.ts";

const PATIENCE_SECONDS = 120;

/** What of the lab bears on the stack. */
export async function labThings({ compute, blockStorage }: Cloud): Promise<LabThings> {
  const [servers, volumes, aggregates] = await Promise.all([
    compute.getServers({ allProjects: true }),
    blockStorage.getVolumes({ allProjects: true }),
    compute.getAggregates(),
  ]);
  return { servers, volumes, zones: aggregates.map(({ id, name }) => ({ id: String(id), name })) };
}

/** Waits until Nova does nothing with the stack's servers any more: a move whose watcher was killed goes on without it. */
export async function waitForRest(cloud: Cloud, declared: Declared, say: (text: string) => void): Promise<void> {
  const names = declaredNames(declared).servers;
  const until = performance.now() + 5 * PATIENCE_SECONDS * 1000;
  for (let told = false; ; told = true) {
    const servers = await cloud.compute.getServers({ allProjects: true });
    const busy = servers.filter(({ name, taskState }) => names.has(name) && taskState !== null);
    if (busy.length === 0) return;
    const what = busy.map(({ name, taskState }) => `${name} (${taskState ?? ""})`).join(", ");
    if (performance.now() > until) throw new DemoError(`Nova is still at work on ${what}: look at the lab's logs.`);
    if (!told) say(`Nova is still at work on ${what}: waiting for its end.`);
    await sleep(1000);
  }
}

/** Nova's names of what restarts a guest on somebody's wish. */
const RESTARTS = new Set(["reboot", "start", "stop"]);

/**
 * Moves that nobody can verify any more, all of them: the run that was to do so was killed or failed, and the guest was
 * restarted on purpose since. `lab up` does that to guests that ran when the lab went down.
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
  const present = async (): Promise<LabThings> => {
    const things = await labThings(cloud);
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
    // A killed operation may have left it attaching, or attached to a server that is no more.
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
      throw new DemoError(`Not true after ${PATIENCE_SECONDS} s: ${what}. \`npm run lab -- logs\` shows why.`);
    await sleep(1000);
  }
}
