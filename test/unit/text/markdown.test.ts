import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { code, preformatted, prose } from "../../../text/markdown.ts";
import { mermaidText } from "../../../text/mermaid.ts";

describe("names in code", () => {
  test.each([
    ["admin_vm01", "`admin_vm01`"],
    ["openstack:compute/volume x", "`openstack:compute/volume x`"],
    ["a|b", "<code>a&#124;b</code>"],
    ["a`b", "<code>a&#96;b</code>"],
    ["a\n\nb", "`a b`"],
    ["<script>", "<code>&#60;script&#62;</code>"],
    ["@octocat", "<code>@octocat</code>"],
    ["[x](http://evil)", "<code>&#91;x&#93;(http://evil)</code>"],
    ["a\u202Eb", "<code>a&#92;u202eb</code>"],
  ])("%j", (name, shown) => {
    expect(code(name)).toBe(shown);
  });

  test("no name ends its code, its line or its cell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const shown = code(name);
        expect(shown).toMatch(/^(`[^`|<>\n]*`|<code>[^`|<>\n]*<\/code>)$/u);
      }),
    );
  });
});

describe("sentences", () => {
  test("keep the commands that they name, and mention, link and mark nothing", () => {
    expect(prose("run `openstack server unlock x|y` *now*")).toBe(
      "run <code>openstack server unlock x&#124;y</code> &#42;now&#42;",
    );
    expect(prose("@octocat #12 https://evil www.evil.org <b>")).toBe(
      "@<!-- -->octocat #<!-- -->12 https:<!-- -->//evil www<!-- -->.evil.org &#60;b&#62;",
    );
  });

  test("take an odd backtick for text", () => {
    expect(prose("a ` b | c")).toBe("a &#96; b &#124; c");
  });
});

test("output of programs cannot leave its block", () => {
  expect(preformatted("a </pre><script>\r\n\n\tb & c\n")).toEqual([
    "<pre>",
    "a &#60;/pre&#62;&#60;script&#62;",
    "",
    "  b &#38; c",
    "</pre>",
  ]);
});

test("labels of diagrams hold letters, digits and entities only", () => {
  expect(mermaidText('a"b`c|d\n<script>#;@x%%{}')).toBe(
    "a#34;b#96;c#124;d #60;script#62;#35;#59;#64;x#37;#37;#123;#125;",
  );
  expect(mermaidText("größe_1.de:2")).toBe("größe_1.de:2");
});
