#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/custody.sh - a copy, damage, repair, and the proof of it all
export PATH=$PATH:/usr/bin

# Bytes and digests of a record depend on where the test runs.
plain() {
	sed -E -e 's/"bytes": [0-9]+/"bytes": BYTES/' \
		-e 's/[0-9a-f]{64}/DIGEST/g' \
		-e 's/"(key|signature)":( ?)"[^"]*"/"\1":\2"..."/g' \
		-e 's/key [0-9a-f]{16}/key KEY/g' \
		-e 's/(objects +)[0-9.]+ [kM]?B/\1SIZE/' \
		-e 's/objects copied, .*/objects copied, SIZE/'
}

# incident NUMBER: identifier of that one in the list of all.
incident() {
	muniment incidents list --all --json | /usr/bin/python3 -c '
import json, sys
print(json.load(sys.stdin)["incidents"][int(sys.argv[1])]["id"])' "$1"
}

image first.img 3000000 1
image second.img 5000 2
make_repo
muniment ingest first.img -i n=1 -l first >/dev/null
muniment ingest second.img -i n=2 -l second >/dev/null

# A place for copies.
run replicate
run store add shelf "file://$PWD/shelf" --dry-run
ls -d shelf 2>/dev/null
run store add shelf "file://$PWD/shelf"
run store add shelf "file://$PWD/shelf"
run store add shelf "file://$PWD/other"
run store add Shelf "file://$PWD/other"
run store add other ftp://example.org/x
run store add other "file://$PWD/repo"
run store add other "file://$PWD/repo" --dry-run
ls -A shelf
run store list | plain
run replicate --dry-run | plain
run replicate n=1 --json | plain
run replicate | plain
run replicate | plain
run replicate --to nowhere
run audit --all | plain | sed -E 's/files, [^:]*:/files, SIZE:/'

# Paused, and back.
run store pause shelf --reason "the disk is being replaced"
run store list | plain
run audit n=2 | sed -E 's/files, [^:]*:/files, SIZE:/'
run store resume shelf
run store pause nowhere

# Away: nothing is missing.
mv shelf away
run audit n=2 --store shelf | sed -E 's/files, [^:]*:/files, SIZE:/'
run store list | plain
run replicate
mv away shelf

# Damage, told once, joined by a second finding.
master=$(folder_of n=1)/v1/content/image/disk.img
flip "$master" 1500000
run audit n=1 | grep -v ^store | sed -E 's/files, [^:]*:/files, SIZE:/'
run audit n=1 --store main | sed -E 's/files, [^:]*:/files, SIZE:/'
run incidents
run incidents list n=2
run incidents show "$(incident 0)"
run incidents ack "$(incident 0)"
run incidents ack nothing --reason why
run incidents ack "$(incident 0)" --reason "seen, disk ordered"
run repair --all --dry-run
run repair n=1 --json | plain
cmp "$master" first.img && echo "as it was"
(cd repo/quarantine && find . -name 'disk*' | sed 's|^./[^/]*|INCIDENT|')
run incidents list --all
run incidents list --json
run repair --all
run incidents show "$(incident 0)" --json

# Both copies in the same piece: what is lost is said byte for byte.
flip "$master" 100
flip "shelf/${master#repo/}" 200
run audit n=1 --repair | grep -v ^store |
	sed -E 's/files, [^:]*:/files, SIZE:/' | sort
run incidents
# Repaired by hand, which the next audit believes when it has seen it.
chmod u+w "$master" "shelf/${master#repo/}"
cp first.img "$master"
cp first.img "shelf/${master#repo/}"
run incidents repaired "$(incident 1)" "$(incident 2)" --reason "from tape 7"
run incidents list --store shelf
run audit n=1 | grep -v ^store | sed -E 's/files, [^:]*:/files, SIZE:/'
run incidents ack "$(incident 1)" "$(incident 2)" --reason "done"
run incidents

# Evidence.
run ledger verify | plain
run ledger verify --json | plain | grep -v '"entries"\|"size"'
run ledger head | plain
muniment ledger head >head.kept
muniment ledger prove n=1 >proof.json
/usr/bin/python3 "$MUN_SOURCE_DIR/docs/verify_proof.py" proof.json |
	sed -n 1,2p | plain
run ledger prove nothing
run ledger prove 0192a0c0-0000-7000-8000-000000000000
run ledger rotate --dry-run
run ledger rotate | plain
run audit n=2 --store main | sed -E 's/files, [^:]*:/files, SIZE:/'
run ledger verify --from head.kept | plain
sed 's/"second"/"third."/' repo/ledger/00000000.jsonl >forged
cat forged >repo/ledger/00000000.jsonl
run ledger verify | plain
sed 's/"third."/"second"/' forged >repo/ledger/00000000.jsonl

# A time stamp, carried there and back by hand.
make_tsa tsa
run ledger stamp
run ledger stamp --tsa-request a --tsa-response b
run ledger stamp --tsa-request "$PWD/head.tsq"
(cd tsa && openssl ts -reply -config tsa.cnf -queryfile ../head.tsq \
	-out ../head.tsr 2>/dev/null)
run ledger stamp --tsa-response head.tsr
run ledger stamp --tsa-response head.tsq
muniment config set tsa-ca "$PWD/tsa/ca.pem"
muniment ledger verify | grep -v 'newest' | plain
muniment ledger head | tr -d '\n' >head.line
openssl ts -verify -digest "$(sha256sum <head.line | cut -c 1-64)" \
	-in repo/ledger/tokens/*-1.tsr -CAfile tsa/ca.pem 2>/dev/null

# What is to come.
run schedule forecast --json | plain | grep -v '"rate'
run schedule status
# Units or a line of the crontab, as the machine has it.
muniment schedule install --dry-run >units
grep -q "$PWD/repo'* audit --due" units && echo "it would audit what is due"

# A store that is given up keeps its files.
run store remove shelf
run store remove shelf --yes --reason "given back"
run store remove main --yes
run store list --all | plain
run store add shelf "file://$PWD/again"
find shelf/ocfl -name disk.img | wc -l
run check
