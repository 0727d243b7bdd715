#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/export.sh - packages of each kind, and their names
image floppy.img 1474560 1
make_repo
muniment ingest floppy.img -i n=1 -l "A floppy" >/dev/null
mkdir out
run export n=1 --for qemu --dry-run
ls
run export n=1 --for qemu -o out
run export n=1 --for qemu --output out --package zip --json
run export n=1 --for qemu --output out --package tar --operator "Bob Beside"
run export n=1 --for qemu -o out
run export n=1 --for qemu -o out/nothing/there
find out -printf '%P\n' | sort
muniment show n=1 | grep dissemination
run check
