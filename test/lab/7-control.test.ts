import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { labPaths, novaOptions, slowMigrations } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { engine } from "../support/lab/run-engine.ts";
import { RealGuest } from "../support/lab/real-guest.ts";
import { tempPath } from "../support/temp-folder.ts";
import { onTerminal } from "../support/terminal.ts";

/** MiB a second: half of what the guest rewrites, so that its memory never gets across by itself. */
const SLOW = 2;
const DIRTY = 24;

let cloud: Cloud;
let guest: RealGuest;
let source: string;
let destination: string;
let before: number;

beforeAll(async () => {
  cloud = await connectLab();
  guest = await RealGuest.make(cloud, "control", "node-28");
  await guest.dirty(DIRTY);
});
beforeEach(async () => {
  source = (await cloud.compute.getServer(guest.id)).host ?? "";
  destination = source === "node-28" ? "node-31" : "node-28";
  before = await migrationCount(cloud, guest.id);
  await slowMigrations(source, SLOW);
});
afterEach(async () => {
  await slowMigrations(source, undefined);
  // Asked for once, and the same boot, the same data, wherever it ended.
  expect(await migrationCount(cloud, guest.id)).toBe(before + 1);
  expect(await guest.look()).toBe(guest.saw);
});
afterAll(async () => {
  await guest.remove();
  await cloud.session.close();
});

const run = (...args: string[]) => ["run", guest.id, "--host", destination, "--guest", guest.check, ...args];
const stalling = ["--stall-seconds", "8"];

it("says that memory does not shrink any more (exit 6), and an abort by hand leaves it on the source (exit 0)", async () => {
  const { exitCode, record, stderr } = await engine(run(...stalling));
  expect(exitCode).toBe(6);
  expect(record?.summary).toMatch(/is still migrating to .*: memory remaining has reached no new low for 8 s/);
  expect(stderr).toMatch(/memory: \d+ of \d+ MiB remaining/);
  const aborted = await engine(["abort", guest.id]);
  expect([aborted.exitCode, aborted.record?.outcome]).toEqual([0, "failed"]);
  expect(aborted.record?.summary).toMatch(/It is intact on node-\d+, each volume attached once/);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn(source, 2));
});

/** Nova's own deadline for moves from a host, in seconds for each GiB, of which it counts two at least; undefined: its default. */
async function novaTimeout(host: string, seconds: number | undefined): Promise<void> {
  await novaOptions(
    host,
    seconds === undefined ? undefined : { libvirt: { live_migration_completion_timeout: seconds } },
  );
  // Of the new process alone: the old one may report until it is stopped, and a new one resets a move that begins
  // while it starts (nova/compute/manager.py _reset_live_migration at 26.2.2), which leaves the server in ERROR.
  const since = Date.now();
  await eventually(`nova-compute of ${host} reports again`, 180, async () => {
    const [found] = await cloud.compute.getServices({ binary: "nova-compute", host });
    return found?.state === "up" && Date.parse(found.updatedAt ?? "") > since;
  });
}

it("Nova's own time-out, of libvirt's driver: aborted by Nova, reported as such, exit 4, intact on the source", async () => {
  await novaTimeout(source, 4);
  try {
    const { exitCode, record } = await engine(run());
    expect(record?.summary).toContain("or by Nova's own time-out (live_migration_completion_timeout)");
    const log = await readFile(join(labPaths().logs, `${source}.nova-compute.log`), "utf8");
    expect(log).toMatch(new RegExp(`${guest.id}\\] Live migration not completed after \\d+ sec`));
    expect(record?.summary).toMatch(/It is intact on node-\d+, each volume attached once/);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    // QEMU tells of its abort as of one, or as of a broken channel: Nova's record follows that.
    expect([exitCode, record?.migration?.status]).toEqual([4, expect.stringMatching(/^(cancelled|failed)$/)]);
    expect(await truth(cloud, guest.id)).toEqual(wholeOn(source, 2));
  } finally {
    await novaTimeout(source, undefined);
  }
});

it("on a terminal: a bar with phase, memory, rate or its standstill; onTimeout force-complete brings it there", async () => {
  const report = tempPath("report.html");
  const late = ["--timeout-seconds", "15", "--on-timeout", "force-complete"];
  const { exitCode, screen } = await onTerminal(run(...late, "--report", report));
  expect(screen).toMatch(
    /running \S{10} \d+ of \d+ MiB remaining, (\d+\.\d MiB\/s, about \d+ s left|not shrinking now) \| \d+ s/,
  );
  expect(screen).toMatch(/force-complete \(not done after 15 s\): accepted/);
  expect(screen).toMatch(/moved live from .*downtime \d+ ms/);
  expect(exitCode).toBe(0);
  // The page of docs/pictures/report.png: a guest under load, its memory's curve, and its silence.
  const page = await readFile(report, "utf8");
  for (const told of [`to ${destination}`, "Memory remaining", "without an answer"]) expect(page).toContain(told);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn(destination, 2));
});
