import { MigrationRequestSchema, type MigrationRequest } from "./request.ts";

/** One thing wrong with the input: where, what was given, what is wrong, and what to do. */
export interface InputProblem {
  path: string;
  value: string;
  problem: string;
  fix: string;
}

/** Every problem of the input at once. The command exits with 2. */
export class BadInput extends Error {
  override name = "BadInput";
  readonly problems: InputProblem[];

  constructor(problems: InputProblem[]) {
    const lines = problems.map(({ path, value, problem, fix }) => `${path} (${value}): ${problem}. Fix: ${fix}`);
    super(lines.join("\n"));
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
  onTimeout?: string;
  timeoutSeconds?: string;
  stallSeconds?: string;
  /** JSON of a `GuestCheckInput`. */
  guest?: string;
}

/** Name of the option behind each path of the request. */
const OPTION: Record<string, string> = {
  server: "SERVER",
  host: "--host",
  zone: "--zone",
  cloud: "--os-cloud",
  region: "--os-region-name",
  volumeIds: "--volumes",
  azPin: "--az-pin",
  onTimeout: "--on-timeout",
  timeoutSeconds: "--timeout-seconds",
  stallSeconds: "--stall-seconds",
  guest: "--guest",
};

/**
 * Reads a request from the command's options. Pure.
 * @throws BadInput with every problem.
 */
export function readRequest(raw: RawInput): MigrationRequest {
  const problems: InputProblem[] = [];
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const candidate = {
    server: raw.server ?? "",
    host: raw.host,
    zone: raw.zone,
    cloud: raw.cloud,
    region: raw.region,
    volumeIds: raw.volumes
      ?.split(",")
      .map((id) => id.trim())
      .filter(Boolean),
    azPin: raw.azPin,
    onTimeout: raw.onTimeout,
    timeoutSeconds: number(raw.timeoutSeconds),
    stallSeconds: number(raw.stallSeconds),
    guest: readGuest(raw.guest, problems),
  };
  const given = Object.fromEntries(Object.entries(candidate).filter(([, value]) => value !== undefined));
  const parsed = MigrationRequestSchema.safeParse(given);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [head, ...rest] = path.map(String);
    const option = OPTION[head ?? ""] ?? head ?? "request";
    problems.push({
      path: [option, ...rest].join("."),
      value: describe(
        path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], given),
      ),
      problem: message,
      fix: "see `live-migrate run --help`",
    });
  }
  throw new BadInput(problems);
}

function readGuest(text: string | undefined, problems: InputProblem[]): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    problems.push({
      path: "--guest",
      value: text.slice(0, 80),
      problem: `not JSON: ${(error as Error).message}`,
      fix: 'for example --guest \'{"user":"root","mountPoints":["/mnt/vol01"]}\'',
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
