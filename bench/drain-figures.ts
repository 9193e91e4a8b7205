/** The same servers drained by three tools; times in seconds. */
export interface Drain {
  servers: number;
  /** Hosts that are drained at once. */
  sources: number;
  /** `live-migrate drain`: the whole process, which ends with every host proven empty. */
  seconds: number;
  /** By Nova's records of these moves and its limit: the least that the busiest source needs. */
  idealSeconds: number;
  /** One loop of `openstack server migrate --live-migration --wait` for each source, all at once. */
  clientLoopSeconds: number;
  /** `nova host-evacuate-live` of each source, all at once, and then until the last server has left. */
  hostEvacuateLiveSeconds: number;
  /** Servers that are whole on another host afterwards, by Nova, and those of which the tool itself has checked that. */
  moved: Record<Tool, { arrived: number; verified: number }>;
}

export type Tool = "drain" | "clientLoop" | "hostEvacuateLive";

/** Lines for a person. Pure. */
export function drainTable(all: Drain): string[] {
  const { servers, sources, idealSeconds, moved } = all;
  const row = (what: string, seconds: number, tool: Tool) => {
    const { arrived, verified } = moved[tool];
    const ratio = idealSeconds > 0 ? `${(seconds / idealSeconds).toFixed(2)} ×` : "";
    const counts = `${arrived} arrived, ${verified} verified`;
    return [what.padEnd(44), `${seconds.toFixed(1)} s`.padStart(9), ratio.padStart(8), counts].join("  ");
  };
  return [
    `${servers} servers from ${sources} ${sources === 1 ? "host" : "hosts"}; ideal by Nova's records: ${idealSeconds.toFixed(1)} s`,
    row("live-migrate drain, hosts proven empty", all.seconds, "drain"),
    row("openstack server migrate --wait, in a loop", all.clientLoopSeconds, "clientLoop"),
    row("nova host-evacuate-live", all.hostEvacuateLiveSeconds, "hostEvacuateLive"),
  ];
}
