import { systemClock } from "../../migration/clock.ts";
import { DISK_USE_SCRIPT, diskUse, type DiskUse } from "../../migration/guest/disk-use.ts";
import { Guest } from "../../migration/guest/ssh.ts";
import { GuestCheckSchema, type GuestCheckInput } from "../../migration/contract/settings.ts";

/**
 * Checks over ssh whether the guest uses these volumes.
 *
 * @param address of the guest, unless `guest` gives one
 */
export async function guestDisks(
  guest: GuestCheckInput | null | undefined,
  address: string | undefined,
  volumeIds: readonly string[],
): Promise<DiskUse[]> {
  const unknown = (reason: string) => volumeIds.map((): DiskUse => ({ state: "unknown", reason }));
  if (!guest) return unknown("no access to the guest is configured");
  const check = GuestCheckSchema.parse(guest);
  const at = check.address ?? address;
  if (at === undefined) return unknown("the server has no address");
  await using connection = new Guest(check, at, systemClock);
  const answer = await connection.run(DISK_USE_SCRIPT);
  return answer.ok ? volumeIds.map((id) => diskUse(answer.stdout, id)) : unknown(answer.reason);
}
