import type { MigrationRequestInput } from "../../../migration/contract/request.ts";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import { decideCold } from "../../../migration/engine/cold/confirm-or-revert.ts";
import { DEFAULT_COLD_SCRIPT, type ColdScript } from "./cold-model.ts";
import { hostsWith, request } from "./samples.ts";
import { scenarios } from "./staged-run.ts";

/** A Nova with a cold migration to come, of a server that runs or is shut off. */
export function coldStage(script: Partial<ColdScript> = {}, runs = true, interruptAfter?: number) {
  const staged = scenarios({}, interruptAfter);
  const { nova, context } = staged;
  nova.cold.script = { ...DEFAULT_COLD_SCRIPT, ...script };
  if (!runs) nova.state = { ...nova.state, status: "SHUTOFF", vmState: "stopped", running: false };
  return {
    ...staged,
    /** `live-migrate run --cold`. */
    goCold: (over: Partial<MigrationRequestInput> = {}) => staged.go({ cold: true, ...over }),
    /** `live-migrate confirm` or `revert`. */
    decide: (what: "confirm" | "revert") => decideCold(what, request({ host: "unknown" }), context),
    /** nova-compute of a host does not report from now on. */
    down: (host: string) => {
      nova.adjust = (facts) => ({ ...facts, hosts: hostsWith(host, { up: false }) });
    },
  };
}

export const failedChecks = ({ checks }: Pick<MigrationRecord, "checks">) =>
  checks.filter(({ outcome }) => outcome === "failed").map(({ check }) => check);
