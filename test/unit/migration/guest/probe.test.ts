import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../../migration/clock.ts";
import { longestGap, parsePing, startProbe } from "../../../../migration/guest/probe.ts";
import { Guest, guestAddress } from "../../../../migration/guest/ssh.ts";
import { GuestCheckSchema } from "../../../../migration/contract/settings.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

it.each([
  [[], null],
  [[5], null],
  [[5, 7], { milliseconds: 2, beganAt: 5 }],
  [[0, 50, 100, 520, 570], { milliseconds: 420, beganAt: 100 }],
  [[0, 0], { milliseconds: 0, beganAt: 0 }],
])("the longest gap of %j is %j", (times, gap) => {
  expect(longestGap(times)).toEqual(gap);
});

it("counts the silence of one who never answers again, and no more than that", () => {
  expect(longestGap([0, 50, 230, 280], 70_000)).toEqual({ milliseconds: 69_720, beganAt: 280 });
  expect(longestGap([0, 50, 230, 280], 300)).toEqual({ milliseconds: 180, beganAt: 50 });
  expect(longestGap([0], 70_000)).toBeNull();
});

it("reads the times of answers from ping, and of answers only", () => {
  const output = `PING 10.88.0.132 (10.88.0.132) 56(84) bytes of data.
[1767225600.000100] 64 bytes from 10.88.0.132: icmp_seq=1 ttl=64 time=0.5 ms
[1767225600.050200] 64 bytes from 10.88.0.132: icmp_seq=2 ttl=64 time=0.6 ms
[1767225600.100000] From 10.88.0.1 icmp_seq=3 Destination Host Unreachable
[1767225600.250200] 64 bytes from 10.88.0.132: icmp_seq=6 ttl=64 time=0.6 ms

--- 10.88.0.132 ping statistics ---
6 packets transmitted, 3 received, 50% packet loss, time 250ms`;
  const times = parsePing(output);
  expect(times).toHaveLength(3);
  expect(Math.round(longestGap(times)?.milliseconds ?? 0)).toBe(200);
});

describe("probing by tcp", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** From now on, `ssh` is this shell script; a file "silent" in the folder is what it may wait for. */
  function sshIs(script: string): string {
    const folder = tempFolder("bin");
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\necho "$@" >> '${folder}/connections'\n${script}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
    return folder;
  }
  const guest = () => new Guest(GuestCheckSchema.parse({ user: "root" }), "192.0.2.1", systemClock);
  const connections = (folder: string) => readFileSync(join(folder, "connections"), "utf8").trim().split("\n").length;

  it("measures the silence of the guest, over one connection", async () => {
    const folder = sshIs("exec sh");
    const silent = join(folder, "silent");
    // The guest itself: its shell reads the script, and stands still as long as the file is there.
    writeFileSync(join(folder, "sleep"), `#!/bin/sh\nwhile [ -e '${silent}' ]; do :; done\nexec /bin/sleep "$@"\n`, {
      mode: 0o755,
    });
    const probe = await startProbe("tcp", guest());
    await sleep(700);
    writeFileSync(silent, "");
    await sleep(900);
    rmSync(silent);
    await sleep(700);
    const result = await probe.stop();
    expect(result.ok && result.gap.milliseconds).toBeGreaterThan(700);
    expect(result.ok && result.gap.milliseconds).toBeLessThan(1_600);
    expect(connections(folder)).toBe(1);
  });

  it("connects again when the connection ends, and not often: sshd would turn us away", async () => {
    const folder = sshIs("echo up; sleep 0.1; echo 'Connection reset by peer' >&2; exit 255");
    const probe = await startProbe("tcp", guest());
    await sleep(4_800);
    const result = await probe.stop();
    expect(result.ok && result.gap.milliseconds).toBeGreaterThan(1_500);
    expect(connections(folder)).toBeGreaterThan(1);
    expect(connections(folder)).toBeLessThanOrEqual(3);
  });

  it("says why nothing was ever heard", async () => {
    sshIs("echo 'Connection refused' >&2; exit 255");
    const probe = await startProbe("tcp", guest());
    await sleep(500);
    expect(await probe.stop()).toMatchObject({ ok: false, reason: "ssh root@192.0.2.1: Connection refused" });
  });
});

it("asks the guest at the address given, else the first floating, else the first fixed one, IPv4 first", () => {
  const check = (address?: string) => GuestCheckSchema.parse({ user: "root", ...(address && { address }) });
  const fixed4 = { address: "10.0.0.4", version: 4, floating: false } as const;
  const fixed6 = { address: "fd00::6", version: 6, floating: false } as const;
  const floating = { address: "192.0.2.9", version: 4, floating: true } as const;
  expect(guestAddress(check("192.0.2.1"), [fixed4, floating])).toBe("192.0.2.1");
  expect(guestAddress(check(), [fixed6, fixed4, floating])).toBe("192.0.2.9");
  expect(guestAddress(check(), [fixed6, fixed4])).toBe("10.0.0.4");
  expect(guestAddress(check(), [fixed6])).toBe("fd00::6");
  expect(guestAddress(check(), [])).toBeUndefined();
});
