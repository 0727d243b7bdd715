#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/lint/scripts.sh - every shell script passes shellcheck and runs alone
set -euo pipefail

cd "${MUN_SOURCE_DIR:?}"
command -v shellcheck >/dev/null ||
	{ echo "skipped: shellcheck is not installed"; exit 77; }

mapfile -t scripts < <(
	find . -type d \( -name '.?*' ! -name .ci -o -name 'build*' \
		-o -name muniment-quickstart -o -name corpus \) -prune \
		-o -type f ! -name '*.[chod]' ! -name '*.md' -print |
		sort | while read -r file; do
		if head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*\b(ba)?sh\b'; then
			printf '%s\n' "$file"
		fi
	done
)
[ ${#scripts[@]} -gt 3 ] ||
	{ echo "scripts.sh: found only ${#scripts[@]} scripts" >&2; exit 1; }
status=0
for script in "${scripts[@]}"; do
	if [ ! -x "$script" ]; then
		echo "$script: not executable"
		status=1
	fi
done
shellcheck -x "${scripts[@]}" || status=1
echo "${#scripts[@]} scripts"
exit $status
