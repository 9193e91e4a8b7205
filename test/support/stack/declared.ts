import * as pulumi from "@pulumi/pulumi";

/** A resource as a program declared it. */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: string[];
  dependsOn: string[];
  /** URN and id of a provider of the program's own; none: the default one. */
  provider: string | undefined;
}

/** What the cloud answers, by resource type: outputs besides the inputs. A type that is not here is unknown. */
type Answers = Record<string, (inputs: Record<string, unknown>, name: string) => Record<string, unknown>>;

const COMPONENTS = /^openstack-live-migration:index:/;

/**
 * Runs `program` against mocks that throw on every resource type and function that `answers` and `calls` do not name.
 * Its components must pass the options on that `program` is given: through them the children's options are seen.
 *
 * @returns what it declared, components included, once everything has settled
 */
export async function declare<T>(
  program: (opts: pulumi.ComponentResourceOptions) => T,
  answers: Answers,
  calls: Record<string, (args: Record<string, unknown>) => Record<string, unknown>> = {},
): Promise<{ resources: Declared[]; value: T }> {
  const resources = new Map<string, Declared>();
  const options = new Map<string, pulumi.CustomResourceOptions>();
  const unknown: string[] = [];

  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, provider }) {
        const given = inputs as Record<string, unknown>;
        const answer = COMPONENTS.test(type) ? () => ({}) : answers[type];
        if (answer === undefined) unknown.push(`resource ${type} ${name}`);
        resources.set(`${type} ${name}`, {
          type,
          name,
          inputs: given,
          protect: false,
          retainOnDelete: false,
          ignoreChanges: [],
          dependsOn: [],
          provider: provider === "" ? undefined : provider,
        });
        return { id: `id-of-${name}`, state: { ...given, ...answer?.(given, name) } };
      },
      call({ token, inputs }) {
        // No stack, no state.
        if (token === "pulumi:pulumi:readStackResourceOutputs" && !calls[token]) return { outputs: {} };
        const answer = calls[token];
        if (answer === undefined) unknown.push(`function ${token}`);
        return answer?.(inputs as Record<string, unknown>) ?? {};
      },
    },
    "openstack-live-migration",
    "test",
    false,
    "organization",
  );
  const watch: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    options.set(`${type} ${name}`, opts);
    return undefined;
  };
  const value = program({ transformations: [watch] });
  await pulumi.runtime.disconnect();
  if (unknown.length > 0) throw new Error(`not mocked: ${unknown.join(", ")}`);

  for (const [key, resource] of resources) {
    const { protect, retainOnDelete, ignoreChanges, dependsOn } = options.get(key) ?? {};
    resource.protect = protect ?? false;
    resource.retainOnDelete = retainOnDelete ?? false;
    resource.ignoreChanges = ignoreChanges ?? [];
    resource.dependsOn = Array.isArray(dependsOn) ? dependsOn.map(nameOf) : [];
  }
  return { resources: [...resources.values()], value };
}

/** The value of an output that has one. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    pulumi.output(output).apply(resolve);
  });
}

function nameOf(resource: unknown): string {
  return pulumi.Resource.isInstance(resource) ? ((resource as { __name?: string }).__name ?? "") : "";
}
