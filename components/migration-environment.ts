import * as pulumi from "@pulumi/pulumi";
import { SETTINGS } from "../migration/contract/settings.ts";
import type { Setting } from "../migration/contract/setting.ts";
import type { LiveMigrationArgs } from "./live-migration-args.ts";
import { isPlain } from "./guard/guarded-arguments.ts";
import { coldAsAllowed } from "./move-kind.ts";
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

/** Whether `kind`, and what must go with it, are written out: the component then refuses a contradiction at once. */
export const isKindPlain = ({ kind, allowRestart, stopped }: LiveMigrationArgs): boolean =>
  isPlain([kind, allowRestart, stopped]);

/**
 * The engine's setting for `kind`; undefined: none. What is an output is refused as soon as it is known, and never taken for
 * a permission before.
 */
export function isCold(args: LiveMigrationArgs): pulumi.Input<true | undefined> {
  if (isKindPlain(args)) return args.kind === "cold" || undefined;
  const { kind, allowRestart, stopped } = args;
  return pulumi.output({ kind, allowRestart, stopped }).apply(coldAsAllowed);
}

/** As `live-migrate` reads it. */
function encode(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(",");
  return JSON.stringify(value);
}
