import { describe, expect, it } from "vitest";
import { chooseMethod, describeMethod } from "../../../../migration/plan/zone-pin.ts";
import type { Pin } from "../../../../migration/contract/record.ts";
import type { AzPinPolicy } from "../../../../migration/contract/settings.ts";
import type { Microversion } from "../../../../openstack/http/microversion.ts";

const NONE: Pin = { known: true, zone: null };
const SOURCE: Pin = { known: true, zone: "nova" };
const THERE: Pin = { known: true, zone: "nova2" };
const UNKNOWN: Pin = { known: false, reason: "too old" };

const choose = (
  pin: Pin,
  policy: AzPinPolicy,
  maxMicroversion: Microversion,
  zone: string | null = "nova2",
  createdUnpinned = false,
) => {
  const inputs = { maxMicroversion, pin, policy, createdUnpinned, zone, currentZone: "nova" };
  const { method, findings } = chooseMethod(inputs);
  return [method ? `${method.kind} ${method.microversion}` : "none", ...findings.map(({ code }) => code)].join(", ");
};

describe("chooseMethod: pin × policy × microversion", () => {
  it.each<[string, Pin, AzPinPolicy, Microversion, string]>([
    ["unpinned, Zed", NONE, "refuse", "2.93", "validated 2.93"],
    ["unpinned, newest known", NONE, "refuse", "2.104", "validated 2.104"],
    ["unpinned, a cloud from the future", NONE, "refuse", "2.200", "validated 2.104"],
    ["unpinned: no need to force", NONE, "force", "2.96", "validated 2.96"],
    ["unpinned: no need to unpin", NONE, "unpin", "2.104", "validated 2.104"],
    ["pinned to where it goes", THERE, "refuse", "2.96", "validated 2.96"],
    ["pinned, refuse", SOURCE, "refuse", "2.104", "none, pinned"],
    ["pinned, unpin, too old", SOURCE, "unpin", "2.103", "none, unpin-impossible"],
    ["pinned, unpin", SOURCE, "unpin", "2.104", "unpin 2.104"],
    ["pinned, force", SOURCE, "force", "2.104", "forced 2.67, force-keeps-pin"],
    ["not told, refuse", UNKNOWN, "refuse", "2.93", "validated 2.93, pin-unknown"],
    ["not told, unpin", UNKNOWN, "unpin", "2.93", "validated 2.93, pin-unknown"],
    ["not told, force", UNKNOWN, "force", "2.93", "forced 2.67, force-keeps-pin"],
  ])("%s", (_, pin, policy, max, expected) => {
    expect(choose(pin, policy, max)).toBe(expected);
  });

  it("does not warn about an unknown pin of a server that its creator did not pin, and forces it if asked to", () => {
    expect(choose(UNKNOWN, "refuse", "2.93", "nova2", true)).toBe("validated 2.93");
    expect(choose(UNKNOWN, "force", "2.93", "nova2", true)).toBe("forced 2.67, force-keeps-pin");
    // What the cloud reports counts more.
    expect(choose(SOURCE, "refuse", "2.104", "nova2", true)).toBe("none, pinned");
  });

  it("does not care for an unknown pin within one zone", () => {
    expect(choose(UNKNOWN, "force", "2.93", "nova")).toBe("validated 2.93");
  });

  it("does care where zones are not visible", () => {
    expect(choose(UNKNOWN, "refuse", "2.93", null)).toBe("validated 2.93, pin-unknown");
    expect(choose(SOURCE, "refuse", "2.96", null)).toBe("none, pinned");
  });
});

it.each([
  [{ kind: "validated", microversion: "2.96" } as const, "compute 2.96, host validated by the scheduler"],
  [
    { kind: "unpin", microversion: "2.104", from: "nova" } as const,
    "compute 2.104, unpinned from nova, host validated by the scheduler",
  ],
  [{ kind: "forced", microversion: "2.67" } as const, "compute 2.67, forced past the scheduler"],
])("describes %o", (method, text) => {
  expect(describeMethod(method)).toBe(text);
});
