import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPace, setPace } from "../../../lab/pace.ts";
import { tempFolder } from "../../support/temp-folder.ts";

it("changes one server's pace, or that of all others, and leaves no empty file", () => {
  const file = join(tempFolder(), "pace.json");
  setPace(file, { seconds: 2 });
  setPace(file, { seconds: 20, fail_at: 0.5 }, "a");
  setPace(file, { stall_at: 0.1 }, "b");
  setPace(file, { seconds: 3 }, "a");
  expect(readPace(file)).toEqual({ seconds: 2, servers: { a: { seconds: 3 }, b: { stall_at: 0.1 } } });
  setPace(file, undefined);
  setPace(file, undefined, "b");
  expect(readPace(file)).toEqual({ servers: { a: { seconds: 3 } } });
  setPace(file, undefined, "a");
  expect(existsSync(file)).toBe(false);
});
