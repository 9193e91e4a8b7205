import type * as pulumi from "@pulumi/pulumi";
import { expect, expectTypeOf, it } from "vitest";
import type * as z from "zod/mini";
import type { GuestCheckArgs, LiveMigrationArgs } from "../../../../components/live-migration-args.ts";
import { describeOption, describeSetting, fixOf, type Setting } from "../../../../migration/contract/setting.ts";
import {
  GUEST_SETTINGS,
  SETTINGS,
  type GuestCheckInput,
  type SettingName,
} from "../../../../migration/contract/settings.ts";

const ALL = Object.entries<Setting>({ ...SETTINGS, ...GUEST_SETTINGS });

it("gives LiveMigration an argument of the same type for each setting", () => {
  /** The program itself finds out whether the server was created unpinned, and which hosts are in maintenance. */
  type Found = "createdUnpinned" | "avoid";
  /** A running server is only stopped by hand. */
  type Arguments = Exclude<SettingName, Found | "server" | "cold" | "keepUnconfirmed">;
  type Value<K extends SettingName> = z.input<(typeof SETTINGS)[K]["schema"]>;
  type Simple = Exclude<Arguments, "guest" | "volumeIds" | "kind">;
  expectTypeOf<keyof LiveMigrationArgs>().toEqualTypeOf<Arguments | "serverId" | "allowRestart">();
  expectTypeOf<NonNullable<LiveMigrationArgs["kind"]>>().toEqualTypeOf<Value<"kind">>();
  expectTypeOf<Pick<LiveMigrationArgs, Simple>>().toEqualTypeOf<{ [K in Simple]?: pulumi.Input<Value<K>> }>();
  expectTypeOf<LiveMigrationArgs["serverId"]>().toEqualTypeOf<pulumi.Input<Value<"server">>>();
  expectTypeOf<pulumi.Unwrap<NonNullable<LiveMigrationArgs["volumeIds"]>>>().toEqualTypeOf<Value<"volumeIds">>();
});

it("gives the guest check an argument of the same type for each of its settings", () => {
  type Expected = { [K in keyof GuestCheckInput]-?: pulumi.Input<NonNullable<GuestCheckInput[K]>> };
  expectTypeOf<Required<GuestCheckArgs>>().toEqualTypeOf<Expected>();
});

it("has nothing of the webhook: the state would show its URL, and a new one would move servers back", () => {
  expect(ALL.map(([, { variable = "" }]) => variable).filter((one) => one.includes("NOTIFY"))).toEqual([]);
});

it.each(ALL)("describes %s and says what to do about a wrong value", (_, setting) => {
  expect(describeSetting(setting)).toMatch(/^[A-Z].*[^.]\.$/);
  expect(fixOf(setting)).toMatch(/\w{3}/);
});

it("lists the choices and the default of an option", () => {
  expect(describeOption(SETTINGS.azPin)).toBe(
    "what to do with a server that is pinned to its availability zone: refuse, unpin or force (default: refuse)",
  );
  expect(describeOption(SETTINGS.region)).toBe("region of the cloud (default: the cloud's own)");
  expect(describeOption(SETTINGS.host)).not.toContain("default");
});

it("accepts every default as a value", () => {
  for (const [, { schema, default: value }] of ALL) if (value !== undefined) expect(schema.parse(value)).toEqual(value);
});
