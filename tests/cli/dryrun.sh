#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/dryrun.sh - what is only asked for is not done
image first.img 737280 1
run init repo --dry-run
ls repo 2>/dev/null || echo "nothing was made"
run init repo --dry-run --digests md4
make_repo
run config set digests md5,sha256 --dry-run
run config set digests md4 --dry-run
run config get digests
run ingest first.img --dry-run
run list
run resume --dry-run
run ingest first.img -i n=1
run export n=1 --for qemu --dry-run
run rebuild --dry-run
# Custody: the ledger tells of nothing new.
muniment store add shelf "file://$PWD/shelf"
entries=$(cat repo/ledger/*.jsonl | wc -l)
run store add other "file://$PWD/other" --dry-run
run store pause shelf --dry-run
run store pause nowhere --dry-run
run store remove shelf --dry-run
run replicate --dry-run | sed 's/copied, .*/copied/'
find shelf -name '0=ocfl_object_*'
run ledger rotate --dry-run
run ledger stamp --tsa-request request --dry-run
run report --period 2026 --dry-run
run schedule remove --dry-run
ls other request 2>&1
[ "$(cat repo/ledger/*.jsonl | wc -l)" = "$entries" ] && echo "nothing new"
muniment replicate >/dev/null
flip "$(folder_of n=1)/v1/content/image/disk.img" 100
muniment audit --all --store main >/dev/null
incident=$(muniment incidents --json | sed -n 's/.*"id": "\(.*\)".*/\1/p')
entries=$(cat repo/ledger/*.jsonl | wc -l)
run repair --all --dry-run
run incidents ack "$incident" --reason why --dry-run
run incidents repaired "$incident" --reason why --dry-run
run incidents list
[ "$(cat repo/ledger/*.jsonl | wc -l)" = "$entries" ] && echo "nothing new"
ls repo
