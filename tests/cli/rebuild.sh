#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/cli/rebuild.sh - the catalog is made anew from the store, as it was
image first.img 737280 1
image second.img 2500000 2
make_repo
muniment ingest first.img -i n=1 -c box -l first -n "a note" >/dev/null
muniment ingest second.img -i n=2 -l second >/dev/null
# All that is known, but for the checks, which an audit adds to.
facts() {
	muniment show "$1" --json | /usr/bin/python3 -c '
import json
import sys
facts = json.load(sys.stdin)
del facts["copies"]
facts["events"] = [e for e in facts["events"] if e["type"] != "fixity check"]
print(json.dumps(facts, indent=1))'
}
for n in 1 2; do
	facts n=$n >before.$n
done
run rebuild
rm repo/catalog.db*
run show n=1
run rebuild --json
for n in 1 2; do
	facts n=$n | diff - before.$n && echo "the same"
done
run list
run search note
run check
run audit --all
muniment show n=1 --json >whole.1
# Once more with the catalog there: it is kept aside.
run rebuild --yes
ls repo
muniment show n=1 --json | diff - whole.1 && echo "the same, with its checks"
facts n=1 | diff - before.1 && echo "the same"
# An object that cannot be read is told, and the others are there.
echo '{' >"$(folder_of n=1)/inventory.json"
run rebuild --yes
run list
