import { describe, expect, it } from "vitest";
import { causeOf, MASKED } from "../../../../migration/cloud/failure-cause.ts";
import type { InstanceActionEvent } from "../../../../openstack/compute/server-migration.ts";

/** Events of a failed action, in the order in which they began. */
const events = (...failed: [event: string, details: string | undefined][]) =>
  failed.map(([event, details], n) => ({
    event,
    startTime: `2026-01-01T00:00:0${n}.000000Z`,
    result: "Error",
    ...(details !== undefined && { details }),
  })) as InstanceActionEvent[];

const CONDUCTOR = "conductor_live_migrate_instance";
const CHECK = "compute_check_can_live_migrate_destination";
const TRACEBACK = 'Traceback (most recent call last):\n  File "manager.py", line 1, in live\n    raise e\n';

describe("the cause of a failed migration", () => {
  it.each<[what: string, events: InstanceActionEvent[], cause: string | null]>([
    ["no event at all", [], null],
    ["no details", events([CONDUCTOR, undefined]), null],
    ["empty details", events([CONDUCTOR, ""], [CHECK, " \n"]), null],
    [
      "blank details of the check, and the conductor's mask",
      events([CONDUCTOR, "No valid host"], [CHECK, " "]),
      "No valid host",
    ],
    [
      "a bare word of the check, and what the conductor says",
      events([CONDUCTOR, "Disk is gone"], [CHECK, "Error"]),
      "Disk is gone",
    ],
    ["a bare word alone", events([CHECK, "error"]), "error"],
    [
      "the cause behind the mask",
      events([CONDUCTOR, "No valid host was found."], [CHECK, "CPU differs"]),
      "CPU differs",
    ],
    ["text before a traceback", events([CHECK, `Lost it.\n${TRACEBACK}ValueError: x`]), "Lost it."],
    [
      "a traceback alone",
      events([CHECK, `${TRACEBACK}nova.exception.Invalid: bad disk`]),
      "nova.exception.Invalid: bad disk",
    ],
    ["a traceback that was cut off", events([CHECK, TRACEBACK]), null],
    ["a word that begins with Traceback", events([CHECK, "Tracebacks are off"]), "Tracebacks are off"],
  ])("is found in %s", (_, given, cause) => {
    expect(causeOf(given)).toBe(cause);
  });

  it.each([
    "No valid host was found.",
    "error",
    "Error.",
    "None",
    "Unknown error",
    "An unexpected error occurred.",
    "failed",
  ])("is looked for further where Nova only says %s", (text) => {
    expect(MASKED.test(text)).toBe(true);
  });

  it.each(["Error: disk is full", "Unexpected vif_type=binding_failed", "none of the disks is shared", "exceptional"])(
    "is not looked for further where Nova says %s",
    (text) => {
      expect(MASKED.test(text)).toBe(false);
    },
  );
});
