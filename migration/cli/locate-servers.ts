import type { Cloud } from "../../openstack/cloud.ts";
import { findServers, theOne } from "../cloud/find-servers.ts";
import { withCloudErrors } from "../cloud/openstack-cloud.ts";
import { BadInput } from "../contract/request-input.ts";
import type { Problem } from "../../openstack/problems.ts";

/** A server of which a run is wanted. */
export interface Located {
  /** As it was asked for. */
  asked: string;
  id: string;
  name: string;
  /** Where it runs before anything is moved; null: this user may not see it. */
  host: string | null;
}

/**
 * Finds all servers before any is moved, so that a name that is wrong stops nothing half-way.
 *
 * @throws BadInput with each that is not one server, or the same as another.
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

/** What each is called in lines about several: by its name, with its id where others have that name. Pure. */
export function labels(servers: readonly Pick<Located, "id" | "name">[]): Map<string, string> {
  const byName = Map.groupBy(servers, ({ name }) => name);
  return new Map(
    servers.map(({ id, name }) => [id, byName.get(name)?.length === 1 ? name : `${name} (${id.slice(0, 8)})`]),
  );
}
