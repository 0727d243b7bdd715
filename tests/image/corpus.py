#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/corpus.py - real disk images, made by others, are named rightly

Every file of the corpus is opened and identified, here and in the sandbox,
without an error.  corpus.tsv says what the plain ones are; their labels are
compared with what mtools and xorriso read, where those are installed.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
COLUMNS = ("path format variant label medium sector_bytes bytes geometry "
           "tracks puid note").split()
OWN_BYTES = ("raw", "floppy", "iso")  # these decode to the file itself


def skip(why):
    print("SKIP:", why)
    sys.exit(SKIPPED)


def unpack(corpus, row, scratch):
    """The image of a row as a plain file."""
    stored = os.path.join(corpus, row["file"])
    if not stored.endswith(".zst"):
        return stored
    out = os.path.join(scratch, row["file"][:-4].replace("/", "_"))
    subprocess.run(["zstd", "-dqf", stored, "-o", out], check=True)
    return out


def facts_of(program, path, problems):
    run = subprocess.run([program, path], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    if run.returncode:
        problems.append("%s: exit %d: %s" % (
            path, run.returncode, run.stderr.decode(errors="replace")))
        return None
    fields = run.stdout.decode().rstrip("\n").split("\t")
    return dict(zip(COLUMNS, fields))


def mtools_label(path):
    """What mtools says, or None where it cannot say."""
    if not shutil.which("mlabel"):
        return None
    run = subprocess.run(["mlabel", "-s", "-i", path, "::"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text = run.stdout.decode(errors="replace").strip("\n")
    if run.returncode:
        return None
    if "has no label" in text:
        return ""
    found = re.search(r"Volume label is (.*?) *$", text)
    return found.group(1) if found else None


def xorriso_label(path):
    if not shutil.which("xorriso"):
        return None
    run = subprocess.run(["xorriso", "-indev", "stdio:" + path, "-pvd_info"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(r"^Volume [Ii]d *: (.*?) *$",
                      run.stdout.decode(errors="replace"), re.MULTILINE)
    return found.group(1).strip("'") if found else None


def main():
    source = os.environ["MUN_SOURCE_DIR"]
    corpus = os.environ.get("MUNIMENT_CORPUS",
                            os.path.join(source, "../shared/corpus"))
    program = os.environ["IMAGE_FACTS"]
    manifest = os.path.join(corpus, "MANIFEST.tsv")
    if not os.path.exists(manifest):
        skip("no corpus: set MUNIMENT_CORPUS")
    if not shutil.which("zstd"):
        skip("zstd is not installed")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "corpus.tsv"), newline="") as f:
        want = {r["file"]: r for r in csv.DictReader(
            (line for line in f if not line.startswith("#")),
            delimiter="\t", quoting=csv.QUOTE_NONE)}
    with open(manifest, newline="", errors="replace") as f:
        rows = list(csv.DictReader(f, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))
    problems = []
    compared = {"facts": 0, "fat labels": 0, "iso labels": 0}
    seen = set()
    for row in rows:
        seen.add(row["file"])
        with tempfile.TemporaryDirectory() as scratch:
            check(row, unpack(corpus, row, scratch), program,
                  want.get(row["file"]), compared, problems)
    for missing in sorted(set(want) - seen):
        problems.append("%s: in corpus.tsv, but not in the corpus" % missing)
    for problem in problems:
        print("PROBLEM:", problem)
    print("%d files opened, compared: %s" % (
        len(rows), ", ".join("%d %s" % (n, k) for k, n in compared.items())))
    sys.exit(1 if problems else 0)


def check(row, path, program, want, compared, problems):
    name = row["file"]
    # Containers, and what is broken, are formats_corpus.py's.
    if want is None:
        return
    facts = facts_of(program, path, problems)
    if facts is None:
        return
    if facts["format"] in OWN_BYTES and facts["bytes"] != row["size"]:
        problems.append("%s: %s bytes, and not the file's %s" % (
            name, facts["bytes"], row["size"]))
    for key in ("format", "variant", "label", "sector_bytes"):
        compared["facts"] += 1
        if facts[key] != want[key]:
            problems.append("%s: %s is '%s' and not '%s'" % (
                name, key, facts[key], want[key]))
    if "FAT" in facts["variant"]:
        label, kind = mtools_label(path), "fat labels"
    elif facts["format"] == "iso":
        label, kind = xorriso_label(path), "iso labels"
        # This is what xorriso calls a disc that has no name.
        if label == "ISOIMAGE" and not facts["label"]:
            label = ""
    else:
        return
    if label is not None:
        compared[kind] += 1
        if label != facts["label"]:
            problems.append("%s: label is '%s'; another tool reads '%s'" % (
                name, facts["label"], label))


main()
