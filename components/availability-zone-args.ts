import type * as pulumi from "@pulumi/pulumi";

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
