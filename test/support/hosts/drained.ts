import { expect } from "vitest";
import { DrainSchema } from "../../../migration/contract/drain.ts";
import { drain } from "../../../migration/hosts/drain.ts";
import type { DrainOptions } from "../../../migration/hosts/drain-options.ts";
import type { HostsContext } from "../../../migration/hosts/hosts-context.ts";
import { FakeClock } from "../engine/fake-clock.ts";
import { FleetModel } from "./fleet-model.ts";
import { OPTIONS } from "./fleet-samples.ts";

/** A service that this program has disabled. */
export const OURS = {
  enabled: false,
  disabledReason: "openstack-live-migration: maintenance since 2026-01-01T00:00:00Z, after migration 0: x",
};

/** Four hosts; the servers are on the first. */
export function fleet(servers = 3): FleetModel {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= servers; n += 1) model.add(n, "node-01");
  return model;
}

/** Drains the first host, and checks its document. `told`: what people read meanwhile. */
export async function runDrain(
  model: FleetModel,
  options: Partial<DrainOptions> = {},
  context: Partial<HostsContext> = {},
) {
  const { told, ...rest } = model.context(context);
  const document = await drain({ ...OPTIONS, ...options }, rest);
  expect(DrainSchema.safeParse(document).error).toBeUndefined();
  return { ...document, told };
}
type Drained = Awaited<ReturnType<typeof runDrain>>;

export const states = ({ hosts }: Drained): string[] => hosts.map(({ host, state }) => `${host} ${state}`);
/** Of the first host: its checks. */
export const outcomes = ({ hosts }: Drained): Record<string, string> =>
  Object.fromEntries(hosts[0]?.checks.map(({ check, outcome }) => [check, outcome]) ?? []);
