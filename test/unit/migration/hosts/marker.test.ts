import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { disabledBy, markerText, readMarker } from "../../../../migration/hosts/marker.ts";

const SINCE = "2026-11-30T23:45:00Z";

describe("the marker in a disabled reason", () => {
  it("is read as it was written", () => {
    const marker = { since: SINCE, after: 1234, reason: "kernel upgrade, CHG-1234" };
    expect(markerText(marker)).toBe(
      "openstack-live-migration: maintenance since 2026-11-30T23:45:00Z, after migration 1234: kernel upgrade, CHG-1234",
    );
    expect(readMarker(markerText(marker))).toEqual(marker);
    expect(readMarker(markerText({ ...marker, reason: "" }))).toEqual({ ...marker, reason: "" });
  });

  it("fits into what Nova takes, whatever the reason, and stays ours", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.nat(), (reason, after) => {
        const text = markerText({ since: SINCE, after, reason });
        expect(Array.from(text).length).toBeLessThanOrEqual(255);
        expect(text).not.toMatch(/[\n\r]/);
        expect(readMarker(text)).toMatchObject({ since: SINCE, after });
      }),
    );
  });

  it.each([
    null,
    "",
    "broken fan",
    "openstack-live-migration",
    "openstack-live-migration: maintenance since yesterday, after migration 1",
    `x openstack-live-migration: maintenance since ${SINCE}, after migration 1`,
    `openstack-live-migration: maintenance since ${SINCE}`,
  ])("is not seen in %j", (reason) => {
    expect(readMarker(reason)).toBeNull();
    expect(disabledBy({ enabled: false, disabledReason: reason })).toBe("others");
  });

  it("says nothing of a host that is open", () => {
    const disabledReason = markerText({ since: SINCE, after: 1, reason: "" });
    expect(disabledBy({ enabled: true, disabledReason })).toBe("nobody");
    expect(disabledBy({ enabled: false, disabledReason })).toBe("this-program");
  });
});
