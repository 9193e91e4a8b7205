/** What a run saw on its way that a report shows and a record leaves out. */
export interface Trace {
  /** Memory still to be copied, as Nova reported it. */
  memorySamples: MemorySample[];
  /** All compute hosts, as last seen; empty: not visible to this user. */
  hosts: { host: string; availabilityZone: string | null }[];
}

export interface MemorySample {
  /** Milliseconds since the epoch. */
  at: number;
  totalBytes: number;
  remainingBytes: number;
}

export const emptyTrace = (): Trace => ({ memorySamples: [], hosts: [] });
