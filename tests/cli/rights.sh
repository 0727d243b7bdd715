#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/rights.sh - an embargo: recorded, replaced, run out; and what is wild

# statement OBJECT NUMBER: identifier of that one.
statement() {
	muniment rights "$1" --json | /usr/bin/python3 -c '
import json, sys
print(json.load(sys.stdin)["rights"][int(sys.argv[1])]["id"])' "$2"
}

image first.img 5000 1
image second.img 5000 2
make_repo
muniment ingest first.img -i n=1 -l first >/dev/null
muniment ingest second.img -i n=2 -l second >/dev/null

# Nothing is known.
run rights n=1
run rights n=1 --json
run list --restricted
run rights n=3
run rights

# What does not go together.
run rights n=1 --restrict no --grant yes
run rights n=1 --until 2040
run rights n=1 --cite "a letter"
run rights n=1 --end 01
run rights n=1 --reason why
run rights n=1 --restrict "" --dry-run
run rights n=1 --restrict no --act give
run rights n=1 --restrict no --basis hearsay
run rights n=1 --restrict no --basis statute --cite "UrhG 60f"
run rights n=1 --restrict no --basis copyright --cite "some law"
run rights n=1 --restrict no --jurisdiction nl
run rights n=1 --restrict no --until soon
run rights n=1 --restrict no --until 2026~
run rights n=1 --restrict no --from 2041 --until 2040
run rights n=1 --end 019a --reason "never was"
run rights n=1

# An embargo.
run rights n=1 --restrict "closed until the donor's death" --basis donor \
	--cite "letter of 3 May 2026" --note "see also box 4" --dry-run
run rights n=1
run rights n=1 --restrict "closed until the donor's death" --basis donor \
	--cite "letter of 3 May 2026" --note "see also box 4"
run rights n=1 --grant "copies for preservation" --act replicate \
	--basis statute --jurisdiction de --cite "UrhG 60f" --operator "B. Jurist"
run rights n=1
run list --restricted
run list --restricted --json
run show n=1 | sed -n '/^rights/,/^$/p'

# It is not given away, but by somebody who answers for it.
mkdir out
muniment export n=1 --for qemu -o out 2>&1 | sed 's| (--authorised-by[^)]*)||'
ls -A out
muniment export n=1 --for qemu -o out --authorised-by "C. Director" >/dev/null &&
	find out -mindepth 1 -maxdepth 1 -printf "%f\n" | sed "s|-.*||"
muniment show n=1 --json | /usr/bin/python3 -c '
import json, sys
doc = json.load(sys.stdin)
names = {agent["id"]: agent["name"] for agent in doc["agents"]}
given = [x for x in doc["events"] if x["type"] == "dissemination"]
print(len(given), [(names[x["id"]], x["role"]) for x in given[0]["agents"]
                   if x["role"] != "executing program"])
print([x["id"] for x in doc["rights"]
       if x["id"] in given[0]["detail"] + given[0]["note"]])'

# Replaced by one that knows its end.
old=$(statement n=1 0)
run rights n=1 --restrict "open from 2027 on" --until 2026 --end "$old" \
	--reason "agreed by phone" --dry-run
run rights n=1 --restrict "open from 2027 on" --until 2026 --end "$old" \
	--reason "agreed by phone"
run rights n=1 --end "$old" --reason again
run rights n=2 --end "$old" --reason "of another object"
run rights n=1 --json
run list --restricted

# It runs out by itself: nobody has to do anything.
later() {
	next_call
	export MUNIMENT_TEST_NOW=$1
	shift
	timeout 60 "$MUNIMENT" "$@"
}
echo "at the end of 2026:"
later 2026-12-31T23:59:59Z list --restricted
echo "in 2027:"
later 2027-01-01T00:00:00Z list --restricted
later 2027-01-01T00:00:00Z rights n=1 | grep "not now"

# Ended by hand.
new=$(statement n=1 2)
run rights n=1 --end "$new"
run rights n=1 --end "$new" --reason "the donor wishes it" --json
run list --restricted

# A person may say what she likes, and nothing comes of it.
run rights n=2 --restrict $'\a bell' || true
run rights n=2 --restrict $'no \xff UTF-8' || true
long=$(printf '%065536d' 0)
muniment rights n=2 --restrict "${long}0" --operator x 2>&1 | tail -c 60
muniment rights n=2 --restrict "$long" --act modify >/dev/null && echo "64 KiB"
# shellcheck disable=SC2016
run rights n=2 --restrict $'"; DROP TABLE rights; -- \' $(touch pwned) `id`
recorded by nobody
</premis:restriction> & \xe2\x80\xae\xd7\x90\xd7\x91 \\n %s%n' \
	--cite '<!-- ]]> -->' --note $'\ttwo\n\nlines ' --operator '<Ada> & "Co"'
run rights n=2 | grep -v 0000
[ -e pwned ] && echo "it was run"
muniment premis n=2 >record.xml
run check --premis record.xml
muniment rights n=2 --json | /usr/bin/python3 -c '
import json, sys
for x in json.load(sys.stdin)["rights"]:
    print(len(x["text"]), ascii(x["text"][-40:]), ascii(x["note"]))'

# All of it is in the ledger, and comes back from there.
muniment rights n=1 --json >one.json
muniment rights n=2 --json >two.json
muniment premis n=2 >record.xml
run check
run ledger verify | sed -E 's/root [0-9a-f]{64}/root DIGEST/'
rm repo/catalog.db*
run rebuild
muniment rights n=1 --json | cmp - one.json && echo "the rights of n=1"
muniment rights n=2 --json | cmp - two.json && echo "the rights of n=2"
muniment premis n=2 | cmp - record.xml && echo "the record of n=2"
run check
run ledger verify | sed -E 's/root [0-9a-f]{64}/root DIGEST/'

# Without the ledger they are lost, and nobody may think there were none.
cp -R repo bare
rm -r bare/catalog.db* bare/ledger
MUNIMENT_REPOSITORY=$PWD/bare run rebuild
MUNIMENT_REPOSITORY=$PWD/bare run rights n=1

# And whoever opens it by hand is found out.
sqlite3 repo/catalog.db "DROP TRIGGER rights_update;
	UPDATE rights SET ends = '2020' WHERE n = 1"
run ledger verify | sed -E 's/root [0-9a-f]{64}/root DIGEST/'
