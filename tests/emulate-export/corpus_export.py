#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/corpus_export.py - every real medium, in every package

Each image of the corpus that decodes is taken in.  `targets` answers for every
target: a reason for each, and no target that takes a medium of another machine
(FOREIGN).  For each target that takes it a package is made, as a folder, zip or
tar in turn; what independent means say of it is compared: sha512sum of every
manifest line, the SHA-256 of the image in the receipt with the corpus' truth,
that scripts parse (sh -n), that no name in a package is anything but plain.  A
target that says no is asked for a package all the same, and refuses in one
line.  Needs $MUNIMENT; skips without the corpus.

A share of the images by default, all with MUNIMENT_LONG=1 or --all.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "cli"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "image"))
import formats_corpus  # noqa: E402
import muniment  # noqa: E402

# Of the default run: one of each kind of medium, small ones.
SHARE = 9
LARGEST = 48 << 20
KINDS = ("dir", "zip", "tar")
PLAIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
# Machines that a folder of the corpus is certainly not of: group, targets.
FOREIGN = {
    "adf": {"hatari", "vice", "86box", "dosbox", "basilisk", "fuse"},
    "commodore": {"hatari", "fs-uae", "86box", "dosbox", "basilisk", "fuse"},
    "st": {"fs-uae", "vice", "basilisk", "fuse"},
    "msa": {"fs-uae", "vice", "basilisk", "fuse"},
    "spectrum": {"hatari", "fs-uae", "vice", "86box", "basilisk"},
}
# And those that it is certainly of: a plain one of each takes it.
OWN = {
    "adf": "fs-uae", "commodore": "vice", "msa": "hatari", "spectrum": "fuse",
    "hfs": "sheepshaver", "img-fat12": "qemu",
}


def rows(report):
    with open(formats_corpus.TABLE, encoding="utf-8") as f:
        how = {line.split("\t")[0]: line.rstrip("\n").split("\t")
               for line in f}
    for row in formats_corpus.manifest():
        named = how.get(row["file"])
        if not named or named[2] in ("refused", "kept"):
            continue
        if row["file"] in formats_corpus.HUGE:
            continue
        if row["file"] in formats_corpus.PARENTS:
            continue
        if int(row["size"]) > LARGEST or int(row["truth_size"] or 0) > LARGEST:
            continue
        yield row, named


def files_of(package):
    """Name and bytes of every file in a package of any kind."""
    if os.path.isdir(package):
        for folder, _, names in os.walk(package):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    yield os.path.relpath(path, package), f.read()
    elif package.endswith(".zip"):
        with zipfile.ZipFile(package) as z:
            for name in z.namelist():
                if not name.endswith("/"):
                    yield name.split("/", 1)[1], z.read(name)
    else:
        with tarfile.open(package) as t:
            for member in t.getmembers():
                if member.isfile():
                    yield (member.name.split("/", 1)[1],
                           t.extractfile(member).read())


def check_manifest(report, what, files):
    text = files.get("manifest-sha512.txt", b"").decode()
    listed = dict(reversed(line.split(None, 1)) for line in text.splitlines())
    payload = {n for n in files if n.startswith("data/")}
    report.check(set(listed) == payload,
                 f"{what}: {set(listed) ^ payload} not in both")
    for name, digest in listed.items():
        report.check(hashlib.sha512(files.get(name, b"")).hexdigest() == digest,
                     f"{what}: SHA-512 of {name}")


def check_scripts(report, what, files):
    for name, data in files.items():
        report.check(PLAIN.match(name), f"{what}: the name {name!r}")
        if data.startswith(b"#!/bin/sh"):
            done = subprocess.run(["sh", "-n"], input=data, check=False,
                                  stderr=subprocess.PIPE)
            report.check(done.returncode == 0, f"{what}: {name}: {done.stderr}")
        if name.endswith(".json"):
            json.loads(data)


def receipt_is_kept(receipt):
    return receipt["objects"][0]["device"] == "files"


def check_image(report, what, row, how, files):
    receipt = json.loads(files["data/receipt.json"])
    image = receipt["objects"][0]["image"]
    report.check(image["identical"], f"{what}: is another image")
    # What could not be decoded without a base that nobody brought is kept.
    if how == "content" and not receipt_is_kept(receipt):
        report.check(image["digests"]["sha256"] == row["truth_sha256"],
                     f"{what}: its image is not the truth")
    report.check(image["path"] in files, f"{what}: no {image['path']}")


def export(m, report, row, how, object_id, target, kind):
    what = f"{row['file']} for {target} as {kind}"
    done = m.run("export", object_id, "--for", target, "--output", "out",
                 "--package", kind, "--json", timeout=300)
    if not report.check(done.returncode == 0,
                        f"{what}: exit {done.returncode}: {done.stderr}"):
        return
    package = json.loads(done.stdout)["path"]
    files = dict(files_of(package))
    check_manifest(report, what, files)
    check_scripts(report, what, files)
    check_image(report, what, row, how, files)
    verified = m.run("verify", package, timeout=300)
    report.check(verified.returncode == 0,
                 f"{what}: verify: exit {verified.returncode}: "
                 f"{verified.stdout} {verified.stderr}")


def refused(m, report, row, object_id, target):
    done = m.run("export", object_id, "--for", target, "--output", "out",
                 timeout=300)
    text = done.stderr.decode(errors="replace")
    report.check(done.returncode == 2 and text.count("\n") == 1,
                 f"{row['file']} for {target}: exit {done.returncode}: {text}")


def one(m, report, row, named, folder, number, lonely):
    path = os.path.join(folder, formats_corpus.plain_name(row["file"]))
    done = m.run("ingest", path, "--label", row["file"], "--json", timeout=300)
    if not report.check(done.returncode in (0, 1),
                        f"{row['file']}: ingest: {done.stderr}"):
        return
    object_id = json.loads(done.stdout)["objects"][0]["id"]
    answers = m.json("targets", object_id)["targets"]
    group = row["file"].split("/")[0]
    said_no = []
    for i, answer in enumerate(answers):
        name = answer["target"]
        report.check(answer["reason"], f"{row['file']} for {name}: no reason")
        if not answer["takes"]:
            said_no.append(name)
            continue
        report.check(name not in FOREIGN.get(group, ()),
                     f"{row['file']}: {name} takes it")
        export(m, report, row, named[2], object_id, name,
               KINDS[(i + number) % 3])
    report.check("raw" not in said_no, f"{row['file']}: not even as raw")
    own = OWN.get(group)
    if own in said_no and not row["variant"].count("DAMAGED"):
        lonely.append((row["file"], own))
    if said_no:
        refused(m, report, row, object_id, said_no[number % len(said_no)])
    shutil.rmtree("out", ignore_errors=True)


def main():
    if not os.path.isfile(os.path.join(formats_corpus.CORPUS, "MANIFEST.tsv")):
        muniment.skip(f"no corpus in {formats_corpus.CORPUS}")
    everything = os.environ.get("MUNIMENT_LONG") == "1" or "--all" in sys.argv
    only = [a for a in sys.argv[1:] if not a.startswith("--")]
    report = muniment.Report()
    chosen = list(rows(report))
    lonely = []
    if only:
        chosen = [c for c in chosen if any(o in c[0]["file"] for o in only)]
    elif not everything:
        chosen = chosen[::SHARE]
    with muniment.Scratch() as m:
        m.run("init")
        folder = tempfile.mkdtemp(dir=m.dir)
        formats_corpus.lay_out(formats_corpus.manifest(), folder)
        for number, (row, named) in enumerate(chosen):
            one(m, report, row, named, folder, number, lonely)
    # A few are of another machine than their neighbours.
    report.check(len(lonely) <= len(chosen) // 10,
                 f"their own emulators say no: {lonely}")
    print(f"{len(chosen)} media; not by their own: {lonely}")
    report.end()


if __name__ == "__main__":
    main()
