# SPDX-License-Identifier: Apache-2.0
# tests/image/judged.py - what we write, made so that others can judge it
"""What oracles.py and oracles_media.py share: the disk and the volume that are
written, the conversion that must give the same bytes each time, comparisons."""
import filecmp
import functools
import json
import os

from disks import (Absent, Box, ext4, iso, muniment, need, options, pattern,
                   read)

MIB = 1 << 20
# Their files name each other, so the name is in the bytes.
NAMES_INSIDE = ("cue", "toc", "vmdk", "split")
BOX = Box()  # of what is made once, removed by the script


def same(made, wanted, what):
    """Are two files the same, byte for byte?"""
    need(os.path.getsize(made) == os.path.getsize(wanted),
         f"{what}: {os.path.getsize(made)} bytes, not "
         f"{os.path.getsize(wanted)}")
    need(filecmp.cmp(made, wanted, shallow=False), what + ": other bytes")


def begins(made, wanted, what):
    """Has a file the bytes of another, and then only zeros?"""
    data, start = read(made), read(wanted)
    need(data.startswith(start) and not data[len(start):].strip(b"\0"), what)


def files_of(folder, stem):
    """Name and bytes of all that was made; the stem is not told."""
    return {name.replace(stem, "*"): read(os.path.join(folder, name))
            for name in sorted(os.listdir(folder))}


def convert(box, source, to, name, *opts, lost=(), source_format=None):
    """Write @source as @to, three times; the same bytes each time.

    Returns the path of the first.  @lost: what must be told as lost."""
    stem = name.split(".")[0]
    other = "z" * len(stem)
    made = []
    for folder, as_stem in (("one", stem), ("two", stem), ("three", other)):
        where = f"{to}-{stem}-{len(os.listdir(box.dir))}-{folder}"
        out = box.path(where, name.replace(stem, as_stem, 1))
        words = ["convert", source, out, "--to", to] + options(opts)
        if source_format:
            words += ["--format", source_format]
        if lost:
            words += ["--accept-loss"]
        doc = muniment(*words)[1]
        told = {row["what"] for row in doc["lost"]}
        need(doc["written"] and told == set(lost), f"{to}: lost {told}")
        made.append(files_of(os.path.dirname(out), as_stem))
        if folder == "one":
            first = out
    need(made[0] == made[1], f"{to} {opts}: twice, not the same bytes")
    if to in NAMES_INSIDE:
        for data in made:
            for key in data:
                data[key] = data[key].replace(other.encode(), stem.encode())
    need(made[0] == made[2], f"{to} {opts}: other bytes under another name")
    return first


@functools.lru_cache(maxsize=None)
def disk():
    """A file system, random sectors, holes; no round size.  Kept to the end."""
    size = 24 * MIB + 5 * 512
    try:
        path = ext4(BOX, "disk.raw", 16 * MIB)
    except Absent as what:
        print(f"no {what}: a pattern instead of a file system")
        path = BOX.file("disk.raw", pattern(9 * MIB, 1))
    with open(path, "r+b") as f:
        f.truncate(size)
        f.seek(18 * MIB + 512)
        f.write(pattern(3 * MIB, 2))
        f.seek(size - 700)
        f.write(pattern(700, 3))
    return path


@functools.lru_cache(maxsize=None)
def volume():
    """An ISO 9660 volume; a pattern where there is no xorriso."""
    try:
        return iso(BOX, "volume.iso", 5)
    except Absent as what:
        print(f"no {what}: a pattern instead of a volume")
        return BOX.file("volume.iso", pattern(400 * 2048, 5))


def image_info(box, kind, path):
    """What QEMU says of an image."""
    return json.loads(box.run("qemu-img", "info", "-f", kind, "--output=json",
                              path, binary=True))


def qemu(box, kind, made, check=True):
    """QEMU finds no fault, the size of the disk, and its bytes."""
    if check:
        box.run("qemu-img", "check", "-f", kind, made)
    need(image_info(box, kind, made)["virtual-size"]
         == os.path.getsize(disk()), f"{made}: virtual size")
    box.run("qemu-img", "compare", "-f", "raw", "-F", kind, disk(), made)


def unpacked(box, kind, made, wanted=None):
    """What 7-Zip finds in a disk image."""
    out = box.path("7zz", "disk.out")
    with open(out, "wb") as f:
        f.write(box.run("7zz", "x", "-so", "-t" + kind, made, binary=True))
    same(out, wanted or disk(), f"7zz {made}")


def sleuth(box, kind, made):
    """What The Sleuth Kit reads."""
    out = box.path("sleuth", "disk.out")
    with open(out, "wb") as f:
        f.write(box.run("img_cat", "-i", kind, made, binary=True))
    same(out, disk(), f"img_cat {made}")
