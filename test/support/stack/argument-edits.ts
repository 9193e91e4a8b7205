import type { BootVolumeArgs, DataVolumeArgs } from "../../../components/volumes/volume-args.ts";
import type { NetworkArgs, VolumeBackedServerArgs } from "../../../components/volume-backed-server-args.ts";

/** Every argument of a server; those that hold others are named by what they hold. */
export type Argument =
  | Exclude<keyof VolumeBackedServerArgs, "bootVolume" | "guard" | "turn">
  | `networks[].${keyof NetworkArgs}`
  | `bootVolume.${keyof BootVolumeArgs}`
  | `dataVolumes.<name>.${keyof DataVolumeArgs}`;

/** One edit of a server that exists. */
export interface Edit {
  /** What is edited, for the table. */
  to: string;
  edit: (args: Plain) => void;
}

/** Arguments as the tests write them: nothing but JSON. */
export interface Plain {
  name: string;
  host?: string;
  flavor: string;
  networks: [PlainNetwork, ...PlainNetwork[]];
  bootVolume: { name: string; sizeGiB?: number; image?: string; volumeId?: string; volumeType?: string };
  dataVolumes: Record<string, PlainVolume> & { data: PlainVolume };
  [other: string]: unknown;
}

interface PlainNetwork {
  name?: string;
  id?: string;
  portId?: string;
  fixedIp?: string;
}

interface PlainVolume {
  name?: string;
  sizeGiB?: number;
  volumeId?: string;
  snapshotId?: string;
  volumeType?: string;
}

const OTHER_ID = "00000000-0000-4000-8000-000000000001";
const data = (args: Plain) => args.dataVolumes.data;
const network = (args: Plain) => args.networks[0];

/** What the tests do to each argument. The type is the list: an argument without a row does not compile. */
export const EDITS: Record<Argument, Edit[]> = {
  host: [{ to: "another host", edit: (args) => (args.host = "node-06") }],
  name: [{ to: "another name", edit: (args) => (args.name += "-renamed") }],
  flavor: [
    { to: "another flavor", edit: (args) => (args.flavor = "m1.tiny") },
    {
      to: "another flavor, with `allowRestart`",
      edit: (args) => Object.assign(args, { flavor: "m1.tiny", allowRestart: true }),
    },
  ],
  networks: [{ to: "one more network", edit: (args) => args.networks.push({ name: "other" }) }],
  "networks[].name": [{ to: "another network", edit: (args) => (network(args).name = "other") }],
  "networks[].id": [{ to: "another network", edit: (args) => (args.networks = [{ id: OTHER_ID }]) }],
  "networks[].portId": [{ to: "a port", edit: (args) => (args.networks = [{ portId: OTHER_ID }]) }],
  "networks[].fixedIp": [{ to: "an address", edit: (args) => (network(args).fixedIp = "10.0.0.99") }],
  "bootVolume.name": [{ to: "another name", edit: (args) => (args.bootVolume.name += "-renamed") }],
  "bootVolume.sizeGiB": [
    { to: "larger", edit: (args) => (args.bootVolume.sizeGiB = 3) },
    { to: "smaller", edit: (args) => (args.bootVolume.sizeGiB = 1) },
  ],
  "bootVolume.image": [{ to: "another image", edit: (args) => (args.bootVolume.image = OTHER_ID) }],
  "bootVolume.snapshotId": [
    {
      to: "a snapshot instead",
      edit: ({ bootVolume }) => (delete bootVolume.image, Object.assign(bootVolume, { snapshotId: OTHER_ID })),
    },
  ],
  "bootVolume.volumeId": [
    { to: "another volume", edit: (args) => (args.bootVolume = { name: args.bootVolume.name, volumeId: OTHER_ID }) },
  ],
  "bootVolume.volumeType": [{ to: "another type", edit: (args) => (args.bootVolume.volumeType = "other") }],
  dataVolumes: [
    { to: "one more volume", edit: (args) => (args.dataVolumes["more"] = { sizeGiB: 1 }) },
    {
      to: "a volume removed; the guest cannot be checked",
      edit: (args) => Object.assign(args, { dataVolumes: {} }),
    },
    {
      to: "a volume removed, with `forceDetach`",
      edit: (args) => Object.assign(args, { dataVolumes: {}, forceDetach: ["data"] }),
    },
    {
      to: "a volume's key renamed",
      edit: (args) => Object.assign(args, { dataVolumes: { renamed: { sizeGiB: 2 } } }),
    },
  ],
  "dataVolumes.<name>.name": [{ to: "another name", edit: (args) => (data(args).name = "renamed") }],
  "dataVolumes.<name>.sizeGiB": [
    { to: "larger", edit: (args) => (data(args).sizeGiB = 3) },
    { to: "smaller", edit: (args) => (data(args).sizeGiB = 1) },
  ],
  "dataVolumes.<name>.snapshotId": [{ to: "a snapshot", edit: (args) => (data(args).snapshotId = OTHER_ID) }],
  "dataVolumes.<name>.volumeId": [
    { to: "another volume", edit: (args) => (args.dataVolumes.data = { volumeId: OTHER_ID }) },
  ],
  "dataVolumes.<name>.volumeType": [{ to: "another type", edit: (args) => (data(args).volumeType = "other") }],
  keyPair: [{ to: "another key pair", edit: (args) => (args["keyPair"] = "other") }],
  securityGroups: [{ to: "another group", edit: (args) => (args["securityGroups"] = ["default"]) }],
  userData: [{ to: "other data", edit: (args) => (args["userData"] = "#!/bin/sh\nfalse") }],
  metadata: [{ to: "another value", edit: (args) => (args["metadata"] = { tier: "gold" }) }],
  serverGroupId: [{ to: "a group", edit: (args) => (args["serverGroupId"] = OTHER_ID) }],
  protect: [{ to: "`false`", edit: (args) => (args["protect"] = false) }],
  guest: [{ to: "another user", edit: (args) => (args["guest"] = { user: "other" }) }],
  forceDetach: [{ to: "a volume that stays", edit: (args) => (args["forceDetach"] = ["data"]) }],
  allowRestart: [{ to: "`true`", edit: (args) => (args["allowRestart"] = true) }],
  allowReplacement: [
    { to: "`true`", edit: (args) => (args["allowReplacement"] = true) },
    {
      to: "`true`, with another network",
      edit: (args) => Object.assign(args, { allowReplacement: true, networks: [{ name: "other" }] }),
    },
  ],
};
