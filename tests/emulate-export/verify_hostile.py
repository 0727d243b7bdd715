#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/verify_hostile.py - packages that want to do harm

Archives with entries that lead outside, links, devices, sizes that lie, bombs,
names of every kind; folders with links and FIFOs; bags of 100,000 files.  Each
is judged with one clear status, nothing is made outside, nothing crashes, and
memory stays bounded.  Also a package by an independent program and back, and
what the command line says of packages, manifests and neither.

Needs $MUNIMENT.
"""
import gzip
import hashlib
import io
import json
import os
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

wrong = []


def check(ok, what):
    if not ok:
        wrong.append(what)
        print(f"FAILED: {what}")


def verify(path, *args, timeout=60):
    done = subprocess.run([os.environ["MUNIMENT"], "verify", path, "--json",
                           *args], capture_output=True, check=False,
                          timeout=timeout)
    check(done.returncode in (0, 1, 2) and b"crash" not in done.stdout and
          b"forbidden" not in done.stdout,
          f"{path}: {done.returncode} {done.stdout[-600:]!r}")
    return done.returncode, json.loads(done.stdout)


def wants(path, status, kind=None, part="", *args):
    got, doc = verify(path, *args)
    check(got == status, f"{path}: exit {got}, wanted {status}: "
                         f"{str(doc['findings'])[:600]}")
    check(kind is None or any(
        f["kind"] == kind and part in f["path"] + f["text"]
        for f in doc["findings"]),
        f"{path}: no '{kind}' of '{part}': {str(doc['findings'])[:600]}")
    return doc


def digest(alg, data):
    return hashlib.new(alg, data).hexdigest()


def bag(payload, version="1.0", algs=("sha256",), more=None):
    """{path: bytes} of a bag."""
    files = {"bagit.txt": f"BagIt-Version: {version}\nTag-File-Character-"
                          f"Encoding: UTF-8\n".encode()}
    files.update({"data/" + k: v for k, v in payload.items()})
    files.update(more or {})
    for tag in (False, True):
        for alg in algs:
            named = [k for k in sorted(files)
                     if k.startswith("data/") != tag and
                     not k.startswith("tagmanifest-")]
            files[f"{'tag' if tag else ''}manifest-{alg}.txt"] = "".join(
                f"{digest(alg, files[k])}  "
                f"{k.replace('%', '%25').replace(chr(10), '%0A')}\n"
                for k in named).encode("utf-8", "surrogateescape")
    return files


GOOD = bag({"a.txt": b"alpha\n", "sub/b.bin": bytes(range(256)) * 9})


def to_tar(path, files, extra=(), top="bag/", mode="w"):
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT,
                      encoding="utf-8", errors="surrogateescape") as t:
        for name, data in files.items():
            i = tarfile.TarInfo(top + name)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
        for i, data in extra:
            t.addfile(i, io.BytesIO(data) if data is not None else None)


def to_zip(path, files, extra=(), top="bag/"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(top + name, data)
        for name, data in extra:
            z.writestr(name, data)


def info(name, kind=tarfile.REGTYPE, link="", size=0):
    i = tarfile.TarInfo(name)
    i.type = kind
    i.linkname = link
    i.size = size
    return i


def ways_out():
    names = ["bag/../../outside", "/tmp/mun-outside", "~/outside", "../outside",
             "bag/data/../../../outside", "C:\\outside", "\\\\host\\outside",
             "bag/data/..\\..\\outside"]
    for n, name in enumerate(names):
        to_tar("t.tar", GOOD, [(info(name, size=4), b"evil")])
        wants("t.tar", 1, "refused")
        with zipfile.ZipFile("t.zip", "w") as z:
            for k, v in GOOD.items():
                z.writestr("bag/" + k, v)
            i = zipfile.ZipInfo("x")
            i.filename = name
            z.writestr(i, b"evil")
        got, doc = verify("t.zip")
        check(got == 1, f"zip with {name}: {got} {doc['findings']}")
        check(not os.path.exists("/tmp/mun-outside") and
              not os.path.exists("../outside"), f"{n}: something was made")
    for kind, link in ((tarfile.SYMTYPE, "/etc/passwd"),
                       (tarfile.LNKTYPE, "bag/data/a.txt"),
                       (tarfile.CHRTYPE, ""), (tarfile.BLKTYPE, ""),
                       (tarfile.FIFOTYPE, "")):
        to_tar("t.tar", GOOD, [(info("bag/data/x", kind, link), None)])
        wants("t.tar", 1, "refused", "data/x")
    i = zipfile.ZipInfo("bag/data/link")
    i.external_attr = 0o120777 << 16
    to_zip("t.zip", GOOD, [(i, "/etc/passwd")])
    wants("t.zip", 1, "refused", "data/link")


def lies():
    """A file twice; sizes of headers; entries beside the bag; no bag."""
    for write in (to_tar, to_zip):
        name = "t." + write.__name__[3:]
        two = [(info("bag/data/a.txt", size=6), b"other!")
               if write is to_tar else ("bag/data/a.txt", b"other!")]
        write(name, GOOD, two)
        wants(name, 1, "invalid", "data/a.txt")
        beside = [(info("other", size=1), b"x")
                  if write is to_tar else ("other", b"x")]
        write(name, GOOD, beside)
        wants(name, 1, "extra", "other")
        write(name, {"readme": b"no bag"})
        wants(name, 1, "missing", "bagit.txt")
        write(name, GOOD, top="")
        doc = wants(name, 0)
        check(doc["warnings"] == 1, f"bag at the top: {doc['findings']}")
        write(name, {"one/" + k: v for k, v in GOOD.items()} |
              {"two/" + k: v for k, v in GOOD.items()}, top="")
        wants(name, 1, "invalid", "second bag")
        write(name, {k: v for k, v in GOOD.items() if k != "data/a.txt"})
        wants(name, 1, "missing", "data/a.txt")
    to_zip("t.zip", GOOD)
    data = bytearray(open("t.zip", "rb").read())
    at = data.find(b"PK\1\2")
    # The size in the central directory, then the flag of encryption.
    longer = bytearray(data)
    struct.pack_into("<I", longer, at + 24, 1 << 30)
    open("t.zip", "wb").write(longer)
    check(verify("t.zip")[0] == 1, "a zip whose size lies")
    locked = bytearray(data)
    locked[at + 8] |= 1
    locked[6] |= 1
    open("t.zip", "wb").write(locked)
    check(verify("t.zip")[0] == 1, "an encrypted zip")


def two_names():
    """What the directory of a zip calls otherwise than its own header."""
    inner = b"bag/data/a.txt"
    for other in (b"bag/data/x.txt", b"../../../a.txt"):
        for mark, off in ((b"PK\1\2", 46), (b"PK\3\4", 30)):
            to_zip("t.zip", GOOD)
            data = bytearray(open("t.zip", "rb").read())
            at = data.find(inner, data.find(mark) + off)
            data[at:at + len(inner)] = other
            with open("t.zip", "wb") as f:
                f.write(data)
            wants("t.zip", 1, "archive", "another name")
    # A second name beside the first (Info-ZIP), in one of the two headers.
    up = b"\x01" + struct.pack("<I", zlib.crc32(inner)) + b"bag/data/y.txt"
    up = struct.pack("<HH", 0x7075, len(up)) + up
    for central in (False, True):
        with zipfile.ZipFile("t.zip", "w") as z:
            for k, v in GOOD.items():
                i = zipfile.ZipInfo("bag/" + k)
                i.extra = up if k == "data/a.txt" and not central else b""
                z.writestr(i, v)
                i.extra = up if k == "data/a.txt" and central else b""
        wants("t.zip", 1, "archive", "another name")
    # An end that counts fewer, for who goes by its number.
    to_zip("t.zip", GOOD)
    data = bytearray(open("t.zip", "rb").read())
    struct.pack_into("<HH", data, data.rfind(b"PK\5\6") + 8, 2, 2)
    with open("t.zip", "wb") as f:
        f.write(data)
    wants("t.zip", 1, "archive", "as many files")
    # What unpacks itself has a program in front, and is whole; so is one with
    # the ends of large ones.
    to_zip("t.zip", GOOD)
    data = open("t.zip", "rb").read()
    with open("t.zip", "wb") as f:
        f.write(b"MZ a program\n" * 99 + data)
    os.rename("t.zip", "self.zip")
    wants("self.zip", 0)
    with zipfile.ZipFile("t.zip", "w") as z:
        for k, v in GOOD.items():
            with z.open("bag/" + k, "w", force_zip64=True) as f:
                f.write(v)
    wants("t.zip", 0)


def bombs():
    """What is small and unpacks to much is refused, fast."""
    zeros = {"data/zeros": bytes(8 << 20)}
    to_zip("inner.zip", bag({"zeros": zeros["data/zeros"]}))
    wants("inner.zip", 0)  # what deflate honestly does
    data = bytearray(open("inner.zip", "rb").read())
    # Every header says 4 GiB less one, and so does every one of the directory.
    for mark, off in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            struct.pack_into("<I", data, at + off, 0xfffffffe)
    open("bomb.zip", "wb").write(data)
    started = time.monotonic()
    wants("bomb.zip", 1, "archive", "bomb")
    check(time.monotonic() - started < 10, "a bomb took its time")
    # A header of tar that promises a terabyte, gzipped.
    header = bytearray(tarfile.TarInfo("bag/data/big").tobuf())
    header[124:136] = b"\x80" + (1 << 40).to_bytes(11, "big")
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    with gzip.open("bomb.tar.gz", "wb") as z:
        z.write(bytes(header) + bytes(1 << 20))
    wants("bomb.tar.gz", 1, "archive", "bomb")
    # Entries without end.
    with gzip.open("many.tar.gz", "wb", 9) as z:
        block = b"".join(tarfile.TarInfo(f"bag/data/{n}").tobuf()
                         for n in range(200))
        for _ in range(100):
            z.write(block)
    check(verify("many.tar.gz")[0] == 1, "the same entries for ever")


def names():
    """Of every kind, in each wrapping."""
    odd = {"pay%load": b"1", "new\nline": b"2", "\u00e4\u0308\u4e2d": b"3",
           "tab\there": b"4", " blank": b"5", "$(id)`id`'\"": b"6",
           "\u202eright": b"7", "a" * 200: b"8", "back\\slash": b"9",
           "*star": b"10", "#hash": b"11"}
    files = bag(odd)
    os.makedirs("folder/data")
    for k, v in files.items():
        with open(os.path.join("folder", k), "wb") as f:
            f.write(v)
    wants("folder", 0)
    to_tar("t.tar", files)
    wants("t.tar", 0)
    to_zip("t.zip", {k: v for k, v in files.items()})
    got, doc = verify("t.zip")
    check(got in (0, 1), f"names in a zip: {got} {doc['findings']}")
    nfd, nfc = "n\u0303", "\u00f1"
    files = bag({nfd: b"x"})
    files["data/" + nfc] = files.pop("data/" + nfd)
    to_tar("t.tar", files)
    doc = wants("t.tar", 0)
    check(doc["warnings"] == 1, f"another normal form: {doc['findings']}")
    to_zip("t.zip", files)
    wants("t.zip", 0)
    raw = bag({"caf\udce9": b"x"})
    to_tar("t.tar", raw)
    verify("t.tar")
    os.makedirs("latin/data")
    for k, v in raw.items():
        with open(os.fsencode(os.path.join("latin", k)), "wb") as f:
            f.write(v)
    wants("latin", 0)


def folders():
    """Links and FIFOs are named, never opened."""
    os.makedirs("f/data")
    for k, v in bag({"a": b"a"}).items():
        with open(os.path.join("f", k), "wb") as f:
            f.write(v)
    wants("f", 0)
    os.symlink("/etc/passwd", "f/data/link")
    os.mkfifo("f/data/fifo")
    doc = wants("f", 1, "refused", "data/link")
    check(len(doc["findings"]) == 2, f"{doc['findings']}")
    os.unlink("f/data/link")
    os.unlink("f/data/fifo")
    os.unlink("f/data/a")
    os.symlink("/etc/hostname", "f/data/a")
    wants("f", 1, "missing", "data/a")
    os.unlink("f/data/a")
    os.rename("f/data", "away")
    os.symlink("../away", "f/data")
    wants("f", 1, "refused", "data")


def large():
    """100,000 files in less than 256 MiB."""
    payload = {f"{n // 1000:03}/file-{n:06}.txt": b"" for n in range(100000)}
    files = bag(payload, algs=("sha256", "sha512"))
    to_zip("large.zip", files)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    started = time.monotonic()
    doc = wants("large.zip", 0)
    took = time.monotonic() - started
    kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    check(doc["payload_files"] == 100000, f"{doc['payload_files']} files")
    check(os.environ.get("MUN_SANITIZED") or kib < 256 << 10,
          f"{kib} KiB of memory")
    print(f"100,000 files: {took:.1f} s, {kib >> 10} MiB "
          f"(others {before >> 10} MiB)")


def command_line():
    """Packages, manifests, and neither."""
    def run(*args):
        return subprocess.run([os.environ["MUNIMENT"], *args],
                              capture_output=True, check=False)

    to_zip("p.zip", GOOD)
    done = run("verify", "p.zip")
    check(done.returncode == 0 and done.stdout.startswith(b"whole: 2 files") and
          done.stderr == b"", f"{done}")
    with open("a.txt", "wb") as f:
        f.write(b"alpha\n")
    with open("sums", "w", encoding="ascii") as f:
        f.write(digest("sha256", b"alpha\n") + "  a.txt\n")
    done = run("verify", "sums")
    check(done.returncode == 0 and b"1 intact" in done.stdout, f"{done}")
    with open("a.txt", "wb") as f:
        f.write(b"omega\n")
    done = run("verify", "sums", "--strict")
    check(done.returncode == 1 and b"mismatch  a.txt" in done.stdout, f"{done}")
    for args, status in ((("verify",), 64), (("verify", "a", "b"), 64),
                         (("verify", "nothing-there"), 2),
                         (("verify", "p.zip", "--strict"), 64),
                         (("verify", "p.zip", "--base", "."), 64),
                         (("verify", "sums", "--repository"), 64),
                         (("-C", "nowhere", "verify", "p.zip"), 2),
                         (("verify", "/dev/null"), 2)):
        done = run(*args)
        check(done.returncode == status and done.stderr.count(b"\n") >= 1,
              f"{args}: {done}")
    # What is no archive in spite of its name, and the other way round.
    with open("x.zip", "wb") as f:
        f.write(b"no archive at all\n")
    wants("x.zip", 1, "archive")
    os.rename("p.zip", "nameless")
    wants("nameless", 0)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        os.mkdir(os.path.join(scratch, "in"))
        os.chdir(os.path.join(scratch, "in"))
        for test in (ways_out, lies, two_names, bombs, names, folders,
                     command_line, large):
            test()
        check(sorted(os.listdir("..")) == ["in"], "something was made outside")
        os.chdir("/")
    print("ok" if not wrong else f"{len(wrong)} failed")
    sys.exit(bool(wrong))


main()
