#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/contents_retro.py - disks of machines that are no PCs, as others
see them

Real disks of the corpus: contents_retro.tsv says what is on them; their names
are compared with what hfsutils, unadf and floptool read, and what is in the
root of an Amiga disk with the listings of the corpus.  Disks that hformat,
mkfs.cpm and floptool make here must be found for what they are.
"""

import csv
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
# Definition of cpmtools, bytes, what is to be found.
CPM = (
    ("cpcdata", 184320, "cpm-amstrad-cpc", "img"),
    ("cpcsys", 184320, "cpm-amstrad-cpc", "img"),
    ("pcw", 184320, "cpm-amstrad-pcw", "img"),
    ("ibmpc-514ss", 163840, "cpm-86", "img"),
    ("ibmpc-514ds", 327680, "cpm-86", "img"),
    ("cpm86-720", 737280, "cpm-86", "img"),
    ("ibm-3740", 256256, "", "img"),
    ("kpii", 204800, "cpm-kaypro", "img"),
    ("kpiv", 409600, "cpm-kaypro", "img"),
    ("osb1sssd", 102400, "cpm-osborne", "img"),
    ("osborne1", 204800, "cpm-osborne", "img"),
    ("dec_pro", 409600, "cpm-dec", "img"),
    ("epsqx10", 409600, "cpm-epson", "img"),
    ("ampro800", 819200, "cpm-ampro", "img"),
    ("apple-do", 143360, "cpm-apple2", "do"),
    ("apple-po", 143360, "cpm-apple2", "po"),
)
VOLUME = ("part off bytes fs title label serial puid oem block boots why "
          "damaged").split()
problems = []
compared = 0


def bad(text):
    problems.append(text)
    print("FAIL:", text)


def run(*words, **env):
    """Standard output of a program, or None where it fails or is not there."""
    if not shutil.which(words[0]):
        return None
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.DEVNULL, env={**os.environ, **env})
    return None if done.returncode else done.stdout


def volumes_of(path):
    """What we see: volumes, each with its marks; None where we failed."""
    out = subprocess.run([os.environ["CONTENTS_FACTS"], path], check=False,
                         stdout=subprocess.PIPE)
    found = []
    if out.returncode:
        bad("%s: %s" % (path, out.stdout.decode(errors="replace")))
        return None
    for line in out.stdout.decode().splitlines():
        fields = line.split("\t")
        if fields[0] == "volume":
            found.append(dict(zip(VOLUME, fields[1:]), marks=[]))
        elif fields[0] == "mark" and fields[1] and found:
            found[-1]["marks"].append(fields[2])
    return found


def unpack(corpus, name, scratch):
    """An image of the corpus as a plain file; None where it is not there."""
    stored = os.path.join(corpus, name)
    if os.path.exists(stored):
        return stored
    if not os.path.exists(stored + ".zst"):
        return None
    out = os.path.join(scratch, name.replace("/", "_"))
    subprocess.run(["zstd", "-dqf", stored + ".zst", "-o", out], check=True)
    return out


# ---- what others say ----

def hfs_label(path, home):
    if run("hmount", path, HOME=home) is None:
        return None
    text = run("hvol", HOME=home)
    run("humount", HOME=home)
    found = re.search(rb'Volume name is "(.*)"', text or b"")
    return found.group(1).decode("mac_roman") if found else None


def amiga_label(path):
    found = re.search(rb'^Volume : .*?, "(.*)" between', run("unadf", "-l", path)
                      or b"", re.MULTILINE)
    return found.group(1).decode("latin-1") if found else None


def cbm_label(path):
    found = re.search(rb"Volume: name=(.*)",
                      run("floptool", "flopdir", "d64", "cbmdos", path) or b"")
    return found.group(1).decode("latin-1").strip() if found else None


def told_by_others(path, name, volume, home):
    if volume["fs"] == "hfs" and volume["off"] == "0" and ".dc42" not in name:
        return hfs_label(path, home)
    # This unadf knows neither long names nor compressed files.
    if (volume["fs"].startswith("amiga") and name.endswith(".adf")
            and "lnfs" not in volume["fs"]):
        return amiga_label(path)
    if volume["fs"] == "cbm-1541" and name.endswith(".d64"):
        return cbm_label(path)
    return None


def listed_startup(corpus, name):
    """Does a listing of the corpus have S/Startup-Sequence?  None: no list."""
    for stored in (name, name + ".zst"):
        path = os.path.join(corpus, "LISTINGS",
                            stored.replace("/", "__") + ".tsv")
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as f:
                return any(line.split("\t")[0].lower().lstrip("/") ==
                           "s/startup-sequence" for line in f)
    return None


# ---- the corpus ----

def check_volume(name, seen, want):
    got = (seen["fs"], seen["label"], seen["serial"], seen["boots"],
           " ".join(sorted(seen["marks"])))
    must = tuple(want[k] for k in ("fs", "label", "serial", "boots", "marks"))
    if got != must:
        bad("%s: %r, not %r" % (name, got, must))
    if seen["damaged"]:
        bad("%s: is told as damaged" % name)


def check_image(corpus, name, rows, scratch):
    global compared
    path = unpack(corpus, name, scratch)
    if not path:
        bad("%s is not in the corpus" % name)
        return
    seen = volumes_of(path)
    if seen is None:
        return
    wanted = [row for row in rows if row["fs"]]
    retro = [v for v in seen if not v["fs"].startswith(("fat", "iso"))]
    if len(retro) != len(wanted):
        bad("%s: %d volumes, not %d" % (name, len(retro), len(wanted)))
        return
    for volume, want in zip(retro, wanted):
        check_volume(name, volume, want)
        other = told_by_others(path, name, volume, scratch)
        if other is not None:
            compared += 1
            if other != volume["label"]:
                bad("%s: others read the name %r" % (name, other))
        listed = listed_startup(corpus, name)
        if volume["fs"].startswith("amiga") and listed is not None:
            compared += 1
            if listed != ("amiga-startup" in volume["marks"]):
                bad("%s: S/Startup-Sequence listed: %s" % (name, listed))


OURS = ("amiga", "hfs", "mfs", "apfs", "cbm-", "apple-", "prodos", "ucsd-",
        "cpm", "acorn-", "adfs", "atari-", "spectrum-", "rt11", "ods")


def check_no_other(corpus, known, scratch):
    """Whatever else is small enough to be quick: nothing of ours is in it."""
    images = 0
    with open(os.path.join(corpus, "MANIFEST.tsv"), encoding="utf-8",
              newline="") as f:
        rows = [row for row in csv.DictReader(f, delimiter="\t")
                if int(row["size"]) <= 4 << 20]
    for row in rows:
        name = re.sub(r"\.zst$", "", row["file"])
        if name in known:
            continue
        path = unpack(corpus, name, scratch)
        out = subprocess.run([os.environ["CONTENTS_FACTS"], path], check=False,
                             stdout=subprocess.PIPE).stdout
        images += 1
        for line in out.decode().splitlines():
            fields = line.split("\t")
            if fields[0] == "volume" and fields[4].startswith(OURS):
                bad("%s is taken for %s" % (name, fields[4]))
    return images


def check_corpus(corpus, scratch):
    table = os.path.join(os.environ["MUN_SOURCE_DIR"],
                         "tests/image/contents_retro.tsv")
    by_name = {}
    with open(table, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            by_name.setdefault(row["file"], []).append(row)
    for name, rows in by_name.items():
        check_image(corpus, name, rows, scratch)
    return len(by_name) + check_no_other(corpus, by_name, scratch)


# ---- what others make ----

def check_made(path, what, fs, label, mark):
    seen = volumes_of(path)
    if seen is None:
        return
    if len(seen) != 1 or seen[0]["fs"] != fs:
        bad("%s: %s" % (what, [v["fs"] for v in seen]))
    elif label is not None and seen[0]["label"] != label:
        bad("%s: its name is %r" % (what, seen[0]["label"]))
    elif mark and mark not in seen[0]["marks"]:
        bad("%s: marks %s, no %s" % (what, seen[0]["marks"], mark))
    elif seen[0]["damaged"]:
        bad("%s: is told as damaged" % what)


def make_cpm(scratch):
    made = 0
    text = os.path.join(scratch, "text")
    with open(text, "wb") as f:
        f.write(b"hello\r\n" * 300)
    for name, size, mark, suffix in CPM:
        path = os.path.join(scratch, "cpm-%s.%s" % (name, suffix))
        if run("mkfs.cpm", "-f", name, path) is None:
            continue
        if run("cpmcp", "-f", name, path, text, "0:hello.txt") is None:
            bad("cpmcp did not fill %s" % name)
            continue
        with open(path, "r+b") as f:
            f.truncate(size)
        check_made(path, name, "cpm", None, mark)
        made += 1
    return made


def make_hfs(scratch):
    made = 0
    for kib, label in ((800, b"Caf\x8e \xa5"), (1440, b"x"),
                       (20480, b"A Disk of 27 Characters ...")):
        path = os.path.join(scratch, "hfs%d.img" % kib)
        with open(path, "wb") as f:
            f.truncate(kib * 1024)
        if run("hformat", "-l", label, path, HOME=scratch) is None:
            continue
        run("humount", HOME=scratch)
        check_made(path, "hformat of %dK" % kib, "hfs",
                   label.decode("mac_roman"), None)
        made += 1
    return made


def crc16(data):
    """CRC of MacBinary II (CCITT, from 0)."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return crc


def macbinary(name, kind, rsrc):
    head = bytearray(128)
    head[1] = len(name)
    head[2:2 + len(name)] = name
    head[65:73] = kind
    struct.pack_into(">II", head, 83, 0, len(rsrc))
    head[122:124] = b"\x81\x81"
    struct.pack_into(">H", head, 124, crc16(head[:124]))
    return bytes(head) + rsrc + bytes(-len(rsrc) % 128)


def resource_vers(text):
    """A resource fork with "vers" 1, of 7.5.3."""
    body = b"\x07\x53\x80\0\0\0" + bytes([len(text)]) + text + b"\0"
    data = struct.pack(">I", len(body)) + body
    kept = struct.pack(">IIII", 16, 16 + len(data), len(data), 50)
    return kept + data + bytes(24) + struct.pack(
        ">HHH4sHHHHII", 28, 50, 0, b"vers", 0, 10, 1, 0xffff, 0, 0)


def make_startup(scratch):
    """A startup disk whose catalogue has many nodes, by hfsutils."""
    path = os.path.join(scratch, "startup.img")
    bin_path = os.path.join(scratch, "system.bin")
    plain = os.path.join(scratch, "plain")
    with open(path, "wb") as f:
        f.truncate(8 << 20)
    with open(bin_path, "wb") as f:
        f.write(macbinary(b"System", b"zsysMACS", resource_vers(b"7.5.3")))
    with open(plain, "wb") as f:
        f.write(b"x")
    if run("hformat", "-l", "Startup", path, HOME=scratch) is None:
        return 0
    run("hmkdir", ":System Folder", HOME=scratch)
    for folder in ("", "System Folder:"):
        for i in range(150):
            run("hcopy", "-r", plain, ":%sFile %03d of this folder" % (
                folder, i), HOME=scratch)
    run("hcopy", "-m", bin_path, ":System Folder:System", HOME=scratch)
    run("hattrib", "-b", ":System Folder", HOME=scratch)
    run("humount", HOME=scratch)
    seen = volumes_of(path)
    if not seen or "mac-system-folder" not in seen[0]["marks"]:
        bad("hfsutils' startup disk: %s" % seen)
    elif seen[0]["boots"] != "no" or seen[0]["damaged"]:
        bad("hfsutils' startup disk without boot blocks: %s" % seen)
    with open(path, "r+b") as f:
        f.write(b"LK\x60\0\0\x86")
    seen = volumes_of(path)
    if not seen or seen[0]["boots"] != "yes" or "7.5.3" not in seen[0]["why"]:
        bad("hfsutils' startup disk with boot blocks: %s" % seen)
    return 1


def make_prodos(scratch):
    path = os.path.join(scratch, "made.po")
    if run("floptool", "flopcreate", "apple_gcr", "prodos_800k", path) is None:
        return 0
    check_made(path, "floptool's ProDOS", "prodos", "UNTITLED", None)
    return 1


def main():
    corpus = os.environ.get("MUNIMENT_CORPUS", os.path.join(
        os.environ["MUN_SOURCE_DIR"], "../shared/corpus"))
    images = 0
    with tempfile.TemporaryDirectory() as scratch:
        made = make_cpm(scratch) + make_hfs(scratch)
        made += make_startup(scratch) + make_prodos(scratch)
        if os.path.exists(os.path.join(corpus, "MANIFEST.tsv")):
            images = check_corpus(corpus, scratch)
        else:
            print("no corpus of disk images at", corpus)
    print("%d images of the corpus, %d facts compared with others' tools, %d "
          "disks made by them" % (images, compared, made))
    if problems:
        return 1
    if not made and not images:
        print("SKIP: neither the corpus nor hfsutils, cpmtools, floptool")
        return SKIPPED
    return 0


sys.exit(main())
