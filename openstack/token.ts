import type { Auth, Scope } from "./cloud-config.ts";
import type { CatalogEntry } from "./catalog.ts";
import { JsonReader } from "./json-reader.ts";
import { ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import { Secret } from "./secret.ts";

/** What Keystone issued: the right to speak to the cloud, and where its services are. */
export interface Token {
  value: Secret;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  userId: string;
  /** Unset for a token of the system or of no project. */
  projectId?: string;
  roles: string[];
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

/** The items that can be read. A service without a type, or an endpoint without a URL, is ignored as keystoneauth does. */
function readable<T>(list: unknown, context: RequestContext, read: (item: JsonReader) => T): T[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((item) => {
    try {
      return [read(new JsonReader(item, context))];
    } catch (error) {
      if (error instanceof ProtocolError) return [];
      throw error;
    }
  });
}

const readCatalog = (catalog: unknown, context: RequestContext): CatalogEntry[] =>
  readable(catalog, context, (entry) => ({
    type: entry.string("type"),
    endpoints: readable(entry.raw("endpoints"), context, (endpoint) => ({
      region: endpoint.optionalString("region_id") ?? endpoint.optionalString("region"),
      interface: endpoint.string("interface").replace(/URL$/, ""),
      url: endpoint.string("url"),
    })),
  }));

/**
 * Reads Keystone's answer.
 *
 * @param value the header `X-Subject-Token`
 * @throws ProtocolError if it is no token
 */
export function parseToken(body: unknown, value: string, context: RequestContext): Token {
  const token = new JsonReader(body, context).object("token");
  const projectId = token.optionalObject("project")?.string("id");
  return {
    value: new Secret(value),
    expiresAt: Date.parse(token.string("expires_at")),
    userId: token.object("user").string("id"),
    ...(projectId !== undefined && { projectId }),
    roles: token.optionalObjects("roles")?.map((role) => role.string("name")) ?? [],
    catalog: readCatalog(token.raw("catalog"), context),
  };
}
