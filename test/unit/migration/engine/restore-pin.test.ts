import { describe, expect, it } from "vitest";
import { restorePin } from "../../../../migration/engine/restore-pin.ts";
import { run } from "../../../../migration/engine/run.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { DEFAULT_SCRIPT } from "../../../support/engine/migration-script.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import { contextOf, tempJournal } from "../../../support/engine/run-context.ts";
import { request } from "../../../support/engine/samples.ts";
import { METHOD } from "../../../support/engine/staged-run.ts";

/** A server on node-28 that is pinned to its zone. */
function pinnedServer(pin = "nova", host = "node-28") {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, { runs: 1_500 });
  nova.state = { ...nova.state, host, pin };
  return { clock, nova, journal: tempJournal() };
}

describe("the pin of a server that two runs want to move at once", () => {
  /** Another run is faster: between this one's unpinning and its request. */
  function overtakenBy(destination: string) {
    const setting = pinnedServer();
    const { nova } = setting;
    const pin = nova.pin.bind(nova);
    nova.pin = async (server, zone) => {
      const answer = await pin(server, zone);
      if (zone === null) nova.beginOther(destination, METHOD, { ...DEFAULT_SCRIPT, runs: 5_000 });
      return answer;
    };
    return setting;
  }

  it("is not set while the other moves it, and is set where it arrives", async () => {
    const { clock, nova, journal } = overtakenBy("node-31");
    const record = await run(request({ azPin: "unpin" }), contextOf(nova, clock, { journal }));
    expect(record.outcome).toBe("migrated");
    expect(nova.pins).toEqual([null, "nova2"]);
    expect(nova.posts).toEqual([]);
    expect(await journal.read(record.server.id)).toBeNull();
  });

  it("is left to the next run, and named, where the other moves it elsewhere", async () => {
    const { clock, nova, journal } = overtakenBy("node-27");
    const asked = request({ azPin: "unpin" });
    const refused = await run(asked, contextOf(nova, clock, { journal }));
    expect([refused.outcome, refused.findings.map(({ code }) => code)]).toEqual([
      "refused",
      expect.arrayContaining(["migrating-elsewhere", "pin-missing"]),
    ]);
    expect(nova.pins).toEqual([null]);
    await clock.sleep(60_000);
    expect(await run(asked, contextOf(nova, clock, { journal }))).toMatchObject({ outcome: "migrated" });
    expect(nova.state).toMatchObject({ host: "node-31", pin: "nova2" });
  });
});

describe("restorePin", () => {
  const restore = async (pin: string, host: string) => {
    const { clock, nova } = pinnedServer(pin, host);
    const seen = await nova.snapshot("id", { purpose: "verify", migrationUuid: null });
    return { found: await restorePin(nova, clock, seen, "nova"), nova };
  };

  it("sends nothing where the server is pinned to its zone", async () => {
    const { found, nova } = await restore("nova2", "node-31");
    expect([found, nova.pins]).toEqual([null, []]);
  });

  it("replaces a pin to the zone that the server has left", async () => {
    const { found, nova } = await restore("nova", "node-31");
    expect([found, nova.pins]).toEqual([null, ["nova2"]]);
  });
});
