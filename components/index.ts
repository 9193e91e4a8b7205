/**
 * Components that keep running OpenStack servers where a program declares them.
 *
 * @packageDocumentation
 */
export { AvailabilityZone } from "./availability-zone.ts";
export type { AvailabilityZoneArgs } from "./availability-zone-args.ts";
export { HostMaintenance, type ServerPlace } from "./host-maintenance.ts";
export type { HostMaintenanceArgs, MaintenanceArgs } from "./host-maintenance-args.ts";
export { LiveMigration } from "./live-migration.ts";
export type { GuestCheckArgs, LiveMigrationArgs } from "./live-migration-args.ts";
export { VolumeBackedServer } from "./volume-backed-server.ts";
export type { NetworkArgs, VolumeBackedServerArgs } from "./volume-backed-server-args.ts";
export type { BootVolumeArgs, DataVolumeArgs } from "./volumes/volume-args.ts";
export type { MaintainedHost, MaintenanceDocument, MovedServer } from "../migration/contract/maintenance.ts";
export type { Check, Finding, MigrationRecord, Place } from "../migration/contract/record.ts";
export {
  AzPinPolicy,
  DowntimeProbe,
  DriftPolicy,
  KindPolicy,
  StoppedPolicy,
  TimeoutPolicy,
} from "../migration/contract/settings.ts";
export { InvalidInputError, type Problem } from "../openstack/problems.ts";
