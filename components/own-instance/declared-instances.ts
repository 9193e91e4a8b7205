import * as pulumi from "@pulumi/pulumi";
import { knownValue, resourcesBehind } from "../known-value.ts";
import { INSTANCE } from "../state/live-server.ts";
import { readStackResources } from "../state/stack-state.ts";
import { missingIgnores, PLACING, type OwnInstance, type Placing } from "./missing-ignores.ts";

/** An `Instance` as the program declared it. */
interface Declaration {
  name: string;
  props: Readonly<Partial<Record<Placing, pulumi.Input<string>>>>;
  ignoreChanges: readonly string[];
}

/** Options are not among a resource's properties: they are noted when it is declared. */
const declarations = new WeakMap<pulumi.Resource, Declaration>();

/**
 * Notes how an `Instance` is declared, and changes nothing. One whose options others may still change is left out:
 * whether something is missing in them is not known.
 */
export const noteInstance: pulumi.ResourceTransformation = ({ resource, type, name, props, opts }) => {
  const { id, ignoreChanges = [], transforms = [] } = opts as pulumi.CustomResourceOptions;
  if (type !== INSTANCE || id !== undefined || transforms.length > 0) return undefined;
  // It is there in every Pulumi 3, but not in its types.
  const { __transformations: all = [] } = resource as { __transformations?: pulumi.ResourceTransformation[] };
  if (all.at(-1) !== noteInstance) return undefined;
  declarations.set(resource, { name, props, ignoreChanges });
  return undefined;
};

/**
 * Notes all `Instance`s of this program from now on. A program imports its components before it declares anything; one
 * that has its own way (Pulumi's Automation API) has no stack yet, and nothing is noted.
 */
function noteInstances(): void {
  if (pulumi.runtime.getStackResource()) pulumi.runtime.registerStackTransformation(noteInstance);
}
noteInstances();

/**
 * Warnings about the program's own `Instance` behind a server's id; none for an id that comes from elsewhere.
 *
 * @param zone that the server is in after this run; undefined: not known
 */
export async function ownInstanceWarnings(
  serverId: pulumi.Input<string>,
  zone: string | undefined,
  { dryRun = pulumi.runtime.isDryRun() } = {},
): Promise<string[]> {
  const behind = await resourcesBehind(pulumi.output(serverId));
  const [own, another] = behind.flatMap((resource) => {
    const declaration = declarations.get(resource);
    return declaration && pulumi.CustomResource.isInstance(resource) ? [{ resource, declaration }] : [];
  });
  if (own === undefined || another !== undefined) return [];
  const { resource, declaration } = own;
  const [declared, last, id] = await Promise.all([
    knownProperties(declaration),
    lastOutputs(resource),
    knownValue(resource.id),
  ]);
  const ignores = (property: Placing) => ["*", property].some((name) => declaration.ignoreChanges.includes(name));
  const replaced = dryRun && last !== undefined && id === undefined;
  const found = missingIgnores({ name: declaration.name, declared, ignores, last, replaced, zone });
  // That the server is replaced, Pulumi has decided already.
  return found.length > 0 && !replaced && hasTransforms() ? [] : found;
}

/**
 * Whether the program has transforms, which Pulumi runs after everything here: one of the stack may add what seems to be
 * missing. Pulumi does not say what they are for, and has no public list of them.
 */
function hasTransforms(): boolean {
  const { _callbacks: all } = (pulumi.runtime.getCallbacks() ?? {}) as { _callbacks?: ReadonlyMap<string, unknown> };
  return (all?.size ?? 0) > 0;
}

async function knownProperties({ props }: Declaration): Promise<OwnInstance["declared"]> {
  const entries = PLACING.map(async (property) => {
    const input = props[property];
    return [property, input === undefined ? null : await knownValue(pulumi.output(input))] as const;
  });
  return Object.fromEntries((await Promise.all(entries)).filter(([, value]) => value !== undefined));
}

/** What the stack's state has of a resource. Without the state there is nothing to warn about. */
async function lastOutputs(resource: pulumi.Resource): Promise<OwnInstance["last"]> {
  const [urn, resources] = await Promise.all([knownValue(resource.urn), readStackResources().catch(() => undefined)]);
  return resources?.[urn ?? ""]?.outputs;
}
