import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { words } from "../words.ts";

const StateSchema = z.object({
  custom: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).catch({}).optional(),
});

const StepSchema = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: StateSchema.nullish(),
  newState: StateSchema.nullish(),
});

const DiagnosticSchema = z.object({
  urn: z.string().optional(),
  message: z.string().transform((message) => stripVTControlCharacters(message).trim()),
  severity: z.string(),
});

const DocumentSchema = z.object({
  steps: z.array(StepSchema).nullish(),
  diagnostics: z.array(DiagnosticSchema).nullish(),
});

export type Step = z.infer<typeof StepSchema>;
export type Diagnostic = z.infer<typeof DiagnosticSchema>;

/** What a review needs of `pulumi preview --json`. */
export interface PreviewDocument {
  /** Those that do something. */
  steps: Step[];
  diagnostics: Diagnostic[];
  /** `false`: it ended with an error, so that `up` would do nothing. */
  succeeded: boolean;
}

/** Operations that change nothing. */
const IDLE = new Set(["same", "read", "read-replacement", "refresh", "discard"]);

/** A preview that left no document, such as one that was refused its stack. */
const nothing = (why: string): PreviewDocument => ({
  steps: [],
  diagnostics: [{ severity: "error", message: why }],
  succeeded: false,
});

/** Reads the document. One that cannot be read is a preview that failed, and says so: a review must not take it for "no change". */
export function readPreview(text: string): PreviewDocument {
  if (text.trim() === "") return nothing(words("no-preview"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return nothing(words("broken-preview", { reason: (error as Error).message }));
  }
  const parsed = DocumentSchema.safeParse(value);
  if (!parsed.success) return nothing(words("other-preview", { reason: z.prettifyError(parsed.error) }));
  const { steps, diagnostics } = parsed.data;
  if (!steps && !diagnostics) return nothing(words("empty-preview"));
  return {
    steps: (steps ?? []).filter(({ op }) => !IDLE.has(op)),
    diagnostics: diagnostics ?? [],
    succeeded: !(diagnostics ?? []).some(({ severity }) => severity === "error"),
  };
}

/** The parts of a URN that people use. @example nameOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "x" */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
/** @example typeOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "a:b:C$d:e:F" */
export const typePathOf = (urn: string): string => urn.split("::")[2] ?? "";
/** @example typeOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "d:e:F" */
export const typeOf = (urn: string): string => typePathOf(urn).split("$").at(-1) ?? "";
