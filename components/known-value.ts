import type * as pulumi from "@pulumi/pulumi";

/** The part of an output that says whether a preview knows it, and where it comes from; it is there in every Pulumi 3, but not in its types. */
interface Inner<T> {
  isKnown: Promise<boolean>;
  promise(): Promise<T>;
  allResources(): Promise<Set<pulumi.Resource>>;
}

/** An output's value as soon as there is one; undefined: only `up` will know it, or what it depends on failed. */
export async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const inner = output as unknown as Inner<T>;
  try {
    return (await inner.isKnown) ? await inner.promise() : undefined;
  } catch {
    // Pulumi itself reports what failed.
    return undefined;
  }
}

/** The resources of this program that an output comes from; none if what it depends on failed. */
export async function resourcesBehind(output: pulumi.Output<unknown>): Promise<pulumi.Resource[]> {
  const inner = output as unknown as Inner<unknown>;
  return [...(await inner.allResources().catch(() => []))];
}
