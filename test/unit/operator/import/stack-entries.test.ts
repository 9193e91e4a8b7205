import { describe, expect, it } from "vitest";
import { stackSettings, withEntries } from "../../../../operator/import/stack-entries.ts";
import { readStackFile } from "../../../../config/file/stack-file.ts";

const SERVER = { host: "h1", flavor: "f", networks: ["n"], bootVolume: { volumeId: "v" } };
const ADDED = [
  "    vm1:",
  "      host: h1",
  "      flavor: f",
  "      networks:",
  "        - n",
  "      bootVolume:",
  "        volumeId: v",
  "",
].join("\n");
const OTHER = "{ host: h0, flavor: f, networks: [n], bootVolume: { volumeId: w } }";
const JSON_OTHER = '{"host":"h0","flavor":"f","networks":["n"],"bootVolume":{"volumeId":"w"}}';

const add = (text: string, name = "Pulumi.x.yaml") =>
  withEntries("p", name, text, [{ setting: "servers", name: "vm1", value: SERVER }]);
const textOf = (text: string, name?: string) => {
  const changed = add(text, name);
  return "text" in changed ? changed.text : JSON.stringify(changed.problems);
};

describe("an entry is added, and every other character stays as it is", () => {
  const block = `# head\nconfig:\n  p:cloud:   c # cloud\n  p:servers:\n    # other\n    other: ${OTHER} # after\n      # deeper\n`;

  it.each([
    ["to a block mapping", block, `${block}${ADDED}`],
    ["without a last line end", block.trimEnd(), `${block}${ADDED}`],
    ["before what follows", `${block}  # next\n  p:zones: {}\n`, `${block}${ADDED}  # next\n  p:zones: {}\n`],
    ["with the line ends of the file", block.replaceAll("\n", "\r\n"), `${block}${ADDED}`.replaceAll("\n", "\r\n")],
    ["after a byte order mark", `\uFEFF${block}`, `\uFEFF${block}${ADDED}`],
    [
      "below a name without a value",
      "config:\n  p:servers:\n  # vm0: {}\n",
      `config:\n  p:servers:\n${ADDED}  # vm0: {}\n`,
    ],
    ["to a file without servers", "config:\n  p:cloud: c\n", `config:\n  p:cloud: c\n  p:servers:\n${ADDED}`],
    ["to a file without config", "encryptionsalt: v1\n", `encryptionsalt: v1\nconfig:\n  p:servers:\n${ADDED}`],
    ["to an empty file", "", `config:\n  p:servers:\n${ADDED}`],
    ["to a setting without a namespace", "config:\n  servers:\n", `config:\n  servers:\n${ADDED}`],
    [
      "to a file with anchors",
      `config:\n  p:servers:\n    a: &a ${OTHER}\n    b: { <<: *a, host: h9, bootVolume: { volumeId: x } }\n`,
      `config:\n  p:servers:\n    a: &a ${OTHER}\n    b: { <<: *a, host: h9, bootVolume: { volumeId: x } }\n${ADDED}`,
    ],
    [
      "to a flow mapping",
      `config: { p:servers: { other: ${OTHER}   } } # end\n`,
      `config: { p:servers: { other: ${OTHER}, "vm1":${JSON.stringify(SERVER)}   } } # end\n`,
    ],
    [
      "to an empty flow mapping",
      "config:\n  p:servers: {} # none\n",
      `config:\n  p:servers: { "vm1":${JSON.stringify(SERVER)} } # none\n`,
    ],
    [
      "to JSON text",
      `config:\n  p:servers: '{"other":${JSON_OTHER}}' # json\n`,
      `config:\n  p:servers: '{"other":${JSON_OTHER},"vm1":${JSON.stringify(SERVER)}}' # json\n`,
    ],
  ])("%s", (_, before, after) => {
    expect(textOf(before)).toBe(after);
  });

  it("to a JSON file", () => {
    const text = textOf(`{ "config": { "p:servers": { "other": ${JSON_OTHER} } } }\n`, "Pulumi.x.json");
    expect(JSON.parse(text)).toEqual({
      config: { "p:servers": { other: JSON.parse(JSON_OTHER) as unknown, vm1: SERVER } },
    });
  });

  it("with quotes where Pulumi would read another value", () => {
    const value = { ...SERVER, flavor: "1_000", networks: ["0123"] };
    const changed = withEntries("p", "x.yaml", "config:\n", [{ setting: "servers", name: "2024-01-02", value }]);
    expect(changed).toHaveProperty("text");
    if ("text" in changed)
      expect(readStackFile("p", "x.yaml", changed.text).settings).toEqual({ servers: { "2024-01-02": value } });
  });
});

describe("a file is refused that has no place for the entry", () => {
  it.each([
    ["an alias", `x-servers: &s { other: ${OTHER} }\nconfig:\n  p:servers: *s\n`],
    ["a secret", "config:\n  p:servers: { secure: AAAB }\n"],
    ["a name with a mark before it", `config:\n  p:servers:\n    ? other\n    : ${OTHER}\n`],
  ])("%s", (_, text) => {
    expect(add(text)).toEqual({
      problems: [
        {
          path: "config.p:servers",
          value: "vm1",
          problem: "this cannot be added without changing what is there",
          fix: "write p:servers as a mapping below config, without an alias, and import again",
        },
      ],
    });
  });

  it("an entry that contradicts the others", () => {
    const changed = add(`config:\n  p:zones: { z: [h0] }\n  p:servers: { other: ${OTHER} }\n`);
    expect("problems" in changed && changed.problems).toMatchObject([{ path: "servers.vm1.host", value: "h1" }]);
  });
});

it("does not take a secret, or settings from elsewhere, for what the stack has", () => {
  expect(
    stackSettings("p", "x.yaml", "config: { p:cloud: { secure: x }, p:region: r, p:zones: { z: [1] } }\n"),
  ).toEqual({
    region: "r",
    zones: { z: ["1"] },
    zonesKnown: true,
  });
  expect(stackSettings("p", "x.yaml", "environment: [e]\n").zonesKnown).toBe(false);
  expect(stackSettings("p", "x.yaml", "config: { p:zones: { z: { secure: x } } }\n").zonesKnown).toBe(false);
});
