/** What `npm run new-stack` is asked for. Pure. */
import type { Problem } from "../../openstack/problems.ts";

/** The requested stack. */
export interface RequestedStack {
  /** The stack's name without its organization. */
  stack: string;
  cloud: string | undefined;
  region: string | undefined;
  /** Zones for the stack to make: name → hosts. */
  zones: Record<string, string[]>;
  flavor: string | undefined;
  networks: string[];
  image: string | undefined;
}

/** The command's arguments as they were written. */
export interface Arguments {
  names: readonly string[];
  cloud?: string | undefined;
  region?: string | undefined;
  zone?: readonly string[] | undefined;
  flavor?: string | undefined;
  network?: readonly string[] | undefined;
  image?: string | undefined;
}

/** Pulumi's own rule for names of stacks: STACK, ORGANIZATION/STACK or ORGANIZATION/PROJECT/STACK. */
const STACK_NAME = /^(?:(?!\.+\/)[A-Za-z0-9_.-]+\/){0,2}[A-Za-z0-9_.-]{1,100}$/;

/** @returns the request, or every problem of the arguments */
export function readRequestedStack(given: Arguments): { problems: Problem[] } | RequestedStack {
  const problems: Problem[] = [];
  const [name, ...more] = given.names;
  const stack = name?.split("/").at(-1) ?? "";
  if (name === undefined || more.length > 0) {
    const [problem, fix] =
      name === undefined
        ? ["missing", "name the new stack: `npm run new-stack -- staging`"]
        : ["more than one name", "make one stack at a time"];
    problems.push({ path: "NAME", value: name && given.names.join(" "), problem, fix });
  } else if (!STACK_NAME.test(name)) {
    const fix = "use 1 to 100 letters, digits, `_`, `-` and `.`";
    problems.push({ path: "NAME", value: name, problem: "not a name that Pulumi accepts for a stack", fix });
  }
  const zones = readZones(given.zone ?? [], problems);
  if (problems.length > 0) return { problems };
  const { cloud, region, flavor, network = [], image } = given;
  return { stack, cloud, region, zones, flavor, networks: [...network], image };
}

function readZones(given: readonly string[], problems: Problem[]): RequestedStack["zones"] {
  const zones = new Map<string, string[]>();
  for (const text of given) {
    const [zone = "", list, ...rest] = text.split("=");
    const hosts = list?.split(",") ?? [];
    const [problem, fix] =
      zone === "" || hosts.length === 0 || hosts.includes("") || rest.length > 0
        ? ["not a zone with its hosts", "write it as NAME=HOST,HOST"]
        : zones.has(zone)
          ? ["this zone was given before", "give all of its hosts at once"]
          : [];
    if (problem === undefined || fix === undefined) zones.set(zone, hosts);
    else problems.push({ path: "--zone", value: text, problem, fix });
  }
  // A name such as __proto__ stays an entry: the check of the file refuses it.
  return Object.fromEntries(zones);
}
