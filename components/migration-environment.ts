import * as pulumi from "@pulumi/pulumi";
import { SETTINGS } from "../migration/contract/settings.ts";
import type { Setting } from "../migration/contract/setting.ts";
import type { LiveMigrationArgs } from "./live-migration-args.ts";
import { DRIFT_VARIABLE } from "./preview/preview-verdict.ts";

/**
 * The request as environment variables of the command, one readable variable for each value, so that a preview's
 * diff of a move reads `LIVE_MIGRATE_HOST: "node-28" => "node-31"`. Arguments that are not given make no variable.
 * There is no secret among them: the command finds its credentials in clouds.yaml or `OS_*` when it runs.
 *
 * @param found facts from the stack's state and the cloud; an undefined one makes no variable
 */
export function migrationEnvironment(
  args: LiveMigrationArgs,
  found?: pulumi.Output<{ marker: string | undefined; unpinned: boolean; avoid: string[] | undefined }>,
): Record<string, pulumi.Output<string>> {
  // Pulumi leaves out what turns out to be undefined; its types cannot say so.
  const createdUnpinned = found?.apply(({ unpinned }) => unpinned || undefined);
  const cold = isCold(args);
  const values: Record<string, unknown> = {
    ...args,
    server: args.serverId,
    createdUnpinned,
    cold,
    avoid: found?.apply(({ avoid }) => avoid),
  };
  const variables = Object.entries<Setting>(SETTINGS).map(([name, { variable }]) => [variable, values[name]] as const);
  const given = [...variables, [DRIFT_VARIABLE, found?.apply(({ marker }) => marker)] as const];
  return Object.fromEntries(
    given.flatMap(([variable, value]) =>
      variable === undefined || value === undefined ? [] : [[variable, pulumi.output(value).apply(encode)]],
    ),
  ) as Record<string, pulumi.Output<string>>;
}

/** The engine's setting for `kind`; undefined: none. */
export const isCold = ({ kind }: LiveMigrationArgs): true | undefined => (kind === "cold" ? true : undefined);

/** As `live-migrate` reads it. */
function encode(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(",");
  return JSON.stringify(value);
}
