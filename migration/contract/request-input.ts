import { problemLine, type Problem } from "../../openstack/problems.ts";
import { MigrationRequestSchema, type MigrationRequest } from "./request.ts";

/** Every problem of the input at once. The command exits with 2. */
export class BadInput extends Error {
  override name = "BadInput";
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** The options of the command; each may come from the environment variable named beside it instead. */
export interface RawInput {
  server?: string;
  host?: string;
  zone?: string;
  cloud?: string;
  region?: string;
  volumes?: string;
  azPin?: string;
  createdUnpinned?: boolean;
  onTimeout?: string;
  timeoutSeconds?: string;
  stallSeconds?: string;
  /** JSON of a `GuestCheckInput`. */
  guest?: string;
  /**
   * Which of these come from their environment variables. An empty one is no mistake there: Pulumi sets it for an empty
   * list, and a job for what it leaves out. Who types an empty one has a variable in mind that is not set.
   */
  fromEnvironment?: readonly string[];
}

/** The option behind each path of the request, and what to do about a wrong one. */
const OPTION: Record<string, { name: string; fix: string }> = {
  server: { name: "SERVER", fix: "give its id, or a name that only one server has" },
  host: { name: "--host", fix: "name one nova-compute host, or a zone instead: `openstack compute service list`" },
  zone: { name: "--zone", fix: "name an availability zone, or a host instead: `openstack availability zone list`" },
  cloud: { name: "--os-cloud", fix: "name an entry of clouds.yaml, or leave it out for OS_CLOUD" },
  region: { name: "--os-region-name", fix: "name a region of the cloud, or leave it out" },
  volumeIds: { name: "--volumes", fix: "give Cinder's ids, comma separated, or leave it out for those attached" },
  azPin: { name: "--az-pin", fix: "refuse, unpin or force; or leave it out" },
  onTimeout: { name: "--on-timeout", fix: "fail, abort or force-complete; or leave it out" },
  timeoutSeconds: { name: "--timeout-seconds", fix: "a number of seconds above 0; or leave it out" },
  stallSeconds: { name: "--stall-seconds", fix: "a number of seconds above 0; or leave it out" },
  guest: { name: "--guest", fix: 'for example --guest \'{"user":"root","mountPoints":["/mnt/vol01"]}\'' },
};

/** What to do about a wrong part of `--guest`; about all others, as about the whole. */
const GUEST_FIX: Record<string, string> = {
  user: "name the user to log in as",
  address: "an address of the guest that this machine reaches; or leave it out for the server's own",
  port: "the port of its ssh server, from 1 to 65535; or leave it out for 22",
  identityFile: "the path of a private key; or leave it out for what ssh itself would use",
  knownHostsFile: "the path of a known_hosts file; or leave it out to trust the first answer of a run",
  mountPoints: 'a list of absolute paths, such as ["/mnt/vol01"]; or leave it out',
  files: 'a list of absolute paths, such as ["/etc/hostname"]; or leave it out',
  probe: "ping, tcp or none; or leave it out for ping",
  waitSeconds: "a number of seconds from 0 to 3600; or leave it out for 120",
};

/** NaN for what is no number: an empty text is none, though JavaScript takes it for zero. */
const number = (text: string | undefined) =>
  text?.trim() === "" ? NaN : text === undefined ? undefined : Number(text);

/**
 * Reads a request from the command's options. Pure.
 * @throws BadInput with every problem.
 */
export function readRequest(raw: RawInput): MigrationRequest {
  const problems: Problem[] = [];
  const candidate = {
    server: raw.server ?? "",
    host: raw.host,
    zone: raw.zone,
    cloud: raw.cloud,
    region: raw.region,
    volumeIds: readVolumes(raw, problems),
    azPin: raw.azPin,
    createdUnpinned: raw.createdUnpinned,
    onTimeout: raw.onTimeout,
    timeoutSeconds: number(raw.timeoutSeconds),
    stallSeconds: number(raw.stallSeconds),
    guest: readGuest(raw, problems),
  };
  const given = Object.fromEntries(Object.entries(candidate).filter(([, value]) => value !== undefined));
  const parsed = MigrationRequestSchema.safeParse(given);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [head = "", ...rest] = path.map(String);
    const { name, fix: whole } = OPTION[head] ?? { name: head, fix: "see `live-migrate run --help`" };
    const fix = (head === "guest" && GUEST_FIX[rest[0] ?? ""]) || whole;
    const asGiven = { ...given, timeoutSeconds: raw.timeoutSeconds, stallSeconds: raw.stallSeconds };
    const value = path.reduce<unknown>((all, key) => (all as Record<PropertyKey, unknown> | undefined)?.[key], asGiven);
    problems.push({ path: [name, ...rest].join("."), value: describe(value), problem: message, fix });
  }
  throw new BadInput(problems);
}

const isTyped = ({ fromEnvironment = [] }: RawInput, option: keyof RawInput) => !fromEnvironment.includes(option);

/** A volume that is not named here is not missed after the move: so nothing of the list is left out in silence. */
function readVolumes(raw: RawInput, problems: Problem[]): string[] | undefined {
  if (raw.volumes === undefined) return undefined;
  const typed = isTyped(raw, "volumes");
  if (raw.volumes === "" && !typed) return [];
  const ids = raw.volumes.split(",").map((id) => id.trim());
  // A program may come to the same volume in two ways; who types it twice means another one.
  const twice = typed ? new Set(ids.filter((id, i) => id !== "" && ids.indexOf(id) < i)) : [];
  const wrong = [
    ...(ids.includes("") ? ["an id in it is empty"] : []),
    ...[...twice].map((id) => `the volume ${id} is given twice`),
  ];
  const { name = "", fix = "" } = OPTION["volumeIds"] ?? {};
  problems.push(...wrong.map((problem) => ({ path: name, value: describe(raw.volumes), problem, fix })));
  return wrong.length === 0 ? ids : undefined;
}

function readGuest(raw: RawInput, problems: Problem[]): unknown {
  const { guest: text } = raw;
  if (text === undefined || (text === "" && !isTyped(raw, "guest"))) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    problems.push({
      path: "--guest",
      value: text === "" ? describe(text) : text.slice(0, 80),
      problem: `not JSON: ${(error as Error).message}`,
      fix: OPTION["guest"]?.fix ?? "",
    });
    return undefined;
  }
}

const describe = (value: unknown) => (value === undefined ? "not given" : JSON.stringify(value));

/**
 * Reads the server of a command that needs nothing else. Pure.
 * @throws BadInput
 */
export function readServer(server: string | undefined): string {
  if (server !== undefined && server !== "") return server;
  throw new BadInput([
    { path: "SERVER", value: "not given", problem: "which server?", fix: "give its id, or a name that only one has" },
  ]);
}
