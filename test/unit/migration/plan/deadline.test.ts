import { describe, expect, it } from "vitest";
import { defaultTimeoutSeconds, estimateSeconds } from "../../../../migration/plan/deadline.ts";
import { server } from "../../../support/engine/samples.ts";

const withMemory = (ramMiB: number) => server({ flavor: { ...server().flavor, ramMiB } });

describe("the deadline and the estimate", () => {
  it.each([
    [1, 1600],
    [2048, 1600],
    [2049, 2400],
    [8192, 6400],
    [65_536, 51_200],
  ])("Nova gives a server of %i MiB up after %i s", (ram, seconds) => {
    expect(defaultTimeoutSeconds(withMemory(ram))).toBe(seconds);
  });

  it("estimates grow with memory", () => {
    expect(estimateSeconds(withMemory(1024))).toBe(10);
    expect(estimateSeconds(withMemory(65_536))).toBe(112);
  });
});
