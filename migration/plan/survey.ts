import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import { PerServerSources } from "../cloud/per-server-sources.ts";
import { runsOn } from "../cloud/places.ts";
import { takeSnapshot } from "../cloud/inspect.ts";
import { BulkSources } from "../cloud/bulk-sources.ts";
import { plan, planDocument, planScope } from "./plan.ts";
import type { PlanDocument } from "../contract/plan-document.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { Finding } from "../contract/record.ts";
import { unknown } from "../cloud/snapshot.ts";
import { readOrUnknown, type Sources } from "../cloud/sources.ts";
import { plannedMove, sharedDestinations, combinedFindings, type PlannedMove } from "./combined-capacity.ts";

/** Maximum number of servers to ask about one by one, which shows more; beyond it, the cloud's lists are read. */
export const ONE_BY_ONE = 4;

/** The plan of one server, as of the survey's moment. */
export interface SurveyedPlan {
  planned: true;
  document: PlanDocument;
  /** Whether the server runs on the wanted host, or in the wanted zone, whatever its other problems. */
  onTarget: boolean;
  /** When Nova last changed the server, ISO 8601; null: not reported. */
  updatedAt: string | null;
  /** What the move would take of its destination; null unless one would start. */
  move: PlannedMove | null;
}

/** Why there is no plan. */
export interface NotPlanned {
  planned: false;
  reason: string;
}

/** Plans for many servers of one cloud, from one snapshot of what they share. Reads only. */
export class Survey {
  readonly #cloud: Cloud;
  readonly #sources: Sources;

  /** @param expected how many servers will be asked about: decides whether they or the cloud's lists are read */
  constructor(cloud: Cloud, expected: number) {
    this.#cloud = cloud;
    this.#sources = expected <= ONE_BY_ONE ? new PerServerSources(cloud) : new BulkSources(cloud);
  }

  /** The plan for a request whose `server` is an id. What cannot be found out is the reason for no plan. */
  async plan(request: MigrationRequest): Promise<SurveyedPlan | NotPlanned> {
    try {
      const snapshot = await takeSnapshot(this.#sources, request.server, planScope(request));
      const decided = plan(request, snapshot);
      const target = request.host ?? decided.destination?.name;
      return {
        planned: true,
        document: planDocument(decided, snapshot),
        onTarget: target !== undefined && runsOn(snapshot.server, target),
        updatedAt: snapshot.server.updatedAt,
        move: plannedMove(decided, snapshot),
      };
    } catch (error) {
      if (error instanceof OpenStackError || error instanceof RangeError) {
        return { planned: false, reason: error.message };
      }
      throw error;
    }
  }

  /**
   * Problems of several moves to one host that none of them has alone. Two requests for each host
   * that several moves go to.
   */
  async combinedFindings(moves: readonly PlannedMove[]): Promise<Finding[]> {
    const found = sharedDestinations(moves).map(async (shared) =>
      combinedFindings(shared, await this.#room(shared[0])),
    );
    return (await Promise.all(found)).flat();
  }

  #room(move: PlannedMove | undefined) {
    const provider = move?.provider ?? null;
    if (provider === null) return unknown(`no hypervisor of ${move?.host ?? ""} is visible`);
    const { placement } = this.#cloud;
    return readOrUnknown(async () => {
      const [inventories, usages] = await Promise.all([
        placement.getInventories(provider),
        placement.getUsages(provider),
      ]);
      return { inventories, usages };
    });
  }
}
