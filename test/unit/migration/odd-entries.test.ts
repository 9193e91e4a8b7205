/** Entries of lists that cannot be read: what does not depend on them stays as it is, and nothing is claimed without them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Survey } from "../../../migration/plan/survey.ts";
import { cloudWith, LISTS, REQUESTS } from "../../support/many-servers.ts";
import { oddEntry } from "../../support/odd-entries.ts";

/** What a plan may say more than with all entries: that something is not known. */
const NOT_KNOWN = new Set([
  ...[
    "target-unread",
    "compute-unread",
    "pin-unknown",
    "capacity-not-checked",
    "groups-not-checked",
    "volumes-not-visible",
  ],
  // A pure consequence: its hosts are not all known.
  "zone-has-no-host",
]);

async function plans(lists = LISTS) {
  const mock = cloudWith(lists);
  const survey = new Survey(mock.cloud, REQUESTS.length);
  const planned = await Promise.all(REQUESTS.map((request) => survey.plan(request)));
  mock.verify();
  return { planned, skipped: mock.skipped };
}

/** A list and the place of an entry, with something odd to put there. */
const spoiled = fc
  .constantFrom(...LISTS.flatMap((list) => list.entries.map((entry, index) => ({ list, entry, index }))))
  .chain((place) => oddEntry(place.entry).map((odd) => ({ ...place, odd: odd(place.entry) })));

const withOdd = ({ list, index, odd }: { list: (typeof LISTS)[number]; index: number; odd: unknown }) =>
  LISTS.map((one) => (one === list ? { ...one, entries: one.entries.with(index, odd) } : one));

const SLOW = 60_000;

describe("a preview of many servers", { timeout: SLOW }, () => {
  it("plans each server that does not need an odd entry as without it, and reports the entry in one line", async () => {
    const { planned: whole } = await plans();
    expect(whole.map((plan) => plan.planned)).toEqual(REQUESTS.map(() => true));
    await fc.assert(
      fc.asyncProperty(spoiled, async (spoil) => {
        const { planned, skipped } = await plans(withOdd(spoil));
        const needed = spoil.list.needs(spoil.index);
        for (const [n, plan] of planned.entries()) if (!needed.includes(n)) expect(plan).toEqual(whole[n]);
        expect(skipped.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 120 },
    );
  });

  it("claims nothing about a server whose own entry is odd, but that something is not known", async () => {
    const { planned: whole } = await plans();
    const codesOf = (plan: (typeof whole)[number] | undefined) =>
      plan?.planned ? plan.document.findings.map(({ code }) => code) : [];
    await fc.assert(
      fc.asyncProperty(spoiled, async (spoil) => {
        const { planned } = await plans(withOdd(spoil));
        for (const [n, plan] of planned.entries()) {
          const news = codesOf(plan).filter((code) => !codesOf(whole[n]).includes(code) && !NOT_KNOWN.has(code));
          expect(news).toEqual([]);
        }
      }),
      { numRuns: 120 },
    );
  });
});
