import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { MaintainedHost, MaintenanceDocument } from "../migration/contract/maintenance.ts";
import { maintenanceProblems, type MaintenanceRequest } from "../migration/contract/maintenance-request.ts";
import { InvalidInputError } from "../openstack/problems.ts";
import { oneLine } from "../text/visible.ts";
import { commandLine } from "./command-line.ts";
import type { HostMaintenanceArgs } from "./host-maintenance-args.ts";
import { injectedWith } from "./injected.ts";
import { knownValue } from "./known-value.ts";
import { noteMaintenance } from "./maintained-hosts.ts";
import { sharedMaintenancePlanner, type MaintenancePlanner } from "./preview/maintenance-planner.ts";
import { AGAIN_VARIABLE, assessMaintenance, type AssessedMaintenance } from "./preview/pending-maintenance.ts";
import { sharedPlanner, type MovePlanner } from "./preview/move-planner.ts";
import type { Assessment } from "./preview/preview-verdict.ts";
import { keepPlan } from "./preview/preview-plan.ts";
import { isMaintenanceNews, maintenanceMessages, parseMaintenance } from "./state/maintenance-output.ts";
import { readStackResources } from "./state/stack-state.ts";

/**
 * Hosts in maintenance. Creating or updating it drains the hosts and proves them empty: every server of every project is
 * moved away and verified. Removing a host, or deleting it, ends the maintenance: the host is enabled once it is ready, and
 * its servers come home.
 *
 * Servers that are declared on such a host stay declared there: their `LiveMigration` reports them as away. Give it the
 * moves of the same program as `dependsOn`, so that these are made first.
 *
 * A preview plans the drain and only reads the cloud: every server with its target, whether the targets have room for all of
 * them together, and what stands in the way. With `LIVE_MIGRATE_PLANS` set, the plan is also written to that directory.
 * `up` fails unless each host is proven empty, or nothing but servers that are off were left as requested: what depends on
 * this component, such as a reboot, then is not run.
 *
 * @example
 * const maintenance = new HostMaintenance(
 *   "maintenance",
 *   { hosts: { "node-28": { reason: "kernel upgrade, CHG-1234" } } },
 *   { dependsOn: moves },
 * );
 * export const node28 = maintenance.hosts.apply((hosts) => hosts["node-28"]?.state); // "empty"
 * @throws {InvalidInputError} with every problem of `hosts`
 */
export class HostMaintenance extends pulumi.ComponentResource {
  static readonly type = "openstack-live-migration:index:HostMaintenance";

  /** Hosts in maintenance by name: state, moved servers, leftovers, times. */
  readonly hosts: pulumi.Output<Record<string, MaintainedHost>>;
  /** The document of the last run. */
  readonly document: pulumi.Output<MaintenanceDocument>;

  constructor(name: string, args: HostMaintenanceArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = maintenanceProblems(args.hosts, (host) => `hosts["${host}"]`);
    if (problems.length > 0) throw new InvalidInputError(`the arguments of HostMaintenance "${name}"`, problems);
    const { maintenancePlanner: planner = sharedMaintenancePlanner(), planner: moves = sharedPlanner() } =
      injectedWith(args);
    noteMaintenance(args.hosts);
    // Without inputs: they are in the command's state.
    super(HostMaintenance.type, name, {}, opts);

    const startedAt = new Date();
    const line = (command: string) => commandLine(process.cwd(), undefined, command);
    const environment = environmentOf(args, ownerOf(name));
    const again = planner ? this.assess(name, args, environment, planner, moves) : pulumi.output(undefined);
    const command = new local.Command(
      name,
      {
        create: line("maintain"),
        update: line("maintain"),
        delete: line("maintain --end"),
        // Pulumi leaves out what turns out to be undefined; its types cannot say so.
        environment: { ...environment, [AGAIN_VARIABLE]: again as pulumi.Output<string> },
        // stdout is the document, for the state. It is empty after a failure: its text and the progress are on stderr.
        logging: local.Logging.Stderr,
      },
      { parent: this },
    );

    // `up --target` of another resource skips a new command: its stdout is undefined, although its type says otherwise.
    const document = (command.stdout as pulumi.Output<string | undefined>).apply((stdout) =>
      stdout === undefined ? undefined : parseMaintenance(stdout),
    );
    this.document = document as pulumi.Output<MaintenanceDocument>;
    this.hosts = document.apply((known) => known?.hosts ?? {});
    document.apply((known) => {
      if (known !== undefined && isMaintenanceNews(known, startedAt)) void this.show(maintenanceMessages(known));
    });
    this.registerOutputs({ hosts: this.hosts });
  }

  /** Where a server is: where this maintenance has brought it, or else the place that is given. */
  placeOf(serverId: pulumi.Input<string>, otherwise: ServerPlace): pulumi.Output<pulumi.Unwrap<ServerPlace>> {
    return pulumi.all([this.hosts, serverId, otherwise]).apply(([hosts, id, place]) => {
      const moved = Object.values(hosts).flatMap((host) => host.moved);
      const brought = moved.findLast(({ server }) => server.id === id);
      return brought === undefined ? place : { host: brought.to, availabilityZone: brought.toZone };
    });
  }

  /** Looks at the hosts, and shows the plan in a preview. Resolves to the value of {@link AGAIN_VARIABLE}. */
  private assess(
    name: string,
    args: HostMaintenanceArgs,
    environment: Record<string, pulumi.Input<string>>,
    planner: MaintenancePlanner,
    moves: MovePlanner | null,
  ): pulumi.Output<string | undefined> {
    const dryRun = pulumi.runtime.isDryRun();
    const urn = knownValue(pulumi.createUrn(name, "command:local:Command", this));
    const found = async (): Promise<AssessedMaintenance | undefined> => {
      const [known, cloud, region, resources] = await Promise.all([
        knownValue(pulumi.output(environment)),
        knownValue(pulumi.output(args.cloud)),
        knownValue(pulumi.output(args.region)),
        readStackResources().catch(() => undefined),
      ]);
      if (known === undefined) return undefined;
      const selection = { ...(cloud !== undefined && { cloud }), ...(region !== undefined && { region }) };
      const request = args.hosts as MaintenanceRequest;
      const subject = { name, request, selection, environment: known, urn: (await urn) ?? "", dryRun, resources };
      const assessed = await assessMaintenance(planner, subject);
      if (dryRun) await this.preview(assessed);
      return assessed;
    };
    const assessed = found();
    // All problems of a preview at once, those of moves among them.
    if (dryRun) moves?.collect(assessed.then((one) => ({ ...NO_MOVE, problems: one?.problems ?? [] })));
    return pulumi.output(assessed.then((one) => one?.again));
  }

  private async preview({ lines, plan }: AssessedMaintenance): Promise<void> {
    const urn = await knownValue(this.urn);
    if (plan !== null && urn !== undefined) {
      keepPlan({ ...plan, urn, messages: plan.messages.map(oneLine) }, this);
    }
    await this.show(lines);
  }

  private async show(lines: readonly { level: "info" | "warn"; text: string }[]): Promise<void> {
    for (const { level, text } of lines) await pulumi.log[level](oneLine(text), this);
  }
}

/** A host and its zone, as the outputs of `LiveMigration` have them. */
export interface ServerPlace {
  host: pulumi.Input<string | null>;
  availabilityZone: pulumi.Input<string | null>;
}

const NO_MOVE: Assessment = { lines: [], problems: [], marker: undefined, move: null, plan: null };

/** The name of a maintenance among those of all stacks. */
const ownerOf = (name: string): string => `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;

/** The request as variables of the command. There is no secret among them. */
function environmentOf(
  { hosts, cloud, region }: HostMaintenanceArgs,
  owner: string,
): Record<string, pulumi.Input<string>> {
  const names = Object.keys(hosts).sort();
  const settings = Object.fromEntries(names.map((host) => [host, sortedKeys(hosts[host] ?? {})]));
  return {
    LIVE_MIGRATE_MAINTENANCE: JSON.stringify(settings),
    LIVE_MIGRATE_MAINTENANCE_OWNER: owner,
    ...(cloud !== undefined && { LIVE_MIGRATE_CLOUD: cloud }),
    ...(region !== undefined && { LIVE_MIGRATE_REGION: region }),
  };
}

/** The same settings in another order are no change. */
const sortedKeys = (settings: object) =>
  Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
