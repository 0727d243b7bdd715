#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/image/oracles.py - what we wrote, read by programs of others
"""Every format that muniment writes, in each form that an option gives it, is
read or judged by an independent program, and the bytes are compared; and each
conversion gives the same bytes again, in another folder, under another name.
A check whose program is not installed says so."""
import filecmp
import functools
import json
import os
import struct

from disks import (CD_SECTOR, Absent, Box, digest, disc, ext4, fat, imd, iso,
                   main, mode1, muniment, need, options, pattern, read, tool)

MIB = 1 << 20
# Their files name each other, so the name is in the bytes.
NAMES_INSIDE = ("cue", "toc", "vmdk", "split")


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
    box = BOX
    size = 24 * MIB + 5 * 512
    try:
        path = ext4(box, "disk.raw", 16 * MIB)
    except Absent as what:
        print(f"no {what}: a pattern instead of a file system")
        path = box.file("disk.raw", pattern(9 * MIB, 1))
    with open(path, "r+b") as f:
        f.truncate(size)
        f.seek(18 * MIB + 512)
        f.write(pattern(3 * MIB, 2))
        f.seek(size - 700)
        f.write(pattern(700, 3))
    return path


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


# --- plain -----------------------------------------------------------------

def raw_is_the_bytes():
    """And as sparse as it can be."""
    with Box() as box:
        made = convert(box, disk(), "raw", "out.img")
        same(made, disk(), "raw")
        zeros = box.sparse("zeros.raw", 64 * MIB, [(MIB, b"x")])
        made = convert(box, zeros, "raw", "zeros.img")
        need(os.stat(made).st_blocks * 512 < MIB, "it is not sparse")


def split_parts_join_to_the_bytes():
    """cat of the parts in their order, whatever their suffixes."""
    for first in ("out.001", "out.000", "out.aa"):
        with Box() as box:
            made = convert(box, disk(), "split", first, "size=5M")
            folder = os.path.dirname(made)
            parts = sorted(os.listdir(folder))
            need(parts[0] == first and len(parts) == 5, str(parts))
            whole = b"".join(read(os.path.join(folder, p)) for p in parts)
            need(whole == read(disk()), "the parts joined")


def split_parts_are_one_disk_to_the_sleuth_kit():
    """img_cat finds the parts by itself."""
    with Box() as box:
        sleuth(box, "raw", convert(box, disk(), "split", "out.001", "size=5M"))


# --- disks of virtual machines ---------------------------------------------

def qemu_reads_qcow2():
    """Every way to pack, small and large clusters."""
    for opts in (("compression=none",), ("compression=zlib",),
                 ("compression=zstd",), ("cluster=4K",), ("cluster=2M",),
                 ("compression=zlib", "cluster=4K"),
                 ("compression=zstd", "cluster=2M")):
        with Box() as box:
            made = convert(box, disk(), "qcow2", "out.qcow2", *opts)
            qemu(box, "qcow2", made)
            data = image_info(box, "qcow2", made)["format-specific"]["data"]
            need(data["compression-type"]
                 == ("zstd" if "zstd" in opts[0] else "zlib"), str(data))


def qemu_reads_an_overlay():
    """Nothing in it but the name of the raw disk beside it."""
    with Box() as box:
        beside = box.file("master.raw", read(disk())[:24 * MIB])
        over = box.path("over.qcow2")
        muniment("convert", beside, over, "-o", "backing=master.raw")
        again = box.path("again.qcow2")
        muniment("convert", beside, again, "-o", "backing=master.raw")
        same(again, over, "twice")
        box.run("qemu-img", "check", "-f", "qcow2", over)
        need(image_info(box, "qcow2", over)["backing-filename"]
             == "master.raw", "backing file")
        box.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", beside,
                over)
        box.run("qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 64k", over)
        box.run("qemu-img", "check", "-f", "qcow2", over)


def sevenzip_reads_qcow2():
    """Not zstd, which it does not know."""
    with Box() as box:
        for way in ("none", "zlib"):
            unpacked(box, "QCOW", convert(box, disk(), "qcow2",
                                          way + ".qcow2", "compression=" + way))


VMDK = ("monolithicSparse", "streamOptimized", "twoGbMaxExtentSparse")


def vmdk(box, subformat, *opts):
    """One of its forms."""
    return convert(box, disk(), "vmdk", "out.vmdk", "subformat=" + subformat,
                   *opts)


def qemu_reads_vmdk():
    """All three forms, for each adapter."""
    for subformat in VMDK:
        for adapter in ("ide", "lsilogic", "buslogic"):
            with Box() as box:
                made = vmdk(box, subformat, "adapter=" + adapter)
                # A look for faults is not made on a stream.
                qemu(box, "vmdk", made)
                data = image_info(box, "vmdk", made)["format-specific"]["data"]
                need(data["create-type"] == subformat, str(data))


def vmdkinfo_reads_vmdk():
    """libvmdk: the kind and the size."""
    kinds = ("Monolithic sparse", "Stream optimized", "2GB extent sparse")
    for subformat, kind in zip(VMDK, kinds):
        with Box() as box:
            text = box.run("vmdkinfo", vmdk(box, subformat))
            need(kind in text, text)
            need(f"({os.path.getsize(disk())} bytes)" in text, text)


def the_sleuth_kit_reads_vmdk():
    """The two forms that are one file."""
    for subformat in VMDK[:2]:
        with Box() as box:
            sleuth(box, "vmdk", vmdk(box, subformat))


def sevenzip_reads_vmdk():
    """All but the split one, which it wants by its parts."""
    for subformat in VMDK[:2]:
        with Box() as box:
            unpacked(box, "VMDK", vmdk(box, subformat))


def qemu_reads_extents_of_two_gigabytes():
    """3 GiB, nearly all of it holes; bytes on both sides of the border."""
    with Box() as box:
        big = box.sparse("big.raw", 3 << 30, [
            (0, pattern(4096, 1)), ((2 << 30) - 65536, pattern(131072, 2)),
            ((3 << 30) - 512, pattern(512, 3))])
        made = convert(box, big, "vmdk", "out.vmdk",
                       "subformat=twoGbMaxExtentSparse")
        need(len(os.listdir(os.path.dirname(made))) == 3, "two extents")
        box.run("qemu-img", "check", "-f", "vmdk", made)
        box.run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", big, made)


def qemu_reads_vdi():
    """No options."""
    with Box() as box:
        qemu(box, "vdi", convert(box, disk(), "vdi", "out.vdi"))


def sevenzip_reads_vdi():
    """The same by another program."""
    with Box() as box:
        unpacked(box, "VDI", convert(box, disk(), "vdi", "out.vdi"))


def vhd(box, kind):
    """Its footer is looked at by ourselves: QEMU does not show these."""
    made = convert(box, disk(), "vhd", "out.vhd", "type=" + kind)
    footer = read(made)[-512:]
    size = os.path.getsize(disk())
    need(footer[:8] == b"conectix" and footer[28:32] == b"win ", "footer")
    need(footer[36:40] == b"Wi2k", "host")
    need(struct.unpack(">QQ", footer[40:56]) == (size, size), "exact size")
    total = sum(footer) - sum(footer[64:68])
    need(struct.unpack(">I", footer[64:68])[0] == ~total & 0xffffffff,
         "checksum of the footer")
    if kind == "fixed":
        need(read(made)[:-512] == read(disk()), "fixed is the bytes")
        need(footer[16:24] == b"\xff" * 8 and footer[60:64] == b"\0\0\0\x02",
             "type")
    else:
        need(read(made)[:512] == footer, "the copy of the footer")
    return made


def qemu_reads_vhd():
    """To the byte, although no geometry gives that size."""
    for kind in ("dynamic", "fixed"):
        with Box() as box:
            qemu(box, "vpc", vhd(box, kind), check=False)


def vhdiinfo_reads_vhd_and_vhdx():
    """libvhdi: the kind and the size."""
    with Box() as box:
        for made, kind in ((vhd(box, "dynamic"), "Dynamic"),
                           (vhd(box, "fixed"), "Fixed"),
                           (convert(box, disk(), "vhdx", "out.vhdx"),
                            "Dynamic")):
            text = box.run("vhdiinfo", made)
            need(kind in text, text)
            need(f"({os.path.getsize(disk())} bytes)" in text, text)


def the_sleuth_kit_reads_vhd():
    """Both kinds."""
    with Box() as box:
        for kind in ("dynamic", "fixed"):
            sleuth(box, "vhd", vhd(box, kind))


def sevenzip_reads_vhd_and_vhdx():
    """It opens no VHDX with an odd number of sectors, which others do."""
    with Box() as box:
        unpacked(box, "VHD", vhd(box, "dynamic"))
        unpacked(box, "VHD", vhd(box, "fixed"))
        even = box.file("even.raw", read(disk()) + bytes(512))
        unpacked(box, "VHDX", convert(box, even, "vhdx", "out.vhdx"), even)


def qemu_reads_vhdx():
    """The usual, the smallest and a large block."""
    for opts in ((), ("block-size=1M",), ("block-size=256M",)):
        with Box() as box:
            qemu(box, "vhdx", convert(box, disk(), "vhdx", "out.vhdx", *opts))


# --- forensic --------------------------------------------------------------

EWF = (("compression=fast",), ("compression=best",), ("compression=none",),
       ("compression=none", "segment=2M"),
       ("compression=fast", "segment=1M"))


def ewfverify_and_ewfexport_read_ewf():
    """Every way to pack; one file and several."""
    for opts in EWF:
        with Box() as box:
            made = convert(box, disk(), "ewf", "out.E01", *opts)
            several = len(os.listdir(os.path.dirname(made))) > 1
            need(several == (len(opts) == 2), str(opts))
            text = box.run("ewfverify", "-q", "-d", "sha1", made)
            need("ewfverify: SUCCESS" in text, text)
            box.run("ewfexport", "-q", "-u", "-f", "raw", "-t",
                    box.path("export"), made)
            same(box.path("export.raw"), disk(), "ewfexport")


def ewfinfo_shows_who_made_it():
    """What the options say."""
    with Box() as box:
        made = convert(box, disk(), "ewf", "out.E01", "case=2026-7",
                       "evidence=Box 3", "description=A hard disk",
                       "examiner=N. N.", "notes=dropped once",
                       "date=2026-11-23T10:20:30Z")
        text = box.run("ewfinfo", "-d", "iso8601", made)
        for word in ("2026-7", "Box 3", "A hard disk", "N. N.", "dropped once",
                     "2026-11-23T10:20:30"):
            need(word in text, f"{word}: {text}")


def ewfinfo_shows_what_was_not_read():
    """Sectors that an IMD says nothing about become its error2."""
    with Box() as box:
        content = bytearray(pattern(80 * 2 * 9 * 512, 4))
        for n in (100, 101, 102, 700):
            content[n * 512:n * 512 + 512] = bytes(512)
        torn = box.file("torn.imd", imd(content, 80, 2, 9, {
            100: 0, 101: 0, 102: 0, 700: 0}))
        # Nothing is lost of its sectors.
        made = convert(box, torn, "ewf", "out.E01", lost=(
            "comment", "what it says about its making"))
        text = box.run("ewfinfo", made)
        need("total number: 2" in text and "100 - 102" in text
             and "700" in text, text)
        box.run("ewfverify", "-q", made)
        box.run("ewfexport", "-q", "-u", "-f", "raw", "-t",
                box.path("export"), made)
        need(read(box.path("export.raw")) == content, "ewfexport")


def the_sleuth_kit_reads_ewf():
    """The same library, but by another way in."""
    with Box() as box:
        sleuth(box, "ewf", convert(box, disk(), "ewf", "out.E01",
                                   "segment=2M"))


# --- Apple -----------------------------------------------------------------

def udif(box, level):
    """A dmg."""
    return convert(box, disk(), "udif", "out.dmg", f"level={level}")


def sevenzip_reads_udif():
    """It checks the checksums too."""
    for level in (1, 6, 12):
        with Box() as box:
            made = udif(box, level)
            box.run("7zz", "t", made)
            unpacked(box, "Dmg", made)


def dmg2img_reads_udif():
    """Another decoder of its tables."""
    with Box() as box:
        out = box.path("dmg2img.out")
        box.run("dmg2img", udif(box, 6), out)
        same(out, disk(), "dmg2img")


def qemu_reads_udif():
    """A third one."""
    with Box() as box:
        qemu(box, "dmg", udif(box, 6), check=False)


def floptool(box, kind_in, kind_out, made, wanted, what):
    """MAME's floppies: another form of it, and its bytes."""
    out = box.path("floptool.out")
    box.run("floptool", "flopconvert", kind_in, kind_out, made, out)
    begins(out, wanted, what)


def floptool_reads_disk_copy():
    """400K and 800K, which it writes as plain sectors."""
    for kib in (400, 800):
        with Box() as box:
            plain = box.file("mac.img", pattern(kib * 1024, kib))
            made = convert(box, plain, "dc42", "out.dc42")
            need("dc42" in box.run("floptool", "identify", made), "identify")
            floptool(box, "dc42", "apple_gcr", made, plain, f"{kib}K")


def floptool_reads_2mg():
    """800K in the order of ProDOS."""
    with Box() as box:
        plain = box.file("gs.po", pattern(800 * 1024, 9))
        for opts in (("order=prodos",), ("order=prodos", "comment=A disk")):
            made = convert(box, plain, "2mg", "out.2mg", *opts)
            floptool(box, "apple_2mg", "apple_gcr", made, plain, "2mg")


def what_disk_copy_sums_up_is_right():
    """No program here reads its 720K and 1440K: the rule, by ourselves."""
    for kib in (400, 720, 800, 1440):
        with Box() as box:
            content = pattern(kib * 1024, kib)
            made = read(convert(box, box.file("plain.img", content), "dc42",
                                "out.dc42"))
            total = 0
            for word, in struct.iter_unpack(">H", content):
                total = (total + word) & 0xffffffff
                total = total >> 1 | (total & 1) << 31
            need(made[84:84 + len(content)] == content, "data")
            # GCR disks have 12 bytes of tags with each sector: zeros here.
            tags = len(content) // 512 * 12 if kib in (400, 800) else 0
            need(struct.unpack(">II", made[64:72]) == (len(content), tags)
                 and made[84 + len(content):] == bytes(tags), "lengths")
            need(struct.unpack(">I", made[72:76])[0] == total, "checksum")


# --- floppies --------------------------------------------------------------

def pc_floppy(box, kib):
    """With a FAT file system; a pattern where there is no mkfs.fat."""
    try:
        return fat(box, f"pc{kib}.img", kib)
    except Absent:
        return box.file(f"pc{kib}.img", pattern(kib * 1024, kib))


def dsktrans_reads_imd_and_edsk():
    """libdsk: all that PCs had."""
    formats = {360: "ibm360", 720: "ibm720", 1200: "ibm1200", 1440: "ibm1440"}
    for kib, name in formats.items():
        for to, kind in (("imd", "imd"), ("edsk", "edsk")):
            with Box() as box:
                plain = pc_floppy(box, kib)
                made = convert(box, plain, to, f"out.{to}")
                out = box.path("dsktrans.out")
                box.run("dsktrans", "-itype", kind, "-otype", "raw",
                        "-format", name, made, out)
                same(out, plain, f"dsktrans {to} {kib}")


def dsktrans_writes_what_we_read():
    """The other way round."""
    with Box() as box:
        plain = pc_floppy(box, 720)
        for kind in ("imd", "edsk", "dsk"):
            made = box.path("theirs." + kind)
            box.run("dsktrans", "-itype", "raw", "-otype", kind, "-format",
                    "ibm720", plain, made)
            same(convert(box, made, "raw", kind + ".img", lost=(
                "what it says about its making",)), plain, kind)


def floptool_reads_imd_and_edsk():
    """EDSK of double density only: of high density it reads half."""
    for to, kind, sizes in (("imd", "imd", (360, 720, 1200, 1440)),
                            ("edsk", "dsk", (360, 720))):
        for kib in sizes:
            with Box() as box:
                plain = pc_floppy(box, kib)
                made = convert(box, plain, to, f"out.{to}")
                floptool(box, kind, "pc", made, plain, f"{to} {kib}")


def hatari_reads_msa():
    """hmsa; runs pack, patterns do not."""
    for sectors in (9, 10, 11):
        with Box() as box:
            size = 80 * 2 * sectors * 512
            content = bytearray(pattern(size, sectors))
            content[20000:90000] = b"\xe5" * 70000
            content[100000:101000] = bytes(1000)
            plain = box.file("atari.st", bytes(content))
            made = convert(box, plain, "msa", "out.msa", "heads=2",
                           f"sectors={sectors}")
            box.run("hmsa", made, status=(0, 1))  # it ends with 1
            same(made[:-3] + "st", plain, f"hmsa {sectors}")


def hatari_writes_what_we_read():
    """The other way round."""
    with Box() as box:
        plain = pc_floppy(box, 720)
        theirs = box.file("theirs.st", read(plain))
        box.run("hmsa", theirs, status=(0, 1))
        made = convert(box, box.path("theirs.msa"), "raw", "out.img")
        same(made, plain, "hmsa")


def floptool_reads_adf():
    """Double density and high density."""
    for size in (901120, 1802240):
        with Box() as box:
            plain = box.file("amiga.adf", pattern(size, size))
            made = convert(box, plain, "adf", "out.adf")
            same(made, plain, "adf is the bytes")
            back = box.path("back.adf")
            # To bit cells and back: each sector is found and its sum right.
            box.run("floptool", "flopconvert", "adf", "mfi", made,
                    box.path("cells.mfi"))
            box.run("floptool", "flopconvert", "mfi", "adf",
                    box.path("cells.mfi"), back)
            same(back, plain, "floptool adf")


def cbm_disk():
    """35 tracks; its header sector says that it is one."""
    content = bytearray(pattern(174848, 41))
    bam = 17 * 21 * 256
    name = b"A DISK".ljust(18, b"\xa0") + b"01\xa02A".ljust(9, b"\xa0")
    content[bam:bam + 256] = (b"\x12\x01\x41\0" + bytes(140)
                              + name).ljust(256, b"\0")
    return bytes(content)


def floptool_reads_d64():
    """Without error bytes, to GCR and back."""
    with Box() as box:
        plain = box.file("disk.d64", cbm_disk())
        made = convert(box, plain, "d64", "out.d64")
        same(made, plain, "d64 is the bytes")
        box.run("floptool", "flopconvert", "d64", "mfi", made,
                box.path("cells.mfi"))
        box.run("floptool", "flopconvert", "mfi", "d64",
                box.path("cells.mfi"), box.path("back.d64"))
        same(box.path("back.d64"), plain, "floptool d64")


def error_bytes_follow_the_sectors():
    """No program here reads them: their place and numbers, by ourselves."""
    with Box() as box:
        errors = bytearray(b"\x01" * 683)
        errors[10], errors[500] = 5, 5
        plain = box.file("bad.d64", cbm_disk() + bytes(errors))
        made = convert(box, plain, "d64", "out.d64")
        same(made, plain, "with error bytes")
        made = convert(box, plain, "d64", "none.d64", "errors=no",
                       lost=("sectors whose check failed",))
        need(read(made) == cbm_disk(), "without them")
        good = box.file("good.d64", cbm_disk())
        made = read(convert(box, good, "d64", "yes.d64", "errors=yes"))
        need(made == cbm_disk() + b"\x01" * 683, "asked for")


# --- compressed hunks ------------------------------------------------------

def chdman_reads_a_hard_disk():
    """It verifies its digests, and gives it back."""
    with Box() as box:
        made = convert(box, disk(), "chd", "out.chd")
        box.run("chdman", "verify", "-i", made)
        out = box.path("chdman.out")
        box.run("chdman", "extracthd", "-i", made, "-o", out)
        same(out, disk(), "extracthd")


# --- discs -----------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def volume():
    """An ISO 9660 volume; a pattern where there is no xorriso."""
    try:
        return iso(BOX, "volume.iso", 5)
    except Absent as what:
        print(f"no {what}: a pattern instead of a volume")
        return BOX.file("volume.iso", pattern(400 * 2048, 5))


def mixed(box):
    """A data track and two audio tracks: the sheet, and the tracks' bytes."""
    return disc(box, "mixed", read(volume()), [
        pattern(CD_SECTOR * 600, 11), pattern(CD_SECTOR * 450, 12)])


def chdman_reads_a_disc():
    """Tracks of both kinds; their bytes as the sheet had them."""
    with Box() as box:
        sheet, tracks = mixed(box)
        made = convert(box, sheet, "chd", "out.chd")
        box.run("chdman", "verify", "-i", made)
        box.run("chdman", "extractcd", "-i", made, "-o", box.path("x.cue"),
                "-ob", box.path("x.bin"))
        need(read(box.path("x.bin")) == b"".join(tracks), "extractcd")
        text = read(box.path("x.cue")).decode()
        need(text.count("AUDIO") == 2 and "MODE1/2352" in text, text)


def chdman_makes_what_we_read():
    """The other way round: a disc and a hard disk."""
    with Box() as box:
        sheet, tracks = mixed(box)
        theirs = box.path("theirs.chd")
        box.run("chdman", "createcd", "-i", sheet, "-o", theirs)
        made = convert(box, theirs, "cue", "out.cue")
        need(read(made[:-3] + "bin") == b"".join(tracks), "createcd")
        hard = box.path("hard.chd")
        box.run("chdman", "createhd", "-i", disk(), "-o", hard)
        # It rounds up to what its geometry makes.
        begins(convert(box, hard, "raw", "out.img"), disk(), "createhd")


# Of a sector of 2352 bytes.
WHOLE = ("headers, EDC and ECC of sectors",)


def cd_info(box, made, tracks, data_start=None):
    """Where libcdio has each track start, and what kind it is."""
    text = box.run("cd-info", "--no-device-info", "--no-cddb",
                   f"--{made[-3:]}-file={made}", cwd=os.path.dirname(made))
    data, gap, first, _ = (len(t) // CD_SECTOR for t in tracks)
    for start, kind in ((data_start or 0, "data"), (data + gap, "audio"),
                        (data + gap + first, "audio")):
        need(f"{start:06} {kind} " in text, text)


def chdman_reads_our_sheets():
    """One file, one for each track, and a toc file."""
    for to, opts in (("cue", ()), ("cue", ("per-track=yes",)), ("toc", ())):
        with Box() as box:
            sheet, tracks = mixed(box)
            made = convert(box, sheet, to, "out." + to, *opts)
            box.run("chdman", "createcd", "-i", made, "-o", box.path("a.chd"))
            box.run("chdman", "extractcd", "-i", box.path("a.chd"), "-o",
                    box.path("a.cue"), "-ob", box.path("a.bin"))
            need(read(box.path("a.bin")) == b"".join(tracks), f"{to} {opts}")


def libcdio_reads_a_sheet():
    """cd-info: tracks, their kinds and places.  It knows one BIN only."""
    with Box() as box:
        sheet, tracks = mixed(box)
        cd_info(box, convert(box, sheet, "cue", "out.cue"), tracks)


def bchunk_takes_a_sheet_apart():
    """User data of the data track, samples of the audio tracks."""
    with Box() as box:
        sheet, tracks = mixed(box)
        made = convert(box, sheet, "cue", "out.cue")
        box.run("bchunk", made[:-3] + "bin", made, box.path("part"))
        same(box.path("part01.iso"), volume(), "the data track")
        # The gap before the first audio track is kept with it.
        need(tracks[2] in read(box.path("part02.cdr")), "audio")
        need(read(box.path("part03.cdr")) == tracks[3], "audio")


def cdrdao_reads_our_sheets():
    """Where each track ends; that all of the files can be read."""
    for to, opts in (("cue", ()), ("cue", ("per-track=yes",)), ("toc", ())):
        with Box() as box:
            sheet, tracks = mixed(box)
            made = convert(box, sheet, to, "out." + to, *opts)
            beside = os.path.dirname(made)
            text = box.run("cdrdao", "show-toc", made, cwd=beside)
            for end in (1, 3, 4):
                sectors = sum(len(t) for t in tracks[:end]) // CD_SECTOR
                need(f"({sectors:6})" in text, text)
            box.run("cdrdao", "read-test", made, cwd=beside)


def libcdio_reads_a_toc():
    """It takes the length of a DATAFILE for where the track starts."""
    with Box() as box:
        sheet, tracks = mixed(box)
        cd_info(box, convert(box, sheet, "toc", "out.toc"), tracks,
                len(tracks[0]) // CD_SECTOR - 150)


def whole_sectors_are_made_by_the_standard():
    """EDC and both parities of 2352, computed here once more."""
    with Box() as box:
        user = read(volume())
        wanted = b"".join(mode1(n, user[n * 2048:n * 2048 + 2048])
                          for n in range(len(user) // 2048))
        tool("xorriso")  # a pattern is not known to be of a disc
        for to in ("cue", "toc"):
            made = convert(box, volume(), to, "out." + to, "sectors=2352")
            need(read(made[:-3] + "bin") == wanted, to)


def one_data_track_is_an_iso():
    """From whole sectors to user data."""
    with Box() as box:
        sheet, _ = disc(box, "data", read(volume()), [])
        made = convert(box, sheet, "iso", "out.iso", lost=WHOLE)
        same(made, volume(), "iso")


def a_disc_without_iso_9660_is_an_iso_too():
    """HFS or anything else in its one data track."""
    with Box() as box:
        user = pattern(400 * 2048, 3)
        sheet, _ = disc(box, "data", user, [])
        made = convert(box, sheet, "iso", "out.iso", lost=WHOLE)
        need(read(made) == user, "iso")


def xorriso_and_sevenzip_read_the_iso():
    """The files in it are found."""
    with Box() as box:
        tool("xorriso")
        sheet, _ = disc(box, "data", read(volume()), [])
        made = convert(box, sheet, "iso", "out.iso", lost=WHOLE)
        text = box.run("xorriso", "-indev", made, "-find", "/", "-type", "f")
        need("FILE1.BIN" in text and "FILE2.BIN" in text, text)
        box.run("7zz", "t", made)


# --- none is left out ------------------------------------------------------

def every_writer_is_judged_here():
    """A new writer needs a check of its own in this file."""
    names = {w["name"] for w in muniment("formats")[1]["written"]}
    judged = {"raw", "split", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "adf",
              "d64", "ewf", "imd", "edsk", "msa", "udif", "dc42", "2mg", "iso",
              "cue", "toc", "chd"}
    need(names == judged, f"{names ^ judged}")


BOX = Box()
with BOX:
    # Made once, before they are shared.
    need(len(digest(disk())) == len(digest(volume())), "two images")
    main(every_writer_is_judged_here, raw_is_the_bytes,
         split_parts_join_to_the_bytes,
         split_parts_are_one_disk_to_the_sleuth_kit, qemu_reads_qcow2,
         qemu_reads_an_overlay, sevenzip_reads_qcow2, qemu_reads_vmdk,
         vmdkinfo_reads_vmdk, the_sleuth_kit_reads_vmdk, sevenzip_reads_vmdk,
         qemu_reads_extents_of_two_gigabytes, qemu_reads_vdi,
         sevenzip_reads_vdi, qemu_reads_vhd, vhdiinfo_reads_vhd_and_vhdx,
         the_sleuth_kit_reads_vhd, sevenzip_reads_vhd_and_vhdx,
         qemu_reads_vhdx, ewfverify_and_ewfexport_read_ewf,
         ewfinfo_shows_who_made_it, ewfinfo_shows_what_was_not_read,
         the_sleuth_kit_reads_ewf, sevenzip_reads_udif, dmg2img_reads_udif,
         qemu_reads_udif, floptool_reads_disk_copy, floptool_reads_2mg,
         what_disk_copy_sums_up_is_right, dsktrans_reads_imd_and_edsk,
         dsktrans_writes_what_we_read, floptool_reads_imd_and_edsk,
         hatari_reads_msa, hatari_writes_what_we_read, floptool_reads_adf,
         floptool_reads_d64, error_bytes_follow_the_sectors,
         chdman_reads_a_hard_disk, chdman_reads_a_disc,
         chdman_makes_what_we_read, chdman_reads_our_sheets,
         libcdio_reads_a_sheet, bchunk_takes_a_sheet_apart,
         cdrdao_reads_our_sheets, libcdio_reads_a_toc,
         whole_sectors_are_made_by_the_standard, one_data_track_is_an_iso, a_disc_without_iso_9660_is_an_iso_too,
         xorriso_and_sevenzip_read_the_iso)
