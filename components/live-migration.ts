import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Check, MigrationRecord } from "../migration/contract/record.ts";
import { commandLine } from "./command-line.ts";
import { injectedWith, noteRequested } from "./injected.ts";
import { knownValue } from "./known-value.ts";
import { launcherLine, usesLauncher, writeLauncher } from "./launcher.ts";
import { migrationEnvironment } from "./migration-environment.ts";
import type { LiveMigrationArgs } from "./live-migration-args.ts";
import { kindProblems } from "./move-kind.ts";
import { isNews, messages, parseRecord } from "./state/migration-output.ts";
import { ownInstanceWarnings } from "./own-instance/declared-instances.ts";
import { sharedPlanner, type MovePlanner } from "./preview/move-planner.ts";
import { assessMove } from "./preview/pending-move.ts";
import { InvalidInputError, type Problem } from "../openstack/problems.ts";
import { keepPlan } from "./preview/preview-plan.ts";
import { oneLine } from "../text/visible.ts";

/**
 * Keeps a running server on a host or in a zone. Creating it for a server that is there already only verifies the
 * server. A changed `host` or `zone` is an update that live-migrates the server and verifies everything afterwards.
 * Deleting it does nothing to the server.
 *
 * A preview plans the migration and only reads the cloud. It shows source, destination, method, estimated duration and
 * warnings. It fails, with the reasons for all servers at once, if a server can never be moved as declared; a reason
 * that may change until `up` is a warning. If the cloud is out of reach, the preview says "not checked". With
 * `LIVE_MIGRATE_PLANS` set, each plan is also written to that directory as a JSON document.
 *
 * @example
 * new LiveMigration("admin_vm01", { serverId: server.serverId, host: "node-31", volumeIds: server.volumeIds });
 * @throws {InvalidInputError} if not exactly one of `host` and `zone` is given, or for a `kind` that contradicts the rest
 */
export class LiveMigration extends pulumi.ComponentResource {
  static readonly type = "openstack-live-migration:index:LiveMigration";

  /** The host that the server runs on, as verified; null if the cloud does not show hosts to this user. */
  readonly host: pulumi.Output<string | null>;
  /** The availability zone of that host. */
  readonly availabilityZone: pulumi.Output<string | null>;
  /** The record of the last run. */
  readonly record: pulumi.Output<MigrationRecord>;
  /** Every check of the last run. */
  readonly checks: pulumi.Output<Check[]>;
  /** Longest gap of the guest's answers during the migration; null: not measured. */
  readonly downtime: pulumi.Output<MigrationRecord["downtime"]>;

  constructor(name: string, args: LiveMigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = [...placeProblems(args), ...kindProblems("kind", args)];
    if (problems.length > 0) throw new InvalidInputError(`the arguments of LiveMigration "${name}"`, problems);
    const { planner = sharedPlanner() } = injectedWith(args);
    // Without inputs: they are in the command's state. For a component that changes, Pulumi would write the whole state
    // twice more per migration, before it starts, and the first of many migrations would wait for that.
    super(LiveMigration.type, name, {}, opts);

    const startedAt = new Date();
    const line = usesLauncher() ? launched() : commandLine(process.cwd());
    // The whole request, and no `triggers`: a changed variable is an update, a changed trigger a replacement.
    const environment = migrationEnvironment(args, planner ? this.plan(name, args, planner) : undefined);
    noteRequested(this, knownValue(pulumi.output(environment)));
    const command = new local.Command(
      name,
      {
        create: line,
        update: line,
        environment,
        // stdout is the record, for the state. It is empty after a failure: its text and the progress are on stderr.
        logging: local.Logging.Stderr,
      },
      { parent: this },
    );

    // `up --target` of another resource skips a new command: its stdout is undefined, although its type says otherwise.
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
      // The command's live output vanishes; these messages stay on the screen and in CI's log.
      if (!isNews(record, startedAt)) return;
      void this.showMessages(record);
      void this.warnOfInstance(args.serverId, record.current.availabilityZone ?? undefined);
    });
    // One more write of the state per migration, after its end; none where nothing changes (measured with 40 of them).
    this.registerOutputs({ host: this.host, availabilityZone: this.availabilityZone });
  }

  /** Plans the migration and shows the plan. Resolves to what the command gets besides the request. */
  private plan(name: string, args: LiveMigrationArgs, planner: MovePlanner) {
    planner.announce();
    const dryRun = pulumi.runtime.isDryRun();
    const urn = pulumi.createUrn(name, "command:local:Command", this);
    const assessed = knownValue(urn).then((known) => assessMove(planner, { name, args, urn: known ?? "", dryRun }));
    if (dryRun) planner.collect(assessed);
    const found = Promise.all([assessed, knownValue(this.urn)]).then(
      async ([{ lines, marker, unpinned, avoid, plan, zone }, component]) => {
        // An `up` reports its migrations itself.
        if (!dryRun) return { marker, unpinned, avoid };
        if (plan && component !== undefined) {
          keepPlan({ ...plan, urn: component, messages: plan.messages.map(oneLine) }, this);
        }
        // In parallel: a preview that fails for another server ends the program.
        await Promise.all([
          ...lines.map(({ level, text }) => pulumi.log[level](oneLine(text), this)),
          this.warnOfInstance(args.serverId, zone),
        ]);
        return { marker, unpinned, avoid };
      },
    );
    return pulumi.output(found);
  }

  /** Warns if the program would replace the server for being in another zone than it was made in. */
  private async warnOfInstance(serverId: pulumi.Input<string>, zone: string | undefined): Promise<void> {
    for (const text of await ownInstanceWarnings(serverId, zone)) await pulumi.log.warn(oneLine(text), this);
  }

  private async showMessages(record: MigrationRecord): Promise<void> {
    for (const { level, text } of messages(record)) await pulumi.log[level](oneLine(text), this);
  }
}

/** The command line of a plugin. A preview starts no command: it leaves the launcher of an `up` that runs as it is. */
function launched(): string {
  const stack = { project: pulumi.getProject(), stack: pulumi.getStack() };
  if (!pulumi.runtime.isDryRun()) writeLauncher(stack);
  return launcherLine(stack);
}

function placeProblems({ host, zone }: LiveMigrationArgs): Problem[] {
  if ((host === undefined) !== (zone === undefined)) return [];
  const problem = host === undefined ? "neither host nor zone is given" : "both host and zone are given";
  return [{ path: "host", value: host, problem, fix: "give exactly one of host and zone" }];
}
