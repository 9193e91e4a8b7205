import type { Answer } from "../../cloud/cloud-api.ts";
import type { MigrationEntry } from "../../cloud/snapshot.ts";

/** Why a person has it reverted. */
export const REQUESTED = "as requested";

/** Why nobody ends a cold migration, and what to do. Pure. */
export function coldAbandonedReason(
  { id, status }: MigrationEntry,
  down: readonly string[],
  destination: string,
): string {
  const hosts = down.join(" and ");
  return (
    `nova-compute on ${hosts} is down, and without it nothing ends the cold migration ${id}, which stays ${status}. Its guest is ` +
    `shut down. Restart nova-compute on ${hosts}; then \`openstack server show\` tells where the server is: on ${destination}, or in ERROR. ` +
    "Do not reset the server's state, and do not start it, before its volumes are attached on one host"
  );
}

/** Why a confirmation was not sent, or does not end. Pure. */
export const confirmationHangs = (down: readonly string[], sent: boolean): string =>
  `nova-compute on ${down.join(" and ")} is down, which has to give up what it holds of the server: the confirmation ` +
  `${sent ? "does not end" : "was not sent"}. The server is whole on its destination. Bring that nova-compute up (\`openstack compute service list\`)`;

/** The server is in ERROR after a cold migration. Pure. */
export const coldErrorReason = (migration: MigrationEntry | null, nova: string | null): string =>
  `its cold migration${migration ? ` ${migration.id} (${migration.sourceCompute ?? "?"} → ${migration.destCompute ?? "?"})` : ""} left it in ERROR` +
  `${nova === null ? "" : `: ${nova.replace(/[.\s]+$/, "")}`}. Look with \`virsh list --all\` on both hosts, and where its volumes are attached, before it is started`;

/** Why a confirmation was not sent: its server may be lost. Pure. */
export const destinationDown = (host: string): string =>
  `nova-compute on ${host} is down, where the server is: the confirmation was not sent, which would give up the copy of its local disks on its source. Bring that nova-compute up (\`openstack compute service list\`), and look whether the guest lives`;

/** Nova has begun to confirm it, and nobody ends that. Pure. */
export const confirmationLost = ({ id, updatedAt }: MigrationEntry): string =>
  `its cold migration ${id} is confirming since ${updatedAt ?? "long ago"}, and nova-compute on its source is up: it has lost the request, ` +
  "and Nova takes no second one. Its log tells why; the server is whole on its destination, and its source stays reserved until it is repaired in Nova's database";

/** Why watching ended. @param asked what Nova was asked for by then. Pure. */
export const interruptedReason = (asked: "confirm" | "revert" | null): string =>
  asked === null
    ? "watching was interrupted. Nova has no abort of a cold migration: `live-migrate revert` takes it back once it has arrived"
    : `watching was interrupted after its ${asked === "confirm" ? "confirmation" : "revert"} was requested`;

/** @param undone the local disks that a revert takes back, in words; null: there are none */
export const notConfirmed = (undone: string | null) =>
  "its cold migration is not confirmed: `live-migrate revert` takes it back" +
  (undone === null ? "" : `, without what its guest has written to its local disks (${undone}) since it arrived`);

/** A revert would bring the server back without what it needs there, and not by this program's decision. */
export const NOT_RESERVED =
  "its cold migration is neither confirmed nor reverted: the source may have no room for it any more";

/** Why a decision that was sent is still to be made. Pure. */
export function notTaken(what: "confirm" | "revert", { outcome, message, forbidden }: Answer): string {
  const words = message.replace(/[.\s]+$/, "");
  // No later try of this user is accepted either.
  if (forbidden === true) {
    const rule = `Nova's policy os_compute_api:servers:${what}_resize; docs/accounts.md`;
    return `this user may not ${what} it (${words}). Use an account that may (${rule}), or have its owner do it (\`openstack server migration ${what}\`)`;
  }
  return outcome === "declined"
    ? `Nova declines to ${what} it: ${words}`
    : `it is not known whether Nova has taken the ${what}: ${words}`;
}
