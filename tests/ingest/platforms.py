#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/platforms.py - what is on a medium, from ingest to the record
"""Contents and platform are looked at once, and are in show, PREMIS, ledger and
a catalog that is rebuilt; what the operator says stands beside them."""
import glob
import json
import os
import re
import shutil
import struct
import subprocess

from lab import Lab, main, need, pattern

HD = 1474560
BOOT = (b"\xeb\x3c\x90MSDOS5.0" + struct.pack("<HBHBHHBHHHII", 512, 1, 1, 2, 224,
                                             2880, 0xf0, 9, 18, 2, 0, 0) +
        b"\0\0\x29\x12\x34\x56\x78NO NAME    FAT12   ")
CODE = b"\xfa\x31\xc0\x8e\xd0\xbc\0\x7c\xcd\x13\xcd\x10\xcd\x19"


def entry(name, attributes=0x20):
    """Of an empty file in a directory."""
    base, _, ext = name.partition(".")
    return (base.ljust(8) + ext.ljust(3)).encode() + bytes([attributes]) + \
        bytes(20)


def fat12(*names, code=CODE + b"IO      SYSMSDOS   SYS"):
    """1440K by DOS 5, with these names in its root."""
    image = bytearray(HD)
    image[:len(BOOT)] = BOOT
    image[62:62 + len(code)] = code
    image[510:512] = b"\x55\xaa"
    for at in (512, 512 * 10):
        image[at:at + 3] = b"\xf0\xff\xff"
    root = b"".join(entry(n) for n in names)
    image[512 * 19:512 * 19 + len(root)] = root
    return bytes(image)


def amiga_sum(block):
    """The longword that makes all of them, with carries, FFFFFFFF."""
    total = 0
    for (word,) in struct.iter_unpack(">I", block):
        total += word
        total = (total & 0xffffffff) + (total >> 32)
    return ~total & 0xffffffff


def adf():
    """880K of OFS, whose boot block starts and whose root is sound."""
    image = bytearray(901120)
    image[:12] = b"DOS\0" + bytes(4) + struct.pack(">I", 880)
    image[12:14] = b"\x4e\x75"
    struct.pack_into(">I", image, 4, amiga_sum(bytes(image[:1024])))
    root = bytearray(512)
    struct.pack_into(">III", root, 0, 2, 0, 0)
    struct.pack_into(">I", root, 12, 72)
    root[432:438] = b"\x05Boxed"
    struct.pack_into(">I", root, 508, 1)
    words = sum(w for (w,) in struct.iter_unpack(">I", root))
    struct.pack_into(">I", root, 20, -words & 0xffffffff)
    image[880 * 512:881 * 512] = root
    return bytes(image)


def mbr_disk():
    """Two primary partitions: FAT12 for DOS, active, and one of Linux."""
    image = bytearray(4 << 20)
    for n, (active, kind, start, sectors) in enumerate((
            (0x80, 0x01, 63, 2880), (0, 0x83, 4096, 4096))):
        struct.pack_into("<B3sB3sII", image, 446 + 16 * n, active, b"\1\1\0",
                         kind, b"\xfe\xff\xff", start, sectors)
    image[510:512] = b"\x55\xaa"
    image[63 * 512:63 * 512 + HD] = fat12("IO.SYS", "MSDOS.SYS", "A.EXE")
    return bytes(image)


def one(lab, path, *args, status=(0,)):
    """Take it in; what show says."""
    doc = lab.json("ingest", path, *args, status=status)
    return lab.json("show", doc["objects"][0]["id"])


def properties(shown):
    """The first value of each name."""
    out = {}
    for p in shown["properties"]:
        out.setdefault(p["name"], p["value"])
    return out


def premis(lab, shown):
    """Significant properties of the image, as PREMIS has them."""
    text = lab.run("premis", shown["id"]).stdout
    found = re.findall(r"<(?:premis:)?significantPropertiesType>image: ([^<]*)<"
                       r"[^>]*>\s*<(?:premis:)?significantPropertiesValue>"
                       r"([^<]*)<", text)
    return dict(reversed(found))


def is_verdict(shown, name, confidence, boots, others=()):
    v = shown["platform"]
    need(v["recorded"] and (v["name"], v["confidence"], v["boots"]) ==
         (name, confidence, boots) and set(others) <= set(v["others"]), v)
    need(v["reasons"], v)


def a_floppy_of_dos_is_one_in_every_form_of_the_record():
    """show, its text, info, PREMIS."""
    with Lab() as lab:
        path = lab.file("dos.img", fat12("IO.SYS", "MSDOS.SYS", "COMMAND.COM"))
        shown = one(lab, path)
        is_verdict(shown, "pc-dos", "high", "yes", ["pc"])
        p = properties(shown)
        need(p["file system 1"] == f"fat12, {HD} bytes at byte 0; FAT12", p)
        need(p["file system 1, OEM id"] == "MSDOS5.0", p)
        need(p["file system 1, boots"].startswith("yes: "), p)
        need("dos-system" in p["file system 1, marks"].split(", "), p)
        need(p["boots"].startswith("yes: "), p)
        need("partition table" not in p, p)
        written = premis(lab, shown)
        for name, value in p.items():
            if not name.startswith("medium: "):
                need(written.get(name) == value.replace("&", "&amp;"),
                     f"PREMIS: {name}: {written.get(name)!r}, not {value!r}")
        text = lab.run("show", shown["id"]).stdout
        need("platform       PC, DOS, bootable (high)" in text, text)
        need("on the medium\n" in text, text)
        seen = lab.json("info", path)
        need(seen["platform"]["name"] == "pc-dos" and
             seen["volumes"][0]["file_system"] == "fat12", seen)
        need(seen["platform"]["reasons"] == shown["platform"]["reasons"], seen)


def an_amiga_disk_is_one():
    with Lab() as lab:
        shown = one(lab, lab.file("disk.adf", adf()))
        is_verdict(shown, "amiga", "high", "yes")
        need(properties(shown)["file system 1, label"] == "Boxed", shown)


def partitions_are_told_with_what_is_in_them():
    with Lab() as lab:
        path = lab.file("disk.img", mbr_disk())
        shown = one(lab, path)
        p = properties(shown)
        need(p["partition table"] == "mbr", p)
        need(p["partition 1"] ==
             f"0x01, {HD} bytes at byte {63 * 512}, active", p)
        need(p["partition 2"] == "0x83, 2097152 bytes at byte 2097152", p)
        need(p["file system 1"].startswith(
            f"fat12, {HD} bytes at byte {63 * 512}, in partition 1; "), p)
        is_verdict(shown, "pc-dos", "high", shown["platform"]["boots"],
                   ["pc-unix"])
        parts = lab.json("info", path)["partitions"]
        need([(x["number"], x["type"], x["active"]) for x in parts] ==
             [(1, "0x01", True), (2, "0x83", False)], parts)


def discs_and_disks_of_a_macintosh_are_told():
    """By the programs of others, where they are there."""
    if not shutil.which("hformat") or not shutil.which("genisoimage"):
        print("     (no hfsutils or no genisoimage: left out)")
        return
    with Lab() as lab:
        path = lab.file("mac.img", bytes(819200))
        env = dict(os.environ, HOME=lab.dir)
        subprocess.run(["hformat", "-l", "Mac disk", path], check=True,
                       env=env, stdout=subprocess.DEVNULL)
        shown = one(lab, path)
        is_verdict(shown, "mac-68k", "medium", "no", ["mac-ppc"])
        need(properties(shown)["file system 1, label"] == "Mac disk", shown)
        os.mkdir(lab.path("files"))
        lab.file("files/SETUP.EXE", b"MZ")
        lab.file("files/AUTORUN.INF", b"[autorun]")
        subprocess.run(["genisoimage", "-quiet", "-hfs", "-J", "-o",
                        lab.path("disc.iso"), lab.path("files")], check=True,
                       stderr=subprocess.DEVNULL)
        shown = one(lab, lab.path("disc.iso"))
        is_verdict(shown, "any", "high", "no", ["mac-68k", "pc-windows9x"])
        kinds = [x["file_system"] for x in
                 lab.json("info", lab.path("disc.iso"))["volumes"]]
        need({"iso9660", "hfs"} <= set(kinds), kinds)


def what_could_not_be_read_is_not_judged():
    """A boot sector of zeros, which the map says is no such thing."""
    with Lab() as lab:
        image = bytearray(fat12("A.EXE"))
        image[:512] = bytes(512)
        path = lab.file("bad.img", bytes(image))
        lab.file("bad.map", b"# Mapfile\n0x0 + 1\n0x0 0x200 -\n0x200 %s +\n" %
                 hex(HD - 512).encode())
        shown = one(lab, path, "--map", lab.path("bad.map"), status=(1,))
        v = shown["platform"]
        need(v["confidence"] in ("none", "low"), v)
        need("but: the first sector could not be read" in v["reasons"], v)
        p = properties(shown)
        need(p["boots"] == "no: the first sector could not be read", p)
        shown = one(lab, lab.file("noise.img", pattern(HD, 9)))
        is_verdict(shown, "unknown", "none", "no")


def what_the_operator_says_is_recorded_as_said():
    """Beside what the machine sees, by option and by CSV."""
    with Lab() as lab:
        path = lab.file("dos.img", fat12("IO.SYS", "MSDOS.SYS"))
        shown = one(lab, path, "--platform", "pc-windows9x")
        is_verdict(shown, "pc-windows9x", "operator", "code", ["pc-dos"])
        need(shown["platform"]["by_operator"] == "pc-windows9x", shown)
        need(shown["platform"]["reasons"][0] ==
             "said by the operator; by its signs: PC, DOS (high)", shown)
        p = properties(shown)
        need((p["platform"], p["platform, confidence"],
              p["platform by operator"]) == ("pc-dos", "high", "pc-windows9x"),
             p)
        for args in (("--platform", "pc-dosh"),
                     ("--platform", "pc-dosh", "--dry-run")):
            done = lab.run("ingest", path, *args, status=(2,))
            need("unknown platform 'pc-dosh'" in done.stderr, done.stderr)
        lab.file("a.img", fat12("A.EXE") + b"")
        lab.file("b.img", fat12("B.EXE"))
        csv = lab.file("box.csv", b"source,Platform\na.img,amiga\nb.img,\n")
        lab.run("batch", csv, "--platform", "msx")
        said = {lab.json("show", o["id"])["source"].rsplit("/", 1)[1]:
                lab.json("show", o["id"])["platform"]["by_operator"]
                for o in lab.objects()}
        need(said == {"dos.img": "pc-windows9x", "a.img": "amiga",
                      "b.img": "msx"}, said)
        lab.file("bad.csv", b"source,platform\nb.img,commodore\n")
        done = lab.run("batch", lab.path("bad.csv"), "--dry-run", status=(2,))
        need("commodore" in done.stdout + done.stderr, done)


def the_names_are_those_of_the_manual_and_the_schema():
    """The program knows each name that docs/platforms.md has, and no other."""
    root = os.environ["MUN_SOURCE_DIR"]
    with open(os.path.join(root, "docs", "platforms.md"),
              encoding="utf-8") as f:
        text = f.read().split("## The names")[1].split("\n## ")[0]
    names = re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.M)
    for kind in ("show", "info"):
        with open(os.path.join(root, "schemas", "json",
                               f"{kind}.schema.json"), encoding="utf-8") as f:
            v = json.load(f)["properties"]["platform"]["properties"]
        need(sorted(v["name"]["enum"]) == sorted(names), (kind, names))
        need(v["others"]["items"]["enum"] == v["name"]["enum"], kind)
    with Lab() as lab:
        path = lab.file("a.img", pattern(HD, 4))
        for name in names:
            lab.run("ingest", path, "--dry-run", "--platform", name,
                    status=(2,) if name == "unknown" else (0,))


def a_session_keeps_what_was_said():
    """Killed while it reads, and gone on with."""
    with Lab() as lab:
        path = lab.file("dos.img", fat12("IO.SYS", "MSDOS.SYS") +
                        bytes(200 << 20))
        held = lab.start("ingest", path, "--platform", "pc-os2")
        seen = []
        while not seen and held.poll() is None:
            seen = glob.glob(os.path.join(lab.repo, "spool", "*",
                                          "session.json"))
        need(seen, "it ended before it had begun")
        held.kill()
        held.communicate()
        with open(seen[0], encoding="utf-8") as f:
            need(json.load(f)["request"]["platform"] == "pc-os2", seen)
        need(not lab.objects(), "it was done before it was killed")
        lab.run("resume")
        shown = lab.json("show", lab.objects()[0]["id"])
        need(shown["platform"]["by_operator"] == "pc-os2", shown["platform"])


def a_further_reading_that_has_the_boot_sector_tells_more():
    """What the machine sees is seen anew; what was said stays."""
    with Lab() as lab:
        whole = fat12("IO.SYS", "MSDOS.SYS")
        bad = lab.file("bad.img", bytes(512) + whole[512:])
        lab.file("bad.map", b"# Mapfile\n0x0 + 1\n0x0 0x200 -\n0x200 %s +\n" %
                 hex(HD - 512).encode())
        shown = one(lab, bad, "--map", lab.path("bad.map"), "--platform",
                    "pc-windows9x", status=(1,))
        need(properties(shown)["platform, confidence"] in ("none", "low"),
             shown)
        lab.run("ingest", lab.file("good.img", whole), "--merge", shown["id"])
        shown = lab.json("show", shown["id"])
        p = properties(shown)
        need((shown["version"], p["platform"], p["platform, confidence"]) ==
             (2, "pc-dos", "high"), p)
        need("first sector" not in p["platform, reasons"] + p["boots"], p)
        names = [x["name"] for x in shown["properties"]]
        need(len(names) == len(set(names)), names)
        need(shown["platform"]["by_operator"] == "pc-windows9x", shown)
        lab.run("rebuild", "--yes")
        need(lab.json("show", shown["id"])["properties"] ==
             shown["properties"], "the rebuilt catalog has others")
        lab.assert_clean("--content")


def nothing_is_seen_anew_where_the_record_is_read():
    """A rebuilt catalog has what was recorded; the ledger proves it."""
    with Lab() as lab:
        one(lab, lab.file("dos.img", fat12("IO.SYS")), "--platform", "pc")
        one(lab, lab.file("disk.adf", adf()))
        one(lab, lab.file("disk.img", mbr_disk()))
        one(lab, lab.file("noise.img", pattern(HD, 3)))
        before = {o["id"]: lab.json("show", o["id"]) for o in lab.objects()}
        lab.run("rebuild", "--yes")
        after = {o["id"]: lab.json("show", o["id"]) for o in lab.objects()}
        for key, o in before.items():
            for part in ("platform", "properties"):
                need(after[key][part] == o[part], after[key][part])
        lab.run("ledger", "verify")
        lab.assert_clean("--content")


main(a_floppy_of_dos_is_one_in_every_form_of_the_record,
     an_amiga_disk_is_one,
     partitions_are_told_with_what_is_in_them,
     discs_and_disks_of_a_macintosh_are_told,
     what_could_not_be_read_is_not_judged,
     what_the_operator_says_is_recorded_as_said,
     the_names_are_those_of_the_manual_and_the_schema,
     a_session_keeps_what_was_said,
     a_further_reading_that_has_the_boot_sector_tells_more,
     nothing_is_seen_anew_where_the_record_is_read)
