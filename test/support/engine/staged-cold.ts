import type { MigrationRequestInput } from "../../../migration/contract/request.ts";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import { decideCold } from "../../../migration/engine/cold/confirm-or-revert.ts";
import { COLD_STORY, type ColdStory } from "./cold-model.ts";
import { hostsWith, request } from "./samples.ts";
import { stage } from "./staged-run.ts";

/** A Nova with a cold migration to come, of a server that runs or is shut off. */
export function coldStage(story: Partial<ColdStory> = {}, runs = true, interruptAfter?: number) {
  const staged = stage({}, interruptAfter);
  const { nova, context } = staged;
  nova.cold.story = { ...COLD_STORY, ...story };
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
