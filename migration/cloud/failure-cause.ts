import type { InstanceActionEvent } from "../../openstack/compute/server-migration.ts";

/**
 * Text that gives no cause: the conductor's for any failure before the move began, or a bare word such as "error".
 */
export const MASKED =
  /^(No valid host|((an?|unknown|unexpected) )*(error|exception|failure|failed|none|unknown)( occurred)?[.!]*$)/i;

/**
 * Why a migration failed, from its action's events. The conductor masks the cause with "No valid host"; the event of the
 * check that failed has it (nova/conductor/tasks/live_migrate.py:540-583 at 33.0.2). The conductor's own event begins
 * before those of the computes, and ends after them. Pure.
 *
 * @returns null if no event has one
 */
export function causeOf(events: readonly InstanceActionEvent[]): string | null {
  const conductors = ({ event }: InstanceActionEvent) => (event.startsWith("conductor_") ? 1 : 0);
  const causes = events
    .filter(({ result }) => result === "Error")
    .sort((a, b) => conductors(a) - conductors(b) || a.startTime.localeCompare(b.startTime))
    .map(({ details = "" }) => withoutTraceback(details))
    .filter((cause) => cause !== "");
  return causes.find((cause) => !MASKED.test(cause)) ?? causes[0] ?? null;
}

/** An exception that Nova did not expect comes with its traceback. @returns the text before it, else the exception. */
function withoutTraceback(details: string): string {
  const [text = ""] = details.split(/^\s*Traceback /m);
  if (text.trim() !== "") return text.trim();
  return (
    details
      .split("\n")
      .findLast((line) => /^\S/.test(line) && !line.startsWith("Traceback "))
      ?.trim() ?? ""
  );
}
