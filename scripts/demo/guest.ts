import path from "node:path";

import { execa } from "execa";

import { DemoError } from "./narrator.ts";
import { fileName } from "../../text/file-name.ts";
import { sh, shellQuote } from "../../text/shell.ts";

/** The guest's own view. */
export interface GuestView {
  bootId: string;
  /** `lsblk`, as people read it. */
  lsblk: string;
  /** `df -h` of the data volume's mount point; undefined without one. */
  df: string | undefined;
  /** SHA-256 of the file on the data volume, read from the disk again; undefined without one. */
  checksum: string | undefined;
}

const FILE = "article.bin";

/** A guest of the lab over ssh, with the lab's key. */
export class GuestShell {
  readonly #address: string;
  readonly #options: string[];

  /** @param folder for the guest's host key: a new guest may have an old one's address, so it is one per server. */
  constructor(address: string, identityFile: string, folder: string, serverId: string) {
    this.#address = address;
    this.#options = [
      "BatchMode=yes",
      "ConnectTimeout=5",
      "IdentitiesOnly=yes",
      "LogLevel=ERROR",
      "StrictHostKeyChecking=accept-new",
      `UserKnownHostsFile=${path.join(folder, `known_hosts.${fileName(serverId)}`)}`,
      `IdentityFile=${identityFile}`,
    ].flatMap((option) => ["-o", option]);
  }

  /** The command for people to type. */
  get shown(): string {
    return sh`ssh -i .state/lab/guest_key root@${this.#address}`;
  }

  /**
   * Runs a POSIX shell script in the guest, whose `$1`, `$2` … are `args`; gives its output.
   *
   * @throws DemoError with what the guest said.
   */
  async script(text: string, ...args: string[]): Promise<string> {
    const command = ["sh", "-eus", "--", ...args].map(shellQuote).join(" ");
    const result = await execa("ssh", [...this.#options, `root@${this.#address}`, command], {
      input: text,
      reject: false,
      timeout: 120_000,
    });
    if (result.failed) throw new DemoError(`${this.shown}: ${result.stderr.trim() || result.shortMessage}`);
    return result.stdout;
  }

  /** Waits until the guest answers. @throws DemoError after `seconds`. */
  async wait(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    for (;;) {
      try {
        await this.script("true");
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Partitions, formats and mounts the data volume and writes a file to it; does what is missing, so it may be repeated. */
  async prepareDataVolume(mountPoint: string): Promise<void> {
    await this.script(PREPARE, mountPoint, FILE);
  }

  async view(mountPoint: string | undefined): Promise<GuestView> {
    const [bootId = "", lsblk = "", df, checksum] = (await this.script(VIEW, mountPoint ?? "none", FILE)).split(
      "\n==\n",
    );
    return { bootId: bootId.trim(), lsblk: lsblk.trim(), df: df?.trim(), checksum: checksum?.trim() };
  }
}

/** Makes a file system only if none can be mounted; writes the file atomically. */
const PREPARE = `
disk=/dev/vdb part=/dev/vdb1 dir=$1 file=$1/$2
[ -b $disk ] || { echo "no $disk: is the data volume attached?" >&2; exit 1; }
[ -b $part ] || { echo 'start=2048, type=83' | sfdisk -q $disk; partx -u $disk 2>/dev/null || true; }
i=0
until [ -b $part ]; do i=$((i + 1)); [ $i -lt 50 ]; sleep 0.1; done
mkdir -p $dir
if ! grep -q " $dir " /proc/mounts; then
  mount $part $dir 2>/dev/null || { mkfs.ext4 -q -F $part; mount $part $dir; }
fi
if [ ! -f $file ]; then
  dd if=/dev/urandom of=$file.part bs=65536 count=256 2>/dev/null
  mv $file.part $file
fi
sync
`;

/** Caches are dropped, so that the file comes from the volume. */
const VIEW = `
cat /proc/sys/kernel/random/boot_id
echo ==
lsblk
[ "$1" != none ] || exit 0
echo ==
df -h $1
echo ==
sync
echo 3 >/proc/sys/vm/drop_caches
sha256sum $1/$2 | cut -d' ' -f1
`;
