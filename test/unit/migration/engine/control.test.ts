import { describe, expect, it } from "vitest";
import { control } from "../../../../migration/engine/control.ts";
import { NotFound, OutcomeUnknown } from "../../../../migration/contract/failure.ts";
import { SERVER } from "../../../support/engine/samples.ts";
import { METHOD, scenarios } from "../../../support/engine/staged-run.ts";
import type { MigrationScript } from "../../../support/engine/migration-script.ts";

describe("control", () => {
  it.each([
    ["abort", "failed", "node-28"],
    ["force-complete", "migrated", "node-31"],
  ] as const)("%s asks Nova, and verifies what came of it", async (what, outcome, host) => {
    const { clock, nova, context } = scenarios({ ending: "endless" });
    await nova.start("", "node-31", METHOD);
    await clock.sleep(3_000);
    const record = await control(what, SERVER, context);
    expect(record).toMatchObject({ outcome, adopted: true, current: { host } });
    expect(context.told).toContainEqual({ kind: "step", text: `${what} of migration 1: accepted` });
  });

  /** The first answers to an abort are lost; `taken`: Nova has received it. */
  async function unanswered(times: number, taken: boolean, then: Partial<MigrationScript> = {}) {
    const { nova, clock, context } = scenarios({ ending: "endless", ...then });
    await nova.start("", "node-31", METHOD);
    await clock.sleep(3_000);
    const ask = nova.abort.bind(nova);
    let asked = 0;
    nova.abort = async (...args) => {
      asked += 1;
      const answer = taken || asked > times ? await ask(...args) : null;
      return asked > times && answer ? answer : { outcome: "unanswered", message: "502 bad gateway" };
    };
    return { nova, context, ending: control("abort", SERVER, context) };
  }

  it.each([true, false])("asks again where an answer was lost (Nova has heard it: %j)", async (taken) => {
    const { ending, context } = await unanswered(1, taken);
    expect(await ending).toMatchObject({ outcome: "failed", current: { host: "node-28" } });
    expect(context.told).toContainEqual({ kind: "step", text: "abort of migration 1: accepted" });
  });

  it("verifies what came of it where no answer came, and the migration has ended", async () => {
    const { ending, context } = await unanswered(Infinity, true);
    expect(await ending).toMatchObject({ outcome: "failed", current: { host: "node-28" } });
    expect(context.told).toContainEqual({ kind: "step", text: "abort of migration 1: 502 bad gateway" });
  });

  it("does not say that Nova declines what it did not answer, while the migration continues: exit 7", async () => {
    const { ending } = await unanswered(Infinity, false);
    await expect(ending).rejects.toThrow(OutcomeUnknown);
    await expect(ending).rejects.toThrow(
      "it is not known whether Nova has accepted the abort of migration 1, and the migration continues: 502 bad gateway. " +
        "Fix: run this again: requested twice, Nova does it once",
    );
  });

  it("does not take a no for Nova's last word where it may be at it already", async () => {
    const { nova, clock, context } = scenarios({ ending: "endless" });
    await nova.start("", "node-31", METHOD);
    await clock.sleep(3_000);
    const ask = nova.abort.bind(nova);
    const answers = [
      { outcome: "unanswered", message: "cut" } as const,
      { outcome: "declined", message: "busy" } as const,
    ];
    nova.abort = async (...args) => {
      if (answers.length === 2) await ask(...args);
      return answers.shift() ?? { outcome: "declined", message: "busy" };
    };
    expect(await control("abort", SERVER, context)).toMatchObject({ outcome: "failed", current: { host: "node-28" } });
  });

  it("reports that it may not see what is in flight, not that nothing is", async () => {
    const { nova, context } = scenarios({ ending: "endless" });
    await nova.start("", "node-31", METHOD);
    context.cloud.migrations = () => Promise.resolve(null);
    await expect(control("abort", SERVER, context)).rejects.toThrow(
      `this user may not see the migrations of server ${SERVER}: the one to abort is not known. Fix: use an account`,
    );
    expect(nova.interventions).toEqual([]);
  });

  it("cannot judge a migration of which Nova tells no host", async () => {
    const { nova, clock, context } = scenarios({ ending: "endless" });
    await nova.start("", "node-31", METHOD);
    await clock.sleep(3_000);
    const { cloud } = context;
    const all = cloud.migrations.bind(cloud);
    cloud.migrations = async (id) =>
      (await all(id))?.map((entry) => ({ ...entry, destCompute: null, sourceCompute: null })) ?? null;
    await expect(control("abort", SERVER, context)).rejects.toThrow(
      "migration 1 has no destination yet. Fix: try again in a moment",
    );
  });

  it("has nothing to do where nothing is in flight", async () => {
    const { nova, context } = scenarios();
    await expect(control("abort", SERVER, context)).rejects.toThrow(NotFound);
    await expect(control("abort", SERVER, context)).rejects.toThrow(
      `no live migration of ${SERVER} is in flight: there is nothing to abort. Fix: \`live-migrate status\` shows where it is`,
    );
    expect(nova.interventions).toEqual([]);
  });
});
