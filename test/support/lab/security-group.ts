import type { Api } from "../../../lab/rest.ts";

/** Lets these TCP ports in from everywhere, and nothing else; everything out. Returns its name and what removes it. */
export async function securityGroup(
  api: Api,
  name: string,
  ports: readonly number[],
): Promise<{ name: string; id: string; remove: () => Promise<void> }> {
  const made = await api.call<{ security_group: { id: string } }>("network", "POST", "/security-groups", {
    security_group: { name },
  });
  const { id } = made.security_group;
  for (const port of ports) await allow(api, id, { protocol: "tcp", port_range_min: port, port_range_max: port });
  const remove = async () => {
    await api.call("network", "DELETE", `/security-groups/${id}`);
  };
  return { name, id, remove };
}

/** Adds a rule for what comes in. Returns what takes it away again. */
export async function allow(api: Api, group: string, rule: Record<string, unknown>): Promise<() => Promise<void>> {
  const made = await api.call<{ security_group_rule: { id: string } }>("network", "POST", "/security-group-rules", {
    security_group_rule: { security_group_id: group, direction: "ingress", ethertype: "IPv4", ...rule },
  });
  return async () => {
    await api.call("network", "DELETE", `/security-group-rules/${made.security_group_rule.id}`);
  };
}
