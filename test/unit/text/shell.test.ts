import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sh, shellQuote } from "../../../text/shell.ts";
import { hasUnseen } from "../../../text/visible.ts";
import { anyName, HOSTILE_NAMES } from "../../support/hostile-names.ts";

/** What a shell makes of words: one process for all of them, since each takes a millisecond. */
function words(quoted: readonly string[]): string[] {
  const script = quoted.map((word) => `printf '%s\\0' ${word}`).join("\n");
  const env = { PATH: process.env["PATH"] };
  return execFileSync("sh", { input: script, env, encoding: "utf8" }).split("\0").slice(0, -1);
}

describe("a word of a command", () => {
  it("reaches the program as it is, whatever is in it", () => {
    expect(words(HOSTILE_NAMES.map(shellQuote))).toEqual(HOSTILE_NAMES.map((name) => name.toWellFormed()));
  });

  it("reaches the program as it is (random texts)", () => {
    const given = fc.sample(anyName, 200);
    expect(words(given.map(shellQuote))).toEqual(given.map((one) => one.replaceAll("\0", "").toWellFormed()));
  });

  it("can be shown on a terminal, and between backticks", () => {
    // The shell has no way to write line breaks at the end other than as they are.
    const quoted = HOSTILE_NAMES.map((name) => shellQuote(name.replace(/\n+$/, "")));
    expect(quoted.filter((word) => hasUnseen(word) || word.includes("`"))).toEqual([]);
  });

  it("is left alone where it needs no quotes", () => {
    expect(["admin_vm01", "node-28.example.org", "a/b:c@d"].map(shellQuote)).toEqual([
      "admin_vm01",
      "node-28.example.org",
      "a/b:c@d",
    ]);
  });
});

describe("a command", () => {
  it("quotes its values", () => {
    expect(sh`openstack server show ${"my vm"} ${7}`).toBe("openstack server show 'my vm' 7");
  });

  it("has no value that could be an option", () => {
    expect(sh`pulumi up --stack ${"-x"}`).toBe("pulumi up --stack=-x");
    expect(sh`openstack server unlock ${"-x"}`).toBe("openstack server unlock -- -x");
    expect(sh`mkdir -p ${"-x"}/y`).toBe("mkdir -p -- -x/y");
    expect(sh`pulumi up --stack=${"-x"} a${"-x"}`).toBe("pulumi up --stack=-x a-x");
  });
});
