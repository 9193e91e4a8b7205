import type { MigrationEntry } from "./snapshot.ts";

/**
 * How long the live migrations of a server took so far, from the request to the end of the record, in seconds: the
 * mean of those that Nova still shows and that arrived; of three and more, without the quickest and the slowest. Null:
 * there is none. Nova's times are whole seconds, so that each may be wrong by one, and several together are less so. Pure.
 *
 * @example usualSeconds([{ …, status: "completed", createdAt: "2026-03-01T10:00:00Z", updatedAt: "2026-03-01T10:00:04Z" }]) // 4
 */
export function usualSeconds(migrations: readonly MigrationEntry[]): number | null {
  const took = migrations
    .filter(({ status, createdAt, updatedAt }) => status === "completed" && createdAt !== null && updatedAt !== null)
    .map(({ createdAt, updatedAt }) => (Date.parse(updatedAt ?? "") - Date.parse(createdAt ?? "")) / 1000)
    .filter((seconds) => seconds >= 0)
    .sort((a, b) => a - b);
  const cut = took.length < 3 ? 0 : 1;
  const middle = took.slice(cut, took.length - cut);
  return middle.length === 0 ? null : middle.reduce((sum, seconds) => sum + seconds, 0) / middle.length;
}
