#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/help.sh - every help text, as a person reads it
run --help
run help
for command in init ingest resume list show search cat premis audit export \
	info map convert make-media check rebuild config formats version help; do
	run "$command" --help
done
run help show
run help nothing
run version
run version --json
run --version
run formats | head -n 4
run formats --json | head -n 8
run help --completion fish
