import * as pulumi from "@pulumi/pulumi";
import { isPlain, wantedServer } from "./guard/guarded-arguments.ts";
import { injectedWith, type Injected } from "./injected.ts";
import { knownValue } from "./known-value.ts";
import { openstackSdk } from "./openstack-sdk.ts";
import { INSTANCE } from "./state/live-server.ts";
import type { NetworkArgs, VolumeBackedServerArgs } from "./volume-backed-server-args.ts";
import { InvalidInputError } from "../openstack/problems.ts";
import { sharedGuard, type Judgement } from "./guard/server-guard.ts";
import { bootVolumeProblems, dataVolumeProblems } from "./volumes/volume-sources.ts";
import { attachVolumes, createVolume } from "./volumes/volumes.ts";

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
    if (problems.length > 0) throw new InvalidInputError(`the arguments of VolumeBackedServer "${name}"`, problems);

    super(VolumeBackedServer.type, name, inputsToShow(args), opts);

    const protect = args.protect ?? true;
    const child = { parent: this, protect };
    const admitted = this.admit(name, args);
    const bootName = args.bootVolume.name ?? `${name}-boot`;
    const bootVolumeId = createVolume(`${name}-boot`, after(admitted, bootName), args.bootVolume, child);
    // Not protected by Pulumi, which could not tell a detached volume from a deleted server: the guard does.
    const dataOptions = { parent: this, retainOnDelete: protect };
    const data = dataVolumes.map(([key, volume]) => ({
      key,
      name: volume.name ?? key,
      id: createVolume(`${name}-${key}`, after(admitted, volume.name ?? key), volume, dataOptions),
    }));

    const server = new (openstackSdk().compute.Instance)(
      name,
      {
        name: after(admitted, args.name ?? name),
        // Undefined: the provider's default.
        powerState: pulumi.output(admitted.then(({ powerState }) => powerState)) as pulumi.Output<string>,
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
      { ...child, ignoreChanges: ignoredChanges(args, injectedWith(args)), deleteBeforeReplace: true },
    );

    const { attachments, volumeIds } = attachVolumes(name, server.id, data, { parent: this });
    new ProtectedServer(name, { parent: this, protect, dependsOn: [server, ...attachments] });
    this.serverId = server.id;
    this.serverName = server.name;
    this.volumeIds = pulumi.all([bootVolumeId, ...volumeIds]);
    const names = pulumi.all([bootName, ...data.map((volume) => volume.name)]);
    this.volumes = pulumi
      .all([names, this.volumeIds])
      .apply(([keys, ids]) => Object.fromEntries(keys.map((key, i) => [key, ids[i] ?? ""])));
    const { serverId, serverName, volumes, volumeIds: ids } = this;
    this.registerOutputs({ serverId, serverName, volumes, volumeIds: ids, protected: protect });
  }

  /** Resolves once the guard has nothing against what the arguments would change. */
  private async admit(name: string, args: VolumeBackedServerArgs): Promise<Admitted> {
    const { guard = sharedGuard(), ...injected } = injectedWith(args);
    const turn = injected.turn?.catch(() => undefined);
    if (!guard) {
      await turn;
      return {};
    }
    const { forceDetach = [] } = args;
    const judging = Promise.all([
      wantedServer(args),
      knownValue(pulumi.createUrn(name, INSTANCE, this)),
      args.guest === undefined ? null : knownValue(pulumi.output(args.guest)),
    ]).then(([wanted, urn = "", guest]) => guard.judge({ name, urn, wanted, guest: guest ?? null, forceDetach }));
    await guard.admit(judging, isPlain(args));
    const { lines, powerState } = await judging;
    await turn;
    for (const { level, text } of lines) await pulumi.log[level](text, this);
    return { ...(powerState !== undefined && { powerState }) };
  }
}

/**
 * Goes first when a stack is destroyed, for it depends on all of a server: Pulumi stops at what is protected, and without
 * a preview it would have detached the volumes by then.
 */
class ProtectedServer extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("openstack-live-migration:index:ProtectedServer", name, {}, opts);
  }
}

/** What the guard has to say once it lets a server pass. */
type Admitted = Pick<Judgement, "powerState">;

const after = (admitted: Promise<Admitted>, value: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.all([admitted, value]).apply(([, admittedValue]) => admittedValue);

/** What the provider cannot read back, or reads wrongly, so that an imported server would be changed. */
const UNTOLD = ["forceDelete", "stopBeforeDestroy"] as const;

/** Properties that a changed program must not change in an existing server: its initial host (a change would replace it). */
const IGNORED_CHANGES = ["availabilityZoneHints", ...UNTOLD] as const;
/** Of these the provider would make another server, also after a refresh of one that was changed by hand. */
const BIRTH_ARGUMENTS = ["networks", "keyPair", "userData", "schedulerHints", "blockDevices"];
/** Resizes; and where the flavor was deleted, the provider would make another server. */
const RESTARTING = ["flavorName"];

/** The guard refuses these changes with an explanation; ignored as well, no way around it leads to a replacement. */
const ignoredChanges = (
  { allowReplacement = false, allowRestart = false }: VolumeBackedServerArgs,
  { guard }: Injected,
): string[] => [
  ...IGNORED_CHANGES,
  // Without a guard it is not known.
  ...(guard === null ? ["powerState"] : []),
  ...(allowReplacement ? [] : BIRTH_ARGUMENTS),
  ...(allowRestart ? [] : RESTARTING),
];

function networkInput(network: NetworkArgs) {
  return {
    ...(network.name !== undefined && { name: network.name }),
    ...(network.id !== undefined && { uuid: network.id }),
    ...(network.portId !== undefined && { port: network.portId }),
    ...(network.fixedIp !== undefined && { fixedIpV4: network.fixedIp }),
  };
}

/**
 * The component's inputs as previews show them. The initial host is left out: after creation its change does nothing
 * here, and a preview must not suggest otherwise. User data is left out: it may hold secrets.
 */
function inputsToShow(args: VolumeBackedServerArgs): pulumi.Inputs {
  const hidden = ["host", "userData", "guest"];
  return Object.fromEntries(Object.entries(args).filter(([key]) => !hidden.includes(key)));
}
