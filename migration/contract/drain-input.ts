import * as z from "zod/mini";
import { LEFT_OFF_POLICIES, NOT_MOVABLE_POLICIES } from "./maintenance-request.ts";
import { GuestCheckSchema } from "./settings.ts";

const name = () => z.string().check(z.minLength(1, "must not be empty"));
const names = () => z.array(name()).check(z.minLength(1, "name at least one"));
const count = (least: number) => z.int().check(z.minimum(least));
const notMovable = () => z.enum(NOT_MOVABLE_POLICIES);

/** What a program asks a drain for; each field is described in `DrainOptions`. */
export const DrainInputSchema = z.strictObject({
  hosts: names(),
  to: z._default(z.nullable(names()), null),
  toOtherZones: z._default(z.boolean(), false),
  toZone: z.exactOptional(z.nullable(name())),
  stopped: z._default(z.enum(LEFT_OFF_POLICIES), "cold"),
  notMovable: z._default(notMovable(), "refuse"),
  notMovableServers: z.exactOptional(z.record(z.string(), notMovable())),
  canary: z._default(count(0), 1),
  stopAfter: z._default(count(1), 1),
  parallel: z._default(count(1), 1),
  perTarget: z.exactOptional(count(1)),
  fillTo: z.exactOptional(z.number().check(z.minimum(1), z.maximum(100))),
  guest: z.exactOptional(GuestCheckSchema),
  reason: z._default(z.string(), ""),
});
/** What a drain is asked for; all that has a default may be left out. */
export type DrainInput = z.input<typeof DrainInputSchema>;

/** What a program asks a restore for; each field is described in `RestoreOptions`. */
export const RestoreInputSchema = z.strictObject({
  hosts: names(),
  return: z._default(z.boolean(), false),
  since: z._default(z.nullable(z.iso.datetime({ offset: true })), null),
  parallel: z._default(count(1), 1),
  perTarget: z.exactOptional(count(1)),
  notMovable: z.exactOptional(notMovable()),
  stopAfter: z._default(count(1), 1),
  readySeconds: z._default(count(1), 600),
  guest: z.exactOptional(GuestCheckSchema),
});
/** What a restore is asked for; all that has a default may be left out. */
export type RestoreInput = z.input<typeof RestoreInputSchema>;
