/** The lines of Nova's logs that a migration's own time is read from. */
export interface NovaLogs {
  /** nova-api's: the request, when it was answered and how long that took. */
  api: string;
  /**
   * The source's nova-compute's: its last step, the deletion of what the migration itself held in Placement
   * (`_post_live_migration` in nova/compute/manager.py). The record says `completed` a moment before, but until that step
   * the server counts twice, and nobody who looks may call it whole.
   */
  compute: string;
}

const AT = String.raw`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) .*`;

/**
 * Seconds that Nova itself took for the migration of a request, from the request's arrival to its end, to the
 * millisecond: its API tells whole seconds only. Undefined if the logs do not have both. Pure.
 *
 * @param requestId such as `req-…`, as the record has it
 */
export function novaSeconds({ api, compute }: NovaLogs, requestId: string): number | undefined {
  const id = requestId.replace(/[^\w-]/g, "");
  const asked = new RegExp(`${AT}\\b${id}\\b.*POST .*/action HTTP.*status: 202 .*time: ([\\d.]+)`, "m").exec(api);
  const done = new RegExp(`${AT}\\b${id}\\b.*Deleted allocation for migration `, "m").exec(compute);
  if (!asked || !done) return undefined;
  const moment = (text = "") => Date.parse(`${text.replace(" ", "T")}Z`) / 1000;
  return moment(done[1]) - (moment(asked[1]) - Number(asked[2]));
}
