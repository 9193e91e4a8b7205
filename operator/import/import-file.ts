/** The file for `pulumi import --file`: which existing things stand behind which resources of the program. Pure. */

/** The project that stack files name. Not called PROJECT: `pulumi new` replaces that in template strings. */
export const PROJECT_NAME = "openstack-live-migration";
const SERVER = `${PROJECT_NAME}:index:VolumeBackedServer`;
const ZONE = `${PROJECT_NAME}:index:AvailabilityZone`;

/** One entry, as Pulumi reads it. `parent` and `provider` are names: of another entry, or of the name table. */
interface ImportedResource {
  type: string;
  name: string;
  logicalName?: string;
  component?: true;
  id?: string;
  parent?: string;
  provider?: string;
}

export interface ImportFile {
  nameTable: Record<string, string>;
  resources: ImportedResource[];
}

/** What is imported of one server. Volumes that stay outside of the stack have an attachment only. */
export interface ImportedServer {
  name: string;
  id: string;
  /** Id of the boot volume; absent: it stays outside of the stack. */
  bootVolume?: string;
  /** By the names under which the configuration has them. */
  dataVolumes: Record<string, { id: string; owned: boolean }>;
  /** Absent: the zone is in the stack already, or none of its business. */
  zone?: { name: string; aggregateId: number };
}

/** URN of the provider that all of a stack's resources use; it must be in the stack's state before they are imported. */
export const providerUrn = (stack: string): string =>
  `urn:pulumi:${stack}::${PROJECT_NAME}::pulumi:providers:openstack::cloud`;

/** Names of the resources are those that the components give them. */
export function importFile(stack: string, server: ImportedServer): ImportFile {
  const { name, id, bootVolume, dataVolumes, zone } = server;
  const below = (parent: string) => ({ parent, provider: "cloud" });
  const volume = (key: string, volumeId: string): ImportedResource => ({
    type: "openstack:blockstorage/volume:Volume",
    name: `${name}-${key}`,
    id: volumeId,
    ...below("the server"),
  });
  return {
    nameTable: { cloud: providerUrn(stack) },
    resources: [
      ...(zone
        ? [
            { type: ZONE, name: "the zone", logicalName: zone.name, component: true } as const,
            {
              type: "openstack:compute/aggregateV2:AggregateV2",
              name: zone.name,
              id: String(zone.aggregateId),
              ...below("the zone"),
            },
          ]
        : []),
      { type: SERVER, name: "the server", logicalName: name, component: true },
      ...(bootVolume === undefined ? [] : [volume("boot", bootVolume)]),
      ...Object.entries(dataVolumes).flatMap(([key, { id: volumeId, owned }]) =>
        owned ? [volume(key, volumeId)] : [],
      ),
      { type: "openstack:compute/instance:Instance", name, id, ...below("the server") },
      ...Object.entries(dataVolumes).map(([key, { id: volumeId }]) => ({
        type: "openstack:compute/volumeAttach:VolumeAttach",
        name: `${name}-${key}`,
        id: `${id}/${volumeId}`,
        ...below("the server"),
      })),
    ],
  };
}
