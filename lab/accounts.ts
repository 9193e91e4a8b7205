/** Keystone: the first account, the services' accounts and the catalog, an ordinary user. */
import { authUrl, PORTS, REGION } from "./config/common.ts";
import { Api } from "./rest.ts";
import { SERVICE_USERS, type Secrets } from "./secrets.ts";
import type { Lab } from "./settings.ts";

/** Arguments and environment of `keystone-manage bootstrap`; the password goes by the environment. */
export function bootstrap(lab: Lab): { args: string[]; env: (secrets: Secrets) => Record<string, string> } {
  const urls = ["public", "internal", "admin"].flatMap((kind) => [`--bootstrap-${kind}-url`, authUrl(lab)]);
  return {
    args: ["bootstrap", "--bootstrap-region-id", REGION, ...urls],
    env: (secrets) => ({ OS_BOOTSTRAP_PASSWORD: secrets.admin }),
  };
}

interface Entry {
  id: string;
  name: string;
}

/** Name, type and address of each service of the catalog but Keystone, which enters itself. */
export function catalog(lab: Lab): { name: string; type: string; url: string }[] {
  const at = (port: number, path = ""): string => `http://${lab.address}:${port}${path}`;
  const cinder = at(PORTS.cinder, "/v3/$(project_id)s");
  return [
    { name: "nova", type: "compute", url: at(PORTS.nova, "/v2.1") },
    { name: "cinderv3", type: "volumev3", url: cinder },
    { name: "cinder", type: "block-storage", url: cinder },
    { name: "glance", type: "image", url: at(PORTS.glance) },
    { name: "placement", type: "placement", url: at(PORTS.placement) },
    { name: "neutron", type: "network", url: at(PORTS.neutron) },
  ];
}

/**
 * Makes what is missing. Before conductor and scheduler start: both end on a 401.
 */
export async function makeAccounts(lab: Lab, secrets: Secrets): Promise<void> {
  const api = await Api.admin(lab, secrets);
  const list = async (kind: string): Promise<Entry[]> =>
    (await api.call<Record<string, Entry[]>>("identity", "GET", `/${kind}s`))[`${kind}s`] ?? [];
  const ensure = async (
    kind: string,
    have: Entry[],
    body: { name: string } & Record<string, unknown>,
  ): Promise<string> => {
    const found = have.find((entry) => entry.name === body.name);
    if (found) return found.id;
    const made = await api.call<Record<string, Entry>>("identity", "POST", `/${kind}s`, { [kind]: body });
    return made[kind]?.id ?? "";
  };
  const [roles, projects, users, services] = await Promise.all([
    list("role"),
    list("project"),
    list("user"),
    list("service"),
  ]);
  const role = new Map(roles.map((entry) => [entry.name, entry.id]));
  role.set("service", await ensure("role", roles, { name: "service" }));

  const account = async (user: string, project: string, password: string, granted: string[]): Promise<void> => {
    const id = await ensure("user", users, { name: user, domain_id: "default", password });
    for (const name of granted)
      await api.call("identity", "PUT", `/projects/${project}/users/${id}/roles/${role.get(name) ?? name}`);
  };
  const service = await ensure("project", projects, { name: "service", domain_id: "default" });
  const demo = await ensure("project", projects, { name: "demo", domain_id: "default" });
  // The role "service" is what makes their tokens service tokens.
  await Promise.all(SERVICE_USERS.map((user) => account(user, service, secrets[user], ["admin", "service"])));
  await account("demo", demo, secrets.user, ["member"]);

  for (const { name, type, url } of catalog(lab)) {
    const id = await ensure("service", services, { name, type });
    const known = await api.call<{ endpoints: unknown[] }>("identity", "GET", `/endpoints?service_id=${id}`);
    if (known.endpoints.length > 0) continue;
    for (const interfaceName of ["public", "internal"])
      await api.call("identity", "POST", "/endpoints", {
        endpoint: { service_id: id, interface: interfaceName, region_id: REGION, url },
      });
  }
}
