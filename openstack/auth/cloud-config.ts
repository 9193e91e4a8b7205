import { OpenStackError } from "../http/errors.ts";
import { problemLine, type Problem } from "../problems.ts";
import type { Secret } from "./secret.ts";
import type { ServiceType } from "./service-type.ts";

export type Domain = { id: string } | { name: string };

/** A project or user, by id or by name within a domain. */
export type Named = { id: string } | { name: string; domain: Domain };

/** What the token is for, as Keystone takes it. `none` leaves it to Keystone: the user's default project. */
export type Scope =
  { project: Named } | { domain: Domain } | { "OS-TRUST:trust": { id: string } } | { system: { all: true } } | "none";

export interface PasswordAuth {
  type: "password";
  user: Named;
  password: Secret;
  scope: Scope;
}

export interface TokenAuth {
  type: "token";
  token: Secret;
  scope: Scope;
}

/** Carries its own project: Keystone refuses a scope. */
export interface ApplicationCredentialAuth {
  type: "v3applicationcredential";
  credential: { id: string } | { name: string; user: Named };
  secret: Secret;
}

export type Auth = PasswordAuth | TokenAuth | ApplicationCredentialAuth;

export type EndpointInterface = "public" | "internal" | "admin";

/** One cloud, ready to be spoken to. It may be logged: secrets show as `[secret]`. */
export interface CloudConfig {
  /** Its name in clouds.yaml, or `envvars`. */
  name: string;
  /** Where it is defined: a file's path, or `the environment (OS_*)`. */
  source: string;
  /** Unset: the only region that the catalog offers. */
  region?: string;
  /** The first that the catalog has is used. */
  interfaces: readonly EndpointInterface[];
  auth: Auth;
  /** Keystone's URL, ending in `/v3`. */
  authUrl: string;
  tls: { verify: boolean; cacert?: string; cert?: string; key?: string };
  /** URLs to use instead of the catalog's. */
  endpointOverrides: Partial<Record<ServiceType, string>>;
  /** Services that are looked up in another region or interface than the rest. */
  services: Partial<Record<ServiceType, { region?: string; interfaces?: readonly EndpointInterface[] }>>;
  timeouts: {
    /** @default 10000 */
    connectMs: number;
    /** Longest wait for an answer, and between two parts of one. @default 60000 */
    responseMs: number;
  };
}

/** The configuration of a cloud cannot be used. Lists everything that is wrong with it. */
export class CloudConfigError extends OpenStackError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}
