import { describe, expect, it } from "vitest";
import { watchSignals } from "../../../../migration/cli/signals.ts";

/** What the first Ctrl-C says. */
function firstSaid(them: "it" | "them", cold: boolean): string {
  let said = "";
  const signals = watchSignals((text) => (said += text), them);
  try {
    if (cold) signals.coldBegins();
    process.emit("SIGINT");
    expect(signals.interrupted.aborted).toBe(true);
  } finally {
    signals.dispose();
  }
  return said;
}

describe("the first Ctrl-C", () => {
  it("offers an abort of a live migration", () => {
    expect(firstSaid("it", false)).toMatch(
      /run the same command to resume\. Press Ctrl-C again within 5 s to ask Nova to abort it\.$/,
    );
  });

  it("offers no abort of a cold migration, which Nova does not have", () => {
    const said = firstSaid("it", true);
    expect(said).not.toContain("Ctrl-C again within");
    expect(said).toContain("Nova cannot abort a cold migration: `live-migrate revert` takes it back");
  });

  it("says of several servers which of them can be aborted", () => {
    expect(firstSaid("them", false)).toMatch(/to ask Nova to abort the running ones\.$/);
    expect(firstSaid("them", true)).toContain("the running ones that are live. Nova cannot abort a cold one");
  });
});
