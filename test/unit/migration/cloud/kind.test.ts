import { describe, expect, it } from "vitest";
import { describeKind } from "../../../../migration/contract/kind.ts";
import { defaultTimeoutSeconds, estimateSeconds } from "../../../../migration/plan/deadline.ts";
import { kindOf, localDisks } from "../../../../migration/cloud/kind.ts";
import type { ServerFacts } from "../../../../migration/cloud/snapshot.ts";
import { server } from "../../../support/engine/samples.ts";

const flavor = (over: Partial<ServerFacts["flavor"]>) => ({ flavor: { ...server().flavor, ...over } });
const GIB = 1024;

describe("the kind of a move", () => {
  it.each([
    ["only volumes", {}, "live, volume-backed", ""],
    ["a flavor's root disk that a volume replaces", flavor({ rootGiB: 40 }), "live, volume-backed", ""],
    ["an image", { image: "cirros" }, "live, disks shared or copied (Nova decides)", "a root disk of 1 GiB"],
    [
      "an image whose size the flavor does not set",
      { image: "cirros", ...flavor({ rootGiB: 0 }) },
      "live, disks shared or copied (Nova decides)",
      "a root disk of its image's size",
    ],
    [
      "a volume, ephemeral disk, swap and config drive",
      { configDrive: true, ...flavor({ ephemeralGiB: 5, swapMiB: 64 }) },
      "live, disks shared or copied (Nova decides)",
      "an ephemeral disk of 5 GiB, swap of 64 MiB, a config drive",
    ],
  ])("of a server with %s follows from its disks", (_, over, words, disks) => {
    const facts = server(over);
    expect(describeKind(kindOf(facts))).toBe(words);
    expect(
      localDisks(facts)
        .map((disk) => disk.words)
        .join(", "),
    ).toBe(disks);
  });
});

describe("time for local disks", () => {
  it.each([
    ["no disk", {}, 1600, 10],
    ["a root disk of 1 GiB, which Nova counts as two", { image: "cirros" }, 3200, 11],
    ["a root disk of 40 GiB", { image: "cirros", ...flavor({ rootGiB: 40 }) }, 1600 + 40 * 800, 53],
    ["disks of 10 and 2.5 GiB", flavor({ ephemeralGiB: 10, swapMiB: 2.5 * GIB }), 1600 + 13 * 800, 24],
    ["a config drive, which is not copied in blocks", { configDrive: true }, 1600, 10],
  ])("of %s is added to that for memory", (_, over, deadline, estimate) => {
    expect(defaultTimeoutSeconds(server(over))).toBe(deadline);
    expect(estimateSeconds(server(over))).toBe(estimate);
  });
});
