import { mkdir } from "node:fs/promises";
import path from "node:path";

import { labPaths } from "../../lab/api.ts";
import type { MigrationRecord } from "../../migration/contract/record.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import type { Server } from "../../openstack/compute/server.ts";
import { toolchainPaths } from "../../toolchain/paths.ts";
import { GuestShell } from "./guest.ts";
import { DemoError } from "./narrator.ts";
import { observe, tables, type Observation } from "./observation.ts";
import type { DeclaredServer } from "./stack-file.ts";
import type { Stack } from "./stack.ts";

/** A tiny guest under software emulation answers well within this. */
const GUEST_SECONDS = 180;

type Say = (text: string) => void;

/** A server in the stack's outputs. */
export interface ServerOutput {
  id: string;
  migration: MigrationRecord;
}

/** The stack's output: servers by name. */
export async function serverOutputs(stack: Stack): Promise<Record<string, ServerOutput>> {
  const text = await stack.ask("stack", "output", "servers", "--json");
  return JSON.parse(text) as Record<string, ServerOutput>;
}

async function guestOf(server: Server): Promise<GuestShell> {
  const address = server.addresses.find(({ version }) => version === 4)?.address;
  if (address === undefined) throw new DemoError(`${server.name} has no IPv4 address`);
  const folder = path.join(toolchainPaths().state, "demo");
  await mkdir(folder, { recursive: true });
  return new GuestShell(address, labPaths().guestKey, folder, server.id);
}

/** Waits for the guests, and puts a file on the data volume of each that has one. */
export async function prepareGuests(
  cloud: Cloud,
  stack: Stack,
  servers: readonly DeclaredServer[],
  say: Say,
): Promise<void> {
  const ids = await serverOutputs(stack);
  for (const { name, mountPoint } of servers) {
    const guest = await guestOf(await cloud.compute.getServer(ids[name]?.id ?? ""));
    await guest.wait(GUEST_SECONDS);
    say(`${name} answers: ${guest.shown}`);
    if (mountPoint === undefined) continue;
    await guest.prepareDataVolume(mountPoint);
    say(`${name}: /dev/vdb1 is formatted and mounted on ${mountPoint}, with a file of random bytes`);
  }
}

/** Observes each server from outside and inside, and shows the article's tables. */
export async function observeAll(
  cloud: Cloud,
  stack: Stack,
  servers: readonly DeclaredServer[],
  say: Say,
): Promise<Map<string, Observation>> {
  const ids = await serverOutputs(stack);
  const seen = new Map<string, Observation>();
  for (const { name, mountPoint } of servers) {
    const observation = await observe(cloud, ids[name]?.id ?? "", async (server) =>
      (await guestOf(server)).view(mountPoint),
    );
    seen.set(name, observation);
    say(`${tables(observation, (await guestOf(observation.server)).shown)}\n`);
  }
  return seen;
}
