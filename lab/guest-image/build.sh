#!/bin/bash
# build.sh FOLDER MIB: FOLDER/guest.raw from FOLDER/kernel (unpacked packages of a kernel) and the packages that are installed here:
# the kernel, an initramfs that only finds the disk, and one ext4 partition with busybox, dropbear and the disk tools; extlinux boots it.
set -euo pipefail
recipe=$(cd "$(dirname "$0")" && pwd)
cd "$1"
size=$2
busybox=/bin/busybox
# Newer suites have modules below usr, compressed, and the kernel itself beside them.
modules=$(echo kernel/{,usr/}lib/modules/*/kernel | tr ' ' '\n' | grep -v '\*')
version=$(basename "$(dirname "$modules")")
vmlinuz=kernel/boot/vmlinuz-$version
[ -f "$vmlinuz" ] || vmlinuz=$(dirname "$modules")/vmlinuz

# --- initramfs
mkdir -p initramfs/{bin,modules,dev,proc,sys,root}
cp $busybox initramfs/bin/busybox
ln -s busybox initramfs/bin/sh
# Loaded in this order; what the kernel has built in is not there.
for module in drivers/virtio/{virtio_ring,virtio,virtio_pci_legacy_dev,virtio_pci_modern_dev,virtio_pci} drivers/block/virtio_blk \
  net/core/failover drivers/net/{net_failover,virtio_net} drivers/char/hw_random/{rng-core,virtio-rng} drivers/virtio/virtio_balloon \
  drivers/input/evdev drivers/acpi/button; do
  name=${module##*/} file=$modules/$module.ko
  if [ -f "$file" ]; then
    cp "$file" initramfs/modules/
  elif [ -f "$file.xz" ]; then
    xz -dc "$file.xz" >"initramfs/modules/$name.ko"
  else
    continue
  fi
  echo "$name" >>initramfs/modules/order
done
install -m 755 "$recipe/initramfs-init" initramfs/init
(cd initramfs && find . | cpio -o -H newc --quiet | gzip -9) >initrd.gz

# --- root file system
mkdir -p root/{bin,sbin,usr/bin,usr/sbin,etc/acpi/PWRF,etc/dropbear,proc,sys,dev,tmp,run,mnt/vol01,var/log,root/.ssh,boot,lib,lib64,usr/share/udhcpc}
chmod 700 root/root root/root/.ssh
cp $busybox root/bin/busybox
while read -r applet; do
  [ -e "root/$applet" ] || { mkdir -p "root/$(dirname "$applet")"; ln -s /bin/busybox "root/$applet"; }
done < <($busybox --list-full)
# add PROGRAM: the real one in the place of busybox's, with its libraries.
add() {
  local program
  program=$(readlink -f "$(command -v "$1")")
  rm -f "root/usr/bin/$1" "root/bin/$1" "root/sbin/$1" "root/usr/sbin/$1"
  cp "$program" "root/usr/sbin/$1"
  ldd "$program" | awk '/=> \//{print $3} /^\t\/lib64/{print $1}' | while read -r library; do
    mkdir -p "root$(dirname "$library")"
    cp -nL "$library" "root$library"
  done
}
PATH=/usr/sbin:/usr/bin:/sbin:/bin
for program in dropbear dropbearkey lsblk blkid sfdisk partx mke2fs e2fsck resize2fs tune2fs; do add $program; done
ln -s mke2fs root/usr/sbin/mkfs.ext4
ln -s /bin/busybox root/sbin/init 2>/dev/null || true
for script in rcS udhcpc-script dirty-memory grow-root; do
  case $script in
    rcS) to=etc/rcS ;;
    udhcpc-script) to=usr/share/udhcpc/default.script ;;
    *) to=usr/sbin/$script ;;
  esac
  install -m 755 "$recipe/$script" "root/$to"
done
cp "$recipe/inittab" root/etc/inittab
printf '#!/bin/sh\nexec poweroff\n' >root/etc/acpi/PWRF/00000080
chmod 755 root/etc/acpi/PWRF/00000080
# The key of each lab is written later; a password cannot be used.
echo 'root:x:0:0:root:/root:/bin/sh' >root/etc/passwd
echo 'root:x:0:' >root/etc/group
echo 'root:*:19000::::::' >root/etc/shadow
chmod 600 root/etc/shadow
echo /bin/sh >root/etc/shells
echo guest >root/etc/hostname
: >root/etc/fstab
: >root/etc/resolv.conf
cp "$recipe/extlinux.conf" root/boot/extlinux.conf

# --- disk: a boot record and one bootable partition from 1 MiB on
truncate -s "${size}M" guest.raw
mke2fs -q -t ext4 -O ^64bit,^metadata_csum -L rootfs -m 0 -d root -E offset=1048576,root_owner=0:0 guest.raw $((size - 1))M
printf 'label: dos\nstart=2048, type=83, bootable\n' | sfdisk -q --no-tell-kernel guest.raw
dd if=/usr/lib/EXTLINUX/mbr.bin of=guest.raw bs=440 count=1 conv=notrunc status=none
# The kernel goes in through a mount: mke2fs leaves holes for blocks of zeros, and extlinux takes a hole for an I/O error.
mkdir -p mounted
trap 'umount mounted 2>/dev/null || true' EXIT
mount -o loop,offset=1048576 guest.raw mounted
cp --sparse=never "$vmlinuz" mounted/boot/vmlinuz
cp --sparse=never initrd.gz mounted/boot/initrd.gz
extlinux --install mounted/boot
umount mounted
