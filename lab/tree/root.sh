#!/bin/sh
# root.sh TREE ROOT READY PATH…: runs in new mount and uts namespaces, makes TREE their root on ROOT, with the machine's folders and
# files PATH at their own places, and stays. The tree is shared by labs and stays as it is: it is mounted read-only, and all that is
# written lies in memory or below the PATHs. Nothing mounted here is seen outside.
set -e
tree=$1 root=$2 ready=$3
shift 3
hostname lab
mkdir -p "$root"
mount -t tmpfs -o mode=755,size=512m tmpfs "$root"
for dir in usr etc opt; do
  mkdir "$root/$dir"
  mount --bind "$tree/$dir" "$root/$dir"
  mount -o remount,bind,ro "$root/$dir"
done
for link in bin sbin lib lib64; do
  ln -s "usr/$link" "$root/$link"
done
for dir in dev proc sys run/lock var/lib/dpkg var/log var/cache var/tmp tmp root; do
  mkdir -p "$root/$dir"
done
ln -s ../run "$root/var/run"
chmod 1777 "$root/tmp" "$root/var/tmp" "$root/run/lock"
mount --bind "$tree/var/lib/dpkg" "$root/var/lib/dpkg"
mount -o remount,bind,ro "$root/var/lib/dpkg"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
for path; do
  if [ -d "$path" ]; then
    mkdir -p "$root$path"
  else
    mkdir -p "$root${path%/*}"
    : >"$root$path"
  fi
  mount --bind "$path" "$root$path"
done
# The pid says which holder is ready; exec keeps it.
echo $$ >"$ready"
exec chroot "$root" sleep infinity
