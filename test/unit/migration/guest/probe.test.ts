import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { longestGap, parsePing, startProbe } from "../../../../migration/guest/probe.ts";
import { guestAddress } from "../../../../migration/guest/ssh.ts";
import { GuestCheckSchema } from "../../../../migration/contract/settings.ts";

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
  it("measures the time in which nobody listens", async () => {
    const listen = (port: number) =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const opened = createServer().listen(port, "127.0.0.1", () => {
          resolve(opened);
        });
      });
    const first = await listen(0);
    const { port } = first.address() as AddressInfo;
    const probe = await startProbe("tcp", "127.0.0.1", port);
    await sleep(250);
    await new Promise((resolve) => first.close(resolve));
    await sleep(500);
    const second = await listen(port);
    await sleep(400);
    const result = await probe.stop();
    second.close();
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && result.gap.milliseconds).toBeGreaterThan(400);
  });

  it("says that nobody ever answered", async () => {
    const probe = await startProbe("tcp", "127.0.0.1", 1);
    expect(await probe.stop()).toEqual({
      ok: false,
      reason: "the guest does not accept connections on port 1 of 127.0.0.1",
      fix: "give `guest` a port that is served, and let its security group and firewall pass it",
    });
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
