import en from "zod/v4/locales/en.js";
import * as z from "zod/mini";

/** What to do with a server whose create request (or volume, or unshelve) pinned its availability zone. */
export const AZ_PIN_POLICIES = ["refuse", "unpin", "force"] as const;
export type AzPinPolicy = (typeof AZ_PIN_POLICIES)[number];

/** What to do when the deadline passes, or memory stops shrinking, while Nova still migrates. */
export const TIMEOUT_POLICIES = ["fail", "abort", "force-complete"] as const;
export type TimeoutPolicy = (typeof TIMEOUT_POLICIES)[number];

/** How the guest is probed through the move, to measure its downtime. */
export const PROBES = ["ping", "tcp", "none"] as const;

// Of zod its small half, which brings no messages of its own: all of it would take a sixth of the command's start.
z.config(en());

const text = () => z.string().check(z.minLength(1, "must not be empty"));
const seconds = () => z.number("must be a number of seconds").check(z.positive("must be above 0"));
const paths = () => z._default(z.array(z.string().check(z.startsWith("/"))), []);

/**
 * What to look at inside the guest, over ssh with a key: boot id, `lsblk`, `df` of `mountPoints`, checksums.
 * Everything is optional but the user; what is left out is not looked at.
 */
export const GuestCheckSchema = z.strictObject({
  /** The user to log in as. @example "root" */
  user: text(),
  /** An address of the guest that this machine reaches. @default the server's first floating, else fixed IPv4 address */
  address: z.optional(text()),
  /** @default 22 */
  port: z._default(z.int().check(z.minimum(1), z.maximum(65535)), 22),
  /** Path of the private key file. @default what ssh itself would use (agent, ~/.ssh) */
  identityFile: z.optional(text()),
  /**
   * Path of a known_hosts file that holds the guest's key. Without it the guest's key is trusted at the first
   * connection of a run and must be the same in all others of that run.
   */
  knownHostsFile: z.optional(text()),
  /** Mount points whose `df` must be the same after the move. @example ["/mnt/vol01"] */
  mountPoints: paths(),
  /** Files whose SHA-256 must be the same after the move (read whole: keep them small). */
  files: paths(),
  /** How downtime is measured. `tcp` probes `port`. @default "ping" */
  probe: z._default(z.enum(PROBES), "ping"),
  /** How long a guest that does not answer yet (just created) is waited for, in seconds. @default 120 */
  waitSeconds: z._default(z.number().check(z.minimum(0), z.maximum(3600)), 120),
});
export type GuestCheck = z.output<typeof GuestCheckSchema>;
/** {@link GuestCheck} as users write it: everything with a default may be left out. */
export type GuestCheckInput = z.input<typeof GuestCheckSchema>;

/**
 * One changes: this server shall run there. Exactly one of `host` and `zone` is given.
 *
 * @example { server: "9c0b…", host: "node-31", volumeIds: ["1f…", "77…"] }
 */
export const MigrationRequestSchema = z
  .strictObject({
    /** Server id, or a name that only one server has. */
    server: text(),
    /** The nova-compute host to run on (`OS-EXT-SRV-ATTR:host`, not the hypervisor's host name). */
    host: z.optional(text()),
    /** An availability zone: the engine chooses the best host in it, and stays with it on re-runs. */
    zone: z.optional(text()),
    /** An entry of clouds.yaml. @default OS_CLOUD, else as the `openstack` client chooses */
    cloud: z.optional(text()),
    /** @default the cloud's own */
    region: z.optional(text()),
    /** Cinder ids of every volume that must be attached, before and after. Absent: those found before the move. */
    volumeIds: z.optional(z.array(text())),
    /** @default "refuse" */
    azPin: z._default(z.enum(AZ_PIN_POLICIES), "refuse"),
    /**
     * Whoever created the server did not pin its zone. Counts where the cloud cannot report a pin (compute API below 2.96):
     * no warning then. @default false
     */
    createdUnpinned: z.optional(z.boolean()),
    /** @default "fail" */
    onTimeout: z._default(z.enum(TIMEOUT_POLICIES), "fail"),
    /** Deadline of the move itself, in seconds. @default 800 per GiB of RAM, at least 1600, plus time spent queued */
    timeoutSeconds: z.optional(seconds()),
    /** No memory progress for so long counts as a stall, in seconds. @default 300 */
    stallSeconds: z._default(seconds(), 300),
    /** Look into the guest too. Absent: every guest check is reported as not checked. */
    guest: z.optional(GuestCheckSchema),
  })
  .check(
    z.refine((request) => (request.host === undefined) !== (request.zone === undefined), {
      path: ["host"],
      message: "give exactly one of host and zone",
      // Also beside other problems, so that all of them are told at once.
      when: ({ value }) => typeof value === "object" && value !== null,
    }),
  );
export type MigrationRequest = z.output<typeof MigrationRequestSchema>;
/** {@link MigrationRequest} as users write it: everything with a default may be left out. */
export type MigrationRequestInput = z.input<typeof MigrationRequestSchema>;
