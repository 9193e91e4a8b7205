import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Check, MigrationRecord } from "../migration/contract/record.ts";
import { knownValue } from "./known-value.ts";
import { migrationEnvironment } from "./migration-environment.ts";
import type { LiveMigrationArgs } from "./live-migration-args.ts";
import { isNews, messages, parseRecord } from "./state/migration-output.ts";
import { sharedPlanner, type MovePlanner } from "./preview/move-planner.ts";
import { assessMove } from "./preview/pending-move.ts";
import { InvalidInputError } from "../openstack/problems.ts";
import { PLANS_VARIABLE, writePlan, type PlanFile } from "./preview/preview-plan.ts";
import { textOf } from "./texts.ts";
import { oneLine } from "../text/visible.ts";

/**
 * Keeps a running server where it shall run. Creating it for a server that is there already verifies that; a changed
 * `host` or `zone` is an update that live-migrates the server and verifies everything afterwards. Deleting it does
 * nothing to the server.
 *
 * A preview plans the move, reading the cloud only: it says from where to where, how, how long about and with which
 * warnings, and it fails with the reasons of all servers at once if one of them can never be moved as asked. What may
 * change until `up` is a warning there. A cloud out of reach is "not checked". With `LIVE_MIGRATE_PLANS` set, each plan
 * is also written to that folder, as a JSON document.
 *
 * @example
 * new LiveMigration("admin_vm01", { serverId: server.serverId, host: "node-31", volumeIds: server.volumeIds });
 * @throws {InvalidInputError} if not exactly one of `host` and `zone` is given
 */
export class LiveMigration extends pulumi.ComponentResource {
  static readonly type = "openstack-live-migration:index:LiveMigration";

  /** The host that the server runs on, as verified; null if the cloud does not show hosts to this user. */
  readonly host: pulumi.Output<string | null>;
  /** The availability zone of that host. */
  readonly availabilityZone: pulumi.Output<string | null>;
  /** The whole record of the last run. */
  readonly record: pulumi.Output<MigrationRecord>;
  /** Everything that was verified, one by one. */
  readonly checks: pulumi.Output<Check[]>;
  /** Longest silence of the guest in the move; null: not measured. */
  readonly downtime: pulumi.Output<MigrationRecord["downtime"]>;
  /** Resolves once all that the move depends on is known, so that Pulumi is asked for it. */
  readonly asked: Promise<unknown>;

  constructor(name: string, args: LiveMigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    if ((args.host === undefined) === (args.zone === undefined)) {
      throw new InvalidInputError(`the arguments of LiveMigration "${name}"`, [
        {
          path: "host",
          value: args.host,
          problem: args.host === undefined ? "neither host nor zone is given" : "both host and zone are given",
          fix: "give exactly one of host and zone",
        },
      ]);
    }
    const { planner = sharedPlanner() } = args;
    // All of it is in the command's state. Of a component that changes, Pulumi would write the whole stack's state three
    // times more for each move, and the first move of many would wait for all of that.
    super(LiveMigration.type, name, {}, opts);

    const startedAt = new Date();
    const line = commandLine(process.cwd());
    // All of the request is here, and nothing in `triggers`: a changed variable is an update, a changed trigger would
    // be a replacement.
    const environment = migrationEnvironment(args, planner ? this.plan(name, args, planner) : undefined);
    this.asked = knownValue(pulumi.output(environment));
    const command = new local.Command(
      name,
      {
        create: line,
        update: line,
        environment,
        // stdout is the record, for the state, and empty after a failure, whose words are on stderr with the progress.
        logging: local.Logging.Stderr,
      },
      { parent: this },
    );

    // `up --target` of something else leaves a new command out: it has said nothing, whatever its type promises.
    const record = (command.stdout as pulumi.Output<string | undefined>).apply((stdout) =>
      stdout === undefined ? undefined : parseRecord(stdout),
    );
    this.record = record as pulumi.Output<MigrationRecord>;
    this.host = record.apply((known) => known?.current.host ?? null);
    this.availabilityZone = record.apply((known) => known?.current.availabilityZone ?? null);
    this.checks = record.apply((known) => known?.checks ?? []);
    this.downtime = record.apply((known) => known?.downtime ?? null);
    record.apply((record) => {
      if (record === undefined) return;
      // The command's live output vanishes; what is logged here stays on the screen and in CI's log.
      if (isNews(record, startedAt)) void this.say(record);
    });
    this.registerOutputs({});
  }

  /** What is found about the server, for its command; beside it, what the preview says of the move. */
  private plan(name: string, args: LiveMigrationArgs, planner: MovePlanner) {
    planner.announce();
    const dryRun = pulumi.runtime.isDryRun();
    const urn = pulumi.createUrn(name, "command:local:Command", this);
    const assessed = knownValue(urn).then((known) => assessMove(planner, { name, args, urn: known ?? "", dryRun }));
    if (dryRun) planner.collect(assessed);
    const said = Promise.all([assessed, knownValue(this.urn)]).then(
      async ([{ lines, marker, unpinned, plan }, component]) => {
        const found = { marker, unpinned };
        // An `up` that acts reports its moves itself.
        if (!dryRun) return found;
        if (plan && component !== undefined) {
          this.keep({ ...plan, urn: component, messages: plan.messages.map(oneLine) });
        }
        // All at once: a preview that fails for another server ends the program.
        await Promise.all(lines.map(({ level, text }) => pulumi.log[level](oneLine(text), this)));
        return found;
      },
    );
    return pulumi.output(said);
  }

  /** Writes the plan to the folder of plans. If that fails, it must not stop an `up`. */
  private keep(plan: PlanFile): void {
    const folder = process.env[PLANS_VARIABLE];
    if (folder === undefined || folder === "") return;
    try {
      writePlan(folder, plan);
    } catch (error) {
      void pulumi.log.warn(textOf("plan-not-written", { folder, reason: (error as Error).message }), this);
    }
  }

  private async say(record: MigrationRecord): Promise<void> {
    for (const { level, text } of messages(record)) await pulumi.log[level](oneLine(text), this);
  }
}

const COMMAND_FILE = fileURLToPath(new URL("../dist/live-migrate.js", import.meta.url));

/**
 * The command line, relative to the directory that Pulumi runs programs and commands in: an absolute path would
 * differ between a laptop and CI, and each would see the other's as a change. `exec` leaves one process, since
 * Pulumi kills only its direct child when it is interrupted.
 */
export function commandLine(programDirectory: string): string {
  const path = relative(programDirectory, COMMAND_FILE);
  return `exec node ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`} run --json-on-success`;
}
