import type { MigrationRequestInput } from "../../../migration/contract/request.ts";
import { run } from "../../../migration/engine/run.ts";
import { FakeClock } from "./fake-clock.ts";
import { NovaModel } from "./nova-model.ts";
import type { MigrationScript } from "./migration-script.ts";
import { contextOf } from "./run-context.ts";
import { request } from "./samples.ts";

export const METHOD = { kind: "validated", microversion: "2.96" } as const;

/** A Nova with a script, and a run of it in a fake time, interrupted after so many milliseconds. */
export function scenarios(script: Partial<MigrationScript> = {}, interruptAfter?: number, abortAsked = false) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, script);
  const interrupt = new AbortController();
  if (interruptAfter !== undefined) {
    clock.after(interruptAfter, () => {
      interrupt.abort();
    });
  }
  const context = contextOf(nova, clock, {
    interrupted: interrupt.signal,
    abortAsked: () => Promise.resolve(abortAsked),
  });
  return { clock, nova, context, go: (wish: Partial<MigrationRequestInput> = {}) => run(request(wish), context) };
}
