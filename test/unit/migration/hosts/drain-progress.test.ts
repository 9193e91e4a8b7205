import { describe, expect, it } from "vitest";
import { hostLines } from "../../../../migration/cli/hosts/hosts-display.ts";
import { describeHost, describeLeft, DrainProgress } from "../../../../migration/hosts/drain-progress.ts";
import { fleet, runDrain as run } from "../../../support/hosts/drained.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

const move = (n: number, from = "a") => ({
  server: { id: uuid(n), name: `vm${n}` },
  from,
  to: "x",
  estimateSeconds: 10,
});

describe("the progress of a drain", () => {
  it("counts what has left each host, and corrects its estimate by what moves took", () => {
    const progress = new DrainProgress();
    progress.note({ kind: "planned", hosts: ["a", "b"], moves: [move(1), move(2), move(3), move(4, "b")] });
    expect(progress.hosts().map(describeHost)).toEqual([
      "a: 0 of 3 servers moved, about 30 s left",
      "b: 0 of 1 servers moved, about 10 s left",
    ]);
    progress.note({ kind: "began", at: 0, ...move(1) });
    expect(progress.underWay().map(({ server }) => server.name)).toEqual(["vm1"]);
    progress.note({ kind: "ended", at: 20_000, moved: true, ...move(1) });
    expect(progress.hosts()[0]).toEqual({ host: "a", done: 1, total: 3, secondsLeft: 40 });
  });

  it("takes a later plan for what is left, and no failed move for one that is done", () => {
    const progress = new DrainProgress(2);
    progress.note({ kind: "planned", hosts: ["a"], moves: [move(1), move(2)] });
    progress.note({ kind: "began", at: 0, ...move(1) });
    progress.note({ kind: "ended", at: 5_000, moved: false, ...move(1) });
    progress.note({ kind: "planned", hosts: ["a"], moves: [move(2), move(3), move(4), move(5)] });
    expect(progress.hosts()[0]).toEqual({ host: "a", done: 0, total: 4, secondsLeft: 20 });
  });

  it.each([
    [null, "time left not known"],
    [0.2, "about 1 s left"],
    [89, "about 89 s left"],
    [250, "about 5 min left"],
    [7_200, "about 2.0 h left"],
  ])("says %s s as %s", (seconds, words) => {
    expect(describeLeft(seconds)).toBe(words);
  });

  it("is one line after each move where there is no terminal", async () => {
    const lines: string[] = [];
    const shown = hostLines((line) => void lines.push(line), 1);
    await run(fleet(3), {}, { track: shown.track });
    expect(lines).toEqual([
      expect.stringMatching(/^node-01: 1 of 3 servers moved, about \d+ s left$/),
      expect.stringMatching(/^node-01: 2 of 3 servers moved, about \d+ s left$/),
      "node-01: 3 of 3 servers moved",
    ]);
  });
});
