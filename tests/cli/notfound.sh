#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/notfound.sh - what is not there is said to be not there, exit 2
run list
run -C nowhere list
run -C nowhere check
mkdir empty
run -C empty show 0000
(
	cd empty || exit
	run search anything
	run config list
)
make_repo
id=01a20320-a200-7000-8000-000000000001
for object in $id 01a2 barcode=31234; do
	run show "$object"
	run cat "$object"
	run premis "$object"
	run audit "$object"
	run export "$object" --for qemu
	run repair "$object"
	run replicate "$object"
	run incidents list "$object"
	run incidents show "$object"
	run ledger prove "$object"
done
run incidents
run repair --all
run store list --json | grep -v '"id"'
run list
run list --json
run search nothing
run search nothing --json
run resume
run resume --json
run resume --list
run resume --list --json
run resume $id
run resume --discard $id --yes
run ingest absent.img
run info absent.img
run check --ocfl absent
run check --premis absent.xml
run audit --all
run rebuild --yes
rm repo/catalog.db
run list
run rebuild
run list --json
run init repo
