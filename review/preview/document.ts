import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { hideWithin, type Redactor } from "../secrets/redact.ts";
import { objectsIn } from "./find-objects.ts";

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
  /** How many there are of each operation. */
  changeSummary: z.record(z.string(), z.number()).nullish(),
  maybeCorrupt: z.boolean().nullish(),
});

export type Step = z.infer<typeof StepSchema>;
export type Diagnostic = z.infer<typeof DiagnosticSchema>;

/** What a review needs of `pulumi preview --json`, or why it cannot be read: then nothing is known about the preview. */
export type PreviewDocument =
  | {
      readable: true;
      /** Those that do something. */
      steps: Step[];
      diagnostics: Diagnostic[];
    }
  | { readable: false; reason: string };

/** Operations that change nothing. */
const IDLE = new Set([
  ...["same", "read", "read-replacement", "refresh"],
  ...["discard", "discard-replaced", "remove-pending-replace"],
]);

const unreadable = (reason: string): PreviewDocument => ({ readable: false, reason });

/**
 * Finds the document in what `pulumi preview --json` printed, which may have other text around it, such as policy packs
 * being installed (pulumi/pulumi#19775) or "Update plan written" (#11453). Pure.
 *
 * @param hide takes secrets out of each text of the document
 */
export function readPreview(text: string, hide: Redactor): PreviewDocument {
  const objects = objectsIn(text);
  if (objects === undefined) return unreadable("its JSON document is cut off or broken");
  const [document, ...more] = objects.filter(isPreview);
  if (document === undefined) return unreadable("it has no JSON document with steps or diagnostics");
  if (more.length > 0) return unreadable(`it has ${more.length + 1} JSON documents of previews`);
  const parsed = DocumentSchema.safeParse(hideWithin(document, hide));
  if (!parsed.success) {
    return unreadable(`its JSON document has an unknown form: ${z.prettifyError(parsed.error).replace(/\s+/g, " ")}`);
  }
  const { steps, diagnostics, changeSummary, maybeCorrupt } = parsed.data;
  if (maybeCorrupt === true) return unreadable("Pulumi marked its document as possibly corrupt");
  const active = (steps ?? []).filter(({ op }) => !IDLE.has(op));
  const [missing] = Object.entries(changeSummary ?? {}).filter(
    ([operation, count]) => count > 0 && !IDLE.has(operation) && !active.some(({ op }) => op === operation),
  );
  if (missing) return unreadable(`its summary counts the operation ${missing[0]}, and none of its steps is one`);
  return { readable: true, steps: active, diagnostics: diagnostics ?? [] };
}

const isPreview = (value: unknown): value is object =>
  typeof value === "object" && value !== null && ("steps" in value || "diagnostics" in value);

/** The parts of a URN that people use. @example nameOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "x" */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
/** @example typePathOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "a:b:C$d:e:F" */
export const typePathOf = (urn: string): string => urn.split("::")[2] ?? "";
/** @example typeOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "d:e:F" */
export const typeOf = (urn: string): string => typePathOf(urn).split("$").at(-1) ?? "";
/** For people. @example labelOf("urn:pulumi:prod::p::a:b:C$d:e:F::x") // "d:e:F x"; all of it, if it is no URN */
export const labelOf = (urn: string): string => (nameOf(urn) === "" ? urn : `${typeOf(urn)} ${nameOf(urn)}`);

const COMPONENT = /(^|\$)openstack-live-migration:index:LiveMigration$/;
const MAINTENANCE = /(^|\$)openstack-live-migration:index:HostMaintenance$/;
const COMMAND = /\$command:local:Command$/;

/** The URN of the migration that a resource is, or whose command it is: only these move servers. */
export function migrationOf(urn: string): string | undefined {
  const type = typePathOf(urn).replace(COMMAND, "");
  return COMPONENT.test(type) ? urn.replace(typePathOf(urn), () => type) : undefined;
}
/** The URN of the maintenance that a resource is, or whose command it is. */
export function maintenanceOf(urn: string): string | undefined {
  const type = typePathOf(urn).replace(COMMAND, "");
  return MAINTENANCE.test(type) ? urn.replace(typePathOf(urn), () => type) : undefined;
}
export const isCommand = (urn: string): boolean => COMMAND.test(typePathOf(urn));
