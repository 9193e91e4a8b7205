import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { finishedEarlier } from "../../../../migration/engine/finished-earlier.ts";
import { Journal, type JournalEntry } from "../../../../migration/engine/journal.ts";
import { known, unknown } from "../../../../migration/cloud/snapshot.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { entry, SERVER, snapshot } from "../../../support/engine/samples.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const ENTRY: JournalEntry = {
  serverId: SERVER,
  source: "node-28",
  destination: "node-31",
  unpinnedFrom: "nova",
  intendedAt: "2026-01-01T00:00:00.000Z",
  requestId: null,
  guestBefore: { bootId: "b", uptimeSeconds: 1, blockDevices: [], filesystems: {}, files: {} },
};
const folder = () => tempFolder();

describe("the journal", () => {
  it("keeps an entry for the next process, and forgets it", async () => {
    const home = folder();
    await new Journal({ XDG_STATE_HOME: home }).write(ENTRY);
    const next = new Journal({ XDG_STATE_HOME: home });
    expect(await next.read(SERVER)).toEqual(ENTRY);
    expect(await next.read("another")).toBeNull();
    await next.write({ ...ENTRY, requestId: "req-1" });
    expect(await next.read(SERVER)).toMatchObject({ requestId: "req-1" });
    await next.remove(SERVER);
    await next.remove(SERVER);
    expect(await next.read(SERVER)).toBeNull();
  });

  it("is its owner's only, and leaves no temporary file", async () => {
    const home = folder();
    await new Journal({ HOME: home }).write(ENTRY);
    const inside = join(home, ".local/state/openstack-live-migration");
    expect(readdirSync(inside)).toEqual([`${SERVER}.json`]);
    expect(statSync(inside).mode & 0o777).toBe(0o700);
    expect(statSync(join(inside, `${SERVER}.json`)).mode & 0o777).toBe(0o600);
  });

  it("cannot be led out of its folder by a strange id", async () => {
    const home = folder();
    const journal = new Journal({ XDG_STATE_HOME: home });
    await journal.write({ ...ENTRY, serverId: "../../x" });
    expect(readdirSync(home)).toEqual(["openstack-live-migration"]);
    expect(await journal.read("../../x")).not.toBeNull();
  });

  it.each(["", "{", "null", "[]", '{"serverId":"x"}'])("takes %j for none", async (text) => {
    const home = folder();
    mkdirSync(join(home, "openstack-live-migration"));
    writeFileSync(join(home, "openstack-live-migration", `${SERVER}.json`), text);
    expect(await new Journal({ XDG_STATE_HOME: home }).read(SERVER)).toBeNull();
  });

  it("is no reason to fail where it cannot be written", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const journal = new Journal({ XDG_STATE_HOME: file });
    await journal.write(ENTRY);
    await journal.remove(SERVER);
    expect(await journal.read(SERVER)).toBeNull();
  });
});

describe("finishedEarlier", () => {
  const arrived = snapshot({ migrations: known([entry()]) }, "node-31");
  const previous = recordOf({ server: { id: SERVER, name: "x" }, current: recordOf().source });

  it("is the migration that an earlier run began, by its journal or by the last record", () => {
    expect(finishedEarlier(arrived, "node-31", ENTRY, null)).toEqual(entry());
    expect(finishedEarlier(arrived, "node-31", null, previous)).toEqual(entry());
  });

  it.each([
    ["nobody began one", arrived, null, null],
    ["the journal is of another destination", arrived, { ...ENTRY, destination: "node-27" }, null],
    [
      "the newest did not complete",
      snapshot({ migrations: known([entry({ status: "failed" }), entry({ id: 1 })]) }),
      ENTRY,
      null,
    ],
    ["the newest went elsewhere", snapshot({ migrations: known([entry({ destCompute: "node-27" })]) }), ENTRY, null],
    ["there is none", snapshot(), ENTRY, previous],
    ["they are not visible", snapshot({ migrations: unknown("forbidden") }), ENTRY, previous],
  ])("is none where %s", (_, facts, journalled, last) => {
    expect(finishedEarlier(facts, "node-31", journalled, last)).toBeNull();
  });
});
