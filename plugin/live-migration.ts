import * as pulumi from "@pulumi/pulumi";
import type { LiveMigrationArgs } from "../components/live-migration-args.ts";
import type { Check, Downtime, MigrationRecord } from "./record.ts";

/**
 * Keeps a running server on a host or in a zone. Creating it for a server that is there already only verifies the
 * server. A changed `host` or `zone` is an update that live-migrates the server and verifies everything afterwards.
 * Deleting it does nothing to the server.
 */
export declare class LiveMigration extends pulumi.ComponentResource {
  /** The host that the server runs on, as verified; none if the cloud does not show hosts to this user. */
  readonly host: pulumi.Output<string | undefined>;
  /** The availability zone of that host. */
  readonly availabilityZone: pulumi.Output<string | undefined>;
  /** The record of the last run. */
  readonly record: pulumi.Output<MigrationRecord>;
  /** Every check of the last run. */
  readonly checks: pulumi.Output<Check[]>;
  /** Longest gap of the guest's answers during the migration; none: not measured. */
  readonly downtime: pulumi.Output<Downtime | undefined>;

  constructor(name: string, args: LiveMigrationArgs, opts?: pulumi.ComponentResourceOptions);
}
