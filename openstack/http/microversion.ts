/** A microversion as the APIs write it, such as `2.93`. Not a number: 2.100 is newer than 2.99. */
export type Microversion = `${number}.${number}`;

/** What a cloud supports, both ends included. */
export interface MicroversionRange {
  min: Microversion;
  max: Microversion;
}

/**
 * Reads `2.93`.
 *
 * @returns undefined if the text is no microversion
 */
export function parseMicroversion(text: string): Microversion | undefined {
  return /^\d+\.\d+$/.test(text) ? (text as Microversion) : undefined;
}

/** Negative if `a` is older than `b`, zero if they are the same, positive if it is newer. */
export function compareMicroversions(a: Microversion, b: Microversion): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

export const atLeast = (version: Microversion, wanted: Microversion): boolean =>
  compareMicroversions(version, wanted) >= 0;

/**
 * The newest version of a cloud that is not newer than `wanted`.
 *
 * @returns undefined if the cloud's oldest version is newer than that
 * @example pick({ min: "2.1", max: "2.93" }, "2.104") // "2.93"
 */
export function pick(range: MicroversionRange, wanted: Microversion): Microversion | undefined {
  if (!atLeast(wanted, range.min)) return undefined;
  return atLeast(range.max, wanted) ? wanted : range.max;
}
