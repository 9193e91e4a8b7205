/** What an `Instance` of the program's own lacks, so that Pulumi would replace the server that was moved. Pure. */

/** Properties that place a server, and that the provider can only change by replacing it. */
export const PLACING = ["availabilityZone", "availabilityZoneHints"] as const;
export type Placing = (typeof PLACING)[number];

/** An `Instance` beside a `LiveMigration`. */
export interface OwnInstance {
  /** Name of the resource. */
  name: string;
  /** What the program declares; a property that only `up` will know is absent, null: not declared. */
  declared: Partial<Record<Placing, string | null>>;
  /** Whether its `ignoreChanges` name a property. */
  ignores: (property: Placing) => boolean;
  /** Its outputs in the stack's state; undefined: it is not in the state. */
  last: Readonly<Record<string, unknown>> | undefined;
  /** Whether this preview replaces it: Pulumi then does not know its id, although the state has one. */
  replaced: boolean;
  /** The zone that its server is in after this run; undefined: not known. */
  zone: string | undefined;
}

/** Warnings about an `Instance`; none while nothing replaces it. */
export function missingIgnores(own: OwnInstance): string[] {
  const { name, declared, ignores, last, replaced, zone } = own;
  if (replaced) {
    const changed = PLACING.filter((property) => !ignores(property) && isChanged(property, declared, last));
    if (changed.length === 0) return [];
    const changes = changed.map((one) => `${one} ${quoted(last?.[one])} => ${quoted(declared[one])}`).join(", ");
    const problem = `\`pulumi up\` would replace the server: Instance ${name} changes ${changes}`;
    return [`${problem}, which the provider cannot change in place. Fix: ${fix(changed)}`];
  }
  const { availabilityZone } = declared;
  if (typeof availabilityZone !== "string" || ignores("availabilityZone")) return [];
  if (zone === undefined || zoneOf(availabilityZone) === zone) return [];
  const problem =
    `Instance ${name} declares availabilityZone ${quoted(availabilityZone)}, and the server is in ${zone} after this ` +
    "run: after the next `pulumi refresh`, `pulumi up` would replace the server";
  return [`${problem}. Fix: ${fix(["availabilityZone"])}`];
}

const fix = (properties: readonly Placing[]) =>
  `ignoreChanges: ${JSON.stringify(properties)} in the options of the Instance; LiveMigration moves the server`;

function isChanged(property: Placing, declared: OwnInstance["declared"], last: OwnInstance["last"]): boolean {
  const value = declared[property];
  const had = last?.[property] ?? null;
  if (value === undefined) return false;
  // The provider fills in a zone that is not declared, and compares only the zone of "zone:host".
  if (property === "availabilityZone") return value !== null && value !== had && zoneOf(value) !== had;
  return value !== had;
}

/** @example zoneOf("nova:node-28") // "nova" */
const zoneOf = (availabilityZone: string) => availabilityZone.split(":", 1)[0] ?? "";

const quoted = (value: unknown) => (typeof value === "string" ? JSON.stringify(value) : "(nothing)");
