import * as pulumi from "@pulumi/pulumi";
import { knownValue } from "../known-value.ts";
import type { Wanted, WantedServer, WantedVolume } from "./server-changes.ts";
import type { BootVolumeArgs, DataVolumeArgs } from "../volumes/volume-args.ts";
import type { VolumeBackedServerArgs } from "../volume-backed-server-args.ts";

/** What the arguments say, as far as it is known now. */
export async function wantedServer(args: VolumeBackedServerArgs): Promise<WantedServer> {
  const volumes = Object.entries(args.dataVolumes ?? {});
  return {
    flavor: await wanted(args.flavor),
    keyPair: await wanted(args.keyPair),
    userData: await wanted(args.userData),
    serverGroupId: await wanted(args.serverGroupId),
    networks: (await wanted(args.networks as pulumi.Input<{ name?: string }[]>)) ?? undefined,
    bootVolume: await wantedVolume(args.bootVolume),
    dataVolumes: Object.fromEntries(
      await Promise.all(volumes.map(async ([key, volume]) => [key, await wantedVolume(volume)] as const)),
    ),
    allowReplacement: args.allowReplacement ?? false,
    allowRestart: args.allowRestart ?? false,
  };
}

async function wantedVolume({ volumeId, sizeGiB, volumeType }: BootVolumeArgs & DataVolumeArgs): Promise<WantedVolume> {
  return {
    volumeId: await wanted(volumeId),
    sizeGiB: await wanted(sizeGiB),
    volumeType: await wanted(volumeType),
  };
}

async function wanted<T>(input: pulumi.Input<T> | undefined): Promise<Wanted<T>> {
  if (input === undefined) return null;
  return (await knownValue(pulumi.output(input))) as T | undefined;
}

/** Whether a value is written out, so that no resource has to be made to know it. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.Resource.isInstance(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}
