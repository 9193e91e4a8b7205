import { expect, it } from "vitest";
import { chaos } from "../../chaos/chaos.ts";
import { VIOLATIONS } from "../../chaos/judge.ts";

/** A short run of `npm run test:chaos`, always the same one, with nothing of the cloud itself killed. */
it(
  "random migrations with random kills and faults: nothing lost, doubled, or falsely told",
  { timeout: 600_000 },
  async () => {
    const summary = await chaos({ seed: 1, rounds: 6, cloudFaults: false });
    expect(summary.findings.filter(({ kind }) => kind !== "alarm")).toEqual([]);
    expect(summary.violations).toEqual(Object.fromEntries(VIOLATIONS.map((kind) => [kind, 0])));
    expect(summary).toMatchObject({ rounds: 6, passed: 6, failed: 0 });
    // It would prove nothing if little had happened.
    expect(summary.migrations).toBeGreaterThan(2);
    expect(summary.signals).toBeGreaterThan(1);
  },
);
