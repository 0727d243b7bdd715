#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/check.sh - whatever was changed behind our back is noticed
image floppy.img 1474560 1
make_repo
muniment ingest floppy.img -i n=1 -l "A floppy" >/dev/null
run check
run check --json
run check --content
object=$(dirname "$(find repo/ocfl -name '0=ocfl_object_1.1')")
run check --ocfl repo/ocfl
run check --ocfl "$object" --json
muniment premis n=1 >record.xml
run check --premis record.xml
sed 's/size>1474560/size>-1/' record.xml >bad.xml
run check --premis bad.xml
run check --premis bad.xml --json
head -c 900 record.xml >cut.xml
run check --premis cut.xml
# A file too many, a file too few, a label that is another one.
echo surplus >"$object/v1/content/surplus"
run check
rm "$object/v1/content/surplus"
mv "$object/v1/content/metadata/premis.xml" aside
run check
mv aside "$object/v1/content/metadata/premis.xml"
run check
sqlite3 repo/catalog.db "UPDATE object SET label = 'Another'" 2>&1 |
	sed 's/ (19)$//'
mv repo/ocfl ocfl.away
run check
run audit --all | sort
mv ocfl.away repo/ocfl
rm -r "$object"
run check
