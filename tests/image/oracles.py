#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/image/oracles.py - disks that we wrote, read by programs of others
"""Every format that muniment writes, in each form that an option gives it, is
read or judged by an independent program, and the bytes are compared; and each
conversion gives the same bytes again, in another folder, under another name.
A check whose program is not installed says so.  Of Apple's formats, floppies
and discs: oracles_media.py."""
import os
import struct

from disks import Box, imd, main, muniment, need, pattern, read
from judged import (BOX, MIB, convert, disk, image_info, qemu, same, sleuth,
                    unpacked)


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


# --- none is left out ------------------------------------------------------

def every_writer_is_judged_here():
    """A new writer needs a check of its own in this file."""
    names = {w["name"] for w in muniment("formats")[1]["written"]}
    judged = {"raw", "split", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "adf",
              "d64", "ewf", "imd", "edsk", "msa", "udif", "dc42", "2mg", "iso",
              "cue", "toc", "chd"}
    need(names == judged, f"{names ^ judged}")


with BOX:
    disk()  # before it is shared
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
         the_sleuth_kit_reads_ewf)
