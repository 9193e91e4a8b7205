import type { CloudApi } from "../../../migration/cloud/cloud-api.ts";
import { Journal } from "../../../migration/engine/journal.ts";
import type { ProgressEvent } from "../../../migration/progress.ts";
import type { RunContext } from "../../../migration/engine/run-context.ts";
import type { FakeClock } from "./fake-clock.ts";
import { tempPath } from "../temp-folder.ts";

/** A journal in a folder of its own. */
export const tempJournal = (): Journal => new Journal({ XDG_STATE_HOME: tempPath("journal") });

/** A context that keeps what was told. */
export function contextOf(
  cloud: CloudApi,
  clock: FakeClock,
  over: Partial<RunContext> = {},
): RunContext & { told: ProgressEvent[] } {
  const told: ProgressEvent[] = [];
  return {
    cloud,
    clock,
    journal: tempJournal(),
    progress: (event) => void told.push(event),
    previous: null,
    interrupted: new AbortController().signal,
    abortAsked: () => Promise.resolve(false),
    told,
    ...over,
  };
}
