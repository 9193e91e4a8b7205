import * as z from "zod/mini";
import { CloudConfigError } from "../../openstack/auth/cloud-config.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import { EXIT_BAD_INPUT, EXIT_CLOUD, EXIT_CODES, RECORD_SCHEMA_VERSION } from "./record.ts";
import { BadInput } from "./request-input.ts";
import type { Problem } from "../../openstack/problems.ts";
import { toJson } from "../../text/visible.ts";

/** No such server, or a name that several have. */
export class NotFound extends Error {
  override name = "NotFound";
}

/** The cloud does not answer, or refuses these credentials. The text says which and what to do. */
export class CloudLost extends Error {
  override name = "CloudLost";
}

/** The server was deleted while it was being moved. */
export class ServerGone extends Error {
  override name = "ServerGone";
}

/** The request's outcome is not known, and nothing showed in Nova. */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
}

/** What `--json` prints instead of a record when there is none; the file of `--record` holds the same. */
export const FailureSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  /** The server as requested, by id or name; absent where none was named. */
  server: z.exactOptional(z.string()),
  error: z.object({
    kind: z.enum(["bad-input", "cloud", "outcome-unknown", "server-gone"]),
    message: z.string(),
    problems: z.array(
      z.object({ path: z.string(), value: z.optional(z.unknown()), problem: z.string(), fix: z.string() }),
    ),
  }),
});
/** What the command prints instead of a record when it fails. */
export type FailureDocument = z.output<typeof FailureSchema>;

/** Turns an error without a record into words, a document and an exit code; an unexpected one is thrown on. */
export function reportError(
  error: unknown,
  json: boolean,
  toStdout: (text: string) => void,
  toStderr: (text: string) => void,
  server?: string,
): { code: number; document: FailureDocument } {
  const { kind, code, problems } = classify(error);
  const message = `live-migrate: ${(error as Error).message}`;
  message.split("\n").forEach((line) => {
    toStderr(line);
  });
  const document: FailureDocument = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    ...(server !== undefined && { server }),
    error: { kind, message, problems },
  };
  if (json) toStdout(toJson(document));
  return { code, document };
}

type Kind = FailureDocument["error"]["kind"];

function classify(error: unknown): { kind: Kind; code: number; problems: Problem[] } {
  if (error instanceof BadInput) return { kind: "bad-input", code: EXIT_BAD_INPUT, problems: error.problems };
  if (error instanceof CloudConfigError || error instanceof NotFound) {
    return { kind: "bad-input", code: EXIT_BAD_INPUT, problems: [] };
  }
  if (error instanceof ServerGone) return { kind: "server-gone", code: EXIT_CODES["needs-attention"], problems: [] };
  if (error instanceof OutcomeUnknown) return { kind: "outcome-unknown", code: EXIT_CLOUD, problems: [] };
  if (error instanceof CloudLost || error instanceof OpenStackError) {
    return { kind: "cloud", code: EXIT_CLOUD, problems: [] };
  }
  throw error;
}
