import { POST, serverPath, type Berth } from "./berths.ts";

type Act = () => void | Promise<void>;

/** Acts once, at the first look of the engine at the server after its request at which `is` holds; holds the look until then. */
function atLook({ server, proxy }: Berth, is: () => Promise<boolean>, act: Act): void {
  let acted = false;
  const match = { method: "GET", path: serverPath(server.id), times: Number.POSITIVE_INFINITY };
  proxy.add(POST, { kind: "nothing" }, () => {
    proxy.add(match, { kind: "nothing" }, async () => {
      if (acted || !(await is())) return;
      acted = true;
      await act();
    });
  });
}

const newestStatus = async ({ cloud, server }: Berth) =>
  (await cloud.compute.getMigrations({ instanceId: server.id, limit: 1 }))[0]?.status;

/** Acts while Nova's record of the migration has the status. */
export function whileRecordIs(status: string, berth: Berth, act: Act): void {
  atLook(berth, async () => (await newestStatus(berth)) === status, act);
}

/** Acts when the server is on its destination and idle, and its record has not ended. Takes a pace with a `lag`. */
export function whenArrived(berth: Berth, act: Act): void {
  const { cloud, server, destination } = berth;
  const arrived = async () => {
    const { host, taskState } = await cloud.compute.getServer(server.id);
    return host === destination && taskState === null && (await newestStatus(berth)) === "running";
  };
  atLook(berth, arrived, act);
}
