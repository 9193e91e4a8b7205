import * as pulumi from "@pulumi/pulumi";
import type { AvailabilityZoneArgs } from "../components/availability-zone-args.ts";

/** An availability zone: a host aggregate that carries the zone's name. */
export declare class AvailabilityZone extends pulumi.ComponentResource {
  /** Name that users of the cloud see. */
  readonly zone: pulumi.Output<string>;
  /** Hosts of the zone. */
  readonly hosts: pulumi.Output<string[]>;
  /** Id of the aggregate. */
  readonly aggregateId: pulumi.Output<string>;

  constructor(name: string, args: AvailabilityZoneArgs, opts?: pulumi.ComponentResourceOptions);
}
