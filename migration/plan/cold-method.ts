import type { Finding } from "../contract/record.ts";
import type { Method } from "../cloud/cloud-api.ts";
import { chooseMethod, type MethodInputs } from "./zone-pin.ts";

/** Nothing bypasses the scheduler in a cold migration. */
const FIXES: Readonly<Record<string, string>> = {
  pinned:
    "azPin: unpin (compute API 2.104 or newer: unpins, moves, pins to the new zone); nothing forces a cold migration past the scheduler. Older clouds: shelve and unshelve it without a zone",
  "unpin-impossible": "shelve and unshelve it without a zone: nothing forces a cold migration past the scheduler",
  "pin-unknown": "nothing is lost if so: the server stays where it is; then shelve and unshelve it without a zone",
};

/**
 * {@link chooseMethod} for a cold migration, which always goes through the scheduler: a pinned zone stops it unless the
 * server is unpinned. Pure.
 */
export function chooseColdMethod(inputs: MethodInputs): { method: Method | undefined; findings: Finding[] } {
  const { method, findings } = chooseMethod({
    ...inputs,
    policy: inputs.policy === "force" ? "refuse" : inputs.policy,
  });
  return { method, findings: findings.map((found) => ({ ...found, fix: FIXES[found.code] ?? found.fix })) };
}

/** One line for the record. */
export const describeColdMethod = (method: Method): string =>
  `cold, compute ${method.microversion}${method.kind === "unpin" ? `, unpinned from ${method.from}` : ""}, host validated by the scheduler`;
