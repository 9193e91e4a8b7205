/** What holds for every stack file, with generated ones. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { checkSettings } from "../../../../config/parse.ts";
import { checkStackFile, readStackFile } from "../../../../config/file/stack-file.ts";
import { writeStackYaml } from "../../../../config/file/stack-yaml.ts";

const read = (text: string) => readStackFile("p", "Pulumi.x.yaml", text).settings;

describe("whatever is in it, a stack file leads to a list of problems", () => {
  const key = fc.oneof(
    fc.constantFrom(
      "p:servers",
      "p:zones",
      "p:defaults",
      "p:cloud",
      "servers",
      "vm",
      "secure",
      "bootVolume",
      "networks",
    ),
    fc.constantFrom("<<", "__proto__", "constructor", "host", "guest", "migration", "dataVolumes", "metadata", ""),
    fc.string(),
  );
  const leaf = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.date().map(String));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      fc.constant({ secure: "x" }),
      tie("value").map((inner) => JSON.stringify(inner)),
    ),
  }));
  const wrong = (text: string) => {
    const { problems, notChecked } = checkStackFile("p", "f.yaml", text);
    for (const { path, problem, fix } of problems) expect([path, problem, fix].every((part) => part !== "")).toBe(true);
    for (const { path, reason } of notChecked) expect([path, reason].every((part) => part !== "")).toBe(true);
  };

  it("from any YAML value", () => {
    fc.assert(
      fc.property(fc.dictionary(key, value), (config) => {
        wrong(stringify({ config }));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(value, (content) => {
        wrong(stringify(content));
      }),
      { numRuns: 100 },
    );
  });

  it("from any text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "config:\n",
        "  p:servers:",
        "\n    ",
        "\t",
        "&a",
        "*a",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "'",
        '"',
        "|\n",
        "---\n",
        "!!int ",
        "# ",
        "\r\n",
        "\uFEFF",
        "? ",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        wrong(pieces.join(""));
      }),
      { numRuns: 300 },
    );
  });

  it("from any value that Pulumi may hand over", () => {
    fc.assert(
      fc.property(fc.dictionary(key, value), (settings) => {
        checkSettings(settings);
      }),
      { numRuns: 300 },
    );
  });
});

it("reads back what it writes", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "0123",
      "1_000",
      "0o17",
      "0b1",
      "2024-01-02",
      "<<",
      "~",
      "No",
      ".5",
      "1e3",
      "*a",
      "a: b",
      "- x",
      "\u2028",
      "\u0085",
      "\n",
    ),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie("value")),
      fc.dictionary(
        text.filter((name) => !["secure", "<<"].includes(name)),
        tie("value"),
        { noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((name) => name !== "<<"),
        value,
        { noNullPrototype: true },
      ),
      fc.constantFrom("block", "flow"),
      (servers, collectionStyle) => {
        const written = writeStackYaml({ config: { "p:servers": servers } }, { collectionStyle });
        expect(read(written)).toEqual(
          Object.keys(servers).length === 1 && typeof servers["secure"] === "string"
            ? { servers: expect.anything() as unknown }
            : { servers },
        );
      },
    ),
    { numRuns: 100 },
  );
});
