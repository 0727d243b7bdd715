#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/formats_corpus.py - real images of every format, by the program

Each file of the corpus is named as formats_corpus.tsv says (file, format, how):
  content  it decodes to what independent tools gave (truth_sha256)
  raw      so do all stored bytes of its sectors (a disc in a container)
  longer   its first truth_size bytes are the truth: it holds more
  kept     it is named and kept, and says why it is not decoded
  named    there is no truth to compare with
  refused  it is damaged, or a file that it names is missing: one line, exit 2
A file that the table does not have fails the test.  Needs $MUNIMENT; skips
without the corpus ($MUNIMENT_CORPUS).  With --write the table is made anew of
what the program says: to be read before a commit.
"""
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "formats_corpus.tsv")
CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    HERE, "..", "..", "..", "shared", "corpus")
# What an image is a difference to is given by the user.
PARENTS = {"vhd/diff/image-differential.vhd.zst": "vhd/diff/image.vhd",
           "chd/diff-open/child.chd": "chd/diff-open/parent.chd"}
# Zeros of 127 GiB: nobody waits for their digest.
HUGE = {"vhd/virtualpc-dynamic.vhd.zst"}


def manifest():
    with open(os.path.join(CORPUS, "MANIFEST.tsv"), encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def plain_name(name):
    return name[:-4] if name.endswith(".zst") else name


def lay_out(rows, to):
    """Every file under its own name, decompressed: sets stay together."""
    for r in rows:
        path = os.path.join(to, plain_name(r["file"]))
        source = os.path.join(CORPUS, r["file"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if r["file"].endswith(".zst"):
            subprocess.run(["zstd", "-dqf", "--sparse", source, "-o", path],
                           check=True)
        else:
            shutil.copy(source, path)


def look(name, folder):
    """Exit status, document or None, stderr."""
    words = [os.environ["MUNIMENT"], "info", "--json",
             os.path.join(folder, plain_name(name))]
    if name not in HUGE:
        words.append("--hash")
    if name in PARENTS:
        words += ["--parent", os.path.join(folder, PARENTS[name])]
    p = subprocess.run(words, capture_output=True, check=False, timeout=300)
    text = p.stderr.decode(errors="replace")
    return p.returncode, json.loads(p.stdout) if p.stdout else None, text


def is_longer(row, name, folder):
    """The decoded bytes begin with the truth."""
    out = os.path.join(folder, "longer.img")
    subprocess.run([os.environ["MUNIMENT"], "convert", "--accept-loss", "--to",
                    "raw", os.path.join(folder, plain_name(name)), out],
                   check=True, stdout=subprocess.DEVNULL)
    with open(out, "rb") as f:
        head = f.read(int(row["truth_size"]))
    os.unlink(out)
    return hashlib.sha256(head).hexdigest() == row["truth_sha256"]


def how(row, found, name, folder):
    """Which word of the table is true of it; a sentence where none is."""
    status, doc, text = found
    truth = row["truth_sha256"]
    if status == 2:
        one_line = text.count("\n") == 1 and text.startswith("muniment: ")
        return "refused" if one_line else f"refused with {text!r}"
    if status not in (0, 1):
        return f"ended with status {status}: {text!r}"
    if doc["preserved_only"]:
        return "kept"
    if not truth:
        return "named"
    if doc.get("content_sha256") == truth:
        return "content"
    if doc.get("raw_sha256") == truth:
        return "raw"
    if doc["bytes"] > int(row["truth_size"]) and is_longer(row, name, folder):
        return "longer"
    return (f"decodes to {doc['bytes']} bytes, {doc.get('content_sha256')}, "
            f"not {row['truth_size']}, {truth}")


def main():
    if not os.path.isfile(os.path.join(CORPUS, "MANIFEST.tsv")):
        print(f"SKIP: no corpus in {CORPUS}")
        return 77
    rows = manifest()
    folder = tempfile.mkdtemp(prefix="muniment-corpus-")
    try:
        lay_out(rows, folder)
        seen = []
        for r in rows:
            found = look(r["file"], folder)
            seen.append((r["file"], found[1]["format"] if found[1] else "-",
                         how(r, found, r["file"], folder)))
    finally:
        shutil.rmtree(folder)
    if sys.argv[1:] == ["--write"]:
        with open(TABLE, "w", encoding="utf-8") as f:
            for line in seen:
                f.write("\t".join(line) + "\n")
        return 0
    return compare(seen)


def compare(seen):
    with open(TABLE, encoding="utf-8") as f:
        wanted = {line.split("\t")[0]: tuple(line.rstrip("\n").split("\t"))
                  for line in f}
    bad = 0
    for line in seen:
        if wanted.pop(line[0], None) != line:
            bad += 1
            print("FAILED: " + ", ".join(line))
    for name in wanted:
        bad += 1
        print(f"FAILED: the corpus has no {name}")
    words = [how_ for _, _, how_ in seen]
    print(", ".join(f"{words.count(w)} {w}" for w in sorted(set(words))))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
