import { describe, expect, it } from "vitest";
import { missingIgnores, type OwnInstance, type Placing } from "../../../../components/own-instance/missing-ignores.ts";

const BESIDE: OwnInstance = {
  name: "vm",
  declared: { availabilityZone: null, availabilityZoneHints: ":node-28" },
  ignores: () => false,
  last: { id: "s1", availabilityZone: "nova", availabilityZoneHints: ":node-28" },
  replaced: false,
  zone: "nova2",
};
const ignoring = (...properties: Placing[]) => ({ ignores: (one: Placing) => properties.includes(one) });

describe("an Instance of the program's own", () => {
  it.each<[string, Partial<OwnInstance>]>([
    ["that declares no zone, wherever its server is", {}],
    ["that declares the zone that its server is in", { declared: { availabilityZone: "nova2" } }],
    ["that declares the zone that its server is in, and a host", { declared: { availabilityZone: "nova2:node-28" } }],
    ["whose zone only `up` will know", { declared: {} }],
    ["whose server's zone is not known", { declared: { availabilityZone: "nova" }, zone: undefined }],
    ["that ignores its zone", { declared: { availabilityZone: "nova" }, ...ignoring("availabilityZone") }],
    ["that is replaced for another reason", { replaced: true }],
    [
      "that is replaced for another reason, and declares its zone with a host",
      { replaced: true, declared: { availabilityZone: "nova:node-31", availabilityZoneHints: ":node-28" } },
    ],
    [
      "that is replaced, and ignores what changed",
      { replaced: true, declared: { availabilityZoneHints: ":node-31" }, ...ignoring("availabilityZoneHints") },
    ],
  ])("%s is not warned about", (_, over) => {
    expect(missingIgnores({ ...BESIDE, ...over })).toEqual([]);
  });

  it("is warned about when its server leaves the zone that it declares", () => {
    expect(missingIgnores({ ...BESIDE, declared: { availabilityZone: "nova" } })).toEqual([
      'Instance vm declares availabilityZone "nova", and the server is in nova2 after this run: after the next ' +
        "`pulumi refresh`, `pulumi up` would replace the server. Fix: ignoreChanges: " +
        '["availabilityZone"] in the options of the Instance; LiveMigration moves the server',
    ]);
  });

  it("is warned about when this preview replaces it, with each property that is the cause", () => {
    const declared = { availabilityZone: "nova2", availabilityZoneHints: null };
    const replaced = { ...BESIDE, declared, replaced: true };
    expect(missingIgnores(replaced)).toEqual([
      '`pulumi up` would replace the server: Instance vm changes availabilityZone "nova" => "nova2", ' +
        'availabilityZoneHints ":node-28" => (nothing), which the provider cannot change in place. Fix: ' +
        'ignoreChanges: ["availabilityZone","availabilityZoneHints"] in the options of the Instance; ' +
        "LiveMigration moves the server",
    ]);
    expect(missingIgnores({ ...replaced, ...ignoring("availabilityZoneHints") })).toEqual([
      expect.stringContaining('ignoreChanges: ["availabilityZone"]'),
    ]);
  });
});
