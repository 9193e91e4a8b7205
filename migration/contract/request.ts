import * as z from "zod/mini";
import { shapeOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

const { onDrift, kind, ...rest } = SETTINGS;
/** The settings that the engine knows; the program alone decides about drift, and about kinds. */
export const REQUEST_SETTINGS = rest;

/**
 * One request: this server shall run there. Exactly one of `host` and `zone` is given.
 *
 * @example { server: "9c0b…", host: "node-31", volumeIds: ["1f…", "77…"] }
 */
export const MigrationRequestSchema = z.strictObject(shapeOf(REQUEST_SETTINGS)).check(
  z.refine((request) => (request.host === undefined) !== (request.zone === undefined), {
    path: ["host"],
    message: "give exactly one of host and zone",
    // Also beside other problems, so that all of them are reported at once.
    when: ({ value }) => typeof value === "object" && value !== null,
  }),
);
/** A request with every default applied. */
export type MigrationRequest = z.output<typeof MigrationRequestSchema>;
/** {@link MigrationRequest} as users write it: everything with a default may be left out. */
export type MigrationRequestInput = z.input<typeof MigrationRequestSchema>;
