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
ls repo
