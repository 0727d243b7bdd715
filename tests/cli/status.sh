#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/status.sh - one screen that says how it is, and its exit status
stable() {
	sed -E -e 's/head [0-9a-f]{16}/head HEAD/; s/by key [0-9a-f]{16}/by key KEY/' \
		-e 's/(away: store .main.).*/\1.../'
}
image first.img 3000000 1
image second.img 5000 2
make_repo
run status | stable
muniment ingest first.img -l first -c box >/dev/null
muniment ingest second.img -l second >/dev/null
muniment audit --all >/dev/null
run status | stable
# One bit: the screen says so, and so does the status.
flip "$(folder_of "$(muniment list | sed -n 's/ .*first$//p')")/v1/content/image/disk.img" 1500000
muniment audit --all >/dev/null
run status | stable
# A store that is away is said once, and nothing is called missing.
mv repo/ocfl/0=ocfl_1.1 aside
run status 2>&1 | stable
mv aside repo/ocfl/0=ocfl_1.1
run status --metrics metrics.prom >/dev/null
grep -E '^muniment_(objects|incidents|store_available)' metrics.prom
# Calls that are wrong, and one that would only be made.
run report
run report --period 2026-13
run report --period 2026 --for nobody
run report --period 2026 --format pdf
run report --period 2026 -o reports --dry-run
run report --period 2027 -o reports
ls
