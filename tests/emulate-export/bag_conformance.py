#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/bag_conformance.py - the official bags, each judged right

Every bag of the conformance suite, as the folder that it is and as zip, tar
and tar.gz: valid ones are whole, invalid ones are not, and for the reason that
their name has; odd ones are whole with a warning.  Three of the suite's odd
bags are not whole on a file system that tells their names apart, or came
without their files: they are judged as they are, and again when made good.

Needs $MUNIMENT and the suite in $MUNIMENT_STANDARDS/bagit (skips).
"""
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

SUITE = os.path.join(
    os.environ.get("MUNIMENT_STANDARDS") or os.path.join(
        os.environ["MUN_SOURCE_DIR"], "..", "shared", "standards"),
    "bagit", "conformance-suite")

# A finding that has to be there: (kind, part of its path or text).
WANTED = {
    "baginfo-missing-encoding": ("invalid", "Tag-File-Character-Encoding"),
    "bom-in-bagit.txt": ("invalid", "byte order mark"),
    "corrupt-data-file": ("mismatch", "data/"),
    "corrupt-tag-file": ("mismatch", "bag-info.txt"),
    "extra-file-in-bag": ("extra", "data/"),
    "invalid-version-number": ("invalid", "version"),
    "missing-baginfo": ("missing", "bag-info.txt"),
    "missing-bagit.txt": ("missing", "bagit.txt"),
    "out-of-scope-file-paths-using-dot-notation": ("refused", "../"),
    "out-of-scope-file-paths-using-dot-notation-for-fetch": ("refused", "../"),
    "same-filename-listed-twice-with-different-hashes": ("invalid", "twice"),
    "same-filename-listed-twice-with-the-same-hash": ("invalid", "twice"),
    "out-of-scope-file-paths-using-absolute-path": ("refused", ""),
    "out-of-scope-file-paths-using-absolute-path-for-fetch": ("refused", ""),
    "out-of-scope-file-paths-using-shortcut": (None, ""),
    "out-of-scope-file-paths-using-shortcut-for-fetch": (None, ""),
    "out-of-scope-file-paths-using-shortcut-username": ("refused", "~root"),
    "out-of-scope-file-paths-using-shortcut-username-for-fetch":
        ("refused", "~root"),
    "out-of-scope-file-paths-using-unc": ("refused", "UNC"),
    "out-of-scope-file-paths-using-unc-for-fetch": ("refused", "UNC"),
    "bagit-with-invalid-whitespace": ("invalid", "blank"),
    "notAllManifestsListAllFiles": ("extra", "missingFromManifest.txt"),
    "duplicate-file-with-different-case": ("invalid", "upper and lower case"),
    "made-with-md5sum-tools": ("invalid", "md5sum"),
    "relative-path": ("invalid", "./"),
    "same-filename-listed-twice-with-different-normalization":
        ("invalid", "normal form"),
    "special-system-files": ("invalid", "drops"),
}

# Not whole as they come: what is missing.
INCOMPLETE = {"duplicate-file-with-different-case": "data/HELLO.txt",
              "special-system-files": "data/.DS_Store"}

wrong = []


def verify(path):
    done = subprocess.run([os.environ["MUNIMENT"], "verify", path, "--json"],
                          capture_output=True, check=False, timeout=60)
    if done.stderr:
        wrong.append(f"{path}: {done.stderr!r}")
    return done.returncode, json.loads(done.stdout)


def judge(what, path, name, cls):
    status, doc = verify(path)
    want = 0 if cls in ("valid", "warning") else 1
    if status != want or doc["verdict"] != ("damaged" if want else "whole"):
        wrong.append(f"{what}: exit {status}, {doc['verdict']}, wanted {want}: "
                     f"{doc['findings']}")
    if cls == "warning" and not doc["warnings"]:
        wrong.append(f"{what}: no warning")
    if cls == "valid" and (doc["damage"] or not doc["digests"] or
                           doc["payload_files"] == 0):
        wrong.append(f"{what}: {doc}")
    kind, part = WANTED.get(name, (None, ""))
    if cls != "valid" and kind and not any(
            f["kind"] == kind and part in f["path"] + f["text"]
            for f in doc["findings"]):
        wrong.append(f"{what}: no '{kind}' of '{part}': {doc['findings']}")


def pack(bag, to, name):
    """The three archives of a bag, with its folder."""
    files = []
    for base, folders, names in os.walk(bag):
        files += [os.path.join(base, n) for n in names + folders]
    with zipfile.ZipFile(f"{to}/{name}.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for f in sorted(files):
            z.write(f, name + "/" + os.path.relpath(f, bag))
    for suffix, mode in (("tar", "w"), ("tar.gz", "w:gz")):
        with tarfile.open(f"{to}/{name}.{suffix}", mode) as t:
            t.add(bag, name)
    return [f"{to}/{name}.{s}" for s in ("zip", "tar", "tar.gz")]


def one(bag, name, cls, to):
    judge(bag, bag, name, cls)
    for archive in pack(bag, to, name):
        judge(archive, archive, name, cls)
        os.unlink(archive)


def main():
    if not os.path.isdir(SUITE):
        print("SKIP: no BagIt conformance suite; set MUNIMENT_STANDARDS")
        sys.exit(77)
    seen = {}
    with tempfile.TemporaryDirectory() as to:
        for version in sorted(os.listdir(SUITE)):
            for cls in ("valid", "invalid", "warning", "linux-only",
                        "windows-only"):
                folder = os.path.join(SUITE, version, cls)
                if not os.path.isdir(folder):
                    continue
                for name in sorted(os.listdir(folder)):
                    bag = os.path.join(folder, name)
                    if not os.path.isdir(bag):
                        continue
                    seen[cls] = seen.get(cls, 0) + 1
                    if name not in INCOMPLETE:
                        one(bag, name, cls, to)
                        continue
                    one(bag, name, "incomplete", to)
                    good = os.path.join(to, "good", name)
                    shutil.copytree(bag, good)
                    lost = os.path.join(good, INCOMPLETE[name])
                    if name.startswith("duplicate"):
                        shutil.copy(os.path.join(good, "data/hello.txt"), lost)
                        oxum = os.path.join(good, "bag-info.txt")
                        os.unlink(os.path.join(good, "tagmanifest-sha512.txt"))
                        os.chmod(oxum, 0o644)
                        with open(oxum, "w", encoding="ascii") as f:
                            f.write("Payload-Oxum: 12.2\n")
                    else:
                        open(lost, "wb").close()
                    one(good, name, "warning", to)
    if seen.get("valid", 0) < 27 or sum(seen.values()) < 60:
        wrong.append(f"only {seen}")
    for w in wrong:
        print(f"FAILED: {w}")
    print(f"{sum(seen.values())} bags, as folder, zip, tar and tar.gz: {seen}")
    sys.exit(bool(wrong))


main()
