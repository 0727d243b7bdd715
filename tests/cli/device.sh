#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/device.sh - a block device: looked at, taken in, refused when held
if [ "$(id -u)" != 0 ] || ! command -v losetup >/dev/null; then
	echo "SKIP: loop devices need root"
	exit 77
fi
image disk.img 1474560 1
device=$(losetup --show -rf disk.img 2>/dev/null) || {
	echo "SKIP: no loop device"
	exit 77
}
trap 'losetup -d "$device" 2>/dev/null' EXIT
# Which one it is differs from run to run.
as_device() {
	run "$@" 2>&1 | sed "s|$device|/dev/DEVICE|g; s|(${device#/dev/},|(NAME,|"
}
make_repo
as_device info --hash "$device"
sha256sum disk.img
as_device ingest "$device" --dry-run
as_device ingest "$device" -i n=1 -l "A disk" -m "3.5-inch floppy disk"
muniment cat n=1 | cmp - disk.img && echo "the same bytes"
muniment cat n=1 image/disk.map | grep -v '^#'
muniment show n=1 --json | grep source_kind
run audit n=1
run check
# Somebody has it: mounted, or opened for himself alone.
/usr/bin/python3 -c '
import os
import sys
import time
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
print("held", flush=True)
time.sleep(60)' "$device" >held &
holder=$!
until [ -s held ]; do
	sleep 0.05
done
as_device info "$device"
as_device ingest "$device"
kill $holder
wait $holder 2>/dev/null
losetup -d "$device"
as_device info "$device"
as_device ingest "$device"
run list
ls repo/spool
