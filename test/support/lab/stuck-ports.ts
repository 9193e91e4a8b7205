import { join } from "node:path";
import { labPaths, onHost } from "../../../lab/api.ts";

/** Runs statements on Neutron's database. */
function neutron(sql: string): Promise<string> {
  const socket = join(labPaths().stateDir, "run/mysql.sock");
  return onHost("infra", ["mariadb", "-uroot", "-S", socket, "neutron", "-e", sql]);
}

/**
 * From its next change on, each port of a server is DOWN, whatever Neutron sets it to.
 *
 * @returns what makes them ACTIVE, and obey Neutron again
 */
export async function keepPortsDown(serverId: string): Promise<() => Promise<void>> {
  const trigger = `stuck_${serverId.replaceAll("-", "")}`;
  const status = `if(new.device_id = '${serverId}', 'DOWN', new.status)`;
  await neutron(`create trigger ${trigger} before update on ports for each row set new.status = ${status}`);
  return async () => {
    await neutron(`drop trigger ${trigger}; update ports set status = 'ACTIVE' where device_id = '${serverId}'`);
  };
}
