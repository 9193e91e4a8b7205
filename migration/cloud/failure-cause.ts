import type { InstanceActionEvent } from "../../openstack/compute/server-migration.ts";

/** What the conductor says of whatever went wrong before the move began. */
export const MASKED = /^No valid host/;

/**
 * Why a migration failed, from its action's events. The conductor masks the cause with "No valid host"; the event of the
 * check that failed has it (nova/conductor/tasks/live_migrate.py:540-583 at 33.0.2). The conductor's own event begins
 * before those of the computes, and ends after them. Pure.
 *
 * @returns null where no event tells one
 */
export function causeOf(events: readonly InstanceActionEvent[]): string | null {
  const conductors = ({ event }: InstanceActionEvent) => (event.startsWith("conductor_") ? 1 : 0);
  const failed = events
    .filter(({ result, details }) => result === "Error" && details !== undefined && details !== "")
    .sort((a, b) => conductors(a) - conductors(b) || a.startTime.localeCompare(b.startTime));
  // What Nova itself did not expect comes with its traceback, which is for its log.
  return failed[0]?.details?.split(/\n\s*Traceback /)[0]?.trim() ?? null;
}
