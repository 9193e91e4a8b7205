/** The lines of the cloud's logs that a migration's own time is read from. */
export interface Logs {
  /** nova-api's: the request, when it was answered and how long that took. */
  api: string;
  /**
   * The source's nova-compute's: its last step, the deletion of what the migration itself held in Placement
   * (`_post_live_migration` in nova/compute/manager.py). The record says `completed` a moment before, but until that step
   * the server counts twice, and nobody who looks may call it whole.
   */
  compute: string;
  /** neutron-server's: when an agent has told that a port is up, which makes it ACTIVE (`_port_provisioned` in ml2/plugin.py). */
  network: string;
}

/** How long a migration took without its user, from the request's arrival. */
export interface OwnTime {
  /** Seconds until Nova's own end. */
  nova: number;
  /**
   * Seconds until Neutron has heard, too, that the server's ports are up, if that is later: an agent that looks for new
   * devices every 2 s (neutron's `polling_interval`) may see one when Nova has ended.
   */
  cloud: number;
}

const AT = String.raw`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) .*`;

const plain = (id: string) => id.replace(/[^\w-]/g, "");
const moment = (text = "") => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;

/**
 * To the millisecond: Nova's API tells whole seconds only. Undefined if the logs do not have both ends. Pure.
 *
 * @param requestId such as `req-…`, as the record has it
 * @param portIds of the server; a port that was up all the time has no line of its own
 */
export function ownTime(
  { api, compute, network }: Logs,
  requestId: string,
  portIds: readonly string[],
): OwnTime | undefined {
  const id = plain(requestId);
  const asked = new RegExp(`${AT}\\b${id}\\b.*POST .*/action HTTP.*status: 202 .*time: ([\\d.]+)`, "m").exec(api);
  const done = new RegExp(`${AT}\\b${id}\\b.*Deleted allocation for migration `, "m").exec(compute);
  if (!asked || !done) return undefined;
  const began = moment(asked[1]) - Number(asked[2]);
  const up = portIds.flatMap((port) => {
    const told = [...network.matchAll(new RegExp(`${AT}to provision port ${plain(port)}\\b`, "gm"))];
    return told.map(([, at]) => moment(at) - began);
  });
  const nova = moment(done[1]) - began;
  return { nova, cloud: Math.max(nova, ...up) };
}
