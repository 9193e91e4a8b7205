import type { Auth, Domain, Named, Scope } from "./cloud-config.ts";
import type { Problems } from "./config-problems.ts";
import { isSettings } from "./cloud-settings.ts";
import type { Settings } from "./cloud-settings.ts";
import { Secret } from "./secret.ts";
import { textIn } from "./setting-text.ts";

/** What openstacksdk moves below `auth:` first (`_fix_backwards_project`): the newest name wins, also an empty one. */
const MOVED: Readonly<Record<string, readonly string[]>> = {
  project_id: ["project_id", "tenant_id"],
  project_name: ["project_name", "tenant_name"],
  token: ["token", "auth_token"],
  ...Object.fromEntries(
    ["domain", "user_domain", "project_domain"].flatMap((of) => [
      [`${of}_id`, [`${of}_id`]],
      [`${of}_name`, [`${of}_name`]],
    ]),
  ),
};

/** Looks a setting up below `auth:` first, then at the top level, as openstacksdk does. */
function lookup(settings: Settings, key: string): unknown {
  const auth = isSettings(settings["auth"]) ? settings["auth"] : {};
  const moved = MOVED[key]?.flatMap((name) => [auth[name], settings[name]]);
  if (moved) return moved.find((value) => value !== undefined && value !== null);
  const names = key === "username" ? ["username", "user_name", "user"] : [key];
  return [auth, settings].flatMap((place) => names.map((name) => place[name])).find((value) => (value ?? "") !== "");
}

class AuthReader {
  readonly #settings: Settings;
  readonly problems: Problems;

  constructor(settings: Settings, problems: Problems) {
    this.#settings = settings;
    this.problems = problems;
  }

  get(key: string): string | undefined {
    return textIn(lookup(this.#settings, key), `auth.${key}`, this.problems);
  }

  need(key: string, fix: string): string {
    const value = lookup(this.#settings, key);
    if ((value ?? "") === "") this.problems.add(`auth.${key}`, undefined, "is missing", fix);
    return this.get(key) ?? "";
  }

  secret(key: string, fix: string): Secret {
    return new Secret(this.need(key, fix));
  }

  /**
   * An id wins over a name. With a project, `domain_id` and `domain_name` stand for both the user's and the project's; without
   * one they are the scope. The last resort is the domain `default`, as with the `openstack` client.
   */
  #domain(of: "user" | "project"): Domain {
    const shared = this.#hasProject() ? ["domain"] : [];
    for (const names of [[`${of}_domain`, ...shared, "default_domain"], ["domain"]]) {
      const id = this.#first(names.map((name) => `${name}_id`));
      if (id !== undefined) return { id };
      const name = this.#first(names.map((one) => `${one}_name`));
      if (name !== undefined) return { name };
    }
    return { id: this.get("default_domain") ?? "default" };
  }

  #first(keys: readonly string[]): string | undefined {
    return keys.map((key) => this.get(key)).find((value) => value !== undefined);
  }

  #hasProject(): boolean {
    return this.#first(["project_id", "project_name"]) !== undefined;
  }

  user(): Named {
    const id = this.get("user_id");
    if (id !== undefined) return { id };
    return { name: this.need("username", "set OS_USERNAME, or username below auth:"), domain: this.#domain("user") };
  }

  #projectOrDomain(): Scope | undefined {
    const id = this.get("project_id");
    if (id !== undefined) return { project: { id } };
    const name = this.get("project_name");
    if (name !== undefined) return { project: { name, domain: this.#domain("project") } };
    const domainId = this.get("domain_id");
    if (domainId !== undefined) return { domain: { id: domainId } };
    const domainName = this.get("domain_name");
    return domainName === undefined ? undefined : { domain: { name: domainName } };
  }

  scope(): Scope {
    const scope = this.#projectOrDomain();
    const trust = this.get("trust_id");
    if (trust !== undefined) {
      if (scope) {
        const fix = "remove trust_id, or the project (or domain) from this cloud and from the OS_* variables";
        this.problems.add("auth.trust_id", trust, "a trust has its own project, and another is given", fix);
      }
      return { "OS-TRUST:trust": { id: trust } };
    }
    if (scope) return scope;
    const system = this.get("system_scope");
    if (system === undefined) return "none";
    if (system !== "all")
      this.problems.add("auth.system_scope", system, "is not a scope", "write `all`, or leave it out");
    return { system: { all: true } };
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
    const fix = "set auth_type: v3applicationcredential";
    reader.problems.add("auth_type", "password", "does not fit an application credential", fix);
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
    reader.problems.add("auth.application_credential_id", undefined, "is missing", fix);
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
  const given = reader.get("auth_type") ?? reader.get("auth_plugin");
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
      problems.add(
        "auth_type",
        given,
        "is not supported",
        `use one of: ${Object.keys(TYPES).join(", ")}; who logs in by single sign-on or with a second factor needs an ` +
          "application credential (`openstack application credential create`)",
      );
      return { type: "token", token: new Secret(""), scope: "none" };
  }
}

/** Keystone's URL as written. */
export const readAuthUrl = (settings: Settings, problems: Problems): string | undefined =>
  textIn(lookup(settings, "auth_url"), "auth.auth_url", problems);
