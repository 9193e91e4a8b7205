import * as z from "zod/mini";
import type { Auth, Scope } from "./cloud-config.ts";
import type { CatalogEntry } from "./catalog.ts";
import { anyOf, inside, optional, read } from "../http/answer.ts";
import type { RequestContext } from "../http/errors.ts";
import { Secret } from "./secret.ts";

/** What Keystone issued: the right to speak to the cloud, and where its services are. */
export interface Token {
  value: Secret;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Unset for a token of the system or of no project. */
  projectId?: string;
  catalog: CatalogEntry[];
}

const scopeBody = (scope: Scope) => (scope === "none" ? {} : { scope });

/** The body of `POST /v3/auth/tokens`. It holds secrets. */
export function tokenRequest(auth: Auth): unknown {
  switch (auth.type) {
    case "password": {
      const user = { ...auth.user, password: auth.password.reveal() };
      return { auth: { identity: { methods: ["password"], password: { user } }, ...scopeBody(auth.scope) } };
    }
    case "token": {
      const identity = { methods: ["token"], token: { id: auth.token.reveal() } };
      return { auth: { identity, ...scopeBody(auth.scope) } };
    }
    case "v3applicationcredential": {
      const credential = { ...auth.credential, secret: auth.secret.reveal() };
      const identity = { methods: ["application_credential"], application_credential: credential };
      return { auth: { identity } };
    }
  }
}

/** Keystone leaves a template such as `http://nova/%(tenant_id)s` as it is where it has no value for it. */
const isHttpUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const endpointSchema = z.object({
  region_id: optional(z.string()),
  region: optional(z.string()),
  interface: z.string(),
  url: z.string().check(z.refine(isHttpUrl)),
});

/** Entries of the catalog that cannot be used, such as a service without a type, are left out. */
const catalogSchema = anyOf(z.object({ type: z.string(), endpoints: anyOf(endpointSchema) }));

const tokenSchema = z.object({
  expires_at: z.string(),
  project: optional(inside("id", z.string())),
  catalog: z._default(optional(catalogSchema), []),
});

/**
 * Reads Keystone's answer.
 *
 * @param value the header `X-Subject-Token`
 * @throws ProtocolError if it is no token
 */
export function parseToken(body: unknown, value: string, context: RequestContext): Token {
  const { expires_at, project, catalog } = read(inside("token", tokenSchema), body, context);
  return {
    value: new Secret(value),
    expiresAt: Date.parse(expires_at),
    ...(project !== undefined && { projectId: project }),
    catalog: catalog.map(({ type, endpoints }) => ({
      type,
      endpoints: endpoints.map((endpoint) => ({
        region: endpoint.region_id ?? endpoint.region,
        interface: endpoint.interface.replace(/URL$/, ""),
        url: endpoint.url.trim(),
      })),
    })),
  };
}
