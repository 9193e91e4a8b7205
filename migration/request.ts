import * as z from "zod";

/** What to do with a server whose create request (or volume, or unshelve) pinned its availability zone. */
export const AZ_PIN_POLICIES = ["refuse", "unpin", "force"] as const;
export type AzPinPolicy = (typeof AZ_PIN_POLICIES)[number];

/** What to do when the deadline passes, or memory stops shrinking, while Nova still migrates. */
export const TIMEOUT_POLICIES = ["fail", "abort", "force-complete"] as const;
export type TimeoutPolicy = (typeof TIMEOUT_POLICIES)[number];

/** How the guest is probed through the move, to measure its downtime. */
export const PROBES = ["ping", "tcp", "none"] as const;

const text = () => z.string().min(1, "must not be empty");
const seconds = () => z.number("must be a number of seconds").positive("must be above 0");

/**
 * What to look at inside the guest, over ssh with a key: boot id, `lsblk`, `df` of `mountPoints`, checksums.
 * Everything is optional but the user; what is left out is not looked at.
 */
export const GuestCheckSchema = z.strictObject({
  /** The user to log in as. @example "root" */
  user: text(),
  /** An address of the guest that this machine reaches. @default the server's first floating, else fixed IPv4 address */
  address: text().optional(),
  /** @default 22 */
  port: z.int().min(1).max(65535).default(22),
  /** Path of the private key file. @default what ssh itself would use (agent, ~/.ssh) */
  identityFile: text().optional(),
  /**
   * Path of a known_hosts file that holds the guest's key. Without it the guest's key is trusted at the first
   * connection of a run and must be the same in all others of that run.
   */
  knownHostsFile: text().optional(),
  /** Mount points whose `df` must be the same after the move. @example ["/mnt/vol01"] */
  mountPoints: z.array(z.string().startsWith("/")).default([]),
  /** Files whose SHA-256 must be the same after the move (read whole: keep them small). */
  files: z.array(z.string().startsWith("/")).default([]),
  /** How downtime is measured. `tcp` probes `port`. @default "ping" */
  probe: z.enum(PROBES).default("ping"),
  /** How long a guest that does not answer yet (just created) is waited for, in seconds. @default 120 */
  waitSeconds: z.number().min(0).max(3600).default(120),
});
export type GuestCheck = z.output<typeof GuestCheckSchema>;
/** {@link GuestCheck} as users write it: everything with a default may be left out. */
export type GuestCheckInput = z.input<typeof GuestCheckSchema>;

/**
 * One wish: this server shall run there. Exactly one of `host` and `zone` is given.
 *
 * @example { server: "9c0b…", host: "node-31", volumeIds: ["1f…", "77…"] }
 */
export const MigrationRequestSchema = z
  .strictObject({
    /** Server id, or a name that only one server has. */
    server: text(),
    /** The nova-compute host to run on (`OS-EXT-SRV-ATTR:host`, not the hypervisor's host name). */
    host: text().optional(),
    /** An availability zone: the engine chooses the best host in it, and stays with it on re-runs. */
    zone: text().optional(),
    /** An entry of clouds.yaml. @default OS_CLOUD, else as the `openstack` client chooses */
    cloud: text().optional(),
    /** @default the cloud's own */
    region: text().optional(),
    /** Cinder ids of every volume that must be attached, before and after. Absent: those found before the move. */
    volumeIds: z.array(text()).optional(),
    /** @default "refuse" */
    azPin: z.enum(AZ_PIN_POLICIES).default("refuse"),
    /** @default "fail" */
    onTimeout: z.enum(TIMEOUT_POLICIES).default("fail"),
    /** Deadline of the move itself, in seconds. @default 800 per GiB of RAM, at least 1600, plus time spent queued */
    timeoutSeconds: seconds().optional(),
    /** No memory progress for so long counts as a stall, in seconds. @default 300 */
    stallSeconds: seconds().default(300),
    /** Look into the guest too. Absent: every guest check is reported as not checked. */
    guest: GuestCheckSchema.optional(),
  })
  .refine((request) => (request.host === undefined) !== (request.zone === undefined), {
    path: ["host"],
    message: "give exactly one of host and zone",
    // Also beside other problems, so that all of them are told at once.
    when: ({ value }) => typeof value === "object" && value !== null,
  });
export type MigrationRequest = z.output<typeof MigrationRequestSchema>;
/** {@link MigrationRequest} as users write it: everything with a default may be left out. */
export type MigrationRequestInput = z.input<typeof MigrationRequestSchema>;
