/**
 * The engine without Pulumi: plan, run and verify moves of OpenStack servers, and read the documents about them.
 *
 * @packageDocumentation
 */
export {
  abort,
  confirm,
  connect,
  forceComplete,
  plan,
  revert,
  run,
  verify,
  type ColdDecision,
  type ConnectedCloud,
  type RunOptions,
} from "./library.ts";
export {
  connectHosts,
  drain,
  listHosts,
  planDrain,
  restore,
  type ConnectedHosts,
  type HostsRunOptions,
} from "./library-hosts.ts";
export { statusOf as status } from "./engine/status.ts";
export type * from "./cloud/cloud-api.ts";
export type * from "./cloud/snapshot.ts";
export type { Progress, ProgressEvent } from "./progress.ts";
export type { CloudSelection } from "../openstack/auth/clouds-config.ts";
export type { CloudOptions } from "../openstack/cloud.ts";
export type { Microversion, MicroversionRange } from "../openstack/http/microversion.ts";
export type { RequestEvent } from "../openstack/http/request.ts";
export type { RetryPolicy } from "../openstack/http/retry.ts";
export type { Connections, WireRequest, WireResponse } from "../openstack/http/transport.ts";
export type { ServiceType } from "../openstack/auth/service-type.ts";
export { OpenStackError, type RequestContext } from "../openstack/http/errors.ts";
export type { Problem } from "../openstack/problems.ts";

export {
  DrainPlanSchema,
  DrainSchema,
  type DrainDocument,
  type DrainedHost,
  type DrainMove,
  type DrainPlanDocument,
  type Leftover,
  type Move,
  type PlanChange,
  type Stay,
} from "./contract/drain.ts";
export type { DrainInput, RestoreInput } from "./contract/drain-input.ts";
export { HostsSchema, type HostRow, type HostsDocument } from "./contract/hosts.ts";
export { RestoreSchema, type RestoreDocument, type RestoredHost } from "./contract/restore.ts";
export { RollSchema, type RollDocument } from "./contract/roll.ts";
export { EventSchema, type MigrationEvent } from "./contract/event.ts";
export { FailureSchema, type FailureDocument } from "./contract/failure.ts";
export { CloudLost, NotFound, OutcomeUnknown, ServerGone } from "./contract/failure.ts";
export { describePlan, PlanSchema, type PlanDocument } from "./contract/plan-document.ts";
export {
  CheckSchema,
  EXIT_BAD_INPUT,
  EXIT_CLOUD,
  EXIT_CODES,
  FindingSchema,
  OutcomeSchema,
  PlaceSchema,
  readRecord,
  RecordSchema,
  type Check,
  type Finding,
  type MigrationRecord,
  type Outcome,
  type Place,
  type ReadRecord,
} from "./contract/record.ts";
export { BadInput } from "./contract/request-input.ts";
export { MigrationRequestSchema, type MigrationRequest, type MigrationRequestInput } from "./contract/request.ts";
export { SeveralSchema, type SeveralDocument } from "./contract/several-servers.ts";
export { StatusSchema, type StatusDocument } from "./contract/status.ts";
