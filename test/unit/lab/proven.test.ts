import { describe, expect, it } from "vitest";
import { RELEASES } from "../../../lab/releases/index.ts";
import { readmeWith, readProven, readReadme, withPassed, type Proven } from "../../support/proven.ts";

const nova = { package: "2:31.0.0-6", date: "2026-11-01" };
const proven: Proven = { epoxy: { ...nova, profiles: ["fleet"] } };

describe("the table of proven clouds", () => {
  it("in README says what the release test has recorded", async () => {
    expect(await readmeWith(readReadme(), readProven())).toBe(readReadme());
  });

  it("has a row for each release that has passed", async () => {
    const readme = "<!-- clouds: begin -->\n\nold\n\n<!-- clouds: end -->\n";
    const rows = (await readmeWith(readme, proven)).split("\n").filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(3);
    expect(rows[2]?.split(/ *\| */).slice(1, -1)).toEqual([
      RELEASES.epoxy.title,
      RELEASES.epoxy.computeApi,
      nova.package,
      nova.date,
      "a fleet",
    ]);
  });

  it("keeps what has passed with the same package, and forgets what passed with another", () => {
    expect(withPassed(proven, "epoxy", "guest", nova).epoxy?.profiles).toEqual(["guest", "fleet"]);
    const newer = { package: "2:31.0.1-1", date: "2026-12-01" };
    expect(withPassed(proven, "epoxy", "guest", newer).epoxy).toEqual({ ...newer, profiles: ["guest"] });
    expect(withPassed(proven, "2026.2", "fleet", nova)).toEqual({
      ...proven,
      "2026.2": { ...nova, profiles: ["fleet"] },
    });
  });
});
