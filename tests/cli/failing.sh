#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/failing.sh - a device that cannot be read just where ISO 9660 would
# say its name
if [ "$(id -u)" != 0 ] || [ ! -w /dev/fuse ] ||
	! command -v nbdfuse >/dev/null || ! command -v nbdkit >/dev/null; then
	echo "SKIP: a device that fails needs root, FUSE, nbdkit and nbdfuse"
	exit 77
fi
image disk.img 1474560 1
printf '0x0 ? 1\n0x0 0x8000 +\n0x8000 0x1000 -\n0x9000 0x15f000 +\n' >map
: >failing.img
nbdfuse failing.img --command nbdkit -s -r --filter=ddrescue \
	file disk.img ddrescue-mapfile=map 2>/dev/null &
for _ in $(seq 50); do
	[ ! -s failing.img ] || break
	sleep 0.1
done
if [ ! -s failing.img ]; then
	echo "SKIP: FUSE refuses"
	exit 77
fi
trap 'fusermount3 -u failing.img' EXIT
if ! device=$(losetup --show -rf failing.img 2>/dev/null); then
	echo "SKIP: no loop device"
	exit 77
fi
trap 'losetup -d "$device"; fusermount3 -u failing.img' EXIT
# Which one it is differs from run to run.
as_device() {
	run "$@" 2>&1 | sed -e "s|$device|/dev/DEVICE|g" \
		-e "s|(${device#/dev/},|(DEVICE,|"
}
make_repo
as_device info "$device"
as_device info --hash "$device"
as_device ingest "$device" -i n=1 -l "A failing disk"
muniment cat n=1 >out
cmp -n 32768 out disk.img && cmp -i 36864 out disk.img && echo "the same bytes"
cmp -i 32768:0 -n 4096 out /dev/zero && echo "zeros where it fails"
muniment cat n=1 image/disk.map | grep -v '^#'
run show n=1 | grep '^unreadable'
run audit n=1
run list
run check --content
run export n=1 --for qemu
grep -i "4096 bytes" ./*-for-qemu/data/README.txt
