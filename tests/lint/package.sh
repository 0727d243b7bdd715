#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/lint/package.sh - the .deb: made by cpack, unpacked elsewhere, and it runs
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
	echo "package.sh: $*" >&2
	exit 1
}

cmake --install "$MUN_BINARY_DIR" --prefix "$scratch/usr" >"$scratch/log" ||
	fail "cmake --install: $(tail -3 "$scratch/log")"
"$scratch/usr/bin/muniment" version >"$scratch/installed" ||
	fail "the installed program does not run"

# Into the scratch folder and not into the build: a second run starts anew.
(cd "$scratch" && cpack --config "$MUN_BINARY_DIR/CPackConfig.cmake" \
	-B "$scratch/cpack" >"$scratch/log" 2>&1) ||
	fail "cpack: $(tail -5 "$scratch/log")"
deb=$(find "$scratch/cpack" -maxdepth 1 -name 'muniment_*.deb')
[ -f "$deb" ] || fail "cpack made no package"

field() {
	dpkg-deb -f "$deb" "$1"
}
[ "$(field Package)" = muniment ] || fail "package name '$(field Package)'"
[ "$(field Section)" = utils ] || fail "section '$(field Section)'"
[ -n "$(field Maintainer)" ] || fail "no maintainer"
# Found by dpkg-shlibdeps in the program itself; a static list would rot.
for library in libssl3 libsqlite3-0 libxml2 libarchive13 libseccomp2 libc6; do
	[[ $(field Depends) == *"$library"* ]] || fail "no dependency $library"
done

dpkg-deb -c "$deb" | awk '{ print $6 }' >"$scratch/files"
need() {
	grep -q "^\./$1\$" "$scratch/files" || fail "package has no $1"
}
need usr/bin/muniment
need usr/share/doc/muniment/copyright
need usr/share/muniment/schemas/sql/0001_init.sql
while read -r schema; do
	need "usr/share/muniment/$schema"
done < <(cd "$MUN_SOURCE_DIR" && find schemas -type f ! -name '*.md')
need usr/share/man/man1/muniment.1.gz
for command in init ingest audit export; do
	need "usr/share/man/man1/muniment-$command.1.gz"
done
need usr/share/bash-completion/completions/muniment
if grep -Ev '^\./(usr/(|bin/.*|share/.*))?$' "$scratch/files"; then
	fail "package puts files where it should not"
fi

dpkg-deb -x "$deb" "$scratch/root"
"$scratch/root/usr/bin/muniment" version >"$scratch/unpacked" ||
	fail "the unpacked program does not run"
cmp "$scratch/installed" "$scratch/unpacked" || fail "the versions differ"
grep -qF "$(field Version)" "$scratch/unpacked" ||
	fail "package says $(field Version), program $(cat "$scratch/unpacked")"
bash -n "$scratch/root/usr/share/bash-completion/completions/muniment" ||
	fail "the completion is not bash"
echo "$(basename "$deb"): $(wc -l <"$scratch/files") files," \
	"$(cat "$scratch/unpacked")"
