import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inTurn, nextOf } from "../../../../migration/cli/several-turns.ts";

const from = (...hosts: (string | null)[]) => hosts.map((host) => ({ host }));

describe("the next server", () => {
  it.each([
    ["the first one, if nothing runs", from("a", "b"), [], 0],
    ["the first one from a host that sends no server", from("a", "a", "b", "c"), from("a"), 2],
    ["the first one, if all hosts send equally many", from("a", "b"), from("b", "a"), 0],
    ["the first one from the host that sends fewer", from("a", "b"), from("a", "a", "b"), 1],
    ["chosen as if all unknown hosts were one", from(null, "b"), from(null), 1],
    ["none, if none waits", [], from("a"), -1],
  ])("is %s", (_, waiting, underWay, index) => {
    expect(nextOf(waiting, underWay)).toBe(index);
  });
});

const never = () => false;
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

// A busy machine is slow.
describe("turns", { timeout: 60_000 }, () => {
  it("start each server once, within the maximum, and two from one host only if no other host has one waiting", async () => {
    const hosts = fc.array(fc.constantFrom("a", "b", "c", null), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(hosts, fc.integer({ min: 1, max: 5 }), fc.scheduler(), async (all, parallel, scheduler) => {
        const servers = all.map((host, id) => ({ host, id }));
        const begun: typeof servers = [];
        const underWay = new Set<(typeof servers)[number]>();
        const turns = inTurn(servers, {
          parallel,
          stop: never,
          run: async (server) => {
            const sending = (host: string | null) => [...underWay].filter((other) => other.host === host).length;
            const waiting = servers.filter((other) => other !== server && !begun.includes(other));
            for (const { host } of waiting) expect(sending(server.host)).toBeLessThanOrEqual(sending(host));
            begun.push(server);
            underWay.add(server);
            expect(underWay.size).toBeLessThanOrEqual(parallel);
            await scheduler.schedule(Promise.resolve());
            underWay.delete(server);
          },
        });
        await scheduler.waitFor(turns);
        expect(await turns).toEqual([]);
        expect(begun.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(servers.map(({ id }) => id));
      }),
    );
  });

  it("keep the given order when they run one at a time", async () => {
    const begun: number[] = [];
    const servers = ["a", "a", "b", "a"].map((host, id) => ({ host, id }));
    await inTurn(servers, { parallel: 1, stop: never, run: ({ id }) => Promise.resolve(void begun.push(id)) });
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("start no further server after a stop, and let running ones end", async () => {
    let ended = 0;
    const run = async () => {
      await pause();
      ended++;
    };
    const left = await inTurn(from("a", "b", "c", "d"), { parallel: 2, stop: () => ended > 0, run });
    expect([left.length, ended]).toEqual([2, 2]);
  });

  it("start no further server after a run throws, and pass the error on after the others have ended", async () => {
    const done: string[] = [];
    const run = async ({ host }: { host: string | null }) => {
      if (host === "a") throw new Error("a bug");
      await pause();
      await pause();
      done.push(host ?? "");
    };
    const turns = inTurn(from("b", "a", "c", "d"), { parallel: 2, stop: never, run });
    await expect(turns).rejects.toThrow("a bug");
    expect(done).toEqual(["b"]);
  });
});
