import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EXIT_CODES } from "../../../migration/contract/record.ts";
import { run } from "../../../migration/engine/run.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { NovaModel } from "../../support/engine/nova-model.ts";
import { contextOf } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** From now on, `ssh` ends with these words and without an answer. */
function sshSays(words: string): void {
  const folder = tempFolder("bin");
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\necho '${words}' >&2\nexit 255\n`);
  chmodSync(join(folder, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
}

describe("run: a guest that cannot be reached before the move", () => {
  it.each([
    ["does not let ssh in", "ssh root@10.88.0.132: Permission denied (publickey).", {}],
    ["has no address", "the server has no address", { addresses: [] }],
    ["is paused", "the server is PAUSED", { status: "PAUSED", vmState: "paused" }],
  ])("%s: a warning with its fix; it is moved anyway", async (_, reason, server) => {
    sshSays("Permission denied (publickey).");
    const clock = new FakeClock();
    const nova = new NovaModel(clock);
    nova.adjust = (all) => ({ ...all, server: { ...all.server, ...server } });
    const context = contextOf(nova, clock);
    const record = await run(request({ guest: { user: "root", probe: "none", waitSeconds: 3 } }), context);

    expect(context.told).toContainEqual({
      kind: "warning",
      text: `warning: guest (${reason}): the guest does not answer over ssh before the move, so nothing inside it will be compared. Fix: check user, address and key of \`guest\`, and that the guest has booted`,
    });
    const silent = record.findings.filter(({ code }) => code === "guest-silent");
    expect(silent).toMatchObject([{ severity: "warning", transient: true, path: "guest", value: reason }]);
    expect([record.outcome, EXIT_CODES[record.outcome]]).toEqual(["migrated", 0]);
    expect(nova.posts).toHaveLength(1);
    expect(record.checks.filter(({ check }) => check.startsWith("guest-")).map(({ outcome }) => outcome)).toEqual(
      Array(3).fill("not-checked"),
    );
  });

  it("does not warn of one that nobody wants to be asked", async () => {
    const clock = new FakeClock();
    const context = contextOf(new NovaModel(clock), clock);
    expect((await run(request(), context)).findings).toEqual([]);
  });
});
