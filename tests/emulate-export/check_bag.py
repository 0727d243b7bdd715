#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/check_bag.py - judge a package without any code of ours

usage: check_bag.py PACKAGE    a folder, .zip or .tar; exit 0: a valid bag

By RFC 8493 alone, with sha256sum and sha512sum of coreutils for the digests.
"""
import os
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile


def die(text):
    sys.exit(f"check_bag: {text}")


def unpack_zip(path, to):
    with zipfile.ZipFile(path) as z:
        if z.testzip() is not None:
            die(f"{path}: bad CRC")
        for i in z.infolist():
            out = z.extract(i, to)
            os.chmod(out, i.external_attr >> 16 & 0o777)


def unpack(path, to):
    """The bag's folder."""
    if os.path.isdir(path):
        return path
    if path.endswith(".zip"):
        unpack_zip(path, to)
    elif path.endswith(".tar"):
        with tarfile.open(path) as t:
            t.extractall(to)
    else:
        die(f"{path}: what is it?")
    top = os.listdir(to)
    if len(top) != 1:
        die(f"{path}: {len(top)} entries at the top")
    if top[0] != os.path.basename(path)[:-4]:
        die(f"{path}: its folder is {top[0]}")
    return os.path.join(to, top[0])


def files_of(bag):
    found = set()
    for base, _, names in os.walk(bag):
        for n in names:
            p = os.path.join(base, n)
            if not stat.S_ISREG(os.lstat(p).st_mode):
                die(f"{p}: not a regular file")
            found.add(os.path.relpath(p, bag))
    return found


def listed(bag, manifest):
    names = []
    with open(os.path.join(bag, manifest), encoding="utf-8") as f:
        for line in f:
            m = re.fullmatch(r"([0-9a-f]+)  (\S.*)\n", line)
            if not m:
                die(f"{manifest}: {line!r}")
            names.append(m[2])
    if len(set(names)) != len(names):
        die(f"{manifest}: a path twice")
    return set(names)


def check_manifest(bag, manifest, want):
    if listed(bag, manifest) != want:
        die(f"{manifest}: lists {listed(bag, manifest) ^ want} amiss")
    alg = re.fullmatch(r"(?:tag)?manifest-([a-z0-9]+)\.txt", manifest)[1]
    tool = {"sha512256": None, "blake2b512": None}.get(alg, alg + "sum")
    if tool:
        subprocess.run([tool, "--strict", "--quiet", "-c", manifest],
                       cwd=bag, check=True)


def check_info(bag, payload):
    with open(os.path.join(bag, "bag-info.txt"), encoding="utf-8") as f:
        info = [line.rstrip("\n").split(": ", 1) for line in f]
    if any(len(i) != 2 for i in info):
        die("bag-info.txt: not all 'Label: value'")
    octets = sum(os.path.getsize(os.path.join(bag, p)) for p in payload)
    oxum = [v for k, v in info if k == "Payload-Oxum"]
    if oxum != [f"{octets}.{len(payload)}"]:
        die(f"Payload-Oxum {oxum}, counted {octets}.{len(payload)}")
    date = [v for k, v in info if k == "Bagging-Date"]
    if len(date) != 1 or not re.fullmatch(r"\d{4}-\d\d-\d\d", date[0]):
        die(f"Bagging-Date {date}")


def check(bag):
    with open(os.path.join(bag, "bagit.txt"), "rb") as f:
        if f.read() != (b"BagIt-Version: 1.0\n"
                        b"Tag-File-Character-Encoding: UTF-8\n"):
            die("bagit.txt")
    found = files_of(bag)
    payload = {p for p in found if p.startswith("data/")}
    manifests = {p for p in found if re.match(r"manifest-", p)}
    tagmanifests = {p for p in found if re.match(r"tagmanifest-", p)}
    for need in ("manifest-sha256.txt", "manifest-sha512.txt"):
        if need not in manifests or "tag" + need not in tagmanifests:
            die(f"no {need}")
    for m in manifests:
        check_manifest(bag, m, payload)
    for m in tagmanifests:
        check_manifest(bag, m, found - payload - tagmanifests)
    check_info(bag, payload)
    for p in found:
        mode = os.stat(os.path.join(bag, p)).st_mode & 0o777
        with open(os.path.join(bag, p), "rb") as f:
            script = f.read(2) == b"#!"
        if mode != (0o555 if script else 0o444):
            die(f"{p}: mode {mode:o}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as to:
        check(unpack(sys.argv[1], to))


main()
