#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/config.sh - muniment.conf is a person's, and stays as they wrote it
run init repo --name "Archive; of # disks" --digests md5,sha256
cat repo/muniment.conf
export MUNIMENT_REPOSITORY=$PWD/repo
run config list
run config list --json
cat >>repo/muniment.conf <<'END'

; a remark of mine
audit-threads   =   3   ; not too many
END
run config set audit-threads 2
run config set operator "Ada Archivist"
run config set digests sha256,sha512,blake2b-512
run config get digests
run config get operator --json
cat repo/muniment.conf
# Sections of stores and collections; the most particular one counts.
run config set store.tape.every 180d
run config set "collection.Maps, old.parity" 10%
run config set "collection.Maps, old@tape.every" 365d
run config set "collection.Poems on vellum.every" 30d
run config get store.tape.every
run config get store.main.every
run config get "collection.Maps, old.every" --json
run config get "collection.Maps, old@tape.every"
run config get "collection.Maps, old@tape.parity"
run config list
run config list --json
tail -n 12 repo/muniment.conf
# Refused, and nothing is changed.
sha512sum repo/muniment.conf >sum
run config set nothing 1
run config set digests crc16
run config set digests ''
run config set audit-threads -1
run config set audit-threads 65
run config set name ''
run config set name $'two\nlines'
run config set store.tape.name x
run config set collection.Maps.rate 1MiB/s
run config set store.Tape.every 1d
run config set store.tape.every soon
run config set store.tape.every 36501d
run config set "collection.a]b.every" 1d
run config get store.tape.colour
sha512sum --quiet -c sum && echo "unchanged"
echo "colour = red" >>repo/muniment.conf
run list
run config list
run config set name "Another"
run init other --name ''
run init other --name "$(printf '%0300d' 0)"
run init other --digests crc16
ls other
run init other --digests crc32
run -C other config get digests
(
	cd other/spool || exit
	unset MUNIMENT_REPOSITORY
	run config get name
)
# What would be read back as something else is refused.
run -C other config set name "one ; two"
run -C other config set name " one"
run -C other config get name
printf ' operator = Moved In\n' >>other/muniment.conf
run -C other config get operator
