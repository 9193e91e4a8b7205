/**
 * Every setting of a migration, declared once. This table makes the request's schema, the options of `live-migrate`,
 * the command's environment in `LiveMigration`, the sections of the stack file, and docs/configuration.md.
 * A test holds the arguments of `LiveMigration` to it.
 */
import en from "zod/v4/locales/en.js";
import * as z from "zod/mini";
import { describeSetting, shapeOf, type Setting, type StackSection } from "./setting.ts";

// Of zod its small half, which brings no messages of its own: all of it would take a sixth of the command's start.
z.config(en());

/** What to do with a server whose create request (or volume, or unshelve) pinned its availability zone. */
export const AzPinPolicy = {
  Refuse: "refuse",
  Unpin: "unpin",
  Force: "force",
} as const;
export type AzPinPolicy = (typeof AzPinPolicy)[keyof typeof AzPinPolicy];

/** How a program lets a server be moved; the engine has `cold` instead. */
export const KindPolicy = {
  Auto: "auto",
  Live: "live",
  Cold: "cold",
} as const;
export type KindPolicy = (typeof KindPolicy)[keyof typeof KindPolicy];

/** What to do with a server that is shut off, and not where it should be. */
export const StoppedPolicy = {
  Refuse: "refuse",
  Cold: "cold",
} as const;
export type StoppedPolicy = (typeof StoppedPolicy)[keyof typeof StoppedPolicy];

/** What to do when the deadline passes, or memory stops shrinking, while Nova still migrates. */
export const TimeoutPolicy = {
  Fail: "fail",
  Abort: "abort",
  ForceComplete: "force-complete",
} as const;
export type TimeoutPolicy = (typeof TimeoutPolicy)[keyof typeof TimeoutPolicy];

/** What to do about a server that others moved off the place where it was declared and last verified. */
export const DriftPolicy = {
  Restore: "restore",
  Warn: "warn",
  Ignore: "ignore",
} as const;
export type DriftPolicy = (typeof DriftPolicy)[keyof typeof DriftPolicy];

/** How to measure the downtime of a guest; `tcp` does so over one connection of ssh, where ICMP does not pass. */
export const DowntimeProbe = {
  Ping: "ping",
  Tcp: "tcp",
  None: "none",
} as const;
export type DowntimeProbe = (typeof DowntimeProbe)[keyof typeof DowntimeProbe];

const text = () => z.string().check(z.minLength(1, "must not be empty"));
const name = () => text().check(z.maxLength(255));
const seconds = () => z.number("must be a number of seconds").check(z.positive("must be above 0"));
const paths = () => z.array(z.string().check(z.startsWith("/")));

/** What to check in the guest, over ssh with a key. Only `user` is required; what is left out is not checked. */
export const GUEST_SETTINGS = {
  user: {
    schema: text(),
    required: true,
    description: "user to log in as; required",
    fix: "name the user to log in as",
  },
  address: {
    schema: text(),
    defaultText: "the server's first floating, else fixed IPv4 address",
    description: "address of the guest that this machine reaches",
    fix: "an address of the guest that this machine reaches; or leave it out for the server's own",
  },
  port: {
    schema: z.int().check(z.minimum(1), z.maximum(65535)),
    default: 22,
    description: "port of ssh",
    fix: "the port of its ssh server, from 1 to 65535; or leave it out for 22",
  },
  identityFile: {
    schema: text(),
    defaultText: "what ssh itself would use (agent, ~/.ssh)",
    description: "private key file; in a stack file, relative to the program's directory",
    fix: "the path of a private key; or leave it out for what ssh itself would use",
  },
  knownHostsFile: {
    schema: text(),
    defaultText: "the guest's first key in a run is trusted, and must stay the same in that run",
    description: "file of known hosts that has the guest's key",
    fix: "the path of a known_hosts file; or leave it out to trust the first answer of a run",
  },
  mountPoints: {
    schema: paths(),
    default: [],
    description: "mount points whose `df` must be the same after the migration",
    fix: 'a list of absolute paths, such as ["/mnt/vol01"]; or leave it out',
  },
  files: {
    schema: paths(),
    default: [],
    description: "files whose SHA-256 must be the same after the migration; each is read whole, so keep them small",
    fix: 'a list of absolute paths, such as ["/etc/hostname"]; or leave it out',
  },
  probe: {
    schema: z.enum(DowntimeProbe),
    default: "ping",
    description: "how to measure downtime; tcp does so over one connection of ssh, where ICMP does not pass",
    fix: "ping, tcp or none; or leave it out for ping",
  },
  waitSeconds: {
    schema: z.number().check(z.minimum(0), z.maximum(3600)),
    default: 120,
    description: "seconds to wait for a guest that does not answer yet",
    fix: "a number of seconds from 0 to 3600; or leave it out for 120",
  },
} satisfies Record<string, Setting>;

export const GuestCheckSchema = z.strictObject(shapeOf(GUEST_SETTINGS));
export type GuestCheck = z.output<typeof GuestCheckSchema>;
/** {@link GuestCheck} as users write it: everything with a default may be left out. */
export type GuestCheckInput = z.input<typeof GuestCheckSchema>;

export const SETTINGS = {
  server: {
    schema: text(),
    required: true,
    description: "server id, or a name that only one server has",
    fix: "give its id, or a name that only one server has",
    option: "SERVER",
    variable: "LIVE_MIGRATE_SERVER",
  },
  // `OS-EXT-SRV-ATTR:host`, which may differ from the hypervisor's host name.
  host: {
    schema: name(),
    description: "compute host to run on, by its nova-compute service; a change moves the running server",
    fix: "name one nova-compute host, or a zone instead: `openstack compute service list`",
    option: "--host <host>",
    variable: "LIVE_MIGRATE_HOST",
    stackFile: "server",
  },
  zone: {
    schema: name(),
    description: "availability zone to run in, instead of a host: the best host is chosen, and kept on later runs",
    fix: "name an availability zone, or a host instead: `openstack availability zone list`",
    option: "--zone <zone>",
    variable: "LIVE_MIGRATE_ZONE",
    stackFile: "server",
  },
  cloud: {
    schema: name(),
    defaultText: "OS_CLOUD, else the other OS_* variables",
    description: "entry of clouds.yaml",
    fix: "name an entry of clouds.yaml, or leave it out for OS_CLOUD",
    option: "--os-cloud <name>",
    variable: "LIVE_MIGRATE_CLOUD",
    stackFile: "stack",
  },
  region: {
    schema: name(),
    defaultText: "the cloud's own",
    description: "region of the cloud",
    fix: "name a region of the cloud, or leave it out",
    option: "--os-region-name <name>",
    variable: "LIVE_MIGRATE_REGION",
    stackFile: "stack",
  },
  volumeIds: {
    schema: z.array(text()),
    defaultText: "those attached before the migration",
    description: "Cinder ids of the volumes that must be attached before and after, comma separated",
    fix: "give Cinder's ids, comma separated, or leave it out for those attached",
    option: "--volumes <ids>",
    variable: "LIVE_MIGRATE_VOLUMES",
  },
  azPin: {
    schema: z.enum(AzPinPolicy),
    default: "refuse",
    description: "what to do with a server that is pinned to its availability zone",
    option: "--az-pin <policy>",
    variable: "LIVE_MIGRATE_AZ_PIN",
    stackFile: "migration",
  },
  // The program finds it in the stack's state.
  createdUnpinned: {
    schema: z.boolean(),
    description:
      "the server was created without a pinned zone: do not warn if the cloud cannot report a pin (compute API below 2.96)",
    option: "--created-unpinned",
    variable: "LIVE_MIGRATE_CREATED_UNPINNED",
  },
  // The program passes the hosts that it declares to be in maintenance.
  avoid: {
    schema: z.array(name()),
    defaultText: "none",
    description: "compute hosts that are never a destination, comma separated: those in maintenance",
    fix: "name nova-compute hosts, comma separated, or leave it out",
    option: "--avoid <hosts>",
    variable: "LIVE_MIGRATE_AVOID",
  },
  cold: {
    schema: z.boolean(),
    description:
      "migrate cold: a server that is shut off stays off; one that runs is powered off for the move, and started on its destination",
    option: "--cold",
    variable: "LIVE_MIGRATE_COLD",
  },
  stopped: {
    schema: z.enum(StoppedPolicy),
    default: "refuse",
    description:
      "what to do with a server that is shut off: refuse to move it, or migrate it cold, which leaves it off",
    option: "--stopped <policy>",
    variable: "LIVE_MIGRATE_STOPPED",
    stackFile: "migration",
  },
  keepUnconfirmed: {
    schema: z.boolean(),
    description:
      "verify a cold migration and leave it unconfirmed: `live-migrate confirm` or `live-migrate revert` ends it",
    option: "--keep-unconfirmed",
    variable: "LIVE_MIGRATE_KEEP_UNCONFIRMED",
  },
  onTimeout: {
    schema: z.enum(TimeoutPolicy),
    default: "fail",
    description: "what to do when the deadline passes or memory progress stalls",
    option: "--on-timeout <policy>",
    variable: "LIVE_MIGRATE_ON_TIMEOUT",
    stackFile: "migration",
  },
  timeoutSeconds: {
    schema: seconds(),
    defaultText: "800 per GiB of RAM and of each local disk, at least 1600 for each, plus the time spent queued",
    description: "deadline of the migration in seconds",
    fix: "a number of seconds above 0; or leave it out",
    option: "--timeout-seconds <seconds>",
    variable: "LIVE_MIGRATE_TIMEOUT_SECONDS",
    stackFile: "migration",
  },
  stallSeconds: {
    schema: seconds(),
    default: 300,
    description: "seconds without memory progress before a migration counts as stalled",
    fix: "a number of seconds above 0; or leave it out",
    option: "--stall-seconds <seconds>",
    variable: "LIVE_MIGRATE_STALL_SECONDS",
    stackFile: "migration",
  },
  guest: {
    schema: GuestCheckSchema,
    defaultText: "the guest checks are reported as not checked",
    description: "how to check the guest over ssh, before and after each migration",
    fix: 'for example --guest \'{"user":"root","mountPoints":["/mnt/vol01"]}\'',
    option: "--guest <json>",
    variable: "LIVE_MIGRATE_GUEST",
    stackFile: "server",
  },
  // The program makes `cold` of it.
  kind: {
    schema: z.enum(KindPolicy),
    default: "auto",
    description:
      "how to move the server: auto and live keep a running guest running, and auto moves a server that is shut off as " +
      "stopped says; cold shuts a running guest down for the move, and needs allowRestart",
    stackFile: "migration",
  },
  onDrift: {
    schema: z.enum(DriftPolicy),
    default: "restore",
    description:
      "what to do when others moved the server off its host, or out of its zone: restore moves it back with the next up, " +
      "to any host of the zone; warn only says so in each preview; ignore says nothing. " +
      "An edit of its migration, guest or list of volumes moves it back in any case",
    stackFile: "migration",
  },
} satisfies Record<string, Setting>;
export type SettingName = keyof typeof SETTINGS;

/* eslint-disable @typescript-eslint/no-generated-empty-object-type -- a section may have no settings */
type InSection<Section> = {
  [K in SettingName as (typeof SETTINGS)[K] extends { stackFile: Section } ? K : never]: z.ZodMiniOptional<
    (typeof SETTINGS)[K]["schema"]
  >;
};

/**
 * The settings of a section of the stack file. No default is applied: what is not written there makes no variable of
 * the command, so that a new default is no change of the stack.
 */
export function stackShape<Section extends StackSection>(section: Section): InSection<Section> {
  const shape = Object.entries<Setting>(SETTINGS)
    .filter(([, { stackFile }]) => stackFile === section)
    .map(([name, setting]) => {
      const { schema, default: value } = setting;
      const description = describeSetting(setting);
      return [name, z.optional(schema).check(z.meta({ description, ...(value !== undefined && { default: value }) }))];
    });
  return Object.fromEntries(shape) as InSection<Section>;
}
