/** Stack files as people and Pulumi write them. test/toolchain/stack-files.test.ts compares the reader with Pulumi itself. */
import { describe, expect, it } from "vitest";
import { parseEntries } from "../../../../config/file/entries.ts";
import { parseStackConfig } from "../../../../config/parse.ts";
import { checkStackFile, readStackFile } from "../../../../config/file/stack-file.ts";
import { problemLine } from "../../../../openstack/problems.ts";

const check = (text: string, name = "Pulumi.x.yaml") => {
  const { problems, notChecked } = checkStackFile("p", name, text);
  return [...problems.map(problemLine), ...notChecked.map(({ path, reason }) => `${path}: ${reason}`)];
};
const read = (text: string) => readStackFile("p", "Pulumi.x.yaml", text).settings;

const SERVER = "{ host: h1, flavor: f, networks: [n], bootVolume: { image: i, sizeGiB: 1 } }";
const servers = (text: string) => `config:\n  p:servers:\n    vm: ${text}\n`;

describe("a stack file that Pulumi reads", () => {
  it.each([
    ["is empty", ""],
    ["has only comments", "# nothing yet\n"],
    ["has no config", "encryptionsalt: v1:x\n"],
    ["has an empty config", "config:\n"],
    ["has settings without a value", "config:\n  p:cloud:\n  p:servers:\n  # vm: {}\n"],
    ["begins with a byte order mark", `\uFEFFconfig:\n  p:servers: { vm: ${SERVER} }\n`],
    ["has CRLF line ends", servers(SERVER).replaceAll("\n", "\r\n")],
    ["has settings of providers", "config:\n  openstack:cloud: other\n  openstack:region: 7\n"],
    ["has anchors beside config", `x-vm: &vm ${SERVER}\nconfig: { p:servers: { vm: *vm } }\n`],
    ["has a merge key", `config:\n  p:servers:\n    a: &a ${SERVER}\n    b:\n      <<: *a\n      host: h2\n`],
    ["has a merge key with a list", servers(`\n      <<: [{ host: h1 }, { host: [] }, ${SERVER}]`)],
    [
      "has servers as JSON text",
      `config:\n  p:servers: '{"vm":{"host":"h1","flavor":"f","networks":["n"],"bootVolume":{"volumeId":"v"}}}'\n`,
    ],
    [
      "has one server as JSON text",
      servers(`'{"host":"h1","flavor":"f","networks":["n"],"bootVolume":{"volumeId":"v"}}'`),
    ],
    [
      "has a list and a network as JSON text",
      servers(`{ host: h, flavor: f, networks: '["n",{"id":"i"}]', bootVolume: { volumeId: v } }`),
    ],
    [
      "has numbers where names belong",
      servers("{ host: 27, flavor: 2, networks: [1], bootVolume: { image: 12, sizeGiB: 1 } }"),
    ],
    [
      "has text where numbers belong",
      servers(
        `{ host: h, flavor: f, networks: [n], bootVolume: { image: i, sizeGiB: "1" }, migration: { stallSeconds: "1.5" }, protect: "false" }`,
      ),
    ],
    [
      "has a boolean as metadata",
      servers("{ host: h, flavor: f, networks: [n], bootVolume: { volumeId: v }, metadata: { managed: true } }"),
    ],
  ])("%s", (_, text) => {
    expect(check(text)).toEqual([]);
  });

  it("gives merged values, the entry's own first", () => {
    const text = "config:\n  p:zones:\n    <<: [{ a: [1], b: [1] }, { b: [2], c: [2] }]\n    a: [0]\n";
    expect(read(text)).toEqual({ zones: { a: [0], b: [1], c: [2] } });
  });

  it("gives settings whose keys have no namespace, or the module config", () => {
    expect(read("config:\n  cloud: c\n  p:config:region: r\n")).toEqual({ cloud: "c", region: "r" });
  });

  it("gives the program's values, whether they come from the file or from Pulumi", () => {
    const text = servers("{ host: 27, flavor: f, networks: [n], bootVolume: { volumeId: v } }");
    const fromPulumi = parseEntries("p", {
      "p:servers": '{"vm":{"host":27,"flavor":"f","networks":["n"],"bootVolume":{"volumeId":"v"}}}',
    });
    expect(parseStackConfig(read(text))).toEqual(parseStackConfig(fromPulumi));
    expect(parseStackConfig(fromPulumi).servers["vm"]?.host).toBe("27");
  });
});

describe("a stack file that Pulumi refuses, or reads otherwise", () => {
  it.each([
    [
      "- a list\n",
      'the file (["a list"]): not a mapping. Fix: begin it with `config:`, and write the settings below that',
    ],
    ["config: [1]\n", "config ([1]): not a mapping. Fix: write the settings below config: p:cloud: …"],
    [
      "config:\n  a:b:c: 1\n",
      "config.a:b:c: not a configuration key: Pulumi refuses the file. Fix: name it NAMESPACE:NAME, such as p:cloud",
    ],
    [
      "config:\n  p:cloud: a\n  cloud: b\n",
      "config.cloud: the same setting as p:cloud. Fix: keep one of p:cloud and cloud",
    ],
    ["p:servers: {}\n", "p:servers: outside of config: Pulumi ignores it. Fix: move it below config"],
    [
      "config:\n  p:cloud: a\n  p:cloud: b\n",
      "line 3, column 3: this name is given twice in the same mapping. Fix: keep one of the two",
    ],
    [
      "config: {}\n---\nconfig: {}\n",
      "line 2, column 1: a second document: Pulumi reads only the first one. Fix: keep one document in the file",
    ],
    [
      "config:\n  p:zones: { 007: [h] }\n",
      'line 2, column 14 (007): Pulumi reads this name as 7. Fix: put it in quotes: "007"',
    ],
    ["config:\n  p:zones: { [a]: [h] }\n", "line 2, column 14: a name that is not text. Fix: use text as the name"],
    [
      "config: { p:cloud: *a }\n",
      "line 1, column 20: there is no anchor &a before this alias. Fix: define the anchor above, or quote text that begins with *",
    ],
    ["config: &a { p:zones: *a }\n", "line 1, column 23: the anchor &a contains itself. Fix: write the value out"],
    [
      "config: { <<: 7 }\n",
      "line 1, column 15: << takes a mapping, or a list of mappings. Fix: name an anchor of a mapping, such as *common",
    ],
    [
      "config: { p:cloud: !!binary eA== }\n",
      "line 1, column 29: the tag tag:yaml.org,2002:binary is not supported here. Fix: write the value without a tag",
    ],
    ["config:\n  p:cloud: 0123\n", 'cloud (0123): Pulumi reads this as 83. Fix: put it in quotes: "0123"'],
    ["config:\n  p:region: 1.10\n", 'region (1.10): Pulumi reads this as 1.1. Fix: put it in quotes: "1.10"'],
    [
      "config:\n  p:region: 2024-01-02\n",
      'region (2024-01-02): Pulumi reads this as 2024-01-02 00:00:00 +0000 UTC. Fix: put it in quotes: "2024-01-02"',
    ],
    [
      "config:\n  p:zones: { a: [1_000] }\n",
      'zones.a.0 (1_000): Pulumi reads this as 1000. Fix: put it in quotes: "1_000"',
    ],
    ["config:\n  p:servers: { __proto__: {} }\n", "servers.__proto__: not a usable name. Fix: choose another one"],
  ])("%j", (text, problem) => {
    expect(check(text)).toEqual([problem]);
  });

  it.each([
    ["UTF-16", Buffer.from("\uFEFFconfig: {}\n", "utf16le")],
    ["Latin-1", Buffer.from("config:\n  p:cloud: Zürich\n", "latin1")],
  ])("has bytes in %s", (_, bytes) => {
    expect(checkStackFile("p", "Pulumi.x.yaml", bytes).problems.map(problemLine)).toEqual([
      "the file: not text in UTF-8. Fix: save it as UTF-8",
    ]);
    expect(checkStackFile("p", "Pulumi.x.yaml", Buffer.from("config:\n  p:cloud: Zürich\n")).problems).toEqual([]);
  });

  it("has text that is no YAML", () => {
    expect(check("config: [\n")[0]).toMatch(/^line 2, column 1: not YAML: .*\. Fix: correct it; indent with spaces/);
    expect(check("config:\n\tp:cloud: a\n")[0]).toMatch(/^line 2, column \d: not YAML: /);
    expect(check(`config: ${"[".repeat(5_000)}`)).toEqual([
      "the file: nested too deeply. Fix: write it with fewer levels",
    ]);
  });

  it("has aliases that make more values than a stack can have", () => {
    const lines = Array.from({ length: 6 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`);
    expect(check(`l0: &l0 [1]\n${lines.join("\n")}\n`)).toEqual([
      expect.stringContaining("its aliases make more than 200,000 values. Fix: repeat less"),
    ]);
  });

  it("has text that is no JSON although its name says so", () => {
    expect(check("config: {}\n", "Pulumi.x.json")[0]).toMatch(
      /^the file: not JSON: .*\. Fix: correct it, or name it \.yaml$/,
    );
    expect(check('{"config":{"p:serverz":{}}}', "Pulumi.x.json")).toEqual([
      expect.stringContaining("serverz ({}): no such setting"),
    ]);
  });
});

describe("a secret", () => {
  const secret = "{ secure: AAAB }";
  const unknown = (path: string) => `${path}: a secret; value unknown here`;

  it("is not checked, and everything around it is", () => {
    const text = servers(
      `{ host: ${secret}, flavor: f, colour: ${secret}, networks: [{ name: ${secret}, fixedIp: x }], bootVolume: { image: i, sizeGiB: ${secret} }, userData: ${secret}, userDataFile: f, migration: { onTimeout: ${secret} }, metadata: { token: ${secret} } }`,
    );
    expect(check(`${text}  p:zones: { z: [h1] }\n`)).toEqual([
      "servers.vm.networks.0.fixedIp (x): not a valid ipv4 address. Fix: give a valid ipv4 address",
      "servers.vm.colour ([secret]): no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
      "servers.vm.userDataFile (f): userData is given too. Fix: keep one of userData and userDataFile",
      ...["host", "networks.0.name", "bootVolume.sizeGiB", "userData", "migration.onTimeout", "metadata.token"].map(
        (setting) => unknown(`servers.vm.${setting}`),
      ),
    ]);
  });

  it.each([
    ["servers", `p:servers: ${secret}`],
    ["servers.vm", `p:servers: { vm: ${secret} }`],
    [
      'servers["vm.1"].bootVolume',
      `p:servers: { vm.1: { host: h1, flavor: f, networks: [n], bootVolume: ${secret} } }`,
    ],
    [
      "servers.vm.networks",
      `p:servers: { vm: { host: h1, flavor: f, networks: ${secret}, bootVolume: { volumeId: v } } }`,
    ],
    ["zones", `p:servers: { vm: ${SERVER} }\n  p:zones: ${secret}`],
    ["zones.z", `p:servers: { vm: ${SERVER} }\n  p:zones: { y: [h0], z: ${secret} }`],
    ["defaults", `p:servers: { vm: { host: h1 } }\n  p:defaults: ${secret}`],
    [
      "defaults.bootVolume",
      `p:servers: { vm: { host: h1, flavor: f, networks: [n] } }\n  p:defaults: { bootVolume: ${secret} }`,
    ],
  ])("may be a whole mapping or list: %s", (path, config) => {
    expect(check(`config:\n  ${config}\n`)).toEqual([unknown(path)]);
  });

  it("is only a mapping with the one name secure and text", () => {
    expect(check(servers(`{ metadata: { a: { secure: 7 } } }`))).toContainEqual(
      expect.stringContaining('metadata.a ({"secure":7}): not a string'),
    );
  });

  it("is never shown", () => {
    expect(
      JSON.stringify(checkStackFile("p", "f.yaml", servers(`{ colour: ${secret}, host: [${secret}] }`))),
    ).not.toContain("AAAB");
  });
});

describe("settings from an environment", () => {
  it.each([
    ["a list", "environment: [live/openstack]", "live/openstack"],
    ["inline", "environment:\n  values: { pulumiConfig: {} }", "inline"],
  ])("are reported as not checked, and are not missed: %s", (_, environment, names) => {
    const config = "config:\n  p:servers: { vm: { host: h9, colour: red } }\n  p:zones: { z: [h1] }";
    expect(check(`${environment}\n${config}\n`)).toEqual([
      "servers.vm.colour (red): no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
      `environment: settings from a Pulumi ESC environment (${names}) are unknown here`,
    ]);
  });
});

it("reports settings of this program in another namespace as not checked", () => {
  expect(check("config:\n  q:servers: 7\n  q:cloud: x\n")).toEqual([
    "config.q:servers: not a setting of p: it has another namespace",
  ]);
});
