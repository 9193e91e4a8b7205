import type { Auth, Named, Scope } from "./cloud-config.ts";
import type { Problems } from "./config-problems.ts";
import { isSettings } from "./cloud-settings.ts";
import type { Settings } from "./cloud-settings.ts";
import { Secret } from "./secret.ts";

/** Names that settings had before, the current one last: it wins. */
const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  project_id: ["tenant_id", "project_id"],
  project_name: ["tenant_name", "project_name"],
  token: ["auth_token", "token"],
  username: ["user_name", "user", "username"],
};

/** Looks a setting up at the top level first, then below `auth:`, as the `openstack` client does. */
function lookup(settings: Settings, key: string): string | undefined {
  const auth = isSettings(settings["auth"]) ? settings["auth"] : {};
  for (const place of [settings, auth]) {
    for (const name of (OLD_NAMES[key] ?? [key]).toReversed()) {
      const value = place[name];
      if (typeof value === "string" && value !== "") return value;
      if (typeof value === "number") return String(value);
    }
  }
  return undefined;
}

class AuthReader {
  readonly #settings: Settings;
  readonly #problems: Problems;

  constructor(settings: Settings, problems: Problems) {
    this.#settings = settings;
    this.#problems = problems;
  }

  get(key: string): string | undefined {
    return lookup(this.#settings, key);
  }

  need(key: string, fix: string): string {
    const value = this.get(key);
    if (value === undefined) this.#problems.add(`auth.${key}`, undefined, "is missing", fix);
    return value ?? "";
  }

  secret(key: string, fix: string): Secret {
    return new Secret(this.need(key, fix));
  }

  /** One `domain_id` stands for both the user's and the project's; the last resort is the domain `default`. */
  #domain(of: "user" | "project"): { id: string } | { name: string } {
    const id = this.get(`${of}_domain_id`);
    if (id !== undefined) return { id };
    const name = this.get(`${of}_domain_name`);
    if (name !== undefined) return { name };
    const sharedId = this.get("domain_id");
    if (sharedId !== undefined) return { id: sharedId };
    const sharedName = this.get("domain_name");
    if (sharedName !== undefined) return { name: sharedName };
    return { id: this.get("default_domain") ?? "default" };
  }

  user(): Named {
    const id = this.get("user_id");
    if (id !== undefined) return { id };
    return { name: this.need("username", "set OS_USERNAME, or username below auth:"), domain: this.#domain("user") };
  }

  scope(): Scope {
    const system = this.get("system_scope");
    if (system !== undefined) {
      if (system !== "all")
        this.#problems.add("auth.system_scope", system, "is not a scope", "write `all`, or leave it out");
      return { system: true };
    }
    const id = this.get("project_id");
    if (id !== undefined) return { project: { id } };
    const name = this.get("project_name");
    return name === undefined ? "none" : { project: { name, domain: this.#domain("project") } };
  }

  problem(path: string, value: string | undefined, problem: string, fix: string): void {
    this.#problems.add(path, value, problem, fix);
  }
}

/** The ways to authenticate that are understood, by what clouds.yaml calls them. */
const TYPES: Readonly<Record<string, Auth["type"]>> = {
  password: "password",
  v3password: "password",
  token: "token",
  v3token: "token",
  v3applicationcredential: "v3applicationcredential",
};

function password(reader: AuthReader): Auth {
  if (reader.get("application_credential_secret") !== undefined && reader.get("password") === undefined) {
    reader.problem(
      "auth_type",
      "password",
      "does not fit an application credential",
      "set auth_type: v3applicationcredential",
    );
  }
  return {
    type: "password",
    user: reader.user(),
    password: reader.secret("password", "set OS_PASSWORD, or password below auth: in secure.yaml"),
    scope: reader.scope(),
  };
}

function applicationCredential(reader: AuthReader): Auth {
  const id = reader.get("application_credential_id");
  const name = reader.get("application_credential_name");
  if (id === undefined && name === undefined) {
    const fix = "set the id that `openstack application credential create` printed, or its name and the user";
    reader.problem("auth.application_credential_id", undefined, "is missing", fix);
  }
  return {
    type: "v3applicationcredential",
    credential: id === undefined && name !== undefined ? { name, user: reader.user() } : { id: id ?? "" },
    secret: reader.secret("application_credential_secret", "set the secret that was shown when it was created"),
  };
}

/**
 * Reads how to authenticate; what is wrong or missing goes to `problems`. Pure.
 *
 * @returns something that must not be used if there were problems
 */
export function readAuth(settings: Settings, problems: Problems): Auth {
  const reader = new AuthReader(settings, problems);
  const given = lookup(settings, "auth_type") ?? lookup(settings, "auth_plugin");
  // With a token, a user's name and no type, the `openstack` client prefers the name.
  const implied = reader.get("token") !== undefined && reader.get("username") === undefined ? "token" : "password";
  const type = TYPES[given ?? implied];
  switch (type) {
    case "password":
      return password(reader);
    case "token":
      return { type, token: reader.secret("token", "set OS_TOKEN"), scope: reader.scope() };
    case "v3applicationcredential":
      return applicationCredential(reader);
    default:
      problems.add("auth_type", given, "is not supported", `use one of: ${Object.keys(TYPES).join(", ")}`);
      return { type: "token", token: new Secret(""), scope: "none" };
  }
}

/** Keystone's URL as written. */
export const readAuthUrl = (settings: Settings): string | undefined => lookup(settings, "auth_url");
