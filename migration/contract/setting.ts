/** What a setting declares, and what follows from it. */
import * as z from "zod/mini";

export interface Setting {
  /** Accepts one value as the user gives it, without its default. */
  schema: z.ZodMiniType;
  /** A request without it is refused. */
  required?: true;
  /** Applies when none is given. */
  default?: string | number | readonly string[];
  /** The default in words, where the engine or the cloud decides. */
  defaultText?: string;
  /** What it is, as a phrase with its unit; the choices and the default are added to it. */
  description: string;
  /** What to do about a wrong value. @default the choices, or to leave it out */
  fix?: string;
  /** Option, or argument, of `live-migrate`. */
  option?: string;
  /** Environment variable that stands for the option; `LiveMigration` sets it for its command. */
  variable?: string;
  /** Where a stack file has it: at the top, in a server, or in the server's `migration`. */
  stackFile?: StackSection;
}
export type StackSection = "stack" | "server" | "migration";

/** The schema of a setting in a request: with its default, or optional. */
type InRequest<S extends Setting> = S extends { default: unknown }
  ? z.ZodMiniDefault<S["schema"]>
  : S extends { required: true }
    ? S["schema"]
    : z.ZodMiniOptional<S["schema"]>;

/** The shape of an object schema of these settings, with defaults. */
export function shapeOf<T extends Record<string, Setting>>(settings: T): { [K in keyof T]: InRequest<T[K]> } {
  const shape = Object.entries(settings).map(([name, setting]) => {
    const { schema, default: value, required } = setting;
    const given = value === undefined ? (required ? schema : z.optional(schema)) : z._default(schema, value);
    return [name, given.check(z.describe(describeSetting(setting)))] as const;
  });
  return Object.fromEntries(shape) as { [K in keyof T]: InRequest<T[K]> };
}

/** The values that a setting takes, if it takes only some. */
export const choicesOf = ({ schema }: Setting): string[] =>
  schema instanceof z.ZodMiniEnum ? (schema.options as string[]) : [];

/** @example "refuse, unpin or force" */
const listed = (choices: string[]) => choices.join(", ").replace(/, ([^,]+)$/, " or $1");

/** Its description as a sentence, for the stack file's schema and the docs; a default that is a value stands apart. */
export function describeSetting({ description, defaultText }: Setting): string {
  const sentence = `${description[0]?.toUpperCase() ?? ""}${description.slice(1)}.`;
  return defaultText === undefined ? sentence : `${sentence} Default: ${defaultText}.`;
}

/** Its description for `--help`. */
export function describeOption(setting: Setting): string {
  const choices = choicesOf(setting);
  const fallback = setting.defaultText ?? setting.default;
  return [
    setting.description,
    choices.length > 0 ? `: ${listed(choices)}` : "",
    fallback === undefined ? "" : ` (default: ${fallback.toString()})`,
  ].join("");
}

/** What to do about a wrong value. */
export const fixOf = (setting: Setting): string => setting.fix ?? `${listed(choicesOf(setting))}; or leave it out`;

/** @example "--host" */
export const optionName = ({ option = "" }: Setting): string => option.replace(/ .*/, "");
