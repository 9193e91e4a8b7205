import { sh, shellQuote } from "../../text/shell.ts";

/** What the guest said of itself at one moment. */
export interface GuestFacts {
  /** /proc/sys/kernel/random/boot_id: another one means that the guest was rebooted. */
  bootId: string;
  /** Seconds since the guest booted. */
  uptimeSeconds: number;
  /** `lsblk`, a line per block device: name, size in bytes, type, mount points. */
  blockDevices: string[];
  /** Per mount point: what is mounted there and how large it is; null: nothing is. */
  filesystems: Record<string, { device: string; sizeKiB: number } | null>;
  /** SHA-256 per file; null: unreadable. */
  files: Record<string, string | null>;
}

/** One POSIX shell script that prints every fact, each under a line of its own; needs only lsblk, df and sha256sum. */
export function factsScript(mountPoints: readonly string[], files: readonly string[]): string {
  const section = (name: string, command: string) =>
    `printf '%s\\n' ${shellQuote(`== ${name}`)}; ${command} 2>/dev/null`;
  return [
    section("boot_id", "cat /proc/sys/kernel/random/boot_id"),
    section("uptime", "cat /proc/uptime"),
    section("lsblk", "{ lsblk -brno NAME,SIZE,TYPE,MOUNTPOINTS || lsblk -brno NAME,SIZE,TYPE,MOUNTPOINT; }"),
    ...mountPoints.map((path) => section(`df ${path}`, sh`df -Pk ${path}`)),
    ...files.map((path) => section(`sha256 ${path}`, sh`sha256sum ${path}`)),
    "true",
  ].join("\n");
}

/** Reads the output of {@link factsScript}; null: it is not whole. */
export function parseFacts(output: string): GuestFacts | null {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of output.split("\n")) {
    if (line.startsWith("== ")) sections.set(line.slice(3), (lines = []));
    else if (line.trim() !== "") lines.push(line.trimEnd());
  }
  const bootId = sections.get("boot_id")?.[0];
  const uptimeSeconds = Number(sections.get("uptime")?.[0]?.split(" ")[0]);
  if (bootId === undefined || !Number.isFinite(uptimeSeconds)) return null;
  const facts: GuestFacts = {
    bootId,
    uptimeSeconds,
    blockDevices: sections.get("lsblk") ?? [],
    filesystems: {},
    files: {},
  };
  for (const [name, content] of sections) {
    if (name.startsWith("df ")) facts.filesystems[name.slice(3)] = parseDf(name.slice(3), content);
    if (name.startsWith("sha256 ")) facts.files[name.slice(7)] = content[0]?.split(" ")[0] ?? null;
  }
  return facts;
}

/** The second line of `df -Pk`: device, KiB, used, available, capacity, mount point. */
function parseDf(path: string, lines: string[]): { device: string; sizeKiB: number } | null {
  const [device, size, , , , mountPoint] = lines[1]?.split(/\s+/) ?? [];
  return device !== undefined && mountPoint === path ? { device, sizeKiB: Number(size) } : null;
}
