const SECRETS = ["password", "token", "auth_token", "application_credential_secret"];
const USER = ["username", "user_name", "user_id", "application_credential_id", "application_credential_name"];
const DOMAIN = ["domain_id", "domain_name"];
const DEFAULT_DOMAIN = ["default_domain_id", "default_domain_name"];
const USER_DOMAIN = ["user_domain_id", "user_domain_name"];
const PROJECT = ["project_id", "project_name", "tenant_id", "tenant_name"];
const SCOPE = [...PROJECT, ...DOMAIN, "trust_id", "system_scope"];
const PROJECT_DOMAIN = ["project_domain_id", "project_domain_name"];
const ANY_DOMAIN = [...DOMAIN, ...DEFAULT_DOMAIN, ...USER_DOMAIN, ...PROJECT_DOMAIN];

/** What variables complete, each unless the cloud has one of these settings itself. */
const COMPLETES: readonly [variables: readonly string[], unless: readonly string[]][] = [
  [["auth_url"], ["auth_url"]],
  [["auth_type"], ["auth_type", "auth_plugin", ...SECRETS]],
  [SECRETS, SECRETS],
  [USER, [...USER, "token", "auth_token"]],
  [USER_DOMAIN, [...USER_DOMAIN, ...DOMAIN, ...DEFAULT_DOMAIN]],
  [[...PROJECT, "trust_id", "system_scope"], SCOPE],
  [PROJECT_DOMAIN, [...PROJECT_DOMAIN, ...DOMAIN, ...DEFAULT_DOMAIN]],
  [DOMAIN, [...ANY_DOMAIN, "trust_id", "system_scope"]],
  [DEFAULT_DOMAIN, ANY_DOMAIN],
  [["default_domain"], ["default_domain"]],
  [
    ["interface", "endpoint_type"],
    ["interface", "endpoint_type"],
  ],
  [["cacert"], ["cacert", "verify", "insecure"]],
  [
    ["cert", "key"],
    ["cert", "key"],
  ],
];

/**
 * Completes a cloud of a file with `OS_*` variables, as the `openstack` client does. A variable never replaces a setting, and
 * never adds to one that says the same in another way: `OS_PROJECT_ID` of a shell leaves the cloud's `project_name` alone.
 *
 * @param environment the variables, in lower case and without `OS_`
 */
export function completeFromEnvironment<T extends Record<string, unknown>>(
  settings: T,
  environment: Record<string, unknown>,
): T {
  const auth = settings["auth"] as Record<string, unknown>;
  const has = (key: string) => [auth[key], settings[key]].some((value) => (value ?? "") !== "");
  const missing = COMPLETES.flatMap(([variables, unless]) => (unless.some(has) ? [] : variables));
  return { ...settings, ...Object.fromEntries(Object.entries(environment).filter(([key]) => missing.includes(key))) };
}
