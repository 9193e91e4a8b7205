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
