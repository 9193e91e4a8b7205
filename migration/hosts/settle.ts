import type { HostService } from "./hosts-cloud.ts";
import type { HostsContext } from "./hosts-context.ts";
import { readOnTheWay } from "./survey-hosts.ts";

/** How long to wait for builds, resizes and incoming migrations to end, in milliseconds. Then the drain goes on without them. */
const SETTLE_PATIENCE = 300_000;
const SETTLE_POLL = 5_000;

/** Waits until nothing is built, resized or on its way at a host that is closed; not for ever, and not once it is interrupted. */
export async function settle(host: HostService, context: HostsContext): Promise<void> {
  const { clock, stop, progress } = context;
  const say = (text: string) => {
    progress({ kind: "step", text: `${host.host}: ${text}` });
  };
  const until = clock.now() + SETTLE_PATIENCE;
  let told = "";
  while (!stop.aborted) {
    const coming = await readOnTheWay(host, context);
    if (coming.length === 0) return;
    const what = coming.map((one) => one.what).join("; ");
    if (clock.now() >= until) {
      say(`waited ${SETTLE_PATIENCE / 1000} s for the end of what is under way: ${what}`);
      return;
    }
    if (what !== told) say(`waiting for the end of what is under way: ${what}`);
    told = what;
    await clock.sleep(SETTLE_POLL, stop);
  }
}
