import { MaintenanceSchema, type MaintenanceDocument } from "../../../migration/contract/maintenance.ts";
import type { MaintenanceRequest } from "../../../migration/contract/maintenance-request.ts";
import { endMaintenance } from "../../../migration/hosts/maintain/end-maintenance.ts";
import { maintain } from "../../../migration/hosts/maintain/maintain.ts";
import { fitted } from "../../../migration/hosts/maintain/maintenance-document.ts";
import { NO_REVIEW, type Review } from "../../../migration/hosts/maintain/since-review.ts";
import type { HostEntry } from "../../../migration/hosts/restore/host-journal.ts";
import { FakeClock } from "../engine/fake-clock.ts";
import { FleetModel } from "./fleet-model.ts";

/** Of a machine that keeps nothing: only Pulumi's state has the last document. */
const FORGETFUL = {
  read: () => Promise.resolve<HostEntry | null>(null),
  write: () => Promise.resolve(false),
  remove: () => Promise.resolve(),
};
export const OWNER = "hosting/live/maintenance";
export const UPGRADE: MaintenanceRequest = { "node-01": { reason: "kernel upgrade" } };
export const BOTH: MaintenanceRequest = { ...UPGRADE, "node-02": { reason: "new disk" } };

export function fleet(servers: Readonly<Record<string, number>>): FleetModel {
  const model = new FleetModel(new FakeClock());
  let n = 0;
  for (const [host, count] of Object.entries(servers)) for (let i = 0; i < count; i += 1) model.add((n += 1), host);
  return model;
}

/** As Pulumi keeps it: the document of the last run that succeeded, as text. */
export class MaintainedStack {
  readonly #model: FleetModel;
  state: MaintenanceDocument | null = null;

  constructor(model: FleetModel) {
    this.#model = model;
  }

  async up(request: MaintenanceRequest, review: Review = NO_REVIEW): Promise<MaintenanceDocument> {
    const context = { ...this.#model.context(), journal: FORGETFUL, previous: this.state, owner: OWNER, review };
    return this.#keep(await maintain(request, context));
  }

  async end(request: MaintenanceRequest): Promise<MaintenanceDocument> {
    this.report();
    return this.#keep(
      await endMaintenance(request, {
        ...this.#model.context(),
        journal: FORGETFUL,
        previous: this.state,
        owner: OWNER,
      }),
    );
  }

  /** Nova's services report all the time. */
  report(): void {
    this.#model.before = () => {
      for (const { host, up } of this.#model.hosts) {
        if (up) this.#model.setHost(host, { reportedAt: new Date(this.#model.clock.now()).toISOString() });
      }
    };
  }

  #keep(document: MaintenanceDocument): MaintenanceDocument {
    const read = MaintenanceSchema.parse(JSON.parse(JSON.stringify(fitted(document))));
    if (document.exitCode === 0) this.state = read;
    return read;
  }
}

export const states = ({ hosts }: MaintenanceDocument) =>
  Object.entries(hosts).map(([host, { state }]) => `${host} ${state}`);
export const on = (model: FleetModel, host: string) =>
  model
    .on(host)
    .map(({ facts }) => facts.name)
    .sort();
