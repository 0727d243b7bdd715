#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/object.sh - one box of disks: taken in, listed, found, shown, given
image first.img 737280 1
image second.img 1474560 2
image odd.bin 5000 3
printf 'a photograph' >label.jpg
make_repo
run ingest first.img -l "Kings Quest, disk 1" -c "Gift 1987" \
	-i barcode=31234000 -i accession=1987.4 -m "3.5-inch floppy disk" \
	--write-blocker none -n "label says: please return" -a label.jpg
run ingest second.img --label="Kings Quest, disk 2" --collection "Gift 1987" \
	--identifier barcode=31234001 --operator "Bob Beside" --json
run ingest --dry-run first.img
run ingest odd.bin second.img
run ingest first.img absent.img --json
run list
run list --collection "Gift 1987"
run list --collection nothing
run list --status unchecked -c "Gift 1987" --json
run search quest
run search quest 3123
run search return
run search "1987.4" --json
run search "disk 2" nothing
# Names of an object.
run show barcode=31234000
run show 31234000
run show 01a2
run show 01a
run show barcode=nothing
# Bytes of an object.
muniment cat barcode=31234000 | cmp - first.img && echo "the same bytes"
muniment cat barcode=31234000 image/disk.img | cmp - first.img &&
	echo "the same bytes"
run cat barcode=31234000 documentation/label.jpg
echo
muniment cat barcode=31234000 metadata/premis.xml | head -n 1
run cat barcode=31234000 image/nothing
run cat barcode=31234000 ../muniment.conf
run cat barcode=31234000 ''
# The same value of two types is one object; of two objects it is ambiguous.
image third.img 368640 4
run ingest third.img -i shelfmark=31234001 -l "Third"
run show shelfmark=31234001 | head -n 2
run show 31234001
run ingest third.img -i barcode=31234001 -l "Third again"
run show barcode=31234001
run check
