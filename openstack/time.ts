/**
 * Makes a service's time one that every reader understands: Nova and Cinder write UTC without saying so, and a reader
 * would take it for local time.
 *
 * @example utc("2026-11-23T20:40:44.000000") // "2026-11-23T20:40:44.000000Z"
 */
export const utc = (time: string): string => (/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);

/** The same for a time that may be missing; Cinder writes an empty text then. */
export const optionalUtc = (time: string | undefined): string | undefined =>
  time === undefined || time === "" ? undefined : utc(time);
