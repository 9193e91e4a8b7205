/** Our reader of stack files beside Pulumi itself: the same values of the same file, and a problem where Pulumi refuses it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseStackConfig } from "../../config/parse.ts";
import { readStackFile } from "../../config/file/stack-file.ts";
import { Rewritten } from "../../config/file/values.ts";
import { tinyProgram, type TinyProgram } from "../support/stack/tiny-program.ts";

let program: TinyProgram;
beforeAll(async () => {
  program = await tinyProgram("export {};\n");
});
afterAll(() => program.remove());

interface Shown {
  value?: string;
  objectValue?: unknown;
  secret: boolean;
}

/** The values by setting; undefined: Pulumi refuses the file. */
async function byPulumi(text: string): Promise<Record<string, unknown> | undefined> {
  await writeFile(join(program.folder, "Pulumi.test.yaml"), text);
  const { exitCode, stdout } = await program.pulumi("config", "--json");
  if (exitCode !== 0) return undefined;
  const shown = JSON.parse(stdout) as Record<string, Shown>;
  return Object.fromEntries(
    Object.entries(shown)
      .filter(([key, { value }]) => key.startsWith("tiny:") && value !== "")
      .map(([key, { value, objectValue, secret }]) => [key.slice(5), secret ? "secret" : (objectValue ?? value)]),
  );
}

/** A setting with a secret anywhere in it is one to Pulumi, and it shows nothing of it. */
function plain(value: unknown): unknown {
  if (value instanceof Rewritten) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function byUs(text: string): Record<string, unknown> | undefined {
  const { settings, problems } = readStackFile("tiny", "Pulumi.test.yaml", text);
  if (problems.length > 0) return undefined;
  const entries = Object.entries(settings).map(([key, value]) => {
    const read = plain(value);
    return [key, typeof read === "number" || typeof read === "boolean" ? String(read) : read];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const SCALARS = [
  ..."0 7 -7 +7 0123 08 00 0o17 0x1F 0X1f 0b101 1_000 1e3 1.10 1. .5 +.5 -0 1e21 123456789012 0.1 1e-7 6.02E23 1__0 _1".split(
    " ",
  ),
  ..."true True TRUE tRUE false yes no on off y n ~ null Null nULL NULL -- .nan1 1:30 12:30:45 0x 0b2 0o8 1.2.3 10.0.0.1".split(
    " ",
  ),
  ..."2024-01-02 2024-1-2 2024-02-30 2024-13-01 2024-01-02T03:04:05Z 01-02-2024 2024 20240102".split(" "),
  ...[
    "'0123'",
    '"1_000"',
    "!!str 7",
    "text",
    "a b",
    "'it''s'",
    '"\\u00e4\\n"',
    "|\n      two\n      lines",
    ">-\n      fo\n      lded",
  ],
];

test("plain text, numbers, dates and quotes are read alike", async () => {
  const lines = SCALARS.map(
    (scalar, i) => `  tiny:s${i}: ${scalar}\n  tiny:m${i}:\n    in: ${scalar}\n    list:\n    - ${scalar}\n`,
  );
  const text = `config:\n${lines.join("")}`;
  expect(byUs(text)).toEqual(await byPulumi(text));
});

const FILES: Record<string, string> = {
  "an anchor": "config:\n  tiny:a: &a { x: 1, y: [2, three] }\n  tiny:b: *a\n",
  "an anchor outside of config": "x: &x { h: n }\nconfig: { tiny:b: *x }\n",
  "an anchor that is defined twice": "config:\n  tiny:a: { p: &x 1, q: { r: &x 2 } }\n  tiny:b: *x\n",
  "merge keys":
    "config:\n  tiny:a: &a { x: 1, y: 2 }\n  tiny:b: &b { y: 3, z: 4 }\n  tiny:c: { <<: [*a, *b], x: 9 }\n  tiny:d:\n    q: 1\n    <<: *b\n    z: 7\n",
  "a quoted merge key": 'config:\n  tiny:a: { "<<": { x: 1 } }\n',
  "JSON text": `config:\n  tiny:a: '{"x":{"y":[1,"2"]}}'\n  tiny:b: { c: '[1]' }\n`,
  "a byte order mark": "\uFEFFconfig:\n  tiny:a: x\n",
  CRLF: "config:\r\n  tiny:a:\r\n    b: x\r\n    c:\r\n    - 1\r\n",
  "no namespace, another one, and the module config": "config:\n  a: 1\n  other:b: 2\n  tiny:config:c: 3\n",
  "an empty file": "",
  "an empty config": "config:\nencryptionsalt:\n",
  "values that are not given": "config:\n  tiny:a:\n  tiny:b: ~\n  tiny:c: ''\n  tiny:d: { e: ~ }\n",
  "a secret look-alike": "config:\n  tiny:a: { secure: 7 }\n  tiny:b: { secure: x, more: y }\n",
  "odd names": `config:\n  tiny:a: { "": 1, "a b": 2, "0123": 3, ä: 4, "a.b[0]": 5 }\n`,
  "names that are numbers or booleans": "config:\n  tiny:a: { 7: x, true: y }\n",
  "names that are dates": "config:\n  tiny:a: { 2024-01-02: x }\n",
  "a name twice": "config:\n  tiny:a: 1\n  tiny:a: 2\n",
  "a name twice, deep": "config:\n  tiny:a: { b: 1, b: 2 }\n",
  "two documents": "config:\n  tiny:a: 1\n---\nconfig:\n  tiny:a: 2\n",
  "a tab": "config:\n\ttiny:a: 1\n",
  "a list at the top": "- config\n",
  "text at the top": "config\n",
  "a config that is a list": "config: [a]\n",
  "a key of three parts": "config:\n  a:b:c: 1\n",
  "an unknown anchor": "config:\n  tiny:a: *x\n",
  "an anchor that contains itself": "config:\n  tiny:a: &a { b: *a }\n",
  "a merge of text": "config:\n  tiny:a: { <<: x }\n",
  "an open bracket": "config: [\n",
};
/** Pulumi drops the second document without a word, and reads another name than the file has. */
const STRICTER = ["two documents", "names that are dates"];

test.each(Object.entries(FILES))("%s: read alike, or refused by both", async (name, text) => {
  const theirs = await byPulumi(text);
  expect(byUs(text)).toEqual(STRICTER.includes(name) ? undefined : theirs);
});

test("the program takes what `pulumi config set` stores", async () => {
  await writeFile(join(program.folder, "Pulumi.test.yaml"), "config: {}\n");
  const set = async (key: string, value: string) => {
    const { exitCode, all } = await program.pulumi("config", "set", "--path", key, value);
    expect([exitCode, all]).toEqual([0, expect.any(String)]);
  };
  await set("servers.web.host", "27");
  await set("servers.web.flavor", "m1.small");
  await set("servers.web.networks", '["internal",{"id":"n"}]');
  await set("servers.web.bootVolume", '{"image":"debian-12","sizeGiB":10}');
  await set("servers.web.migration.stallSeconds", "90.5");
  const { stdout } = await program.pulumi("config", "get", "servers");
  expect(parseStackConfig({ servers: stdout }).servers["web"]).toMatchObject({
    host: "27",
    networks: ["internal", { id: "n" }],
    bootVolume: { image: "debian-12", sizeGiB: 10 },
    migration: { stallSeconds: 90.5 },
  });
});
