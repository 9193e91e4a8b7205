import { describe, expect, it } from "vitest";
import { inLanes } from "../../../../migration/hosts/lanes.ts";

interface Move {
  name: string;
  from: string;
  to: string;
}
const move = (name: string, from: string, to: string): Move => ({ name, from, to });

/** Runs the moves, each as long as the next turn of the loop; who was under way at each start. */
async function starts(moves: readonly Move[], parallel: number, perTarget?: number): Promise<string[]> {
  const seen: string[] = [];
  const underWay = new Set<string>();
  await inLanes(
    moves,
    { parallel, perTarget },
    {
      leave: () => Promise.resolve("go"),
      run: async ({ name }) => {
        underWay.add(name);
        seen.push([...underWay].join("+"));
        await new Promise((resolve) => setTimeout(resolve, 5));
        underWay.delete(name);
      },
    },
  );
  return seen;
}

describe("moves in lanes", () => {
  it("leave one at a time from each source, in their order", async () => {
    const moves = [move("a1", "a", "x"), move("a2", "a", "x"), move("b1", "b", "y"), move("b2", "b", "y")];
    const seen = await starts(moves, 1);
    expect(seen).toHaveLength(4);
    expect(seen.filter((names) => /a.*a|b.*b/.test(names))).toEqual([]);
    expect(Math.max(...seen.map((names) => names.split("+").length))).toBe(2);
  });

  it("arrive no more than so many at a time at each target, two unless told otherwise", async () => {
    const moves = ["a", "b", "c", "d", "e"].map((source) => move(source, source, "x"));
    const most = (seen: string[]) => Math.max(...seen.map((names) => names.split("+").length));
    expect(most(await starts(moves, 1))).toBe(2);
    expect(most(await starts(moves, 1, 4))).toBe(4);
  });

  it("let the next of a source go first while the first one's target is busy", async () => {
    const seen = await starts([move("b1", "b", "x"), move("a1", "a", "x"), move("a2", "a", "y")], 1, 1);
    expect(seen.slice(0, 2)).toEqual(["b1", "b1+a2"]);
    expect(seen).toHaveLength(3);
  });

  it("end what is under way before they tell of an error, and start nothing more", async () => {
    const ended: string[] = [];
    const all = inLanes(
      [move("a1", "a", "x"), move("b1", "b", "y"), move("a2", "a", "x")],
      { parallel: 1 },
      {
        leave: () => Promise.resolve("go"),
        run: async ({ name }) => {
          if (name === "a1") throw new Error("a fault");
          await new Promise((resolve) => setTimeout(resolve, 5));
          ended.push(name);
        },
      },
    );
    await expect(all).rejects.toThrow("a fault");
    expect(ended).toEqual(["b1"]);
  });
});
