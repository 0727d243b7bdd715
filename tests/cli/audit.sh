#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/audit.sh - what is damaged is found, told, and never handed out
image first.img 3000000 1
image second.img 1474560 2
image third.img 5000 3
make_repo
muniment ingest first.img -i n=1 -c box -l first >/dev/null
muniment ingest second.img -i n=2 -c box -l second >/dev/null
muniment ingest third.img -i n=3 -l third >/dev/null
run audit n=1 n=2
run list
run audit --all -j 2
# One bit in the second megabyte of the first; the second is gone.
flip "$(folder_of n=1)/v1/content/image/disk.img" 1500000
rm "$(folder_of n=2)/v1/content/image/disk.img"
# Threads find in any order.
run audit --all | sed -E "s/[0-9a-f-]{36}/UUID/" | sort
run audit n=1 --json | grep -v '"bytes"'
run audit n=3
run list
run list --status mismatch
run list --status missing --json
run list --status intact -c box
run show n=1 | grep 'fixity check'
# No damaged byte leaves.
muniment cat n=1 >out
echo "exit $?, $(stat -c %s out) bytes"
cmp -n 1048576 out first.img && echo "up to the damage the same"
# Everything else does, when that is wanted, with zeros in its place.
echo '$ muniment cat n=1 --damaged' >&2
muniment cat n=1 --damaged >out
echo "exit $?, $(stat -c %s out) bytes"
head -c 1048576 first.img >wanted
head -c 1048576 /dev/zero >>wanted
tail -c +2097153 first.img >>wanted
cmp out wanted && echo "all but the damage the same"
muniment cat n=3 --damaged | cmp - third.img && echo "nothing is damaged"
run cat n=2 2>&1 | sed "s/'SCRATCH.*':/'FILE':/"
run export n=1 --for qemu
run export n=2 --for qemu
ls
run check | sorted
run check --content | sorted
# A store that is away says nothing about its objects.
mv repo/ocfl/0=ocfl_1.1 aside
run audit --all --json | sed '1,/"checked"/d'
run audit n=3 | sort
run cat n=3
run check
run ingest third.img
run list
ls repo/spool
mv aside repo/ocfl/0=ocfl_1.1
run audit n=3
