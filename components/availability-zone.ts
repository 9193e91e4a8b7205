import * as pulumi from "@pulumi/pulumi";
import { openstackSdk } from "./openstack-sdk.ts";

/** Which hosts form a zone. */
export interface AvailabilityZoneArgs {
  /**
   * nova-compute service hosts of the zone. Adding or removing one is an update in place.
   *
   * A host belongs to one zone at most, and Nova refuses to move a host that has servers on it. Where one `up` both
   * takes a host from one zone and gives it to another, say the order by `dependsOn`: the zone that gains the host
   * depends on the zone that loses it.
   *
   * @example ["node-27", "node-28"]
   */
  hosts: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Name that users of the cloud see. Changing it renames the zone in place.
   *
   * @default the resource's name
   * @example "nova2"
   */
  zone?: pulumi.Input<string>;
  /**
   * Name of the host aggregate behind the zone; only administrators see it.
   *
   * @default the zone's name
   * @example "rack-7"
   */
  aggregateName?: pulumi.Input<string>;
  /**
   * Further metadata of the aggregate, for the scheduler's filters.
   *
   * @default {}
   * @example { ssd: "true" }
   */
  metadata?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * An availability zone: a host aggregate that carries the zone's name.
 *
 * @example
 * new AvailabilityZone("nova2", { hosts: ["node-31"] });
 */
export class AvailabilityZone extends pulumi.ComponentResource {
  static readonly type = "openstack-live-migration:index:AvailabilityZone";

  /** Name that users of the cloud see. */
  readonly zone: pulumi.Output<string>;
  /** Hosts of the zone. */
  readonly hosts: pulumi.Output<string[]>;
  /** Id of the aggregate. */
  readonly aggregateId: pulumi.Output<string>;

  constructor(name: string, args: AvailabilityZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AvailabilityZone.type, name, args, opts);

    const zone = pulumi.output(args.zone ?? name);
    const hosts = pulumi.output(args.hosts);
    const aggregate = new (openstackSdk().compute.AggregateV2)(
      name,
      {
        name: args.aggregateName ?? zone,
        zone,
        // Nova keeps a set: a sorted list keeps a mere reordering out of the preview.
        hosts: hosts.apply((names) => [...names].sort()),
        ...(args.metadata && { metadata: args.metadata }),
      },
      { parent: this },
    );

    this.zone = zone;
    this.hosts = hosts;
    this.aggregateId = aggregate.id;
    this.registerOutputs({ zone, hosts, aggregateId: aggregate.id });
  }
}
