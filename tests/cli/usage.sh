#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/usage.sh - calls that are wrong say so in one line, and exit 64
run
run nothing
run $'\e[2Jnothing\n'
run $'--\e[2J'
run -C
run --wrong
for command in ingest show search cat premis repair store schedule ledger export \
	manifest info map convert config; do
	run "$command"
done
for command in init ingest resume list show search cat premis audit repair \
	incidents store replicate schedule ledger status report export manifest \
	info map convert check rebuild config formats version help; do
	run "$command" --wrong
done
run list surplus
run list -z
run list --json=yes
run list --collection
run list -c
run show a b
run cat a b c
run version surplus
make_repo
run audit
run audit --all someobject
run audit --all -j many
run audit --all -j 1000
run audit --all --due
run audit --due someobject
run audit --daemon --json
run audit --all --rate quickly
run audit --all --time-limit soon
run audit --all --store nowhere
run repair --all someobject
run incidents drop
run incidents list a b
run incidents show
run incidents ack
run incidents repaired 01a2
run incidents ack 01a2 --reason why
run store drop name
run store add name
run store add main "file://$PWD/copy"
run store add name copy
run store add name file://host/copy
run store remove name
run store pause
run replicate someobject
run replicate --to main
run schedule tomorrow
run schedule install now
run ledger drop
run ledger prove
run ledger verify surplus
run ledger verify --from absent
run ledger stamp --tsa-response absent
run manifest drop x
run export
run export someobject --for nothing
run export someobject --for qemu --package rar
run check --ocfl a --premis b
run config get nothing
run config set nothing 1
run config drop name
run config get
run config set name
run ingest a b --label one
run ingest a b --identifier barcode=1
run ingest a --identifier nothing
run ingest a --identifier =nothing
run ingest a --identifier nothing=
run ingest a b --loop
run ingest a --loop --label one
run ingest gw: --loop
run ingest a --count 3
run ingest a --loop --count 0
run ingest a --loop --command-timeout 5
run ingest a --loop --label-pattern box
run ingest a --loop --csv b --label-pattern 'box-#'
run ingest a --loop --answer 3=store
run ingest a --loop --on-held perhaps
run batch
run batch a --on-held same=merge
run batch a --on-held nothing=store
run batch a --answer store
run batch a --answer 0=store
run batch a --answer 3=hold
run batch a --retries many
run batch absent.csv
printf 'source,label\n' >rows.csv
run batch rows.csv
run batch rows.csv --answer 3=skip
run batch rows.csv --name ../elsewhere
printf 'name,date\na,b\n' >other.csv
run batch other.csv
run resume --discard 01a20320-a200-7000-8000-000000000001
run resume --discard nothing --yes
run rebuild
run init elsewhere --digests crc16
run init elsewhere --digests ''
run init elsewhere --name ''
run init elsewhere --name $'two\nlines'
ls elsewhere 2>&1
run list
