import type { Clock } from "../clock.ts";
import type { SnapshotScope } from "../cloud/cloud-api.ts";
import { OpenStackCloud } from "../cloud/openstack-cloud.ts";
import type { Progress } from "../progress.ts";
import type { Snapshot } from "../cloud/snapshot.ts";
import { emptyTrace, type Trace } from "./trace-data.ts";

/** Maximum number of samples: a move of hours would have thousands, more than a picture has pixels. */
const MOST_SAMPLES = 2_000;

/** Keeps the memory samples, and passes every event on. */
export function traced(progress: Progress, clock: Clock, trace: Trace): Progress {
  return (event) => {
    if (event.kind === "memory") {
      const { totalBytes, remainingBytes } = event;
      trace.memorySamples.push({ at: clock.now(), totalBytes, remainingBytes });
      if (trace.memorySamples.length > MOST_SAMPLES) {
        trace.memorySamples = trace.memorySamples.filter((_, i) => i % 2 === 0);
      }
    }
    progress(event);
  };
}

/** The real cloud, remembering the hosts that it saw. */
export class TracedCloud extends OpenStackCloud {
  readonly trace = emptyTrace();

  override async snapshot(serverId: string, scope: SnapshotScope): Promise<Snapshot> {
    const snapshot = await super.snapshot(serverId, scope);
    if (snapshot.hosts.known) {
      this.trace.hosts = snapshot.hosts.value.map(({ host, availabilityZone }) => ({ host, availabilityZone }));
    }
    return snapshot;
  }
}
