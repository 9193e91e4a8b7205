/** What people read of a wrong configuration: every text, beside the tests of when it is told. */
import { expect, test } from "vitest";
import { InvalidInputError } from "../../../openstack/problems.ts";
import { bootVolumeProblems, dataVolumeProblems } from "../../../components/volumes/volume-sources.ts";
import { parseStackConfig } from "../../../config/parse.ts";

interface Text {
  path: string;
  problem: string;
  fix: string;
}
const shown = ({ path, problem, fix }: Text) => `${path}: ${problem}. Fix: ${fix}`;

function told(input: Record<string, unknown>): string[] {
  try {
    parseStackConfig(input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(shown);
    throw error;
  }
  return [];
}

const boot = { image: "debian", sizeGiB: 1 };
const vm = (more: object) => ({ flavor: "m1", networks: ["n"], bootVolume: boot, ...more });
const on = (more: object) => vm({ host: "h1", ...more });

test("wrong values, each by itself", () => {
  const odd = { networks: [], keyPair: "", migration: { onTimeout: "hope", stallSeconds: 0 }, protect: "yes" };
  const servers = {
    odd: on({ ...odd, guest: { user: "r", files: ["x"] } }),
    nets: on({ networks: [{ name: "a", id: "b" }, { name: "a", fixedIp: "x" }, ["a"]] }),
    vols: on({ bootVolume: { ...boot, sizeGiB: 1.5 }, dataVolumes: { "": { sizeGiB: 1 } } }),
    bare: { host: "h1" },
    text: 7,
  };
  expect(
    told({ cluod: "x", "servers.a.host": "h1", cloud: "", region: "r".repeat(256), zones: { a: ["h1"] }, servers }),
  ).toEqual([
    "cloud: empty. Fix: give at least 1 character",
    "region: too long (256 characters). Fix: give at most 255 characters",
    "cluod: no such setting. Fix: correct its name, or remove it (docs/configuration.md lists all)",
    '["servers.a.host"]: no such setting. Fix: remove it, and write it below the setting that it belongs to, or set it with `pulumi config set --path`',
    "servers.odd.networks: empty. Fix: give at least 1 entry",
    "servers.odd.keyPair: empty. Fix: give at least 1 character",
    'servers.odd.guest.files.0: does not start with "/". Fix: begin it with "/"',
    "servers.odd.migration.onTimeout: not one of the choices. Fix: one of fail, abort, force-complete",
    "servers.odd.migration.stallSeconds: too small a number. Fix: give more than 0",
    "servers.odd.protect: not a boolean. Fix: give a boolean",
    "servers.nets.networks.0: give exactly one of name, id and portId. Fix: give exactly one of name, id and portId",
    "servers.nets.networks.1.fixedIp: not a valid ipv4 address. Fix: give a valid ipv4 address",
    "servers.nets.networks.2: not in an allowed form. Fix: give a string or a mapping (key: value)",
    "servers.vols.bootVolume.sizeGiB: not a whole number. Fix: give a whole number",
    'servers.vols.dataVolumes[""]: its name is empty. Fix: use 1 to 255 characters',
    "servers.bare.flavor: missing. Fix: give it: a string",
    "servers.bare.networks: missing. Fix: give it: a list",
    "servers.bare.bootVolume: missing. Fix: give it: a mapping (key: value)",
    "servers.text: not a mapping. Fix: give a mapping (key: value)",
  ]);
  const long = "n".repeat(256);
  expect(told({ servers: { [long]: on({ dataVolumes: { [long]: { sizeGiB: 1 } } }) } })).toEqual([
    "servers: its name is too long (256 characters). Fix: use 1 to 255 characters",
    `servers.${long}.dataVolumes.${long}: its name is too long (256 characters). Fix: use 1 to 255 characters`,
  ]);
  expect(told({ servers: [] })).toEqual([
    "servers: not a mapping. Fix: give servers by name: { name: { host: …, flavor: …, … } }",
  ]);
});

test("a URL to notify, which the state would show, is not shown here, either", () => {
  const notify = "https://hooks.example.com/T0KEN";
  expect(told({ notify, servers: { a: on({ notify }) } })).toEqual(
    ["notify", "servers.a.notify"].map(
      (path) =>
        `${path}: no such setting. Fix: remove it, and set LIVE_MIGRATE_NOTIFY in the environment of \`pulumi up\`, which does not get into the state`,
    ),
  );
  expect(() => parseStackConfig({ notify })).toThrow(/notify = "not shown"/);
  expect(() => parseStackConfig({ notify })).not.toThrow(/T0KEN/);
});

test("values that contradict each other", () => {
  const zones = { a: ["h1", "h1"], b: ["h1"], empty: [] };
  const servers = {
    "": on({}),
    none: vm({}),
    both: on({ zone: "a" }),
    far: vm({ host: "h9" }),
    nowhere: vm({ zone: "z" }),
    vacant: vm({ zone: "empty" }),
    data: on({ userData: "x", userDataFile: "y" }),
    twin: on({ bootVolume: { ...boot, name: "data-boot" } }),
    first: on({ dataVolumes: { e: { volumeId: "v" } } }),
    second: on({ dataVolumes: { f: { volumeId: "v" } } }),
  };
  expect(told({ zones, servers })).toEqual([
    "servers: its name is empty. Fix: use 1 to 255 characters",
    "zones.a.1: named twice in this zone. Fix: name it once",
    "zones.b.0: also in zone a: a host has one zone. Fix: remove it from a or from b",
    "servers.none.host: neither host nor zone is given. Fix: give exactly one of host and zone",
    "servers.both.host: both host and zone are given. Fix: give exactly one of host and zone",
    "servers.far.host: unknown host: it is in none of the zones of this stack. Fix: one of h1; or add it to a zone",
    "servers.nowhere.zone: unknown zone. Fix: one of a, b, empty; or declare it under zones",
    "servers.vacant.zone: this zone has no host. Fix: add a host to the zone",
    "servers.data.userDataFile: userData is given too. Fix: keep one of userData and userDataFile",
    "servers.twin.bootVolume: the same volume name as servers.data.bootVolume. Fix: give each volume its own name",
    "servers.second.dataVolumes.f: the same volume id as servers.first.dataVolumes.e. Fix: attach a volume to one server only",
  ]);
});

test("volumes without a source or a size, or with too many", () => {
  expect(
    [
      ...bootVolumeProblems("b", {}),
      ...bootVolumeProblems("b", { image: "i", snapshotId: "s", sizeGiB: 0.5 }),
      ...dataVolumeProblems("d", { volumeId: "v", sizeGiB: 1 }),
    ].map(shown),
  ).toEqual([
    "b.image: the boot volume has no source: a server can boot from an image, a snapshot or an existing volume. Fix: name an image (or give snapshotId, or volumeId)",
    "b.sizeGiB: no size for the new volume. Fix: give it in GiB",
    "b: image and snapshotId contradict each other: a volume has one source. Fix: keep one of image, snapshotId",
    "b.sizeGiB: not a size: Cinder takes whole GiB, at least 1. Fix: give a whole number of GiB",
    "d.sizeGiB: an existing volume (volumeId) is attached as it is; this stack does not change its size. Fix: leave sizeGiB out",
  ]);
});

test.each([
  ['{"web": {"host": x}}', "line 1, column 18: unexpected 'x'"],
  ['{"web": {"host": "a"}', "line 1, column 22: expected ',' or '}' after property value"],
  ['{\n  "web": {},\n}', "line 3, column 1: expected double-quoted property name"],
  ["{web: {}}", "line 1, column 2: expected property name or '}'"],
  ["{'web': {}}", "line 1, column 2: expected property name or '}'"],
  ['{"web": {"host": tru', "line 1, column 21: unexpected end of JSON input"],
  ['{"web": {}}}', "line 1, column 12: unexpected non-whitespace character"],
  ['{"web": "{', "line 1, column 11: unterminated string"],
])("the place and cause of broken JSON are named: %s", (text, what) => {
  expect(told({ servers: text })).toEqual([
    `servers: broken JSON at ${what}. Fix: correct the JSON, or write it as a mapping in YAML`,
  ]);
});

test("broken JSON is found below a server, and other text is not taken for it", () => {
  expect(told({ servers: { web: on({ networks: "[internal]", bootVolume: "{image}" }) } })).toEqual([
    "servers.web.networks: broken JSON at line 1, column 2: unexpected 'i'. Fix: correct the JSON, or write it as a list in YAML",
    "servers.web.bootVolume: broken JSON at line 1, column 2: expected property name or '}'. Fix: correct the JSON, or write it as a mapping in YAML",
  ]);
  expect(told({ servers: "web" })).toEqual([
    "servers: not a mapping. Fix: give servers by name: { name: { host: …, flavor: …, … } }",
  ]);
});

test("the message about broken JSON shows nothing of its values", () => {
  const text = '{"web": {"userData": "s3cret", "host": s3cret}}';
  let message = "";
  try {
    parseStackConfig({ servers: text });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain("line 1, column 40: unexpected 's'");
  expect(message).not.toContain("s3cret");
});
