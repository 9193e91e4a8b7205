import { expect, it } from "vitest";
import type { GuestFacts } from "../../../../migration/guest/facts.ts";
import { GuestMonitor } from "../../../../migration/guest/guest-monitor.ts";
import { GuestCheckSchema } from "../../../../migration/contract/settings.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { server } from "../../../support/engine/samples.ts";

/** Left by a run that did look into the guest, and was killed. */
const REMEMBERED = { bootId: "b", uptimeSeconds: 1, blockDevices: [] } as unknown as GuestFacts;
const outcomes = async (witness: GuestMonitor) =>
  (await witness.after(null)).checks.map(({ outcome, reason }) => `${outcome}: ${reason ?? ""}`);

it("checks nothing where no guest check is configured, whatever an earlier run remembers", async () => {
  for (const begin of ["before", "without"]) {
    const witness = new GuestMonitor(undefined, server(), new FakeClock());
    if (begin === "without") witness.withoutBefore({ reason: "nothing was moved" }, REMEMBERED);
    else await witness.before(0, REMEMBERED, new AbortController().signal);
    expect(new Set(await outcomes(witness))).toEqual(new Set(["not-checked: no guest check is configured"]));
  }
});

it.each(["SHUTOFF", "PAUSED"])("asks nothing of a guest that is %s, and waits for nothing", async (status) => {
  const clock = new FakeClock();
  const began = clock.now();
  const witness = new GuestMonitor(GuestCheckSchema.parse({ user: "root" }), server({ status }), clock);
  expect(await witness.before(120, null, new AbortController().signal)).toMatchObject({ ok: false });
  expect(new Set(await outcomes(witness))).toEqual(new Set([`not-checked: the server is ${status}`]));
  expect(clock.now()).toBe(began);
});
