/** What a lab is: its profile, names, networks, hosts and places on disk. Pure but for reading the saved choice. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { RELEASE_NAMES, releaseOf } from "./releases/index.ts";
import { LabError } from "./shell.ts";

export const PROFILES = ["guest", "fleet"] as const;
/** guest: QEMU guests on Ceph. fleet: Nova's fake hypervisor on many hosts. */
export type Profile = (typeof PROFILES)[number];

/** The repository this lab belongs to. */
export const REPOSITORY = resolve(import.meta.dirname, "..");

const slash24 = z
  .string()
  .regex(/^(10|172|192)(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){2}$/, 'three bytes of a private /24, like "10.77.0"');
const hostName = z
  .string()
  .regex(/^[a-z]+-([1-9]|0[1-9]|[1-9]\d|1\d\d)$/, 'a name ending in "-1" to "-199", like "node-27"');

/** The choices made at the first `up`; they hold until `down --wipe`. */
export const choiceSchema = z.object({
  profile: z.enum(PROFILES),
  /** A lab made before there were others is of Zed. */
  release: z.enum(RELEASE_NAMES).default("zed"),
  prefix: z.string().regex(/^[a-z][a-z0-9]{0,7}$/, "one to eight lower-case letters or digits, a letter first"),
  network: slash24,
  providerNetwork: slash24,
  hosts: z.array(hostName).min(1).max(100),
  /** Availability zones to declare at once, and their hosts; the guest profile leaves that to the Pulumi program. */
  zones: z.record(z.string().min(1), z.array(z.string())),
});
export type Choice = z.infer<typeof choiceSchema>;

export interface Host {
  readonly name: string;
  /** Last byte of its addresses, from the number in its name. */
  readonly number: number;
  /** Management, storage and migration address. */
  readonly address: string;
  readonly uuid: string;
}

export interface Lab extends Choice {
  /** Everything of this lab lies below it. */
  readonly stateDir: string;
  /** What other labs may use as well: unpacked packages, the guest image. */
  readonly cacheDir: string;
  /** Address of the APIs, the database, the bus and the Ceph monitor. */
  readonly address: string;
  readonly hostList: readonly Host[];
}

const DEFAULTS: Record<Profile, Omit<Choice, "profile" | "release">> = {
  guest: {
    prefix: "lab",
    network: "10.77.0",
    providerNetwork: "10.78.0",
    hosts: ["node-27", "node-28", "node-31"],
    zones: {},
  },
  fleet: { prefix: "fleet", network: "10.79.0", providerNetwork: "10.80.0", hosts: fleetHosts(4), zones: {} },
};

/** What the command line may choose. */
export type Given = Partial<Pick<Choice, "release" | "hosts" | "zones">>;

/** `node-01` … for the fleet profile. */
export function fleetHosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${String(i + 1).padStart(2, "0")}`);
}

type Env = Readonly<Record<string, string | undefined>>;

/** The profile that LAB_PROFILE names. @throws LabError if it names none. @default "guest" */
export function currentProfile(env: Env = process.env): Profile {
  const named = env["LAB_PROFILE"] ?? "guest";
  const found = PROFILES.find((profile) => profile === named);
  if (found === undefined) throw new LabError(`LAB_PROFILE: ${named} is neither of ${PROFILES.join(", ")}`);
  return found;
}

/** Where the state of a profile's lab lies. */
export function stateDirOf(profile: Profile, env: Env = process.env): string {
  const named = resolve(env["LAB_STATE"] ?? join(REPOSITORY, ".state", profile === "guest" ? "lab" : profile));
  // What runs knows its lab by this path: a link to it must not look like another lab.
  return existsSync(named) ? realpathSync(named) : named;
}

/**
 * The choice from the defaults, the environment and the command line, all problems at once.
 * @throws LabError naming each wrong value, where it came from and what it must be.
 */
export function choose(profile: Profile, env: Env, given: Given = {}): Choice {
  const variables = {
    release: "LAB_RELEASE",
    prefix: "LAB_PREFIX",
    network: "LAB_NETWORK",
    providerNetwork: "LAB_PROVIDER_NETWORK",
  };
  const fromEnv = Object.fromEntries(
    Object.entries(variables).flatMap(([key, name]) => (env[name] === undefined ? [] : [[key, env[name]]])),
  );
  const result = choiceSchema.safeParse({ profile, ...DEFAULTS[profile], ...fromEnv, ...given });
  const problems = result.success
    ? contradictions(result.data)
    : result.error.issues.map((issue) => {
        const key = String(issue.path[0]);
        const name = key in variables ? variables[key as keyof typeof variables] : key;
        return `${name}: ${issue.message}`;
      });
  if (problems.length > 0) throw new LabError(`The lab cannot be made like this:\n- ${problems.join("\n- ")}`);
  return result.data as Choice;
}

function contradictions(choice: Choice): string[] {
  const problems: string[] = [];
  const { title, profiles } = releaseOf(choice);
  if (!profiles.includes(choice.profile))
    problems.push(`release: ${title} has no ${choice.profile} profile yet, only ${profiles.join(", ")}; use zed`);
  if (choice.network === choice.providerNetwork)
    problems.push(`LAB_PROVIDER_NETWORK: must differ from LAB_NETWORK, both are ${choice.network}`);
  const numbers = choice.hosts.map(numberOf);
  if (new Set(numbers).size < numbers.length)
    problems.push(`hosts: two with the same number in ${choice.hosts.join(", ")}`);
  const zoned = Object.values(choice.zones).flat();
  for (const host of new Set(zoned)) {
    if (!choice.hosts.includes(host)) problems.push(`zones: no host ${host}; there are ${choice.hosts.join(", ")}`);
    if (zoned.filter((other) => other === host).length > 1) problems.push(`zones: ${host} stands in two zones`);
  }
  return problems;
}

/**
 * The lab of a profile: as it was made if it exists, else as it would be made now.
 * @throws LabError when the environment or the command line contradicts the lab that exists.
 */
export function loadLab(profile: Profile, given: Given = {}, env: Env = process.env): Lab {
  const stateDir = stateDirOf(profile, env);
  const wanted = choose(profile, env, given);
  const file = choiceFile(stateDir);
  if (!existsSync(file)) return describe(wanted, stateDir, env);
  const parsed = choiceSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new LabError(`${file} is damaged; remove ${stateDir} by \`lab down --wipe\``);
  const saved = parsed.data;
  const explicit: (keyof Choice)[] = [
    "profile",
    ...(env["LAB_RELEASE"] === undefined && given.release === undefined ? [] : (["release"] as const)),
    ...(env["LAB_PREFIX"] === undefined ? [] : (["prefix"] as const)),
    ...(env["LAB_NETWORK"] === undefined ? [] : (["network"] as const)),
    ...(env["LAB_PROVIDER_NETWORK"] === undefined ? [] : (["providerNetwork"] as const)),
    ...(given.hosts === undefined ? [] : (["hosts"] as const)),
    ...(given.zones === undefined ? [] : (["zones"] as const)),
  ];
  const differing = explicit.filter((key) => JSON.stringify(saved[key]) !== JSON.stringify(wanted[key]));
  if (differing.length > 0)
    throw new LabError(
      `The lab in ${stateDir} was made otherwise; \`lab down --wipe\` first, or leave the setting out:\n` +
        differing.map((key) => `- ${key}: is ${show(saved[key])}, asked for ${show(wanted[key])}`).join("\n"),
    );
  return describe(saved, stateDir, env);
}

/** Adds all that follows from a choice. */
export function describe(choice: Choice, stateDir: string, env: Env = process.env): Lab {
  const cacheHome = env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache");
  return {
    ...choice,
    stateDir,
    cacheDir: join(cacheHome, "openstack-live-migration", "lab"),
    address: `${choice.network}.1`,
    hostList: choice.hosts.map((name) => {
      const number = numberOf(name);
      // Beyond .200 are the lab's own addresses; .1 is the control plane's.
      return {
        name,
        number,
        address: `${choice.network}.${choice.profile === "guest" ? number : 1}`,
        uuid: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      };
    }),
  };
}

export const choiceFile = (stateDir: string): string => join(stateDir, "lab.json");

const numberOf = (host: string): number => Number(host.slice(host.lastIndexOf("-") + 1));

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
