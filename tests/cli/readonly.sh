#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/readonly.sh - what only reads, reads on a read-only file system too
#
# In a mount namespace of its own, where that is allowed; skipped elsewhere.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$MUNIMENT" init repo >/dev/null
head -c 100000 /dev/zero >a.img
"$MUNIMENT" -C repo ingest a.img >/dev/null
"$MUNIMENT" -C repo status >writable
export MUNIMENT
if ! unshare -m sh -c 'mount --bind repo repo &&
	mount -o remount,ro,bind repo' 2>/dev/null; then
	echo "SKIP: mounts are not allowed here"
	exit 77
fi
# shellcheck disable=SC2016
unshare -m sh -eu -c '
	mount --bind repo repo
	mount -o remount,ro,bind repo
	! touch repo/x 2>/dev/null
	"$MUNIMENT" -C repo status >status
	"$MUNIMENT" -C repo list >list
	"$MUNIMENT" -C repo status --metrics m.prom >/dev/null
	"$MUNIMENT" -C repo report --period 2000..2000 2>/dev/null && exit 9
	"$MUNIMENT" -C repo report --period "$(date -u +%Y)" -o reports \
		2>messages >report
	! "$MUNIMENT" -C repo ingest a.img 2>/dev/null
'
grep -q "^1 object" status
cmp <(sed 1d writable) <(sed 1d status)
[ "$(wc -l <list)" = 1 ]
grep -q '^muniment_objects 1$' m.prom
# The report stands; that the catalog does not know of it is said.
grep -q "the ledger will not know of this report" messages
grep -q "the catalog does not know of this report" messages
(cd "$(head -n 1 report)" && sha256sum --quiet -c SHA256SUMS)
[ -z "$(find repo -newer report)" ]
echo "read-only: status, list, metrics and report work"
