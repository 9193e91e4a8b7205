/** The file of a new stack, as a person would begin it. Pure. */
import type { Places } from "./places.ts";
import { writeStackYaml } from "../../config/file/stack-yaml.ts";
import type { Wish } from "./requested-stack.ts";
import { oneLine } from "../../text/visible.ts";

const PROJECT = "openstack-live-migration";
const PLACEHOLDER = { host: "compute-101", flavor: "m1.small", network: "internal", image: "debian-12" };
/** A cloud may have hundreds. */
const MOST_LISTED = 12;

/** `name: value` within one line. */
const entry = (name: string, value: unknown): string =>
  writeStackYaml({ [name]: value }, { collectionStyle: "flow", flowCollectionPadding: false })
    .trim()
    .slice(1, -1);

/** `lines` as a comment that an editor takes back at one stroke. */
const commented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "#" : `# ${line}`));

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return names.slice(0, MOST_LISTED).map(oneLine).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/**
 * @param places What the cloud says; undefined: it was not asked.
 * @returns the content of `Pulumi.<stack>.yaml`: right as it stands, its example a comment
 */
export function stackFile(wish: Wish, places?: Places): string {
  const setting = (name: string) => `${PROJECT}:${name}:`;
  const lines = [
    ...head(wish),
    ...(wish.region === undefined ? [] : [`${PROJECT}:${entry("region", wish.region)}`]),
    ...zoneLines(wish, places),
    "# What all servers have in common. A server's own settings go over these; `migration` and `guest` are merged.",
    setting("defaults"),
    ...flavorLines(wish, places),
    `  ${entry("networks", wish.networks.length > 0 ? wish.networks : [PLACEHOLDER.network])}`,
    `  bootVolume: { ${entry("image", wish.image ?? PLACEHOLDER.image)}, sizeGiB: 10 }`,
    "# Servers by name. Take away the comment signs, and make the names your own.",
    ...commented([setting("servers"), ...exampleServer(exampleHost(wish, places))]),
  ];
  return [
    "# yaml-language-server: $schema=config/stack.schema.json",
    `# Made by \`npm run new-stack\`. Every setting: docs/configuration.md. Check it with \`npm run config:check\`.`,
    "config:",
    ...lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function head({ cloud }: Wish): string[] {
  return cloud === undefined
    ? [
        "# The environment says which cloud (OS_CLOUD, else OS_*). Or an entry of clouds.yaml:",
        `# ${PROJECT}:cloud: prod`,
      ]
    : [`${PROJECT}:${entry("cloud", cloud)} # an entry of clouds.yaml; credentials stay there`];
}

function zoneLines({ zones }: Wish, places: Places | undefined): string[] {
  const made = Object.entries(zones);
  const there = (places?.zones ?? []).map(({ name, hosts }) => `#   ${entry(name, hosts)}`);
  return [
    ...(places === undefined
      ? []
      : [
          "# The cloud's zones and hosts as `npm run new-stack` found them; they are not this stack's to change.",
          ...there,
        ]),
    ...(made.length > 0
      ? [`${PROJECT}:zones:`, ...made.map(([name, hosts]) => `  ${entry(name, hosts)}`)]
      : [
          "# Availability zones that this stack shall make itself:",
          ...commented([`${PROJECT}:zones:`, `  new-zone: [${PLACEHOLDER.host}]`]),
        ]),
  ];
}

function flavorLines({ flavor }: Wish, places: Places | undefined): string[] {
  const line = `  ${entry("flavor", flavor ?? places?.flavors[0] ?? PLACEHOLDER.flavor)}`;
  return places === undefined ? [line] : [`  # One of ${listed(places.flavors)}.`, line];
}

/** A host that can take a server, of the stack's own zones if it has any. */
function exampleHost({ zones }: Wish, places: Places | undefined): string {
  const own = Object.values(zones).flat();
  return own.find((host) => places?.ready.includes(host) ?? true) ?? own[0] ?? places?.ready[0] ?? PLACEHOLDER.host;
}

function exampleServer(host: string): string[] {
  return [
    "  vm01:",
    `    ${entry("host", host)} # change this, and \`pulumi up\` moves the running server there`,
    "    dataVolumes:",
    "      vm01-data: { sizeGiB: 10 }",
    "    # A look into the guest over ssh, before and after each move; leave it out, and nobody logs in.",
    "    guest: { user: root, mountPoints: [/mnt/data] }",
    "    migration: { onTimeout: abort }",
  ];
}
