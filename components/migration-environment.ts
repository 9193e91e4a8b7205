import * as pulumi from "@pulumi/pulumi";
import type { LiveMigrationArgs } from "./live-migration-args.ts";
import { DRIFT_VARIABLE, UNPINNED_VARIABLE } from "./preview/preview-verdict.ts";

/**
 * The request as environment variables of the command, one readable variable for each value, so that a preview's
 * diff of a move reads `LIVE_MIGRATE_HOST: "node-28" => "node-31"`. Arguments that are not given make no variable.
 * There is no secret among them: the command finds its credentials in clouds.yaml or `OS_*` when it runs.
 *
 * @param found see {@link DRIFT_VARIABLE} and {@link UNPINNED_VARIABLE}; what it lacks makes no variable either
 */
export function migrationEnvironment(
  args: LiveMigrationArgs,
  found?: pulumi.Output<{ marker: string | undefined; unpinned: boolean }>,
): Record<string, pulumi.Output<string>> {
  const variables: [string, pulumi.Output<string> | undefined][] = [
    ["LIVE_MIGRATE_SERVER", text(args.serverId)],
    ["LIVE_MIGRATE_HOST", text(args.host)],
    ["LIVE_MIGRATE_ZONE", text(args.zone)],
    ["LIVE_MIGRATE_CLOUD", text(args.cloud)],
    ["LIVE_MIGRATE_REGION", text(args.region)],
    ["LIVE_MIGRATE_VOLUMES", encode(args.volumeIds, (ids) => ids.join(","))],
    ["LIVE_MIGRATE_AZ_PIN", text(args.azPin)],
    ["LIVE_MIGRATE_ON_TIMEOUT", text(args.onTimeout)],
    ["LIVE_MIGRATE_TIMEOUT_SECONDS", encode(args.timeoutSeconds, String)],
    ["LIVE_MIGRATE_STALL_SECONDS", encode(args.stallSeconds, String)],
    ["LIVE_MIGRATE_GUEST", encode(args.guest, (guest) => JSON.stringify(guest))],
    // Pulumi leaves out what turns out to be undefined; its types cannot say so.
    [DRIFT_VARIABLE, found?.apply(({ marker }) => marker as string)],
    [UNPINNED_VARIABLE, found?.apply(({ unpinned }) => (unpinned ? "true" : undefined) as string)],
  ];
  return Object.fromEntries(
    variables.filter((entry): entry is [string, pulumi.Output<string>] => entry[1] !== undefined),
  );
}

function text(value: pulumi.Input<string> | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.output(value);
}

function encode<T>(
  value: T | undefined,
  encoder: (value: pulumi.Unwrap<T>) => string,
): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.output(value).apply(encoder);
}
