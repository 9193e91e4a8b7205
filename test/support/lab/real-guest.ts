import { labApi, makeServer, onHost, slowMigrations, type ServerWish } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { addressOf, eventually, inGuest } from "./cloud.ts";
import { GUEST } from "./run-engine.ts";

/**
 * Run in admin_vm01's guest: the article's Case 2, a data volume on /mnt/vol01; does nothing where it is. Its name alone would not
 * tell that data survived: a checksummed file does.
 */
export const CASE_2 = `
  mountpoint -q /mnt/vol01 && exit 0
  printf 'n\\np\\n1\\n\\n\\nw\\n' | fdisk /dev/vdb >/dev/null 2>&1
  sleep 1; mkfs.ext4 -q /dev/vdb1; mkdir -p /mnt/vol01; mount /dev/vdb1 /mnt/vol01
  cd /mnt/vol01; dd if=/dev/urandom of=data bs=1M count=8 2>/dev/null; sha256sum data > sum; sync`;

/** Run in a guest after {@link CASE_2}: "data: OK", read from the volume and not from the cache. Fails if the file is another. */
export const CASE_2_DATA = "echo 3 > /proc/sys/vm/drop_caches; cd /mnt/vol01 && sha256sum -c sum";

/** Run in the guest: its ssh does not start at the next boot, and does at those after. */
export const SILENT_ONCE = `
  sed -i 's#^dropbear -s#[ -f /root/silent ] \\&\\& rm /root/silent \\&\\& sync || dropbear -s#' /etc/rcS
  touch /root/silent; sync; grep -c /root/silent /etc/rcS`;

/** Where a guest's data volume is mounted, and where one without keeps its data. */
const [VOLUME, ROOT] = ["/mnt/vol01", "/root"];

/** Formats and mounts the data volume. */
const MOUNT = `
echo ',,L' | sfdisk -q /dev/vdb
for i in 1 2 3 4 5; do [ -b /dev/vdb1 ] && break; partx -u /dev/vdb || true; sleep 1; done
mkfs.ext4 -q /dev/vdb1
mount /dev/vdb1 ${VOLUME}`;

/** Writes what must survive. */
const fill = (folder: string) => `
dd if=/dev/urandom of=${folder}/data bs=64k count=16 2>/dev/null
sync`;

/** Not from the cache: what is on the volume counts. */
const seen = (folder: string) => `
echo 3 > /proc/sys/vm/drop_caches
cat /proc/sys/kernel/random/boot_id
sha256sum ${folder}/data | cut -d' ' -f1
echo still writable > ${folder}/touched
sync`;

/** A running QEMU guest, and what must survive in it. */
export class RealGuest {
  readonly id: string;
  readonly address: string;
  /** Libvirt's name of it. */
  readonly domain: string;
  /** Where its data is. */
  readonly folder: string;
  /** Boot id and checksum as they were at first. */
  saw = "";
  readonly remove: () => Promise<void>;

  private constructor(id: string, address: string, domain: string, folder: string, remove: () => Promise<void>) {
    this.id = id;
    this.address = address;
    this.domain = domain;
    this.folder = folder;
    this.remove = remove;
  }

  /** @param wish what else it has. @default a boot volume and a data volume */
  static async make(cloud: Cloud, name: string, host: string, wish: Partial<ServerWish> = {}): Promise<RealGuest> {
    const api = await labApi();
    const { id, remove } = await makeServer(api, { name, host, withImage: true, ...wish });
    try {
      const address = await addressOf(cloud, id);
      await eventually(`${name} answers`, 240, () =>
        inGuest(address, "true")
          .catch(() => undefined)
          .then((said) => said !== undefined),
      );
      const folder = wish.dataVolumes === 0 ? ROOT : VOLUME;
      await inGuest(address, (folder === VOLUME ? MOUNT : "") + fill(folder));
      const { server } = await api.call<{ server: Record<string, string> }>("compute", "GET", `/servers/${id}`);
      const guest = new RealGuest(id, address, server["OS-EXT-SRV-ATTR:instance_name"] ?? "", folder, remove);
      await guest.lookAnew();
      return guest;
    } catch (error) {
      await remove();
      throw error;
    }
  }

  /** The engine's request to look inside. */
  get check(): string {
    return JSON.stringify({
      ...(JSON.parse(GUEST()) as object),
      mountPoints: this.folder === VOLUME ? [VOLUME] : [],
      files: [`${this.folder}/data`],
    });
  }

  /** Boot id and checksum now. */
  look(): Promise<string> {
    return inGuest(this.address, seen(this.folder));
  }

  /** After a restart that was wanted: what must survive from now on. */
  async lookAnew(): Promise<void> {
    this.saw = await this.look();
  }

  /** Rewrites so much memory all the time. Throws if the guest does not. */
  async dirty(mebibytes: number): Promise<void> {
    await inGuest(
      this.address,
      `setsid dirty-memory ${mebibytes} >/dev/null 2>&1 </dev/null &
       sleep 2; pidof dirty-memory >/dev/null`,
    );
  }

  async calm(): Promise<void> {
    await inGuest(this.address, "killall dirty-memory 2>/dev/null; true");
  }

  /** Libvirt's word on a host for the guest: "running", "shut off", …; "" if it does not know it. */
  async stateOn(host: string): Promise<string> {
    return (await onHost(host, ["virsh", "domstate", this.domain]).catch(() => "")).trim();
  }

  /** Waits until so much of the guest's memory has been copied from `source`, in MiB. */
  async midway(source: string, mebibytes = 8): Promise<void> {
    await eventually("memory is being copied", 150, async () => {
      const said = await onHost(source, ["virsh", "domjobinfo", "--rawstats", this.domain]).catch(() => "");
      return Number(/memory_processed: (\d+)/.exec(said)?.[1] ?? 0) > mebibytes * 1024 * 1024;
    });
  }
}

/** Slows migrations from a host down while `body` runs. */
export async function slowly<T>(host: string, mebibytesPerSecond: number, body: () => Promise<T>): Promise<T> {
  await slowMigrations(host, mebibytesPerSecond);
  try {
    return await body();
  } finally {
    await slowMigrations(host, undefined);
  }
}
