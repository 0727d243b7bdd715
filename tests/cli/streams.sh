#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/streams.sh - an output that is closed, full or gone is an error
image floppy.img 1474560 1
make_repo
for call in "list" "list --json" "version" "help" "config list" "formats --json"; do
	# shellcheck disable=SC2086
	set -- $call
	muniment "$@" >/dev/full
	echo "$call, full: exit $?"
	muniment "$@" >&-
	echo "$call, closed: exit $?"
done
# With stdout closed, the first file that is opened must not become stdout.
muniment ingest floppy.img -i n=1 -l floppy >&-
echo "ingest, closed: exit $?"
muniment ingest floppy.img -i n=2 -l floppy >&- 2>&- <&-
echo "ingest, all closed: exit $?"
muniment check >/dev/full
echo "check, full: exit $?"
run check --content
run list
muniment cat n=1 >/dev/full
echo "cat, full: exit $?"
muniment cat n=1 >&-
echo "cat, closed: exit $?"
muniment cat n=1 | head -c 10 >/dev/null
echo "cat, reader gone: exit ${PIPESTATUS[0]}"
muniment show n=1 --json >/dev/full
echo "show, full: exit $?"
muniment audit --all --json >/dev/full
echo "audit, full: exit $?"
muniment list nothing 2>/dev/full
echo "usage, stderr full: exit $?"
# In a pipe there is no progress line.
muniment audit --all 2>&1 | cat -A
# Who ignores SIGCHLD leaves that to us; parsers are children all the same.
env --ignore-signal=CHLD "$MUNIMENT" info floppy.img >/dev/null
echo "info, SIGCHLD ignored: exit $?"
