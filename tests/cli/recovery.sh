#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/recovery.sh - docs/recovery.md, word for word, gets everything back
#
# Runs the ```sh blocks of that page in order, in a shell where muniment is not,
# on a repository that muniment made, and compares what they got with what was
# taken in.  Then the same with a damaged object: the steps must notice, and get
# its bytes back from a copy, and without one from parity.
# Needs $MUNIMENT and $MUN_SOURCE_DIR.
set -euo pipefail

for tool in sqlite3 xmllint python3 sha512sum tar openssl; do
	command -v $tool >/dev/null ||
		{ echo "SKIP: $tool is not installed"; exit 77; }
done
export LC_ALL=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE=1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mun-recovery-XXXXXX")
fuse=
loop=
finish() {
	if [ -n "$loop" ]; then
		losetup -d "$loop" || true
	fi
	if [ -n "$fuse" ]; then
		fusermount3 -u "$fuse" || true
	fi
	rm -rf "$scratch"
}
trap finish EXIT
cd "$scratch"

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

# A medium of 3 MiB and a bit; where FUSE and the loop driver let us, a device
# that fails at 512 KiB.
python3 -c '
import random
random.seed(1)
open("source.img", "wb").write(random.randbytes(3 * 1048576 + 4096))'
source=source.img
expected=0
if command -v nbdkit >/dev/null && command -v nbdfuse >/dev/null &&
	command -v ddrescuelog >/dev/null && [ -w /dev/fuse ]; then
	printf '0x0 ? 1\n0x0 0x80000 +\n0x80000 0x1000 -\n0x81000 0x280000 +\n' \
		>map
	: >failing.img
	nbdfuse failing.img --command nbdkit -s -r --filter=ddrescue \
		file source.img ddrescue-mapfile=map 2>/dev/null &
	for _ in $(seq 50); do
		if [ -s failing.img ]; then
			fuse=$scratch/failing.img
			break
		fi
		sleep 0.1
	done
fi
if [ -n "$fuse" ] && [ "$(id -u)" = 0 ] &&
	loop=$(losetup --show -rf failing.img 2>/dev/null); then
	source=$loop
	expected=1
else
	echo "left out: a device that fails (root, nbdkit, FUSE, loop)"
fi

m() {
	"$MUNIMENT" -C repository "$@"
}
m init repository >/dev/null
m config set parity 10%
m store add shelf "file://$scratch/shelf"
echo photograph >photo.jpg
status=0
m ingest "$source" --label "Kings Quest, disk 1" --identifier barcode=1 \
	--attach photo.jpg >/dev/null || status=$?
[ $status = $expected ] || fail "ingest: exit $status"
m ingest photo.jpg --label "Another" >/dev/null
m rights barcode=1 --restrict "closed until the donor's death" \
	--basis donor >/dev/null
m rights barcode=1 --restrict "open from 2041 on" --until 2040 --basis donor \
	--end "$(m rights barcode=1 --json | python3 -c \
	'import json,sys; print(json.load(sys.stdin)["rights"][0]["id"])')" \
	>/dev/null
m replicate >/dev/null
m audit --all >/dev/null
m cat barcode=1 >through-muniment.img
id=$(m show barcode=1 --json | python3 -c \
	'import json,sys; print(json.load(sys.stdin)["id"])')
find repository shelf -type f ! -name 'catalog.db-*' -exec sha512sum {} + >before

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' \
	"$MUN_SOURCE_DIR/docs/recovery.md" >steps.sh
[ "$(wc -l <steps.sh)" -gt 80 ] || fail "too few steps in docs/recovery.md"
bash -n steps.sh

# follow OUT [COPIES [OPTIONS]]: every step, in a clean environment, told on the
# terminal; the shell ends at the first that fails, or has other OPTIONS.
follow() {
	# shellcheck disable=SC2016
	env -i PATH="$PATH" LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
		repository="$scratch/repository" label="Kings Quest" \
		out="$scratch/$1" copies="${2-}" bash "${3--euo}" pipefail -c \
		'. ./steps.sh; printf "%s %s\n" "$id" "$found" >"$out/ids"' \
		>"$1.log" 2>&1
}

follow out || { cat out.log >&2; fail "a step of docs/recovery.md"; }
cat out.log
[ "$(cat out/ids)" = "$id $id" ] || fail "ids: $(cat out/ids), not $id"
cmp out/object/image/disk.img through-muniment.img || fail "the image"
if [ $expected = 1 ]; then
	# What could be read is there; what could not is zeros, and is told.
	cmp -n $((0x80000)) source.img out/object/image/disk.img ||
		fail "before the bad sectors"
	cmp -i $((0x81000)) source.img out/object/image/disk.img ||
		fail "after the bad sectors"
	cmp -i $((0x80000)):0 -n 4096 out/object/image/disk.img /dev/zero ||
		fail "in place of the bad sectors"
	seq 1024 1031 | diff - out/bad-sectors || fail "bad sectors"
else
	cmp source.img out/object/image/disk.img || fail "the image"
fi
cmp photo.jpg out/object/documentation/photo.jpg || fail "the photograph"
grep -q "ingestion success" out.log || fail "no ingest in the ledger"
grep -q "shelf file://$scratch/shelf" out.log || fail "the stores"
grep -q "Signature Verified Successfully" out.log || fail "the signature"
grep -qE "^the ledger: [0-9]+ entries" out.log || fail "the tree"
diff <(sort out/manifest.sha512) <(sort out/by-grep.sha512) ||
	fail "by grep other files than by python"
[ "$(wc -l <out/objects.tsv)" = 2 ] || fail "not two objects"
grep -q "in the record: disk.img" out.log || fail "not in the record"
grep -qF "restricted|disseminate|open from 2041 on||2040|donor|" out.log ||
	fail "no rights in the catalog"
if grep -qF "|closed until" out.log; then
	fail "rights that have ended"
fi
[ "$(grep -cF '"kind":"rights' out.log)" = 3 ] || fail "no rights in the ledger"
if python3 -c 'import libtorrent' 2>/dev/null; then
	grep -qE '^([0-9]+) of \1 pieces good' out.log || fail "the torrent"
else
	echo "left out: python3-libtorrent is not installed"
fi
sha512sum --quiet -c before || fail "the repository was changed"

# One bit: the digests say so, and the torrent says where.
image=$(find repository -path '*/image/disk.img' -size +1M)
python3 - "$image" <<'END'
import os
import sys
os.chmod(sys.argv[1], 0o644)
with open(sys.argv[1], "r+b") as f:
    f.seek(2500000)
    byte = f.read(1)[0]
    f.seek(2500000)
    f.write(bytes([byte ^ 8]))
END
if follow damaged; then
	fail "damage was not noticed"
fi
# A person reads on: from the copy, and, had there been none, from parity.
for way in shelf parity; do
	copies=$scratch/shelf
	if [ $way = parity ]; then
		copies=
		command -v par2 >/dev/null ||
			{ echo "left out: par2 is not installed"; continue; }
	fi
	follow "by-$way" "$copies" -uo || fail "by $way: $(cat "by-$way.log")"
	cmp "by-$way/object/image/disk.img" through-muniment.img ||
		fail "by $way: other bytes"
done
# A line of the ledger that says something else.
cp -R repository honest
sed 's/Another/Bnother/' honest/ledger/00000000.jsonl \
	>repository/ledger/00000000.jsonl
follow forged "$scratch/shelf" -uo || true
grep -q "the ledger is not what was signed" forged.log ||
	fail "a forged ledger was not noticed"
grep -q 'disk.img: FAILED' damaged.log || fail "no word of disk.img"
if python3 -c 'import libtorrent' 2>/dev/null; then
	ln -s "$(dirname "$(dirname "$image")")" "$id"
	python3 out/verify.py "$id/metadata/object.torrent" . >where || true
	grep -q 'damaged: .*/image/disk.img at 2097152' where ||
		fail "the torrent: $(cat where)"
fi
echo "docs/recovery.md: every step, and every byte"
