#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/image/roundtrip.py - any disk, through any writer, and back
"""200 disks made by a list and a seed, each written in every format that takes
it and read back: the same bytes and the same sectors that were not read well,
or the loss report says what is not the same.  By default a sample of them; all
with MUNIMENT_LONG=1."""
import collections
import concurrent.futures
import hashlib
import os
import random
import sys

from disks import (LONG, Absent, Box, Failed, digest, disc, ewf, ext4,
                   fat, imd, muniment, need, options, read, torn_qcow2)

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
DISKS = 200
# One of each kind, none of which takes long.
SAMPLE = [0, 1, 3, 4, 5, 8, 9, 13, 15, 16, 24, 97]
# What takes any disk of whole sectors.
OF_DISKS = {"raw", "split", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "ewf",
            "udif", "chd"}
OF_DISCS = {"raw", "split", "cue", "toc", "chd"}
# What each writer is asked for, in turn.
WAYS = {
    "split": [["size=7M"], ["size=1G"]],
    "qcow2": [["compression=none"], ["compression=zlib"],
              ["compression=zstd"], ["compression=zlib", "cluster=4K"]],
    "vmdk": [["subformat=monolithicSparse"], ["subformat=streamOptimized"],
             ["subformat=twoGbMaxExtentSparse"]],
    "vhd": [["type=dynamic"], ["type=fixed"]],
    "vhdx": [[], ["block-size=1M"], ["block-size=64M"]],
    "ewf": [["compression=fast"], ["compression=none", "segment=3M"],
            ["compression=best"]],
    "d64": [["errors=auto"], ["errors=yes"]],
    "udif": [["level=1"], ["level=6"]],
    "cue": [[], ["per-track=yes"]],
    # The only one that asks: nothing else tells it.
    "2mg": [["order=prodos"]],
}
SUFFIX = {"split": "001", "udif": "dmg", "ewf": "E01", "edsk": "dsk"}

# A made disk: its file, what is in it (None: only for readers to say), and how
# many bytes of it are unreadable or failed a check.
Disk = collections.namedtuple(
    "Disk", "path sha256 size unreadable doubtful takers")


def filler(rng, size, kind):
    """Runs of (offset, data) that make a disk's content."""
    if kind == "zero":
        return []
    if kind == "random":
        return [(at, rng.randbytes(min(MIB, size - at)))
                for at in range(0, size, MIB)]
    runs = []
    at = 0
    # Runs of all kinds, at borders that no format has.
    while at < size:
        n = min(rng.choice((1, 511, 512, 4096, 65536, 200001, MIB + 512)),
                size - at)
        what = rng.randrange(4)
        if what == 0:
            runs.append((at, rng.randbytes(n)))
        elif what == 1:
            runs.append((at, bytes([rng.randrange(256)]) * n))
        elif what == 2:
            runs.append((at, bytes(n)))
        at += n
        if size > 64 * MIB:
            at += rng.randrange(size // 12)
    return runs


def plain(box, rng, size, kind):
    """A raw disk of these."""
    path = box.sparse("disk.raw", size, filler(rng, size, kind))
    takers = OF_DISKS if size % 512 == 0 else {"raw", "split"}
    return Disk(path, digest(path), size, 0, 0, takers)


def content_of(rng, size):
    """The bytes of a small disk."""
    out = bytearray(size)
    for at, data in filler(rng, size, "mixed"):
        out[at:at + len(data)] = data
    return out


def file_system(box, rng, size):
    """ext4, or FAT where it is as large as a floppy."""
    if size <= 2880 * KIB:
        path = fat(box, "disk.img", size // KIB)
    else:
        path = ext4(box, "disk.raw", size)
        with open(path, "r+b") as f:
            f.truncate(size + 512 * rng.randrange(1, 9))
    return Disk(path, digest(path), os.path.getsize(path), 0, 0, OF_DISKS)


def floppy(box, rng, name, size, takers):
    """Plain sectors that some format of floppies takes."""
    path = box.file(name, bytes(content_of(rng, size)))
    return Disk(path, digest(path), size, 0, 0, OF_DISKS | takers)


def bad_floppy(box, rng):
    """An IMD with sectors that have no data, and some whose CRC is wrong."""
    shape = rng.choice(((40, 2, 9), (80, 2, 9), (80, 2, 18), (40, 1, 8)))
    sectors = shape[0] * shape[1] * shape[2]
    content = content_of(rng, sectors * 512)
    states = {rng.randrange(sectors): rng.choice((0, 0, 5))
              for _ in range(rng.randrange(1, 30))}
    for n, kind in states.items():
        # One that was read has something in it.
        content[n * 512:n * 512 + 512] = (rng.randbytes(512) if kind
                                          else bytes(512))
    path = box.file("bad.imd", imd(content, *shape, states))
    kinds = list(states.values())
    return Disk(path, hashlib.sha256(content).hexdigest(), len(content),
                512 * kinds.count(0), 512 * kinds.count(5),
                OF_DISKS | {"imd", "edsk"})


def bad_e01(box, rng):
    """An E01 with its list of errors."""
    sectors = rng.choice((1, 63, 64, 65, 2880, 10000, 40001))
    content = content_of(rng, sectors * 512)
    bad, at = [], rng.randrange(max(sectors // 2, 1))
    while at < sectors and len(bad) < 40:
        n = min(rng.choice((1, 1, 2, 64, 100)), sectors - at)
        bad.append((at, n))
        content[at * 512:(at + n) * 512] = bytes(n * 512)
        at += n + 1 + rng.randrange(sectors // 8 + 1)
    path = box.file("bad.E01", ewf(bytes(content), bad))
    return Disk(path, hashlib.sha256(content).hexdigest(), len(content),
                512 * sum(n for _, n in bad), 0, OF_DISKS)


def torn(box, rng):
    """A QCOW2 whose last clusters are gone."""
    size = rng.choice((MIB, 100 * MIB + 512, GIB, 3 * GIB))
    last = size // 65536
    clusters = {rng.randrange(last): rng.choice((None, b"r"))
                for _ in range(rng.randrange(4, 40))}
    clusters = {n: c and rng.randbytes(65536) for n, c in clusters.items()}
    lost = sum(c is None for c in clusters.values())
    path = box.file("torn.qcow2", torn_qcow2(size, clusters))
    whole = box.sparse("whole.raw", size, [
        (n * 65536, c) for n, c in clusters.items() if c])
    return Disk(path, digest(whole), size, 65536 * lost, 0, OF_DISKS)


def bad_d64(box, rng):
    """Error bytes: 5 is a checksum that is wrong."""
    content = bytearray(rng.randbytes(174848))
    content[17 * 21 * 256:17 * 21 * 256 + 3] = b"\x12\x01\x41"
    errors = bytearray(b"\x01" * 683)
    for _ in range(rng.randrange(1, 20)):
        errors[rng.randrange(683)] = 5
    path = box.file("bad.d64", bytes(content + errors))
    return Disk(path, hashlib.sha256(content).hexdigest(), len(content), 0,
                256 * errors.count(5), OF_DISKS | {"d64"})


def compact_disc(box, rng):
    """A data track, and none to three of audio."""
    user = rng.randbytes(2048 * rng.randrange(301, 900))
    audio = [rng.randbytes(2352 * rng.randrange(300, 700))
             for _ in range(rng.randrange(4))]
    path, tracks = disc(box, "disc", user, audio, rng.choice((0, 150, 225)))
    content = b"".join(tracks) if audio else user
    takers = OF_DISCS if audio else OF_DISCS | OF_DISKS | {"iso"}
    return Disk(path, hashlib.sha256(content).hexdigest(), len(content), 0, 0,
                takers)


FLOPPIES = (
    ("amiga.adf", 901120, {"adf"}), ("amiga.adf", 1802240, {"adf"}),
    ("mac.img", 409600, {"dc42"}), ("mac.img", 819200, {"dc42", "2mg"}),
    ("pc.img", 737280, {"dc42", "imd", "edsk", "msa"}),
    ("pc.img", 1474560, {"dc42", "imd", "edsk"}),
    ("pc.img", 368640, {"imd", "edsk"}), ("apple.do", 143360, set()),
    ("apple.po", 143360, {"2mg"}), ("pc.img", 1228800, {"imd", "edsk"}))
SIZES = (512, 1024, 513, 511, 1, 65536, 65535, 65537, 2 * MIB, 2 * MIB - 512,
         2 * MIB + 512, 1000003, 4097 * 512, 63 * 512, 10 * MIB + 1536,
         33 * MIB + 511, 16 * MIB)
BIG = (3 * GIB, 2 * GIB, 2 * GIB + 512, 3 * GIB - 512, GIB + 4096, 700 * MIB)


def make(box, number):
    """Disk @number of the list."""
    rng = random.Random(number)
    turn, step = divmod(number, 10)
    if step in (0, 1, 2):
        return plain(box, rng, SIZES[(turn * 3 + step) % len(SIZES)],
                     ("mixed", "random", "zero")[(turn + step) % 3])
    if step == 3:
        return plain(box, rng, rng.randrange(1, 20 * MIB), "mixed")
    if step == 4:
        name, size, takers = FLOPPIES[turn % len(FLOPPIES)]
        return floppy(box, rng, name, size, takers)
    if step == 5:
        return bad_floppy(box, rng) if turn % 3 else bad_d64(box, rng)
    if step == 6:
        return bad_e01(box, rng)
    if step == 7:
        if turn % 2:
            return torn(box, rng)
        return plain(box, rng, BIG[turn // 2 % len(BIG)],
                     "zero" if turn % 4 == 2 else "mixed")
    if step == 8:
        return file_system(box, rng, rng.choice((360 * KIB, 1440 * KIB,
                                                 8 * MIB, 24 * MIB)))
    return compact_disc(box, rng)


def written(source, out, to, opts):
    """Convert.  The kinds of loss, or None where it was refused for good."""
    words = ["convert", source, out, "--to", to] + options(opts)
    status, doc, said = muniment(*words, status=(0, 1, 2))
    if status == 2:
        need(said and not os.path.exists(out), f"refused: {said}")
        return None, said
    told = {row["what"] for row in doc["lost"]}
    need((status == 1) == bool(told), f"exit {status}, lost {told}")
    need(bool(told) != os.path.exists(out), "written, or not")
    if told:
        muniment(*words, "--accept-loss")
    return told, ""


def read_back(disk, out, to, told):
    """What our reader finds in it is what went in, but for what was told."""
    # What is in an "iso" need not be ISO 9660.
    named = ["--format", to] if to != "iso" else []
    doc = muniment("info", out, "--hash", *named, status=(0, 1))[1]
    states = doc["states"]
    if "size" in told:
        back = out + ".back"
        muniment("convert", out, back, "--to", "raw", "--format", to,
                 "--accept-loss")
        data = read(back)
        need(hashlib.sha256(data[:disk.size]).hexdigest() == disk.sha256
             and len(data) > disk.size
             and not data[disk.size:].strip(b"\0"), "padded, other bytes")
    else:
        need(doc["bytes"] == disk.size, f"{doc['bytes']} bytes")
        need(doc["content_sha256"] == disk.sha256, "other bytes")
    for state, what, wanted in (
            ("unreadable_bytes", "unreadable sectors", disk.unreadable),
            ("doubtful_bytes", "sectors whose check failed", disk.doubtful)):
        need(wanted or what not in told, f"{what} told, where all are well")
        if to in ("raw", "split", "adf"):
            continue  # in a map beside it, which is looked at on its own
        need(states[state] == (0 if what in told else wanted),
             f"{what}: {states[state]} bytes, not {wanted}, told {told}")


def map_is_right(disk, out):
    """The ddrescue map beside plain bytes has the unreadable ones."""
    path = out + ".map"
    if not disk.unreadable + disk.doubtful:
        need(not os.path.exists(path), "a map for nothing")
        return
    lines = [line.split() for line in read(path).decode().splitlines()
             if not line.startswith("#")]
    bad = sum(int(size, 0) for _, size, state in lines[1:] if state != "+")
    need(bad == disk.unreadable + disk.doubtful, f"{path}: {bad} bytes")


def one(number, formats):
    """Disk @number through every writer; a count of each outcome, faults."""
    count, faults = collections.Counter(), []
    with Box() as box:
        disk = make(box, number)
        found = muniment("info", disk.path, "--hash", status=(0, 1))[1]
        if found["content_sha256"] != disk.sha256:
            return count, [f"disk {number}: read as {found['format']}, "
                           "other bytes than were made"]
        for to in formats:
            ways = WAYS.get(to, [[]])
            opts = ways[(number + number // 10) % len(ways)]
            out = box.path(to, "out." + SUFFIX.get(to, to))
            try:
                count["made"] += 1
                told, why = written(disk.path, out, to, opts)
                if told is None:
                    count["refused"] += 1
                    need(to not in disk.takers, "refused: " + why)
                    continue
                read_back(disk, out, to, told)
                if to in ("raw", "split", "adf"):
                    map_is_right(disk, out)
                count["lossy" if told else "equal"] += 1
            except Failed as why:
                faults.append(f"disk {number} ({found['format']}, "
                              f"{disk.size} bytes) as {to} {opts}: {why}")
    return count, faults


def an_empty_disk_is_refused(formats):
    """No format holds nothing."""
    with Box() as box:
        empty = box.file("empty.raw", b"")
        for to in formats:
            told, why = written(empty, box.path("out." + SUFFIX.get(to, to)),
                                to, [])
            need(told is None and "empty" in why, f"{to}: {why}")
    print("an empty source is refused by every writer")


def main():
    """All disks, or every so manieth; the exit status for CTest."""
    formats = [w["name"] for w in muniment("formats")[1]["written"]]
    an_empty_disk_is_refused(formats)
    numbers = [int(a) for a in sys.argv[1:]] or list(range(DISKS))
    if not LONG and not sys.argv[1:]:
        numbers = SAMPLE
    total, faults = collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        for count, found in two.map(lambda n: one(n, formats), numbers):
            total += count
            faults += found
            for fault in found:
                print("FAIL " + fault, flush=True)
    print(f"{len(numbers)} disks, {total['made']} conversions: "
          f"{total['equal']} equal, {total['lossy']} lossy as was told, "
          f"{total['refused']} refused")
    sys.exit(1 if faults else 0)


try:
    main()
except Absent as absent:
    print(f"skipped: no {absent}")
    sys.exit(77)
