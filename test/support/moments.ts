import { POST, serverPath, type Berth } from "./berths.ts";
import { eventually } from "./cloud.ts";

type Act = () => void | Promise<void>;

/** At the engine's next look at the server after its request: the answer comes when `act` has ended. */
function atNextLook({ server, proxy }: Berth, act: Act): void {
  proxy.add(POST, { kind: "nothing" }, () => {
    proxy.add({ method: "GET", path: serverPath(server.id) }, { kind: "nothing" }, act);
  });
}

const newestStatus = async ({ cloud, server }: Berth) =>
  (await cloud.compute.getMigrations({ instanceId: server.id, limit: 1 }))[0]?.status;

/** Acts while Nova's record of the migration has the status. */
export function whileRecordIs(status: string, berth: Berth, act: Act): void {
  atNextLook(berth, async () => {
    await eventually(`the record is ${status}`, 30, async () => (await newestStatus(berth)) === status);
    await act();
  });
}

/** Acts when the server is on its destination and idle, and its record has not ended. Takes a pace with a `lag`. */
export function whenArrived(berth: Berth, act: Act): void {
  atNextLook(berth, async () => {
    await eventually("the server has arrived", 30, async () => {
      const { host, taskState } = await berth.cloud.compute.getServer(berth.server.id);
      return host === berth.destination && taskState === null;
    });
    const status = await newestStatus(berth);
    if (status !== "running") throw new Error(`too late: the record is ${status ?? "gone"}`);
    await act();
  });
}
