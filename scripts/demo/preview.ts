/** The part of `pulumi preview --json` that is judged. */
export interface Preview {
  steps?: Step[];
}

interface Step {
  op: string;
  urn: string;
  newState?: { type: string };
  oldState?: { type: string };
}

const COMMAND = "command:local:Command";
const COMPONENTS = "openstack-live-migration:index:";

/**
 * Everything in a preview that a move must not do, and every server without a move; empty if it updates the migrations of
 * `servers` (and components that show it) and nothing else.
 *
 * @example unexpectedSteps(preview, ["admin_vm01"]) // ["replace of openstack:compute/instance:Instance admin_vm01"]
 */
export function unexpectedSteps({ steps = [] }: Preview, servers: readonly string[]): string[] {
  const changes = steps.filter(({ op }) => op !== "same" && op !== "read").map(describe);
  const unexpected = changes.filter(
    ({ op, type }) => op !== "update" || !(type === COMMAND || type.startsWith(COMPONENTS)),
  );
  const moved = new Set(changes.filter(({ type }) => type === COMMAND).map(({ name }) => name));
  return [
    ...unexpected.map(({ op, type, name }) => `${op} of ${type} ${name}`),
    ...servers.filter((name) => !moved.has(name)).map((name) => `no update of the migration of ${name}`),
  ];
}

function describe({ op, urn, newState, oldState }: Step): { op: string; type: string; name: string } {
  const [chain = "", name = ""] = urn.split("::").slice(2);
  return { op, type: newState?.type ?? oldState?.type ?? chain.split("$").at(-1) ?? "", name };
}
