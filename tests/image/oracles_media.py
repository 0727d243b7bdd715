#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/image/oracles_media.py - floppies and discs, read by programs of others
"""As oracles.py, for Apple's formats, floppies, hunks and discs."""
import os
import struct

from disks import (CD_SECTOR, Absent, Box, disc, fat, main, mode1, need,
                   pattern, read, tool)
from judged import (BOX, begins, convert, disk, qemu, same, unpacked, volume)


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
        made = convert(box, sheet, "iso", "out.iso")
        same(made, volume(), "iso")
        # One bit that does not follow from the data is lost, and told.
        with open(sheet[:-3] + "bin", "r+b") as f:
            f.seek(20 * 2352 + 2300)
            bit = f.read(1)[0] ^ 1
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([bit]))
        made = convert(box, sheet, "iso", "bit.iso", lost=WHOLE)
        same(made, volume(), "iso")


def a_disc_without_iso_9660_is_an_iso_too():
    """HFS or anything else in its one data track."""
    with Box() as box:
        user = pattern(400 * 2048, 3)
        sheet, _ = disc(box, "data", user, [])
        made = convert(box, sheet, "iso", "out.iso")
        need(read(made) == user, "iso")


def xorriso_and_sevenzip_read_the_iso():
    """The files in it are found."""
    with Box() as box:
        tool("xorriso")
        sheet, _ = disc(box, "data", read(volume()), [])
        made = convert(box, sheet, "iso", "out.iso")
        text = box.run("xorriso", "-indev", "stdio:" + made, "-find", "/", "-type", "f")
        need("FILE1.BIN" in text and "FILE2.BIN" in text, text)
        box.run("7zz", "t", made)


with BOX:
    disk(), volume()  # before they are shared
    main(sevenzip_reads_udif, dmg2img_reads_udif, qemu_reads_udif,
         floptool_reads_disk_copy, floptool_reads_2mg,
         what_disk_copy_sums_up_is_right, dsktrans_reads_imd_and_edsk,
         dsktrans_writes_what_we_read, floptool_reads_imd_and_edsk,
         hatari_reads_msa, hatari_writes_what_we_read, floptool_reads_adf,
         floptool_reads_d64, error_bytes_follow_the_sectors,
         chdman_reads_a_hard_disk, chdman_reads_a_disc,
         chdman_makes_what_we_read, chdman_reads_our_sheets,
         libcdio_reads_a_sheet, bchunk_takes_a_sheet_apart,
         cdrdao_reads_our_sheets, libcdio_reads_a_toc,
         whole_sectors_are_made_by_the_standard, one_data_track_is_an_iso,
         a_disc_without_iso_9660_is_an_iso_too,
         xorriso_and_sevenzip_read_the_iso)
