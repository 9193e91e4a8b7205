import * as z from "zod/mini";
import { problemLine, type Problem } from "../../openstack/problems.ts";
import { MigrationRequestSchema, REQUEST_SETTINGS, type MigrationRequest } from "./request.ts";
import { fixOf, optionName, type Setting } from "./setting.ts";
import { GUEST_SETTINGS, SETTINGS } from "./settings.ts";

/** Every problem of the input at once. The command exits with 2. */
export class BadInput extends Error {
  override name = "BadInput";
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** A request as text, by the names of its settings. */
export type RawInput = {
  [K in keyof MigrationRequest]?: MigrationRequest[K] extends boolean | undefined ? boolean : string;
} & {
  /**
   * Which of these come from their environment variables. An empty one is no mistake there: Pulumi sets it for an empty
   * list, and a job for what it leaves out. A user who types an empty one has a variable in mind that is not set.
   */
  fromEnvironment?: readonly string[];
};

/**
 * Reads a request from the command's options. Pure.
 * @throws BadInput with every problem.
 */
export function readRequest({ fromEnvironment = [], ...raw }: RawInput): MigrationRequest {
  const problems: Problem[] = [];
  const given: Record<string, unknown> = { server: "" };
  const shown: Record<string, unknown> = { server: "" };
  for (const [name, setting] of Object.entries<Setting>(REQUEST_SETTINGS)) {
    const text = raw[name as keyof typeof raw];
    if (text === undefined) continue;
    const { value, wrong = [] } = read(setting, text, !fromEnvironment.includes(name));
    if (value !== undefined) given[name] = value;
    shown[name] = setting.schema instanceof z.ZodMiniNumber ? text : value;
    const place = { path: optionName(setting), value: show(text), fix: fixOf(setting) };
    problems.push(...wrong.map((problem) => ({ ...place, problem })));
  }
  const parsed = MigrationRequestSchema.safeParse(given);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [name, ...rest] = path.map(String) as [keyof typeof REQUEST_SETTINGS, ...string[]];
    const setting: Setting = REQUEST_SETTINGS[name];
    const part = name === "guest" ? (GUEST_SETTINGS as Record<string, Setting>)[rest[0] ?? ""] : undefined;
    const value = path.reduce<unknown>((all, key) => (all as Record<PropertyKey, unknown> | undefined)?.[key], shown);
    const place = [optionName(setting), ...rest].join(".");
    problems.push({ path: place, value: show(value), problem: message, fix: fixOf(part ?? setting) });
  }
  throw new BadInput(problems);
}

/** The value of a setting that is given as text, or what is wrong with the text. */
function read({ schema }: Setting, text: string | boolean, typed: boolean): { value?: unknown; wrong?: string[] } {
  if (typeof text === "boolean") return { value: text };
  // An empty text is no number, though JavaScript takes it for zero.
  if (schema instanceof z.ZodMiniNumber) return { value: text.trim() === "" ? NaN : Number(text) };
  if (schema instanceof z.ZodMiniArray) return text === "" && !typed ? { value: [] } : readList(text, typed);
  if (!(schema instanceof z.ZodMiniObject)) return { value: text };
  if (text === "" && !typed) return {};
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: [`not JSON: ${(error as Error).message}`] };
  }
}

/** A volume that is not named is not missed after the migration: so nothing of the list is left out in silence. */
function readList(text: string, typed: boolean): { value?: string[]; wrong?: string[] } {
  const ids = text.split(",").map((id) => id.trim());
  // A program may come to the same volume in two ways; a user who types it twice means another one.
  const twice = typed ? new Set(ids.filter((id, i) => id !== "" && ids.indexOf(id) < i)) : [];
  const wrong = [
    ...(ids.includes("") ? ["an id in it is empty"] : []),
    ...[...twice].map((id) => `the volume ${id} is given twice`),
  ];
  return wrong.length === 0 ? { value: ids } : { wrong };
}

const show = (value: unknown) => (value === undefined ? "not given" : JSON.stringify(value).slice(0, 80));

/**
 * Reads the server of a command that needs nothing else. Pure.
 * @throws BadInput
 */
export function readServer(server: string | undefined): string {
  if (server !== undefined && server !== "") return server;
  const fix = fixOf(SETTINGS.server);
  throw new BadInput([{ path: "SERVER", value: "not given", problem: "which server?", fix }]);
}
