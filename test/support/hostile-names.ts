import fc from "fast-check";

/** Names that a cloud, a stack file or a command line may hold, each of which means something to one target at least. */
export const HOSTILE_NAMES: readonly string[] = [
  ...["../", "/", "..", ".", "/../../../package", "a/b", "a\\b", "C:\\x", "~root", "vm*", ".hidden"],
  ...["$( )", "$(touch pwned)", "`touch pwned`", "$HOME", "a;b", "a&&b", "a|b", ">x", "!x", "#x", "a b", " a ", "%s%n"],
  ...["'", '"', "'\"'", "\\", "\\'", "''$(id)''", "\\n", "\\u001b[31m"],
  ...["a\nb", "a\n", "\n", "a\r\nb", "\ta", "a\u2028b", "a\n::error::x", "::error::x", "##[group]x"],
  ...["\u001b[31mred\u001b[0m", "\u001b]0;title\u0007", "\u009b31m", "\u0007", "\u007f", "a\bb", "\u0085"],
  ...["<script>alert(1)</script>", "</pre><b>", "<!--", "-->", "&lt;", "&#60;", "a&b", '" onload="x', "]]>"],
  ...[
    "|",
    "a | b",
    "](x)",
    "[x](http://evil.example)",
    "]()",
    "![](x)",
    "@someone",
    "#1",
    "*a*",
    "_a_",
    "~~a~~",
    "# a",
  ],
  ...["- a", "1. a", "```", "`", "``a`b``", "http://evil.example", "www.evil.example", "$a$", "--- ", "a<br>b"],
  ...["end", "graph", '"]', "A --> B", "%%", ";", "#quot;", "{{x}}", "click", "subgraph"],
  ...[
    "a: b",
    "a #b",
    "- ",
    "? a",
    "&a",
    "*a",
    "!!str a",
    "{a}",
    "[a",
    "null",
    "~",
    "true",
    "no",
    "0x10",
    "1e3",
    "=",
    "<<",
  ],
  ...[
    "\u202egnp.exe",
    "a\u202eb",
    "\u2066a\u2069",
    "\u200ba",
    "a\u200db",
    "\ufeffa",
    "\u00ada",
    "a\u3164b",
    "\u{e0041}",
  ],
  ...["-x", "--help", "-", "--", "-oProxyCommand=touch pwned", "123", "0", "007", "1.0", "-1"],
  ...["👩‍💻🚀", "é", "e\u0301", "größe", "名前", "İ", "ﬁ", "a\ud800b", "\udc00", "__proto__", "constructor", "%2e%2e%2f"],
  ...["a".repeat(255), "🚀".repeat(255), "/".repeat(255), "\n".repeat(255), `${"'".repeat(254)}\u001b`],
];

const character = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code));

/** Any text, half of it of characters below U+0100 and of those that turn or hide text. */
export const anyName = fc.string({
  unit: fc.oneof(character(0, 0xff), character(0x2000, 0x206f), character(0, 0x10ffff)),
  maxLength: 80,
});
