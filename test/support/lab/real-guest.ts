import { labApi, makeServer, onHost, slowMigrations } from "../../../lab/api.ts";
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

/** Formats and mounts the data volume, and writes what must survive. */
const PREPARE = `
echo ',,L' | sfdisk -q /dev/vdb
for i in 1 2 3 4 5; do [ -b /dev/vdb1 ] && break; partx -u /dev/vdb || true; sleep 1; done
mkfs.ext4 -q /dev/vdb1
mount /dev/vdb1 /mnt/vol01
dd if=/dev/urandom of=/mnt/vol01/data bs=64k count=16 2>/dev/null
sync`;

/** Not from the cache: what is on the volume counts. */
const SEEN = `
echo 3 > /proc/sys/vm/drop_caches
cat /proc/sys/kernel/random/boot_id
sha256sum /mnt/vol01/data | cut -d' ' -f1
echo still writable > /mnt/vol01/touched
sync`;

/** A running QEMU guest with a data volume, and what must survive in it. */
export class RealGuest {
  readonly id: string;
  readonly address: string;
  /** Libvirt's name of it. */
  readonly domain: string;
  /** Boot id and checksum as they were at first. */
  saw: string;
  readonly remove: () => Promise<void>;

  private constructor(id: string, address: string, domain: string, saw: string, remove: () => Promise<void>) {
    this.id = id;
    this.address = address;
    this.domain = domain;
    this.saw = saw;
    this.remove = remove;
  }

  static async make(cloud: Cloud, name: string, host: string): Promise<RealGuest> {
    const api = await labApi();
    const { id, remove } = await makeServer(api, { name, host, withImage: true });
    const address = await addressOf(cloud, id);
    await eventually(`${name} answers`, 90, () =>
      inGuest(address, "true")
        .catch(() => undefined)
        .then((said) => said !== undefined),
    );
    await inGuest(address, PREPARE);
    const { server } = await api.call<{ server: Record<string, string> }>("compute", "GET", `/servers/${id}`);
    return new RealGuest(
      id,
      address,
      server["OS-EXT-SRV-ATTR:instance_name"] ?? "",
      await inGuest(address, SEEN),
      remove,
    );
  }

  /** The engine's request to look inside. */
  get check(): string {
    return JSON.stringify({
      ...(JSON.parse(GUEST()) as object),
      mountPoints: ["/mnt/vol01"],
      files: ["/mnt/vol01/data"],
    });
  }

  /** Boot id and checksum now. */
  look(): Promise<string> {
    return inGuest(this.address, SEEN);
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
