/**
 * What other languages see of the components. Pulumi reads this file and never runs it: index.js is what runs.
 *
 * @packageDocumentation
 */
export { AvailabilityZone } from "./availability-zone.ts";
export { VolumeBackedServer } from "./volume-backed-server.ts";
export { LiveMigration } from "./live-migration.ts";
