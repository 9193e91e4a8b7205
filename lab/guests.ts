/** What becomes of guests when the lab goes down and comes up again. */
import { setTimeout as sleep } from "node:timers/promises";
import { onHost } from "./hosts.ts";
import { labProcesses, signal } from "./processes.ts";
import type { Api } from "./rest.ts";
import { run } from "./shell.ts";
import type { Lab } from "./settings.ts";
import { waitFor } from "./wait.ts";

const guestsOf = (lab: Lab): ReturnType<typeof labProcesses> =>
  labProcesses(lab).filter(({ command }) => command.includes("qemu-system-") && command.includes("guest="));

/**
 * Ends all guests as a power cut would, but lets QEMU write what it still caches and give its volumes free.
 * Ceph must be alive, and Nova must not be, else it takes them for stopped on purpose.
 */
export async function endGuests(lab: Lab): Promise<void> {
  const guests = guestsOf(lab);
  if (guests.length === 0) return;
  signal(guests, "SIGTERM");
  for (let i = 0; i < 50 && guestsOf(lab).length > 0; i++) await sleep(100);
}

interface Server {
  id: string;
  name: string;
  status: string;
  "OS-EXT-SRV-ATTR:host": string;
  "OS-EXT-SRV-ATTR:instance_name": string;
  "OS-EXT-STS:task_state": string | null;
}

const LIST = "/servers/detail?all_tenants=1&limit=1000";

/**
 * Starts each guest again that Nova still shows ACTIVE though it does not run: by a hard reboot through the API, so that Nova knows.
 * Returns their names. Servers in any other state are left as they are.
 */
export async function startGuests(lab: Lab, api: Api, say: (what: string) => void): Promise<string[]> {
  if (lab.profile !== "guest") return [];
  const { servers } = await api.call<{ servers: Server[] }>("compute", "GET", LIST);
  const running = new Set<string>();
  for (const host of lab.hosts) {
    const [command = "", ...args] = onHost(lab, host, ["virsh", "list", "--name"]);
    for (const name of (await run(command, args, { timeout: 30_000 })).split("\n")) running.add(`${host}/${name}`);
  }
  const key = (server: Server): string =>
    `${server["OS-EXT-SRV-ATTR:host"]}/${server["OS-EXT-SRV-ATTR:instance_name"]}`;
  const lost = servers.filter((server) => server.status === "ACTIVE" && !running.has(key(server)));
  if (lost.length === 0) return [];
  say(lost.map(({ name }) => name).join(", "));
  await Promise.all(
    lost.map(({ id }) => api.call("compute", "POST", `/servers/${id}/action`, { reboot: { type: "HARD" } })),
  );
  const ids = new Set(lost.map(({ id }) => id));
  await waitFor(
    `servers running again: ${lost.map(({ name }) => name).join(", ")}`,
    async () => {
      const now = await api.call<{ servers: Server[] }>("compute", "GET", LIST);
      const ours = now.servers.filter(({ id }) => ids.has(id));
      return ours.every((server) => server["OS-EXT-STS:task_state"] === null && server.status !== "HARD_REBOOT");
    },
    { seconds: 300, every: 500 },
  );
  return lost.map(({ name }) => name);
}
