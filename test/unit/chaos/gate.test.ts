import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Gate } from "../../chaos/gate.ts";

it("lets rounds go on side by side, and one alone when all before it have ended", async () => {
  const gate = new Gate();
  const log: string[] = [];
  const work = (name: string, ms: number) => async () => {
    log.push(`${name} begins`);
    await sleep(ms);
    log.push(`${name} ends`);
  };
  await Promise.all([
    gate.enter(false, work("a", 20)),
    gate.enter(false, work("b", 40)),
    gate.enter(true, work("alone", 20)),
    gate.enter(false, work("c", 5)),
  ]);
  expect(log).toEqual(["a begins", "b begins", "a ends", "b ends", "alone begins", "alone ends", "c begins", "c ends"]);
});

it("continues after a round that failed", async () => {
  const gate = new Gate();
  await expect(gate.enter(true, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.enter(true, () => Promise.resolve(1))).toBe(1);
});
