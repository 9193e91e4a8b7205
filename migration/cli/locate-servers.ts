import type { Cloud } from "../../openstack/cloud.ts";
import { findServers, theOne } from "../cloud/find-servers.ts";
import { withCloudErrors } from "../cloud/openstack-cloud.ts";
import { BadInput } from "../contract/request-input.ts";
import type { Problem } from "../../openstack/problems.ts";

/** A server to run a request for. */
export interface Located {
  /** As the user named it. */
  asked: string;
  id: string;
  name: string;
  /** Its host before any move; null: not visible to this user. */
  host: string | null;
}

/**
 * Finds all servers before any is moved, so that a wrong name stops nothing half-way.
 *
 * @throws BadInput with each name that matches no server, several servers, or the same server as another name.
 * @throws CloudLost
 */
export async function locate(cloud: Cloud, asked: readonly string[]): Promise<Located[]> {
  const found = await Promise.all(asked.map((name) => withCloudErrors(() => findServers(cloud, name))));
  const problems: Problem[] = [];
  const located = new Map<string, Located>();
  for (const [i, servers] of found.entries()) {
    const name = asked[i] ?? "";
    const { server, wrong } = theOne(name, servers);
    if (wrong) {
      problems.push({ path: "SERVER", value: name, ...wrong });
      continue;
    }
    const other = located.get(server.id);
    if (other) {
      problems.push({
        path: "SERVER",
        value: name,
        problem: `this is the same server as ${other.asked}`,
        fix: "give it once",
      });
      continue;
    }
    located.set(server.id, { asked: name, id: server.id, name: server.name, host: server.host ?? null });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return [...located.values()];
}

/** A label for each server: its name, with its id if another server has that name too. Pure. */
export function labels(servers: readonly Pick<Located, "id" | "name">[]): Map<string, string> {
  const byName = Map.groupBy(servers, ({ name }) => name);
  return new Map(
    servers.map(({ id, name }) => [id, byName.get(name)?.length === 1 ? name : `${name} (${id.slice(0, 8)})`]),
  );
}
