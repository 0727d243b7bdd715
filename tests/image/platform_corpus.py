#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/platform_corpus.py - the platform of every real image

platform_corpus.tsv says of each file of the corpus, from its origin, its
manifest, the listings of other programs and what mmls, file and blkid see (not
from what muniment says): which verdicts are right (with commas), which others
it has to name as well, and how that is known.  "-" is no medium by itself, or
does not open.  Where "unknown" is right, so is that nothing tells; a verdict
with the confidence "high" that is none of the right ones is what must never
be.  A file that the table does not have fails the test.

Needs $MUNIMENT; skips without the corpus ($MUNIMENT_CORPUS).
"""
import json
import os
import subprocess
import sys
import tempfile

from formats_corpus import CORPUS, lay_out, manifest, plain_name

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "platform_corpus.tsv")
# Nothing on it tells: more than "low" would be made up.
BLANK = {"st/hatari-blank-a.st.zst", "img-fat12/ibm1232-pc98.img.zst",
         "bochs/empty.bochs", "vhd/virtualpc-dynamic.vhd.zst"}


def table():
    with open(TABLE, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f
                if not line.startswith("#")]
    return {name: (right.split(","), [x for x in others.split(",") if x])
            for name, right, others, _ in rows}


def verdict(path):
    """The verdict of the program; None where it does not open."""
    p = subprocess.run([os.environ["MUNIMENT"], "info", "--json", path],
                       capture_output=True, check=False, timeout=120)
    return json.loads(p.stdout)["platform"] if p.stdout else None


def wrong_with(name, v, right, others):
    """A sentence; "" where nothing is."""
    has = [v["name"]] + v["others"]
    if v["name"] not in right:
        return f"{v['name']} ({v['confidence']}), not {' or '.join(right)}"
    if any(x not in has for x in others):
        return f"names {has}, not {others}"
    if not v["reasons"]:
        return "no reason"
    if (v["name"] == "unknown") != (v["confidence"] == "none"):
        return f"{v['name']} with confidence {v['confidence']}"
    if name in BLANK and v["confidence"] not in ("none", "low"):
        return f"nothing tells, but confidence {v['confidence']}"
    return ""


def main():
    if not os.path.isfile(os.path.join(CORPUS, "MANIFEST.tsv")):
        print(f"SKIP: no corpus in {CORPUS}")
        return 77
    truth = table()
    rows = manifest()
    good = 0
    bad = []
    known = 0
    with tempfile.TemporaryDirectory(prefix="muniment-corpus-") as folder:
        lay_out(rows, folder)
        for name in (r["file"] for r in rows):
            right, others = truth.pop(name, (None, None))
            if right == ["-"]:
                continue
            v = verdict(os.path.join(folder, plain_name(name)))
            if right is None:
                bad.append(f"{name}: not in the table")
                continue
            why = (wrong_with(name, v, right, others) if v
                   else "does not open")
            if why:
                bad.append(f"{name}: {why}")
            else:
                good += 1
                known += v["name"] != "unknown"
    bad += [f"{name}: not in the corpus" for name in truth]
    for line in bad:
        print("WRONG", line)
    print(f"{good} right ({known} with a platform), {len(bad)} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
