import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { InvalidInputError } from "./problems.ts";
import { bootVolumeProblems, dataVolumeProblems } from "./volume-sources.ts";
import type { BootVolumeArgs, DataVolumeArgs } from "./volume-args.ts";
import { attachVolumes, createVolume } from "./volumes.ts";

/** A network that the server is on. Exactly one of `name`, `id` and `portId` is given. */
export interface NetworkArgs {
  /** @example "flat" */
  name?: pulumi.Input<string>;
  id?: pulumi.Input<string>;
  /** Id of an existing port. */
  portId?: pulumi.Input<string>;
  /** A fixed IPv4 address. @default one that Neutron chooses */
  fixedIp?: pulumi.Input<string>;
}

/** What a server is made of. Not where it runs: moving it is {@link LiveMigration}'s work. */
export interface VolumeBackedServerArgs {
  /**
   * The nova-compute host that the server is born on; read at creation only. The server is not pinned to the host's
   * zone, so that it stays free to move. Later changes are ignored here: `LiveMigration` moves the server.
   *
   * @default the scheduler chooses
   * @example "node-28"
   */
  host?: pulumi.Input<string>;
  /**
   * Name of the server. Changing it renames it in place.
   *
   * @default the resource's name
   */
  name?: pulumi.Input<string>;
  /**
   * Name of the flavor. Changing it resizes the server, which **restarts the guest**.
   *
   * @example "m1.small"
   */
  flavor: pulumi.Input<string>;
  /** Networks, in the guest's order. Changing them would replace the server. */
  networks: NetworkArgs[];
  /** What it boots from. Only its size and name can change in place. */
  bootVolume: BootVolumeArgs;
  /**
   * Further volumes by name, attached in alphabetical order of the names (which decides their device names in the
   * guest). Adding one attaches it to the running server.
   *
   * @default {}
   * @example { admin_vol11: { sizeGiB: 1 } }
   */
  dataVolumes?: Record<string, DataVolumeArgs>;
  /** Name of a key pair in Nova. Changing it would replace the server. @default none */
  keyPair?: pulumi.Input<string>;
  /** Names of security groups, changed in place. @default the project's default group */
  securityGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Cloud-init data; kept as a secret in the state. Changing it would replace the server. @default none */
  userData?: pulumi.Input<string>;
  /** Metadata of the server, changed in place. @default {} */
  metadata?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Id of a server group (affinity, anti-affinity). Changing it would replace the server. @default none */
  serverGroupId?: pulumi.Input<string>;
  /**
   * Refuse every deletion and replacement of the server, of the volumes made here, and of their attachments. Set it to `false` and run
   * `up` once before you destroy the stack.
   *
   * @default true
   */
  protect?: boolean;
}

/**
 * A server that boots from a Cinder volume, so that its disks stay where they are when it moves.
 *
 * @example
 * const server = new VolumeBackedServer("admin_vm01", {
 *   host: "node-28",
 *   flavor: "m1.nano",
 *   networks: [{ name: "flat" }],
 *   bootVolume: { name: "admin_vol01", sizeGiB: 1, image: "guest" },
 *   dataVolumes: { admin_vol11: { sizeGiB: 1 } },
 * });
 * @throws {InvalidInputError} listing every problem of the volumes' arguments
 */
export class VolumeBackedServer extends pulumi.ComponentResource {
  static readonly type = "openstack-live-migration:index:VolumeBackedServer";

  readonly serverId: pulumi.Output<string>;
  readonly serverName: pulumi.Output<string>;
  /** Cinder ids by volume name, the boot volume first. */
  readonly volumes: pulumi.Output<Record<string, string>>;
  /** Cinder ids, the boot volume first. Known once every volume is attached. */
  readonly volumeIds: pulumi.Output<string[]>;

  constructor(name: string, args: VolumeBackedServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const dataVolumes = Object.entries(args.dataVolumes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const problems = [
      ...bootVolumeProblems("bootVolume", args.bootVolume),
      ...dataVolumes.flatMap(([key, volume]) => dataVolumeProblems(`dataVolumes.${key}`, volume)),
    ];
    if (problems.length > 0) throw new InvalidInputError(`arguments of VolumeBackedServer "${name}"`, problems);

    super(VolumeBackedServer.type, name, inputsToShow(args), opts);

    const protect = args.protect ?? true;
    const child = { parent: this, protect };
    const bootName = args.bootVolume.name ?? `${name}-boot`;
    const bootVolumeId = createVolume(`${name}-boot`, bootName, args.bootVolume, child);
    const data = dataVolumes.map(([key, volume]) => ({
      key,
      name: volume.name ?? key,
      id: createVolume(`${name}-${key}`, volume.name ?? key, volume, child),
    }));

    const server = new openstack.compute.Instance(
      name,
      {
        name: args.name ?? name,
        flavorName: args.flavor,
        networks: args.networks.map(networkInput),
        blockDevices: [
          {
            uuid: bootVolumeId,
            sourceType: "volume",
            destinationType: "volume",
            bootIndex: 0,
            deleteOnTermination: false,
          },
        ],
        // Nothing before the colon: the host is chosen, no zone is pinned.
        ...(args.host !== undefined && { availabilityZoneHints: pulumi.interpolate`:${args.host}` }),
        ...(args.keyPair !== undefined && { keyPair: args.keyPair }),
        ...(args.securityGroups !== undefined && { securityGroups: args.securityGroups }),
        ...(args.userData !== undefined && { userData: pulumi.secret(args.userData) }),
        ...(args.metadata !== undefined && { metadata: args.metadata }),
        ...(args.serverGroupId !== undefined && { schedulerHints: [{ group: args.serverGroupId }] }),
      },
      { ...child, ignoreChanges: [...IGNORED_CHANGES] },
    );

    const attachedIds = attachVolumes(name, server.id, data, child);
    this.serverId = server.id;
    this.serverName = server.name;
    this.volumeIds = pulumi.all([bootVolumeId, ...attachedIds]);
    const names = pulumi.all([bootName, ...data.map((volume) => volume.name)]);
    this.volumes = pulumi
      .all([names, this.volumeIds])
      .apply(([keys, ids]) => Object.fromEntries(keys.map((key, i) => [key, ids[i] ?? ""])));
    this.registerOutputs({ serverId: this.serverId, volumes: this.volumes });
  }
}

/**
 * What the provider cannot read back, or reads wrongly, so that an imported server would be replaced. Only another boot
 * volume is lost with it, and the engine refuses a server that has not the volumes declared.
 */
const UNTOLD = ["blockDevices", "forceDelete", "stopBeforeDestroy"] as const;

/**
 * What a changed program must not change in a server that exists: its birthplace (a change would replace it), and
 * whether it runs (that is its operators' business; without this, an `up` would start a server that they stopped).
 */
export const IGNORED_CHANGES = ["availabilityZoneHints", "powerState", ...UNTOLD] as const;

function networkInput(network: NetworkArgs) {
  return {
    ...(network.name !== undefined && { name: network.name }),
    ...(network.id !== undefined && { uuid: network.id }),
    ...(network.portId !== undefined && { port: network.portId }),
    ...(network.fixedIp !== undefined && { fixedIpV4: network.fixedIp }),
  };
}

/**
 * The component's inputs as previews show them. The birthplace is left out: after creation its change does nothing
 * here, and a preview must not suggest otherwise. User data is left out: it may hold secrets.
 */
function inputsToShow(args: VolumeBackedServerArgs): pulumi.Inputs {
  return Object.fromEntries(Object.entries(args).filter(([key]) => key !== "host" && key !== "userData"));
}
