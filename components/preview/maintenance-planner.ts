import type { MaintenanceDocument, MaintenancePlanDocument } from "../../migration/contract/maintenance.ts";
import type { MaintenanceRequest } from "../../migration/contract/maintenance-request.ts";
import { CloudLost } from "../../migration/contract/failure.ts";
import { BadInput } from "../../migration/contract/request-input.ts";
import type { HostsCloud } from "../../migration/hosts/hosts-cloud.ts";
import { leftBehind } from "../../migration/hosts/maintain/own-hosts.ts";
import { planMaintenance } from "../../migration/hosts/maintain/plan-maintenance.ts";
import { OpenStackHosts } from "../../migration/hosts/openstack-hosts.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { connect } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Problem } from "../../openstack/problems.ts";
import { oneLine } from "../../text/visible.ts";

/** What a preview asks of a cloud about whole hosts. It reads only. */
export type HostsReader = HostsCloud & AsyncDisposable;

/** What was found out, or why nothing was. `problems`: hosts that are not there. */
export type Found<T> = { known: true; value: T } | { known: false; reason: string; problems: Problem[] };

/** Dependencies that tests replace. */
export interface MaintenancePlannerOptions {
  /** @default by clouds.yaml or `OS_*` */
  open?: (selection: CloudSelection) => Promise<HostsReader>;
  /** Longest wait for the cloud, in milliseconds. @default 120000 */
  patienceMs?: number;
}

const DRAINS = "`pulumi up` drains it again";

/** `up` retries; a preview says "not checked" instead. */
const RETRY = { attempts: 2 };

/** Looks at hosts in maintenance in the program's own process. Never throws: what it cannot find out is "not checked". */
export class MaintenancePlanner {
  readonly #open: (selection: CloudSelection) => Promise<HostsReader>;
  readonly #patienceMs: number;

  constructor({ open = openHosts, patienceMs = 120_000 }: MaintenancePlannerOptions = {}) {
    this.#open = open;
    this.#patienceMs = patienceMs;
  }

  /** What `up` would move. */
  plan(request: MaintenanceRequest, selection: CloudSelection): Promise<Found<MaintenancePlanDocument>> {
    return this.#ask(selection, (cloud) => planMaintenance(request, { cloud }));
  }

  /**
   * What is no longer as the last run left it, and what `up` does about it: empty where the hosts are closed and nobody is on
   * them who was not left.
   *
   * @param owner whose hosts these are
   */
  changes(
    document: Pick<MaintenanceDocument, "hosts">,
    owner: string,
    selection: CloudSelection,
  ): Promise<Found<string[]>> {
    return this.#ask(selection, async (cloud) => {
      const { entries } = await cloud.services();
      const changes: string[] = [];
      for (const [host, { leftovers }] of Object.entries(document.hosts)) {
        const service = entries.find((one) => one.host === host);
        if (service === undefined) continue;
        if (service.enabled) changes.push(`${host} is enabled, and takes new servers; ${DRAINS}`);
        const left = new Set(leftovers.map(({ id }) => id));
        const servers = (await cloud.servers(host)).entries.filter(({ id }) => !left.has(id));
        const names = servers.slice(0, 5).map(({ name }) => name);
        const more = servers.length > names.length ? `, and ${servers.length - names.length} more` : "";
        if (servers.length > 0) changes.push(`${host} is not empty any more: ${names.join(", ")}${more}; ${DRAINS}`);
      }
      for (const { host } of leftBehind(owner, entries, Object.keys(document.hosts)))
        changes.push(
          `an \`up\` that failed has closed ${host}, which is not in maintenance any more; \`pulumi up\` opens it`,
        );
      return changes;
    });
  }

  async #ask<T>(selection: CloudSelection, read: (cloud: HostsReader) => Promise<T>): Promise<Found<T>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Found<T>>((resolve) => {
      const reason = `the cloud did not answer within ${this.#patienceMs / 1000} s; preview again when it does, or let \`pulumi up\` check it`;
      timer = setTimeout(() => {
        resolve({ known: false, reason, problems: [] });
      }, this.#patienceMs);
    });
    const answer = async (): Promise<Found<T>> => {
      try {
        await using cloud = await this.#open(selection);
        return { known: true, value: await read(cloud) };
      } catch (error) {
        return notKnown(error);
      }
    };
    try {
      return await Promise.race([answer(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function notKnown(error: unknown): { known: false; reason: string; problems: Problem[] } {
  if (error instanceof BadInput) return { known: false, reason: error.message, problems: error.problems };
  const isTold = error instanceof CloudLost || error instanceof OpenStackError;
  const reason = isTold
    ? error.message
    : `unexpected error: ${String(error)}; \`pulumi up\` checks again before it acts`;
  return { known: false, reason: oneLine(reason), problems: [] };
}

async function openHosts(selection: CloudSelection): Promise<HostsReader> {
  const cloud = await connect(selection, { retry: RETRY });
  return Object.assign(new OpenStackHosts(cloud), { [Symbol.asyncDispose]: () => cloud.session.close() });
}

let shared: MaintenancePlanner | undefined;

/** The planner of a program's maintenances; null: switched off by `LIVE_MIGRATE_PLANNING=off`. */
export function sharedMaintenancePlanner(): MaintenancePlanner | null {
  if (process.env["LIVE_MIGRATE_PLANNING"] === "off") return null;
  return (shared ??= new MaintenancePlanner());
}
