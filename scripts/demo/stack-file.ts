import { isScalar, parseDocument, type Document } from "yaml";
import { PROJECT_NAME } from "../../operator/import/import-file.ts";
import { yamlLine } from "../../text/yaml.ts";

/** What the demo needs to know of the stack's configuration. */
export interface Declared {
  /** Names of the availability zones, and the hosts of each. */
  zones: Record<string, string[]>;
  servers: DeclaredServer[];
}

export interface DeclaredServer {
  name: string;
  host: string;
  /** Names of its volumes, the boot volume first. */
  volumes: string[];
  /** Where its data volume is mounted, if it has one. */
  mountPoint: string | undefined;
}

const SERVERS = ["config", `${PROJECT_NAME}:servers`] as const;

interface ServerNode {
  host?: string;
  bootVolume?: { name?: string };
  dataVolumes?: Record<string, unknown>;
  guest?: { mountPoints?: string[] };
}

/**
 * Reads a stack's file.
 *
 * @throws Error if it is no YAML or declares no servers with hosts.
 */
export function readStackFile(text: string): Declared {
  const document = parse(text);
  const { config = {} } = document.toJS() as { config?: Record<string, unknown> };
  const zones = (config[`${PROJECT_NAME}:zones`] ?? {}) as Record<string, string[]>;
  const servers = Object.entries((config[`${PROJECT_NAME}:servers`] ?? {}) as Record<string, ServerNode>);
  return {
    zones,
    servers: servers.map(([name, { host, bootVolume, dataVolumes = {}, guest }]) => {
      if (host === undefined) throw new Error(`server ${name} has no host in the stack's file`);
      return {
        name,
        host,
        volumes: [bootVolume?.name ?? `${name}-boot`, ...Object.keys(dataVolumes).sort()],
        mountPoint: Object.keys(dataVolumes).length > 0 ? guest?.mountPoints?.[0] : undefined,
      };
    }),
  };
}

/**
 * Puts every server's `host` to another value. Nothing else of the text changes: no comment, no space.
 *
 * @example setHosts(await readFile("Pulumi.dev.yaml", "utf8"), "node-31")
 */
export function setHosts(text: string, host: string): string {
  const document = parse(text);
  const places = readStackFile(text).servers.map(({ name }) => {
    const node = document.getIn([...SERVERS, name, "host"], true);
    if (!isScalar(node) || !node.range) throw new Error(`server ${name}: its host is no plain value`);
    return node.range;
  });
  // From the end, so that the places before stay true.
  return places
    .sort(([a], [b]) => b - a)
    .reduce((result, [start, end]) => result.slice(0, start) + yamlLine(host) + result.slice(end), text);
}

function parse(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document;
}
