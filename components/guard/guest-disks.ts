import { systemClock } from "../../migration/clock.ts";
import { DISK_USE_SCRIPT, diskUse, type DiskUse } from "../../migration/guest/disk-use.ts";
import { Guest } from "../../migration/guest/ssh.ts";
import { GuestCheckSchema, type GuestCheckInput } from "../../migration/contract/settings.ts";
import { textOf } from "../texts.ts";

/**
 * Looks into a guest, once, for whether it uses these volumes.
 *
 * @param address of the guest, unless `guest` gives one
 */
export async function guestDisks(
  guest: GuestCheckInput | null | undefined,
  address: string | undefined,
  volumeIds: readonly string[],
): Promise<DiskUse[]> {
  const unknown = (reason: string) => volumeIds.map((): DiskUse => ({ state: "unknown", reason }));
  if (!guest) return unknown(textOf("no-guest-access"));
  const check = GuestCheckSchema.parse(guest);
  const at = check.address ?? address;
  if (at === undefined) return unknown(textOf("no-address"));
  await using looker = new Guest(check, at, systemClock);
  const answer = await looker.run(DISK_USE_SCRIPT);
  return answer.ok ? volumeIds.map((id) => diskUse(answer.stdout, id)) : unknown(answer.reason);
}
