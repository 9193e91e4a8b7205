/** Debian packages of a tree. Their names are the same in every suite from trixie on. */

const SERVICES = ["keystone", "placement", "glance", "cinder", "nova", "neutron"];

/** Libraries with the services' code, database, bus, cache and the supervisor. */
const CONTROL_PLANE = [
  ...SERVICES.map((name) => `python3-${name}`),
  ...["python3-openstackclient", "python3-memcache", "uwsgi-core", "uwsgi-plugin-python3"],
  ...["mariadb-server", "rabbitmq-server", "memcached", "runit", "eatmydata"],
  ...["iproute2", "iputils-ping", "procps", "util-linux", "ca-certificates"],
];

/** Hosts with real guests: libvirt and QEMU, Ceph, OVN. */
const GUESTS = [
  ...["python3-libvirt", "libvirt-daemon", "libvirt-clients"],
  ...["qemu", "secret", "nodedev"].map((name) => `libvirt-daemon-driver-${name}`),
  ...["qemu-system-x86", "qemu-block-extra", "qemu-utils"],
  ...["ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "python3-rbd", "python3-rados"],
  ...["openvswitch-switch", "ovn-host", "ovn-central", "nftables", "iptables"],
  // A cold migration copies disks with ssh. Its server is the guests' own, dropbear; scp wants the sftp server beside it.
  ...["openssh-client", "openssh-sftp-server"],
];

/** What the guest image is made of and with. */
const GUEST_IMAGE = [
  ...["busybox-static", "dropbear-bin", "extlinux", "syslinux-common"],
  ...["cpio", "fdisk", "e2fsprogs", "mount", "xz-utils"],
];

/** Both profiles share a tree: one for each would take more room, and the guests' part is a fifth of it. */
export const TREE_PACKAGES = [...CONTROL_PLANE, ...GUESTS, ...GUEST_IMAGE];

/** Those that carry daemons too; only their files are wanted. */
export const UNPACKED_PACKAGES = ["nova-common", "cinder-common", "glance-common", "neutron-common", "keystone"];

/** Stands for the newest kernel that is small enough for the guests. */
export const GUEST_KERNEL = "linux-image-cloud-amd64";
