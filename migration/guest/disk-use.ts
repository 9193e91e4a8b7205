/** Whether a guest uses a disk. */
export type DiskUse =
  | { state: "free" }
  /** @example { state: "in-use", by: ["mounted on /mnt/vol01"] } */
  | { state: "in-use"; by: string[] }
  | { state: "unknown"; reason: string };

/**
 * A POSIX shell script that prints, of every disk: its serial number, what lies on it (partitions, LVM, LUKS, …) and
 * where that is mounted, in containers too. Needs only lsblk.
 */
export const DISK_USE_SCRIPT = String.raw`
for path in /sys/block/*; do
  disk=$(basename "$path")
  serial=$(cat "$path/serial" 2>/dev/null || tr -cd '[:alnum:]-' < "$path/device/vpd_pg80" 2>/dev/null)
  [ -n "$serial" ] || continue
  echo "== $serial"
  lsblk -rno NAME,TYPE,MOUNTPOINTS "/dev/$disk" 2>/dev/null || lsblk -rno NAME,TYPE,MOUNTPOINT "/dev/$disk" || echo "?"
  lsblk -rno MAJ:MIN "/dev/$disk" | while read -r number; do
    cat /proc/[0-9]*/mountinfo 2>/dev/null | grep " $number " | cut -d' ' -f5 | sort -u | sed 's/^/@ /'
  done
done
echo "== end"
`;

/** Nova gives a volume's id as the disk's serial number; virtio disks keep this much of it. */
const VIRTIO_SERIAL = 20;

/** Layers on a disk that do not count as use. */
const INERT = new Set(["disk", "part"]);

/** Reads the output of {@link DISK_USE_SCRIPT}. Pure. */
export function diskUse(output: string, volumeId: string): DiskUse {
  const sections = output.split(/^== /m).slice(1);
  if (sections.at(-1)?.trim() !== "end") return { state: "unknown", reason: "the guest's answer is not whole" };
  const section = sections.find((one) => {
    const serial = one.split("\n", 1)[0]?.trim() ?? "";
    return serial.length >= VIRTIO_SERIAL && (volumeId.startsWith(serial) || serial.includes(volumeId));
  });
  if (section === undefined) return { state: "unknown", reason: "no disk in the guest has the volume's serial number" };
  const lines = section
    .split("\n")
    .slice(1)
    .filter((line) => line.trim() !== "");
  if (lines.length === 0 || lines.includes("?")) {
    return { state: "unknown", reason: "the guest's lsblk does not list the disk" };
  }
  const by = new Set<string>();
  for (const line of lines) {
    const [name = "", type = "", mountPoints = ""] = line.split(" ");
    if (name === "@") {
      by.add(`mounted on ${unescaped(type)}`);
      continue;
    }
    for (const mountPoint of mountPoints.split("\\x0a").filter((point) => point !== "")) {
      by.add(mountPoint === "[SWAP]" ? `${name} is swap` : `mounted on ${unescaped(mountPoint)}`);
    }
    if (!INERT.has(type)) by.add(`${name} (${type}) is made of it`);
  }
  return by.size > 0 ? { state: "in-use", by: [...by].sort() } : { state: "free" };
}

/** Blanks in mount points: `\x20` of lsblk, `\040` of the kernel. */
const unescaped = (text: string) => text.replaceAll("\\x20", " ").replaceAll("\\040", " ");
