import * as z from "zod/mini";
import { anyOf, optional, read } from "./answer.ts";
import { HttpError, ProtocolError } from "./errors.ts";
import { parseMicroversion } from "./microversion.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import type { ApiResponse } from "./request.ts";
import type { ServiceType } from "../auth/service-type.ts";

/** What discovery needs of a session. */
export interface Discoverer {
  endpoint(service: ServiceType): Promise<string>;
  discover(service: ServiceType, url: string): Promise<ApiResponse>;
}

/**
 * Where an endpoint's version document may be: at the version itself, else above it. Pure.
 *
 * @example versionUrls("http://c:8776/v3/f00") // ["http://c:8776/v3/", "http://c:8776/"]
 */
export function versionUrls(endpoint: string): string[] {
  const match = /^(.*?)\/(v\d+(?:\.\d+)?)(?:\/[^/]*)?$/.exec(endpoint);
  if (!match) return [`${endpoint}/`];
  const [, root = "", version = ""] = match;
  return [`${root}/${version}/`, `${root}/`];
}

const versionSchema = z.object({
  max_version: optional(z.string()),
  version: optional(z.string()),
  min_version: optional(z.string()),
});
const documentSchema = z.object({
  version: optional(versionSchema),
  versions: z._default(optional(anyOf(versionSchema)), []),
});

/** The range of the API with this major version, in any of the forms that services answer in. */
function readRange(
  answer: ApiResponse,
  major: number,
  service: ServiceType,
  url: string,
): MicroversionRange | undefined {
  const context = { service, method: "GET", path: new URL(url).pathname };
  const { version: single, versions } = read(documentSchema, answer.body, context);
  for (const { max_version, version, min_version } of single ? [single] : versions) {
    const max = parseMicroversion(max_version ?? version ?? "");
    const min = parseMicroversion(min_version ?? "");
    // Nova lists its old v2.0 too, with empty versions.
    if (max && min && max.startsWith(`${major}.`)) return { min, max };
  }
  return undefined;
}

/**
 * Asks a service which microversions it has.
 *
 * @param fallback what the API is when its document names no range: the oldest there is
 * @throws ConnectionError, NoEndpointError, ProtocolError if there is no version document
 */
export async function discoverRange(
  session: Discoverer,
  service: ServiceType,
  fallback: Microversion,
): Promise<MicroversionRange> {
  const endpoint = await session.endpoint(service);
  const major = Number(fallback.split(".")[0]);
  let answered = false;
  for (const url of versionUrls(endpoint)) {
    try {
      const range = readRange(await session.discover(service, url), major, service, url);
      if (range) return range;
      answered = true;
    } catch (error) {
      // Some clouds protect or hide one of the two, or a gateway answers instead.
      const isElsewhere = error instanceof ProtocolError || (error instanceof HttpError && error.status < 500);
      if (!isElsewhere) throw error;
    }
  }
  if (answered) return { min: fallback, max: fallback };
  throw new ProtocolError({ service, method: "GET", path: "/" }, `no version document at ${endpoint}`);
}
