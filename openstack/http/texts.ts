/**
 * What this client says of an answer that is none, for people: each becomes a part of an error (errors.ts), which
 * migration/cloud/openstack-cloud.ts gives its fix. Of connections that fail, network-failure.ts has the texts.
 */
export const TEXTS = {
  "given-up": () => "given up on request",
  "unknown-failure": () => "unknown failure",
  "no-proxy": (detail: string) => `cannot be reached: ${detail}`,
  "proxy-password": () => "asks for a user and password (status 407)",
  "proxy-refuses": (target: string, status: number) => `refuses to connect to ${target} (status ${status})`,
  "proxy-answers": (target: string, status: number) =>
    `answers with a page of its own instead of connecting to ${target} (status ${status})`,
  "through-proxy": (origin: string, proxy: string) => `${origin} through the proxy ${proxy}`,
  "no-keystone": (authUrl: string) =>
    `no Keystone is at ${authUrl}: is auth_url right, and is the cloud reached from here?`,
  "no-subject-token": () => "the header X-Subject-Token is missing",
  "no-version-document": (endpoint: string) => `no version document at ${endpoint}`,
  // Not the parser's message: it quotes the body, which may hold a secret.
  "no-json": (characters: number) => `no JSON, but ${characters} characters of something else`,
  "broke-off": (status: number) => `it broke off (status ${status})`,
  skipped: (request: string, count: number, first: string, isPartial: boolean) =>
    `${request}: ${count === 1 ? "1 entry that cannot be read was" : `${count} entries that cannot be read were`} skipped: ${first}. Fix: ` +
    (isPartial
      ? "repair that database; `nova-manage cell_v2 list_cells` shows it"
      : "ask the cloud's operators what is wrong with it"),
  "cell-silent": () => "the database of its Nova cell does not answer",
  "partial-server": (id: string) =>
    `Nova shows only a part of the server ${id} (status UNKNOWN): the database of its cell does not answer`,
  "none-readable": (name: string, first: string) =>
    `none of the servers that can be read has the name ${name}, and not all can be read (${first})`,
  // For developers alone.
  "no-token-yet": () => "the session has no token yet: await Session.connect, or make a request first",
} as const;
