import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { cloudProviderArgs } from "../../components/cloud-provider.ts";

const away = () => Promise.reject(new Error("there is no cloud lab"));
const isKnown = (value: unknown) => (pulumi.output(value) as unknown as { isKnown: Promise<boolean> }).isKnown;

test("a cloud that this machine knows is named, in previews too", async () => {
  const selection = { cloud: "lab", region: "one" };
  expect(await cloudProviderArgs(selection, { dryRun: true, load: () => Promise.resolve() })).toEqual(selection);
});

test("one that it does not know is not known yet in a preview, and refused by the provider in an `up`", async () => {
  const args = await cloudProviderArgs({ cloud: "lab" }, { dryRun: true, load: away });
  expect(await isKnown(args.cloud)).toBe(false);
  expect(await cloudProviderArgs({ cloud: "lab" }, { dryRun: false, load: away })).toEqual({ cloud: "lab" });
});
