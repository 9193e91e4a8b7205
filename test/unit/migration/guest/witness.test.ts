import { expect, it } from "vitest";
import { Witness } from "../../../../migration/guest/witness.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

it("does not say that a guest fell silent which it was not told to look at, whatever an earlier run saw", async () => {
  const facts = { bootId: "b", uptimeSeconds: 1, blockDevices: [], filesystems: {}, files: {} };
  await using witness = new Witness(undefined, { addresses: [] }, new FakeClock());
  expect(await witness.before(0, facts, new AbortController().signal)).toMatchObject({ ok: false });
  witness.withoutBefore("nothing was moved in this run", facts);
  const { checks } = await witness.testify(null);
  expect(checks.length).toBeGreaterThan(0);
  for (const check of checks) expect(check).toMatchObject({ outcome: "not-checked" });
});
