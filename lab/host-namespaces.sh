#!/bin/bash
# host-namespaces.sh HOST FOLDER: runs in a host's new network, mount and uts namespaces, makes them look like a machine of its own, and stays.
# FOLDER holds what is private to the host. Nothing mounted here is seen outside: the mount namespace is private.
set -e
name=$1 dir=$2
rm -f "$dir/ready"
hostname "$name"

# /sys of this network namespace, and no cgroups in sight: libvirt would try to use them.
umount -R /sys 2>/dev/null || umount -Rl /sys
mount -t sysfs sysfs /sys

# A /dev without kvm: a half-working one kills guests, and libvirt would probe it again at every call.
mkdir -p "$dir/dev"
mount -t tmpfs -o mode=755,size=1m tmpfs "$dir/dev"
mkdir -p "$dir"/dev/{net,pts,shm,mapper}
while read -r node major minor; do mknod -m 666 "$dir/dev/$node" c "$major" "$minor"; done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
net/tun 10 200
fuse 10 229
NODES
ln -s pts/ptmx "$dir/dev/ptmx"
ln -s /proc/self/fd "$dir/dev/fd"
ln -s fd/0 "$dir/dev/stdin"
ln -s fd/1 "$dir/dev/stdout"
ln -s fd/2 "$dir/dev/stderr"
mount -t devpts -o newinstance,mode=620,ptmxmode=666,gid=5 devpts "$dir/dev/pts"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$dir/dev/shm"
mount --rbind "$dir/dev" /dev

mount -t tmpfs -o mode=755,size=256m tmpfs /run
mkdir -p /run/lock /run/netns /run/libvirt /run/openvswitch /run/ovn

# own FROM TO: FOLDER/FROM in the place of TO, if this lab's hosts have it.
own() {
  [ -e "$dir/$1" ] || return 0
  [ -e "$2" ] || mkdir -p "$2"
  mount --bind "$dir/$1" "$2"
}
own etc-libvirt /etc/libvirt
own lib-libvirt /var/lib/libvirt
own cache-libvirt /var/cache/libvirt
own log-libvirt /var/log/libvirt
own etc-ceph /etc/ceph
own lib-nova /var/lib/nova
own lib-neutron /var/lib/neutron
own lib-openvswitch /var/lib/openvswitch
own root-ssh /root/.ssh
for file in hosts hostname machine-id; do
  [ ! -e "/etc/$file" ] || own "$file" "/etc/$file"
done
mkdir -p /var/lib/libvirt/{boot,images,qemu}

# Another QEMU than the machine's, if the lab has one: see qemu.ts.
if [ -e "$dir/qemu" ]; then
  for path in usr/bin/qemu-system-{x86_64,i386} usr/share/{qemu,seabios} usr/lib/x86_64-linux-gnu/qemu; do
    mount --bind "$dir/qemu/$path" "/$path"
  done
fi

# The pid says which holder is ready; exec keeps it.
echo $$ >"$dir/ready"
exec sleep infinity
