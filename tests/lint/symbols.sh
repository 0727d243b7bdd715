#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/lint/symbols.sh - what our libraries export is called mun_*
#
# usage: symbols.sh LIBRARY...; or symbols.sh --self-test
set -euo pipefail

# Names that the compiler adds: sanitizers, coverage, their constructors.
foreign() {
	nm --extern-only --defined-only --format=posix "$1" 2>/dev/null |
		awk 'NF > 2 { print $1 }' |
		grep -Ev '^(mun_|__(asan|odr_asan|ubsan|tsan|gcov|sanitizer|start|stop))' ||
		true
}

if [ "${1-}" = --self-test ]; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	printf 'int mun_x; int stray(void); int stray(void) { return 0; }\n' \
		>"$dir/a.c"
	cc -c -o "$dir/a.o" "$dir/a.c"
	ar rc "$dir/liba.a" "$dir/a.o"
	[ "$(foreign "$dir/liba.a")" = stray ] ||
		{ echo "symbols.sh: 'stray' was not found" >&2; exit 1; }
	exit 0
fi

[ $# -gt 0 ] || { echo "symbols.sh: no libraries" >&2; exit 64; }
status=0
for library; do
	[ -f "$library" ] || { echo "symbols.sh: no $library" >&2; exit 64; }
	for name in $(foreign "$library"); do
		echo "$(basename "$library"): $name has no prefix mun_"
		status=1
	done
done
exit $status
