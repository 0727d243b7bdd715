#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/contents_oracles.py - what is in a medium, as others see it

Real disks of the corpus, and volumes that the usual programs make here, are
looked at by us (contents_facts) and by blkid, partx, isoinfo, mmls and fsstat;
whatever one of them says must be what we say.  Each is asked where it is
installed.  What is known to differ stands in KNOWN, with the reason.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
FOLDERS = ("img-fat12", "raw", "partition", "iso", "iso-damaged", "udf", "hfs",
           "hdf", "st")
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")

# What blkid calls what: its TYPE to ours.
TYPES = {"vfat": ("fat12", "fat16", "fat32"), "hfsplus": ("hfsplus", "hfsx"),
         "iso9660": ("iso9660", "high-sierra"), "affs": None,
         "swsuspend": ("swap",)}
SCHEMES = {"dos": "mbr", "gpt": "gpt", "mac": "apm", "bsd": "bsd",
           "sun": "sun", "atari": "ahdi"}
EXTENDED = ("0x5", "0xf", "0x85")

KNOWN = {
    # name of the file, what is compared: why it may differ
    ("sector_test_1200k.img", "type"):
        "its FAT is not there; blkid wants none, we call it damaged",
    ("ul-iso-multi-0-174-348-genisoimage.img", "label"):
        "of plain sectors the first session is looked at, blkid knows more",
    ("ul-udf-multi-0-417-834-genisoimage.img", "label"):
        "likewise",
    ("dftt14-iso-dirtree1.iso", "label"):
        "Joliet has another name, which blkid prefers",
    ("damaged-clusterfuzz-ntfs", "table"):
        "made by a fuzzer: a partition of type 0 is none",
    ("damaged-clusterfuzz-ntfs", "partitions"):
        "likewise",
}


def run(*words):
    """What a program prints, or None where it fails."""
    done = subprocess.run(words, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    if done.returncode:
        return None
    return done.stdout.decode(errors="surrogateescape")


def have(program):
    return shutil.which(program) is not None


class Seen:
    """What we say of one image."""

    def __init__(self, text):
        self.table = ""
        self.parts = []
        self.volumes = []
        self.marks = {}
        for line in text.splitlines():
            f = line.split("\t")
            if f[0] == "image":
                self.table = f[2]
            elif f[0] == "part":
                self.parts.append((int(f[2]), int(f[3]), f[4]))
            elif f[0] == "volume":
                self.volumes.append({
                    "off": int(f[2]), "bytes": int(f[3]), "fs": f[4],
                    "title": f[5], "label": f[6], "serial": f[7],
                    "marks": []})
            elif f[0] == "mark":
                self.marks[f[2]] = f[3]
                if self.volumes and f[1] == self.volumes[-1]["fs"]:
                    self.volumes[-1]["marks"].append(f[3])


class Judge:
    def __init__(self):
        self.compared = {}
        self.problems = []

    def same(self, who, path, what, theirs, ours):
        self.compared[who] = self.compared.get(who, 0) + 1
        if theirs == ours:
            return
        name = os.path.basename(path)
        why = KNOWN.get((name.split("@")[-1], what))
        if why:
            print("known: %s: %s: %r, we %r (%s)" % (name, what, theirs, ours,
                                                     why))
            return
        self.problems.append("%s: %s of %s: %r, we %r" % (
            name, what, who, theirs, ours))


# ---- each of the others ----

def ask_partx(judge, path, seen):
    text = run("partx", "-o", "START,SECTORS,TYPE,SCHEME", "-g", path)
    if text is None:
        return
    rows = [line.split() for line in text.splitlines()]
    scheme = rows[0][-1] if rows else ""
    # Boot code that happens to look like a table: we ask for a FAT behind.
    if not seen.table and seen.volumes:
        return
    theirs = sorted((int(r[0]) * 512, int(r[1]) * 512) for r in rows
                    if r[2] not in EXTENDED + ("Apple_Free", "Apple_Void"))
    judge.same("partx", path, "table", SCHEMES.get(scheme, scheme), seen.table)
    judge.same("partx", path, "partitions", theirs,
               sorted((off, n) for off, n, _ in seen.parts))


def ask_mmls(judge, path, seen):
    if not seen.table or seen.table in ("rdb", "ahdi"):
        return
    text = run("mmls", path)
    if text is None:
        return
    unit = int(re.search(r"Units are in (\d+)-byte", text).group(1))
    ours = {off for off, _, _ in seen.parts}
    for line in text.splitlines():
        f = line.split(None, 5)
        if len(f) < 6 or not re.match(r"\d+:$", f[0]):
            continue
        if f[1] in ("Meta", "-------") or "Unused" in f[5] or "Free" in f[5]:
            continue
        at = int(f[2]) * unit
        judge.same("mmls", path, "partition at %d" % at, True, at in ours)


def blkid_at(path, off):
    text = run("blkid", "-p", "-o", "export", "-O", str(off), path)
    if text is None:
        return {}
    # It escapes spaces and what a shell would see.
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {k: re.sub(r"\\(.)", r"\1", v) for k, v in pairs}


def ask_blkid(judge, path, seen):
    size = os.path.getsize(path)
    for off in sorted({0} | {o for o, n, _ in seen.parts if n and o < size}):
        theirs = blkid_at(path, off)
        here = [v for v in seen.volumes if v["off"] == off]
        if "TYPE" not in theirs:
            continue
        allowed = TYPES.get(theirs["TYPE"], (theirs["TYPE"],))
        if allowed is None:
            continue
        same = [v for v in here if v["fs"] in allowed]
        judge.same("blkid", path, "type", True, bool(same))
        if not same:
            continue
        ours = same[0]
        # "M-C": how it shows what is not ASCII.
        if "LABEL" in theirs and "M-" not in theirs["LABEL"]:
            names = (theirs["LABEL"], theirs.get("VOLUME_ID"),
                     theirs.get("LABEL_FATBOOT"))
            label = ours["label"]
            # It takes Joliet's, which may be longer, or cut, before the
            # disc's own.
            if ours["fs"] == "iso9660" and label:
                n = min(len(label), len(theirs["LABEL"]))
                if theirs["LABEL"][:n].upper() == label[:n].upper():
                    label = theirs["LABEL"]
            judge.same("blkid", path, "label", True, label in names)
        # Of HFS Plus it makes a digest of the number that we show.
        if "UUID" in theirs and ours["serial"] and \
           not ours["fs"].startswith("hfs"):
            judge.same("blkid", path, "UUID",
                       theirs["UUID"].lower().replace("-", ""),
                       ours["serial"].lower().replace("-", ""))


def ask_isoinfo(judge, path, seen):
    iso = [v for v in seen.volumes if v["fs"] == "iso9660" and not v["off"]]
    if not iso:
        return
    text = run("isoinfo", "-d", "-i", path)
    if text is None:
        return
    title = iso[0]["title"]
    volume = re.search(r"^Volume id: ?(.*)$", text, re.M).group(1).strip()
    if volume.isascii() and volume:
        judge.same("isoinfo", path, "volume id", volume, iso[0]["label"])
    judge.same("isoinfo", path, "Joliet", "Joliet with UCS" in text,
               "Joliet" in title)
    judge.same("isoinfo", path, "Rock Ridge", "Rock Ridge signatures" in text,
               "Rock Ridge" in title)
    judge.same("isoinfo", path, "El Torito", "El Torito VD" in text,
               any(m.startswith("el-torito") for m in seen.marks))
    arch = re.search(r"Arch (\d+)", text)
    if arch:
        word = {"0": "el-torito-x86", "1": "el-torito-ppc",
                "2": "el-torito-mac", "239": "el-torito-efi"}[arch.group(1)]
        judge.same("isoinfo", path, "platform", True, word in seen.marks)
    boot = re.search(r"Bootoff [0-9A-F]+ (\d+)", text)
    if arch and boot:
        judge.same("isoinfo", path, "boot image", True,
                   "sector " + boot.group(1) in seen.marks.get(word, ""))


def ask_fsstat(judge, path, seen):
    for v in seen.volumes:
        if not re.match(r"fat(12|16|32)$|ntfs$", v["fs"]) or v["off"] % 512:
            continue
        text = run("fsstat", "-o", str(v["off"] // 512), path)
        if text is None:
            continue
        kind = re.search(r"^File System Type: (\S+)", text, re.M).group(1)
        judge.same("fsstat", path, "type", kind.lower(), v["fs"])
        number = re.search(r"^Volume ID: 0x([0-9a-f]+)", text, re.M)
        if number and "(" not in v["title"]:
            judge.same("fsstat", path, "serial", int(number.group(1), 16),
                       int(v["serial"].replace("-", "") or "0", 16))


def ask_fls(judge, path, seen):
    """Every name that we saw in a root is there."""
    for v in seen.volumes:
        names = [n for text in v["marks"] if text.endswith(" in the root")
                 for n in re.sub(r"( and others)? in the root$", "",
                                 text).replace(" and ", ", ").split(", ")]
        if not names or v["off"] % 512 or "*" in "".join(names):
            continue
        text = run("fls", "-o", str(v["off"] // 512), path)
        if not text:
            continue
        there = {line.split("\t", 1)[1].upper() for line in text.splitlines()
                 if "\t" in line}
        for name in names:
            judge.same("fls", path, name, True, name.upper() in there)


def ask_all(judge, facts, path):
    text = run(facts, path)
    if text is None:
        judge.problems.append("%s: cannot be looked at" % path)
        return
    seen = Seen(text)
    for program, ask in (("partx", ask_partx), ("mmls", ask_mmls),
                         ("blkid", ask_blkid), ("isoinfo", ask_isoinfo),
                         ("fsstat", ask_fsstat), ("fls", ask_fls)):
        if have(program):
            ask(judge, path, seen)


# ---- what is looked at ----

def blank(scratch, name, size):
    path = os.path.join(scratch, name)
    with open(path, "wb") as f:
        f.truncate(size)
    return path


def make_here(scratch):
    """Volumes by the programs that are installed."""
    recipes = (
        ("fat12.img", 1474560, "mkfs.fat -F 12 -n TWELVE -i 11223344"),
        ("fat16.img", 32 << 20, "mkfs.fat -F 16 -n SIXTEEN -i deadbeef"),
        ("fat32.img", 64 << 20, "mkfs.fat -F 32 -n THIRTYTWO"),
        ("atari.img", 737280, "mkfs.fat -A -n ATARI"),
        ("ext2.img", 4 << 20, "mkfs.ext2 -q -L two"),
        ("ext3.img", 8 << 20, "mkfs.ext3 -q -L three"),
        ("ext4.img", 8 << 20, "mkfs.ext4 -q -L four"),
        ("ext4-4k.img", 16 << 20, "mkfs.ext4 -q -b 4096 -O 64bit,metadata_csum"),
        ("minix1.img", 1474560, "mkfs.minix -1"),
        ("minix2.img", 1474560, "mkfs.minix -2"),
        ("minix3.img", 1474560, "mkfs.minix -3"),
        ("bfs.img", 1 << 20, "mkfs.bfs"),
        ("swap.img", 1 << 20, "mkswap -q -L swapped"),
        ("swap64.img", 1 << 20, "mkswap -q -p 65536"),
        ("cramfs.img", 0, "mkfs.cramfs -n name " + scratch),
        ("xfs.img", 320 << 20, "mkfs.xfs -q -L ten"),
        ("btrfs.img", 128 << 20, "mkfs.btrfs -q -L butter"),
        ("jfs.img", 17 << 20, "mkfs.jfs -q -L jay"),
        ("reiser.img", 40 << 20, "mkfs.reiserfs -q -f -l rock"),
        ("ntfs.img", 8 << 20, "mkfs.ntfs -q -F -L enntee"),
        ("exfat.img", 8 << 20, "mkfs.exfat -L exfat"),
        ("udf.img", 8 << 20, "mkudffs -b 512 -l disk"),
        ("udf2048.img", 8 << 20, "mkudffs -b 2048 -l disc"),
        ("hfsplus.img", 16 << 20, "mkfs.hfsplus -v Plus"),
    )
    for name, size, command in recipes:
        words = command.split()
        if not have(words[0]):
            continue
        path = blank(scratch, name, size)
        if run(*words, path) is not None and os.path.getsize(path):
            yield path
    yield from make_discs(scratch)


def make_discs(scratch):
    folder = os.path.join(scratch, "files")
    os.mkdir(folder)
    blank(folder, "boot.img", 1474560)
    blank(folder, "efi.img", 1474560)
    for name, options in (
            ("plain.iso", []), ("joliet.iso", ["-J", "-R"]),
            ("udf.iso", ["-udf"]), ("hfs.iso", ["-hfs"]),
            ("boot.iso", ["-b", "boot.img", "-c", "boot.cat"]),
            ("efi.iso", ["-b", "boot.img", "-c", "boot.cat",
                         "-eltorito-alt-boot", "-e", "efi.img",
                         "-no-emul-boot"])):
        path = os.path.join(scratch, name)
        if have("genisoimage") and run(
                "genisoimage", "-quiet", "-V", "VOLUME", *options, "-o", path,
                folder) is not None:
            yield path


def corpus_images(scratch):
    corpus = os.environ.get("MUNIMENT_CORPUS", os.path.join(
        os.path.dirname(os.path.abspath(__file__)),
        "../../../shared/corpus"))
    manifest = os.path.join(corpus, "MANIFEST.tsv")
    if not os.path.exists(manifest):
        return
    with open(manifest, newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    for row in rows:
        stored = os.path.join(corpus, row["file"])
        if row["file"].split("/")[0] not in FOLDERS or \
           not os.path.exists(stored) or int(row["size"]) > 300 << 20:
            continue
        name = row["file"].replace("/", "@")
        if not stored.endswith(".zst"):
            yield stored
            continue
        out = os.path.join(scratch, name[:-4])
        subprocess.run(["zstd", "-dqf", stored, "-o", out],
                       check=True)
        yield out
        os.remove(out)


def main():
    facts = os.environ["CONTENTS_FACTS"]
    judge = Judge()
    images = 0
    with tempfile.TemporaryDirectory() as scratch:
        made = list(make_here(scratch))
        for path in made:
            images += 1
            ask_all(judge, facts, path)
            os.remove(path)
        for path in corpus_images(scratch):
            images += 1
            ask_all(judge, facts, path)
    if not judge.compared:
        print("SKIP: neither a corpus nor a program to compare with")
        return SKIPPED
    for problem in judge.problems:
        print("FAIL:", problem)
    if images == len(made):
        print("(no corpus: only what was made here was compared)")
    print("%d images, compared: %s" % (images, ", ".join(
        "%s %d" % pair for pair in sorted(judge.compared.items()))))
    return 1 if judge.problems else 0


if __name__ == "__main__":
    sys.exit(main())
