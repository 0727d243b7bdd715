#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/verify_images.py - packaged images are decoded again

Images of formats that have to be decoded, alone and with files beside them, in
a folder, a zip, a tar and a tar.gz: whole where they decode to what the receipt
says; where somebody put another image in and made all manifests anew, the
receipt finds it.

Needs $MUNIMENT.
"""
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

wrong = []


def check(ok, what):
    if not ok:
        wrong.append(what)
        print(f"FAILED: {what}")


def run(*args, status=0):
    done = subprocess.run([os.environ["MUNIMENT"], *args],
                          capture_output=True, check=False, timeout=120)
    check(done.returncode == status, f"{args}: {done}")
    return done.stdout


def digests(data):
    return {a: hashlib.new(a, data).hexdigest() for a in ("sha256", "sha512")}


def pattern(size, seed):
    out = b""
    block = seed.to_bytes(8, "big")
    while len(out) < size:
        block = hashlib.sha512(block).digest()
        out += block
    return out[:size]


def make(bag, media, receipt):
    os.makedirs(f"{bag}/data/media")
    files = {f"data/media/{k}": v for k, v in media.items()}
    files["data/receipt.json"] = json.dumps(receipt).encode()
    files["bagit.txt"] = (b"BagIt-Version: 1.0\n"
                          b"Tag-File-Character-Encoding: UTF-8\n")
    for tag in ("", "tag"):
        named = [k for k in sorted(files) if k.startswith("data/") != bool(tag)]
        new = {}
        for alg in ("sha256", "sha512"):
            new[f"{tag}manifest-{alg}.txt"] = "".join(
                f"{digests(files[k])[alg]}  {k}\n" for k in named).encode()
        files.update(new)
    for k, v in files.items():
        with open(os.path.join(bag, k), "wb") as f:
            f.write(v)
    with zipfile.ZipFile(bag + ".zip", "w", zipfile.ZIP_DEFLATED) as z:
        for k, v in files.items():
            z.writestr(f"{bag}/{k}", v)
    for suffix, mode in (("tar", "w"), ("tar.gz", "w:gz")):
        with tarfile.open(f"{bag}.{suffix}", mode) as t:
            t.add(bag)
    return [bag + s for s in ("", ".zip", ".tar", ".tar.gz")]


def receipt(name, fmt, content):
    return {"target": "raw", "objects": [{
        "object": "01890a5d-ac96-774b-bcce-b302099a8057",
        "event": "01890a5d-ac96-774b-bcce-b302099a8058",
        "image": {"path": f"data/media/{name}", "format": fmt,
                  "identical": True, "bytes": len(content),
                  "digests": digests(content)}}]}


def verify(path, status):
    return json.loads(run("verify", path, "--json", status=status))


def one(case, media, name, fmt, content):
    """@content: what the image decodes to."""
    for path in make(case, media, receipt(name, fmt, content)):
        doc = verify(path, 0)
        check(doc["images"] == 1 and not doc["warnings"],
              f"{path}: {doc['images']} images, {doc['findings']}")
    other = bytearray(content)
    other[len(other) // 2] ^= 1
    for path in make(case + "-x", media, receipt(name, fmt, bytes(other))):
        doc = verify(path, 1)
        kinds = {(f["kind"], f["path"], f["algorithm"])
                 for f in doc["findings"]}
        check(kinds == {("content", f"data/media/{name}", a)
                        for a in ("sha256", "sha512")}, f"{path}: {kinds}")


def read(*names):
    out = {}
    for name in names:
        with open(name, "rb") as f:
            out[name] = f.read()
    return out


def main():
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        disk = pattern(1 << 20, 1) + bytes(3 << 20) + pattern(1 << 20, 2)
        with open("disk.img", "wb") as f:
            f.write(disk)
        for fmt, suffix in (("qcow2", "qcow2"), ("vdi", "vdi"), ("vhd", "vhd"),
                            ("vmdk", "vmdk"), ("ewf", "E01")):
            name = f"made.{suffix}"
            run("convert", "disk.img", name, "--to", fmt, "--accept-loss")
            one(fmt, read(name), name, fmt, disk)
        audio = pattern(2352 * 300, 3)
        sheet = b'FILE "cd.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'
        one("cue", {"cd.bin": audio, "cd.cue": sheet}, "cd.cue", "cue", audio)
        # What lies in no sector of it is none of its bytes: a cut image.
        media = {"cut.qcow2": read("made.qcow2")["made.qcow2"][:70000]}
        for path in make("cut", media, receipt("cut.qcow2", "qcow2", disk)):
            doc = verify(path, 1)
            check(any(f["kind"] == "content" for f in doc["findings"]),
                  f"{path}: {doc['findings']}")
        # The bin is not there.
        for path in make("lone", {"cd.cue": sheet},
                         receipt("cd.cue", "cue", audio)):
            doc = verify(path, 1)
            check(any(f["kind"] == "content" and "decoded" in f["text"]
                      for f in doc["findings"]), f"{path}: {doc['findings']}")
        os.chdir("/")
    print("ok" if not wrong else f"{len(wrong)} failed")
    sys.exit(bool(wrong))


main()
