import type { DrainDocument } from "../../contract/drain.ts";
import type { MaintainedHost, MaintenanceDocument, SinceReview } from "../../contract/maintenance.ts";
import type { MaintenanceRequest } from "../../contract/maintenance-request.ts";
import { EXIT_CODES, type Finding } from "../../contract/record.ts";
import { worstOf } from "../../contract/several-servers.ts";
import { hostsNamed } from "../close-hosts.ts";
import { drain } from "../drain.ts";
import type { HostService } from "../hosts-cloud.ts";
import { disabledBy } from "../marker.ts";
import { mayRun } from "../roll.ts";
import { blankHost, endMaintenance, type EndContext } from "./end-maintenance.ts";
import { drainsOf } from "./groups.ts";
import { maintenanceDocument } from "./maintenance-document.ts";
import { allMoved, movedBy } from "./moved-servers.ts";
import { leftBehind } from "./own-hosts.ts";
import { planMaintenance } from "./plan-maintenance.ts";
import { reviewFindings, sinceReview, type Review } from "./since-review.ts";

/** What a maintenance needs besides. */
export interface MaintainContext extends EndContext {
  review: Review;
}

/**
 * Makes these hosts, and only these, those in maintenance: ends the maintenance of hosts that the last document has and
 * the request has not, then drains those of the request. The same call goes on where an earlier one ended.
 *
 * @throws BadInput for hosts that are not there; CloudLost if nothing has been moved
 */
export async function maintain(request: MaintenanceRequest, context: MaintainContext): Promise<MaintenanceDocument> {
  return await new Maintenance(request, context).run();
}

/** States of a host whose maintenance is over. */
const OVER: ReadonlySet<MaintainedHost["state"]> = new Set(["open", "closed", "gone"]);

class Maintenance {
  readonly #request: MaintenanceRequest;
  readonly #context: MaintainContext;
  readonly #startedAt: number;
  readonly #findings: Finding[] = [];
  readonly #hosts: Record<string, MaintainedHost> = {};
  readonly #stays: DrainDocument["stays"] = [];
  readonly #parts: string[] = [];
  readonly #reviews = new Map<string, SinceReview>();

  constructor(request: MaintenanceRequest, context: MaintainContext) {
    this.#request = request;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  async run(): Promise<MaintenanceDocument> {
    const listed = await this.#context.cloud.services();
    const named = hostsNamed(listed, Object.keys(this.#request));
    // First those that end: they may take the others' servers.
    const ended = await this.#endOthers(listed.entries);
    if (ended !== 0) return this.#document(ended);
    await this.#compareWithReview(named);
    const { review, owner } = this.#context;
    const drains = drainsOf(this.#request, { owner, reviewed: review.given ? review.plan : null });
    if (await this.#isRefused(drains.length)) {
      for (const service of named) this.#hosts[service.host] = this.#asItIs(service);
      this.#parts.push(`refused before anything was changed: ${Object.keys(this.#request).join(", ")}`);
      return this.#document(EXIT_CODES.refused);
    }
    if (drains.length === 0) this.#parts.push("no host is in maintenance");
    const codes: number[] = [];
    for (const options of drains) {
      const drained = await drain(options, this.#context);
      await this.#note(drained);
      const code = mayRun(drained) ? 0 : drained.exitCode;
      codes.push(code);
      if (code !== 0) break;
    }
    const rest = named.filter(({ host }) => !Object.hasOwn(this.#hosts, host));
    for (const service of rest) {
      this.#hosts[service.host] = this.#asItIs(service);
      this.#parts.push(`${service.host} was not begun`);
    }
    return this.#document(worstOf(codes));
  }

  /** @returns the exit code */
  async #endOthers(services: readonly HostService[]): Promise<number> {
    const { previous, owner } = this.#context;
    const others = Object.entries(previous?.hosts ?? {}).filter(
      ([host, { state }]) => !Object.hasOwn(this.#request, host) && !OVER.has(state),
    );
    const begun = leftBehind(owner, services, Object.keys(this.#request));
    if (others.length === 0 && begun.length === 0) return 0;
    const request = Object.fromEntries(others.map(([host, { settings }]) => [host, settings]));
    const document = await endMaintenance(request, { ...this.#context, keep: Object.keys(this.#request) });
    this.#findings.push(...document.findings);
    this.#parts.push(document.summary);
    // Those whose end failed are ended by the next run: its last document is the one before this.
    if (document.exitCode !== 0) Object.assign(this.#hosts, document.hosts);
    return document.exitCode;
  }

  async #compareWithReview(hosts: readonly HostService[]): Promise<void> {
    const { cloud, review } = this.#context;
    for (const service of hosts) {
      const { host, disabledReason, enabled } = service;
      if (!review.given) {
        this.#reviews.set(host, sinceReview(host, review, [], new Set()));
        continue;
      }
      const { entries } = await cloud.servers(host);
      const moved = enabled ? [] : await allMoved(host, disabledReason, [], this.#context);
      const compared = sinceReview(host, review, entries, new Set(moved.map(({ server }) => server.id)));
      this.#reviews.set(host, compared);
      const settings = this.#request[host] ?? { reason: "" };
      this.#findings.push(...reviewFindings(host, review, compared, settings));
    }
  }

  /** A drain refuses before it changes anything; of several, the later ones would come too late for that. */
  async #isRefused(drains: number): Promise<boolean> {
    const isBlocked = this.#findings.some(({ severity }) => severity === "blocker");
    if (isBlocked || drains < 2) return isBlocked;
    const planned = await planMaintenance(this.#request, this.#context);
    if (planned.exitCode === 0) return false;
    this.#findings.push(...planned.findings);
    this.#stays.push(...planned.stays);
    return true;
  }

  async #note(drained: DrainDocument): Promise<void> {
    this.#findings.push(...drained.findings);
    this.#stays.push(...drained.stays);
    this.#parts.push(drained.summary);
    for (const { host, state, ...rest } of drained.hosts) {
      const previous = this.#previousOf(host, rest.disabledReason);
      const own = movedBy(drained, host);
      const moved = await this.#allMoved(host, rest.disabledReason, [...(previous?.moved ?? []), ...own]);
      const downtimes = moved.flatMap(({ downtimeMilliseconds }) => downtimeMilliseconds ?? []);
      const { zone, disabledReason, checks, leftovers } = rest;
      this.#hosts[host] = {
        ...blankHost(this.#request[host] ?? { reason: "" }, previous),
        state,
        zone,
        disabledReason,
        disabledBy: rest.disabledBy,
        checks,
        leftovers,
        moved,
        stopped: leftovers
          .filter(({ status, asRequested }) => asRequested && status === "SHUTOFF")
          .map(({ id, name }) => ({ id, name: name ?? id })),
        sinceReview: this.#reviews.get(host) ?? null,
        totalSeconds: (previous?.totalSeconds ?? 0) + (own.length > 0 ? drained.timings.totalSeconds : 0),
        longestDowntimeMilliseconds: downtimes.length > 0 ? Math.max(...downtimes) : null,
      };
    }
  }

  /** The moves are done and told: what only adds to them must not fail the run. */
  async #allMoved(host: string, disabledReason: string | null, told: MaintainedHost["moved"]) {
    try {
      return await allMoved(host, disabledReason, told, this.#context);
    } catch {
      return told;
    }
  }

  /** Of the same maintenance. */
  #previousOf(host: string, disabledReason: string | null): MaintainedHost | undefined {
    const previous = this.#context.previous?.hosts[host];
    return previous !== undefined && previous.disabledReason === disabledReason ? previous : undefined;
  }

  #asItIs(service: HostService): MaintainedHost {
    const { host, availabilityZone: zone, disabledReason, enabled } = service;
    const previous = this.#previousOf(host, disabledReason);
    return {
      ...blankHost(this.#request[host] ?? { reason: "" }, previous),
      ...(previous && { moved: previous.moved, totalSeconds: previous.totalSeconds }),
      state: enabled ? "open" : "draining",
      zone,
      disabledReason,
      disabledBy: disabledBy(service),
      sinceReview: this.#reviews.get(host) ?? null,
    };
  }

  #document(exitCode: number): MaintenanceDocument {
    const { clock, cloud } = this.#context;
    const made = {
      summary: this.#parts.join("; "),
      exitCode,
      hosts: this.#hosts,
      stays: this.#stays,
      findings: this.#findings,
    };
    const [startedAt, finishedAt, requests] = [this.#startedAt, clock.now(), cloud.requestCount()];
    return maintenanceDocument(made, { startedAt, finishedAt, requests });
  }
}
