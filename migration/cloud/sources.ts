import type { Skipped } from "../../openstack/http/answer.ts";
import { HttpError, NoEndpointError, OpenStackError, ProtocolError, isStatus } from "../../openstack/http/errors.ts";
import type { MicroversionRange } from "../../openstack/http/microversion.ts";
import type { Server } from "../../openstack/compute/server.ts";
import {
  known,
  unknown,
  type GroupFacts,
  type HostFacts,
  type Known,
  type MigrationEntry,
  type Snapshot,
  type VolumeState,
} from "./snapshot.ts";

/**
 * Where a snapshot's facts come from: per server ({@link ./per-server-sources.ts}), or from lists that many servers share
 * ({@link ./bulk-sources.ts}). A fact that a source cannot get is unknown with a reason.
 */
export interface Sources {
  /** @throws HttpError with status 404, or RangeError, if this user sees no such server. */
  server(id: string): Promise<Server>;
  microversions(): Promise<MicroversionRange>;
  hosts(): Promise<Known<HostFacts[]>>;
  /** Live ones, newest first. */
  migrations(id: string): Promise<Known<MigrationEntry[]>>;
  /** Those of any type, newest first. */
  moves(id: string): Promise<Known<MigrationEntry[]>>;
  /** Those of the ids that are visible. */
  volumes(ids: readonly string[]): Promise<Known<VolumeState[]>>;
  attachments(id: string): Promise<Snapshot["attachments"]>;
  ports(id: string): Promise<Snapshot["ports"]>;
  /** Of a server, or of a migration by its uuid. */
  allocations(consumer: string): Promise<Snapshot["allocations"]>;
  /** The root of the tree that a resource provider belongs to. */
  rootOf(provider: string): Promise<Known<string>>;
  /** Providers that can take the server once more; `host` null: anywhere. */
  fitting(server: Server, host: string | null): Promise<Known<string[]>>;
  groups(server: Server): Promise<Known<GroupFacts[]>>;
  /**
   * INACTIVE bindings of the server's ports. Undefined: not asked for, which takes a request for each port.
   *
   * @param host the destination: ports that are bound to it already are left out; null: any may be chosen
   */
  bindings(id: string, host: string | null): Promise<Snapshot["bindings"]>;
  /** Undefined: not asked for, which takes a request for each server. */
  shares(id: string): Promise<Snapshot["shares"]>;
}

/** Reads a list, and collects the entries that could not be read. */
type Read<T> = (skipped: Skipped[]) => Promise<T>;

async function readWithGap<T>(read: Read<T>): Promise<Known<T>> {
  const skipped: Skipped[] = [];
  const value = await read(skipped);
  return known(value, skipped.length === 0 ? undefined : gapOf(skipped));
}

/** Why a list is not whole. */
export function gapOf(skipped: readonly Skipped[]): string {
  const entries = skipped.map(({ at, problem }) => `${at}: ${problem}`);
  const first = entries[0] ?? "";
  return entries.length === 1
    ? `an entry cannot be read: ${first}`
    : `${entries.length} entries cannot be read, the first of them ${first}`;
}

/** The fix for an answer that cannot be read. Better credentials do not help. */
export const UNREAD_FIX =
  "ask the cloud's operators why it cannot be read; then `live-migrate verify` checks what depends on it";

/** For a list in which every entry counts. */
export const whole = <T>(fact: Known<T>): Known<T> =>
  fact.known && fact.gap !== undefined ? unknown(fact.gap, UNREAD_FIX) : fact;

/** 403 becomes unknown; anything else is for the caller. For Nova, without which nothing can be decided. */
export async function readIfPermitted<T>(read: Read<T>): Promise<Known<T>> {
  try {
    return await readWithGap(read);
  } catch (error) {
    if (isStatus(error, 403)) return unknown(error.reason);
    throw error;
  }
}

/** Whatever goes wrong becomes unknown with its reason. For the other services. */
export async function readOrUnknown<T>(read: Read<T>): Promise<Known<T>> {
  try {
    return await readWithGap(read);
  } catch (error) {
    if (error instanceof HttpError) {
      const { service, status, reason } = error;
      return unknown(`${service} answers ${status}: ${reason}`);
    }
    if (error instanceof NoEndpointError) return unknown(error.problem, error.fix);
    if (error instanceof ProtocolError) return unknown(error.message, UNREAD_FIX);
    if (error instanceof OpenStackError || error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}

/** Asks at the first call, and gives the same answer to all later ones. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}

/** {@link once} for each id. */
export function onceEach<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (id) => {
    let answer = answers.get(id);
    if (!answer) answers.set(id, (answer = read(id)));
    return answer;
  };
}
