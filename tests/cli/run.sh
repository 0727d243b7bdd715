#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/run.sh - run NAME.sh and compare what it says with NAME.out and
# NAME.err, and its exit status with NAME.exit (absent: nothing, and 0)
#
# usage: run.sh [--update] NAME
# With --update the expected files are written anew; read the diff before a
# commit.  Needs $MUNIMENT.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
update=no
if [ "${1-}" = --update ]; then
	update=yes
	shift
fi
name=${1:?usage: run.sh [--update] NAME}
base=$(mktemp -d "${TMPDIR:-/tmp}/mun-cli-XXXXXX") || exit 2
trap 'rm -rf "$base"' EXIT
scratch=$base/s
results=$base/r
mkdir "$scratch" "$results"

# Nothing of the caller's may be seen, or one person's run differs.
export LC_ALL=C.UTF-8 TZ=UTC MUNIMENT scratch
export PYTHONDONTWRITEBYTECODE=1 MUN_CLI_CALLS=$results/calls
unset MUNIMENT_REPOSITORY
version=$("$MUNIMENT" version) || exit 2

# Identifiers are named in the order in which they appear: how many more a
# command draws in between is its own affair.
name_identifiers() {
	/usr/bin/python3 -c '
import re
import sys
names = {}
def name(match):
    return names.setdefault(match.group(), f"UUID-{len(names) + 1}")
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        text = f.read()
    text = re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name, text)
    text = re.sub("([0-9a-f]{3}/){3}[0-9a-f]{64}", "OBJECT-FOLDER", text)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(text)' "$@"
}

# Paths and the version; and the size of a record, which speaks of both.
normalise() {
	sed -E -e "s|$scratch|SCRATCH|g" -e "s|$version|muniment VERSION|g" \
		-e "s|\"${version#muniment }\"|\"VERSION\"|g" \
		-e 's|^ +[0-9]+  metadata/premis.xml|  SIZE metadata/premis.xml|' \
		-e 's|(metadata/premis.xml  )[0-9]+ bytes|\1SIZE|' \
		-e 's|^(checked .* files, )[^:]*:|\1SIZE:|' \
		-e 's|[0-9]+ bytes in store|SIZE in store|' \
		-e 's|receipt SHA-256 [0-9a-f]{64}|receipt SHA-256 HEX|'
}

(
	cd "$scratch" || exit 2
	# shellcheck source=/dev/null
	. "$here/lib.sh"
	# shellcheck source=/dev/null
	. "$here/$name.sh"
) >"$results/raw.out" 2>"$results/raw.err" </dev/null
echo $? >"$results/exit"
normalise <"$results/raw.out" >"$results/out"
normalise <"$results/raw.err" >"$results/err"
name_identifiers "$results/out" "$results/err" || exit 2

if [ "$(cat "$results/exit")" = 77 ]; then
	cat "$results/out"
	exit 77
fi
status=0
for kind in out err exit; do
	expected=$here/$name.$kind
	if [ ! -e "$expected" ]; then
		expected=$results/absent
		case $kind in
		exit) echo 0 >"$expected" ;;
		*) : >"$expected" ;;
		esac
	fi
	if diff -u --label "expected $name.$kind" --label "found" \
		"$expected" "$results/$kind"; then
		continue
	fi
	status=1
	if [ $update = yes ]; then
		cp "$results/$kind" "$here/$name.$kind"
	fi
done
exit $status
