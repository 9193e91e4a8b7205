import { describe, expect, test } from "vitest";
import { slowCommands } from "../../../lab/slow-link.ts";

describe("a slow link", () => {
  test("limits QEMU's ports to the rate asked for, and nothing else", () => {
    const lines = slowCommands(4).map((argv) => argv.join(" "));
    expect(lines[0]).toContain("default 10");
    expect(lines.find((line) => line.includes("classid 1:20"))).toContain("rate 32768kibit");
    expect(lines.at(-1)).toMatch(/match ip dport 49152 0xffc0 flowid 1:20/);
  });

  test("takes fractions of a MiB", () => {
    expect(slowCommands(0.5).flat()).toContain("4096kibit");
  });
});
