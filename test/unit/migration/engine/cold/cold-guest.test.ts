import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { coldStage, failedChecks } from "../../../../support/engine/staged-cold.ts";
import { tempFolder } from "../../../../support/temp-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** From now on, `ssh` reaches a guest of these boots, or none. */
function guest() {
  const folder = tempFolder("bin");
  const answer = join(folder, "answer");
  writeFileSync(
    join(folder, "ssh"),
    `#!/bin/sh\n[ -f '${answer}' ] || { echo 'No route to host' >&2; exit 255; }\ncat '${answer}'\n`,
  );
  chmodSync(join(folder, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
  return {
    boots: (bootId: string) => {
      writeFileSync(answer, `== boot_id\n${bootId}\n== uptime\n5.0 5.0\n== lsblk\nvda 1073741824 disk\n`);
    },
    isOff: () => {
      rmSync(answer, { force: true });
    },
  };
}

const GUEST = { guest: { user: "root", probe: "none" as const, waitSeconds: 3 } };

it("a guest that boots again on its destination is compared with before, and not held to its boot id", async () => {
  const { boots, isOff } = guest();
  const { goCold, nova, clock, context } = coldStage();
  boots("boot-1");
  clock.after(1_000, isOff);
  clock.after(40_000, () => {
    boots("boot-2");
  });
  const record = await goCold(GUEST);
  expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
  expect(record.guest).toMatchObject({ bootId: "boot-2" });
  const checks = Object.fromEntries(record.checks.map(({ check, outcome }) => [check, outcome]));
  expect(checks).toMatchObject({ "guest-reachable": "passed", "guest-block-devices": "passed" });
  expect(checks).not.toHaveProperty("guest-not-rebooted");
  expect(nova.cold.decisions).toEqual(["confirm"]);
  expect(await context.journal.read(record.server.id)).toBeNull();
});

it("a guest that does not answer on its destination has the move reverted, and answers on its source", async () => {
  const { boots, isOff } = guest();
  const { goCold, nova, clock } = coldStage();
  boots("boot-1");
  clock.after(1_000, isOff);
  const revert = nova.revert.bind(nova);
  nova.revert = async () => {
    boots("boot-3");
    return await revert();
  };
  const record = await goCold(GUEST);
  expect([record.outcome, record.confirmation, failedChecks(record)], record.summary).toEqual([
    "failed",
    "reverted",
    [],
  ]);
  expect(record.summary).toContain("its checks on node-31 failed: guest-reachable: no answer");
  expect(record.guest).toMatchObject({ bootId: "boot-3" });
  expect(nova.cold.decisions).toEqual(["revert"]);
});

it("a guest that answers nowhere after the revert needs a human", async () => {
  const { boots, isOff } = guest();
  const { goCold, clock } = coldStage();
  boots("boot-1");
  clock.after(1_000, isOff);
  const record = await goCold(GUEST);
  expect([record.outcome, record.confirmation]).toEqual(["needs-attention", "reverted"]);
  expect(failedChecks(record)).toEqual(["guest-reachable"]);
});
