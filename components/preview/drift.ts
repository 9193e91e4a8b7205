/**
 * What to do about a server that is not where it was declared and last verified to be, because someone moved or
 * evacuated it: `restore` moves it back with the next `up`; `warn` says so in each preview; `ignore` says nothing.
 */
export const DRIFT_POLICIES = ["restore", "warn", "ignore"] as const;
export type DriftPolicy = (typeof DRIFT_POLICIES)[number];
