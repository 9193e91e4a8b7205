/** A slow link for migrations that leave a host: takes effect at once, also on those that run, and nothing is restarted for it. */
import { onHost } from "./hosts.ts";
import { LabError, run } from "./shell.ts";
import type { Lab } from "./settings.ts";

/** QEMU's incoming migrations listen from here on; libvirt's default range is 64 ports. */
const FIRST_PORT = 49_152;
const PORT_MASK = "0xffc0";

/**
 * The `tc` commands that slow migrations from a host down, and nothing else: its storage and messages stay as quick.
 * @param mebibytes per second
 */
export function slowCommands(mebibytes: number): string[][] {
  const class_ = (id: string, rate: string): string[] => [
    ...["tc", "class", "add", "dev", "eth0", "parent", "1:", "classid", `1:${id}`],
    ...["htb", "rate", rate, "quantum", "60000"],
  ];
  const match = ["u32", "match", "ip", "dport", String(FIRST_PORT), PORT_MASK];
  return [
    ["tc", "qdisc", "replace", "dev", "eth0", "root", "handle", "1:", "htb", "default", "10"],
    class_("10", "20gbit"),
    class_("20", `${Math.round(mebibytes * 1024 * 8)}kibit`),
    ["tc", "filter", "add", "dev", "eth0", "parent", "1:", "protocol", "ip", ...match, "flowid", "1:20"],
  ];
}

/**
 * Slows migrations from a host down, or lets them run free again.
 * @param mebibytes per second; undefined lifts the limit
 * @throws LabError in the fleet profile, which has no links; there the pace file does this.
 */
export async function slowLink(lab: Lab, host: string, mebibytes: number | undefined): Promise<void> {
  if (lab.profile !== "guest" || !lab.hosts.includes(host))
    throw new LabError(`no link of ${host} to slow down; there are those of the guest profile's hosts`);
  if (mebibytes !== undefined && !(mebibytes > 0))
    throw new LabError(`MiB per second must be above 0, not ${mebibytes}`);
  const on = async (argv: readonly string[]): Promise<string> => {
    const [command = "", ...args] = onHost(lab, host, argv);
    return run(command, args);
  };
  const now = await on(["tc", "qdisc", "show", "dev", "eth0", "root"]);
  if (now.includes(" htb ")) await on(["tc", "qdisc", "del", "dev", "eth0", "root"]);
  if (mebibytes === undefined) return;
  for (const command of slowCommands(mebibytes)) await on(command);
}
