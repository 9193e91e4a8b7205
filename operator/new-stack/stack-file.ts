/** The first configuration file of a new stack. Pure. */
import { PROJECT_NAME } from "../import/import-file.ts";
import type { Places } from "./places.ts";
import { writeStackYaml } from "../../config/file/stack-yaml.ts";
import type { RequestedStack } from "./requested-stack.ts";
import { oneLine } from "../../text/visible.ts";

const PLACEHOLDER = { host: "compute-101", flavor: "m1.small", network: "internal", image: "debian-12" };
/** A cloud may have hundreds. */
const MOST_LISTED = 12;

/** `name: value` within one line. */
const entry = (name: string, value: unknown): string =>
  writeStackYaml({ [name]: value }, { collectionStyle: "flow", flowCollectionPadding: false })
    .trim()
    .slice(1, -1);

/** `lines` as a comment that an editor removes with one command. */
const commented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "#" : `# ${line}`));

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return names.slice(0, MOST_LISTED).map(oneLine).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/**
 * @param places What the cloud says; undefined: it was not asked.
 * @returns the content of `Pulumi.<stack>.yaml`: valid, with an example in comments
 */
export function stackFile(request: RequestedStack, places?: Places): string {
  const setting = (name: string) => `${PROJECT_NAME}:${name}:`;
  const lines = [
    ...head(request),
    ...(request.region === undefined ? [] : [`${PROJECT_NAME}:${entry("region", request.region)}`]),
    ...zoneLines(request, places),
    "# Settings of all servers. A server's own settings override these; `migration` and `guest` are merged.",
    setting("defaults"),
    ...flavorLines(request, places),
    `  ${entry("networks", request.networks.length > 0 ? request.networks : [PLACEHOLDER.network])}`,
    `  bootVolume: { ${entry("image", request.image ?? PLACEHOLDER.image)}, sizeGiB: 10 }`,
    "# Servers by name. Remove the comment signs, and choose your own names.",
    ...commented([setting("servers"), ...exampleServer(exampleHost(request, places))]),
  ];
  return [
    "# yaml-language-server: $schema=config/stack.schema.json",
    `# Made by \`npm run new-stack\`. Every setting: docs/configuration.md. Check it with \`npm run config:check\`.`,
    "config:",
    ...lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function head({ cloud }: RequestedStack): string[] {
  return cloud === undefined
    ? [
        "# The environment selects the cloud (OS_CLOUD, else OS_*). To name an entry of clouds.yaml instead:",
        `# ${PROJECT_NAME}:cloud: prod`,
      ]
    : [`${PROJECT_NAME}:${entry("cloud", cloud)} # an entry of clouds.yaml; credentials stay there`];
}

function zoneLines({ zones }: RequestedStack, places: Places | undefined): string[] {
  const made = Object.entries(zones);
  const there = (places?.zones ?? []).map(({ name, hosts }) => `#   ${entry(name, hosts)}`);
  return [
    ...(places === undefined
      ? []
      : [
          "# The cloud's zones and hosts, as `npm run new-stack` found them. This stack does not change them.",
          ...there,
        ]),
    ...(made.length > 0
      ? [`${PROJECT_NAME}:zones:`, ...made.map(([name, hosts]) => `  ${entry(name, hosts)}`)]
      : [
          "# Availability zones for this stack to make:",
          ...commented([`${PROJECT_NAME}:zones:`, `  new-zone: [${PLACEHOLDER.host}]`]),
        ]),
  ];
}

function flavorLines({ flavor }: RequestedStack, places: Places | undefined): string[] {
  const line = `  ${entry("flavor", flavor ?? places?.flavors[0] ?? PLACEHOLDER.flavor)}`;
  return places === undefined ? [line] : [`  # One of ${listed(places.flavors)}.`, line];
}

/** A host that can take a server, of the stack's own zones if it has any. */
function exampleHost({ zones }: RequestedStack, places: Places | undefined): string {
  const own = Object.values(zones).flat();
  return own.find((host) => places?.ready.includes(host) ?? true) ?? own[0] ?? places?.ready[0] ?? PLACEHOLDER.host;
}

function exampleServer(host: string): string[] {
  return [
    "  vm01:",
    `    ${entry("host", host)} # change this, and \`pulumi up\` moves the running server there`,
    "    dataVolumes:",
    "      vm01-data: { sizeGiB: 10 }",
    "    # Checks in the guest over ssh, before and after each move. Without it nobody logs in.",
    "    guest: { user: root, mountPoints: [/mnt/data] }",
    "    migration: { onTimeout: abort }",
  ];
}
