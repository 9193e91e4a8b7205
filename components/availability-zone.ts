import * as pulumi from "@pulumi/pulumi";
import type { AvailabilityZoneArgs } from "./availability-zone-args.ts";
import { openstackSdk } from "./openstack-sdk.ts";

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
