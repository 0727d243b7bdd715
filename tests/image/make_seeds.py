#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/image/make_seeds.py DIR - the seeds of the fuzz targets image, readmap

Writes DIR/image/* and DIR/readmap/*, the same for ever; DIR is
tests/fuzz/corpus.  Images are sparse, as fuzz_image.c tells.
"""

import os
import struct
import sys
import zlib


def sparse(size, *records):
    out = b"SPARSE\0\0" + struct.pack("<Q", size)
    for off, data in records:
        unit, within = divmod(off, 256)
        data = bytes(within) + data
        out += struct.pack("<IH", unit, len(data)) + data
    return out


def both32(v):
    return struct.pack("<I", v) + struct.pack(">I", v)


def both16(v):
    return struct.pack("<H", v) + struct.pack(">H", v)


def put(field, off, data):
    field[off:off + len(data)] = data


def boot(sectors, cluster, reserved, roots, media, fat16, spt, heads,
         fat32=0, sector=512, label=b""):
    b = bytearray(512)
    put(b, 0, b"\xeb\x3c\x90MUNIMENT")
    put(b, 11, struct.pack("<HBHBH", sector, cluster, reserved, 2, roots))
    put(b, 19, struct.pack("<H", sectors if sectors < 65536 and fat16 else 0))
    b[21] = media
    put(b, 22, struct.pack("<HHH", fat16, spt, heads))
    if sectors >= 65536 or not fat16:
        put(b, 32, struct.pack("<I", sectors))
    if not fat16:
        put(b, 36, struct.pack("<I", fat32))
        put(b, 44, struct.pack("<I", 2))
    if label:
        at = 38 if fat16 else 66
        b[at] = 0x29
        put(b, at + 5, label.ljust(11))
    put(b, 510, b"\x55\xaa")
    return bytes(b)


def entry(name, attr):
    return name.ljust(11) + bytes([attr]) + bytes(20)


def mbr(*entries):
    b = bytearray(512)
    for i, (status, kind, start, sectors) in enumerate(entries):
        put(b, 446 + 16 * i, struct.pack("<B3xB3xII", status, kind, start,
                                         sectors))
    put(b, 510, b"\x55\xaa")
    return bytes(b)


def descriptor(kind, ident=b"CD001", version=1, rest=b""):
    return (bytes([kind]) + ident + bytes([version]) + rest)


def pvd(blocks, name):
    d = bytearray(882)
    put(d, 0, descriptor(1))
    put(d, 8, b" " * 64)
    put(d, 40, name.ljust(32))
    put(d, 80, both32(blocks))
    put(d, 120, both16(1) + both16(1) + both16(2048) + both32(10))
    d[156] = 34
    put(d, 158, both32(19) + both32(2048))
    d[881] = 1
    return bytes(d)


def joliet(name):
    d = bytearray(91)
    put(d, 0, descriptor(2))
    put(d, 40, name.encode("utf-16-be").ljust(32, b"\0"))
    put(d, 88, b"%/E")
    return bytes(d)


def gpt(sectors, lba, entries_at, table):
    h = bytearray(92)
    put(h, 0, b"EFI PART\0\0\1\0" + struct.pack("<I", 92))
    put(h, 24, struct.pack("<QQ", lba, sectors - 1 if lba == 1 else 1))
    put(h, 72, struct.pack("<QII", entries_at, len(table) // 128, 128))
    put(h, 88, struct.pack("<I", zlib.crc32(table)))
    put(h, 16, struct.pack("<I", zlib.crc32(bytes(h))))
    return bytes(h)


def images():
    fat12 = boot(2880, 1, 1, 224, 0xf0, 9, 18, 2, label=b"BOOT LABEL")
    yield "floppy-1440-fat12", sparse(
        1474560, (0, fat12), (512, b"\xf0\xff\xff"),
        (19 * 512, entry(b"AF\0I\0L", 15) + entry(b"LABEL", 8)))
    yield "floppy-1440-cut", sparse(1000000, (0, fat12), (512, b"\xf0\xff\xff"))
    yield "floppy-720-blank", sparse(737280)
    yield "floppy-320-dos1", sparse(327680, (512, b"\xff\xff\xff"))
    yield "floppy-880-amiga", sparse(901120, (0, b"DOS\1"))
    yield "raw-fat16", sparse(
        20000 * 512, (0, boot(20000, 1, 1, 512, 0xf8, 80, 63, 16)),
        (512, b"\xf8\xff\xff\xff"), (161 * 512, entry(b"SIXTEEN", 8)))
    yield "raw-fat32", sparse(
        67000 * 512, (0, boot(67000, 1, 32, 0, 0xf8, 0, 63, 16, fat32=520)),
        (32 * 512, b"\xf8\xff\xff\x0f"), (1072 * 512, entry(b"THIRTY", 8)))
    yield "raw-mbr-chain", sparse(
        1 << 20, (0, mbr((0x80, 6, 63, 100), (0, 5, 200, 1000))),
        (200 * 512, mbr((0, 6, 1, 50), (0, 5, 100, 60))),
        (300 * 512, mbr((0, 6, 1, 50), (0, 5, 0, 60))))
    table = bytearray(512)
    put(table, 0, b"\xa5" * 32 + struct.pack("<QQ", 64, 71))
    table = bytes(table)
    yield "raw-gpt", sparse(
        1 << 20, (0, mbr((0, 0xee, 1, 2047))),
        (512, gpt(2048, 1, 2, table)), (1024, table),
        (2046 * 512, table), (2047 * 512, gpt(2048, 2047, 2046, table)))
    yield "raw-hfs", sparse(1 << 20, (1024, b"BD" + bytes(12) + b"\0\3"))
    yield "raw-udf", sparse(
        1 << 20, (16 * 2048, descriptor(0, b"BEA01")),
        (17 * 2048, descriptor(0, b"NSR02")),
        (18 * 2048, descriptor(0, b"TEA01")))
    yield "raw-sync", sparse(23520, (0, b"\0" + b"\xff" * 10 + b"\0"))
    yield "raw-odd", b"no image at all"
    yield "empty", b""
    yield "iso-plain", sparse(
        65536, (16 * 2048, pvd(32, b"PLAIN")), (17 * 2048, descriptor(255)))
    root = (bytes([77]) + bytes(31) + b"\1\0" +
            b"SP\7\1\xbe\xef\0PX\x24\1" + bytes(32))
    yield "iso-all", sparse(
        1 << 20, (0, mbr((0x80, 0xcd, 1, 2000))),
        (16 * 2048, pvd(100, b"")), (17 * 2048, joliet("Joliet \u00e9")),
        (18 * 2048, descriptor(0, rest=b"EL TORITO SPECIFICATION")),
        (19 * 2048, root), (20 * 2048, descriptor(255)),
        (116 * 2048, pvd(100, b"SECOND")))
    yield "iso-bridge", sparse(
        1 << 17, (16 * 2048, pvd(64, b"\xff" * 32)),
        (17 * 2048, descriptor(255)), (18 * 2048, descriptor(0, b"NSR03")))
    yield "iso-and-floppy", sparse(
        1474560, (0, fat12), (512, b"\xf0\xff\xff"),
        (16 * 2048, pvd(720, b"BOTH")), (17 * 2048, descriptor(255)))
    yield "iso-huge", sparse(
        (1 << 63) - 1, (16 * 2048, pvd(0xffffffff, b"HUGE")))


def readmaps():
    head = "# Mapfile\n0x00000200     ?               1\n#  pos  size  status\n"
    yield "good", head + "0x0 0x200 +\n0x200 0x200 ?\n"
    yield "all-states", head + ("0 0x200 +\n512 01000 -\n0x400 0x200 /\n"
                                "0x600 0x200 * # note\n0x800 0x200 ?\n")
    yield "not-from-zero", head + "0x10000 0x200 +\n"
    yield "no-blocks", "0x0 + 1\n"
    yield "largest", "0 F\n0 0x7fffffffffffffff -\n"
    yield "gap", head + "0 512 +\n1024 512 -\n"
    yield "overlap", head + "0 512 +\n256 512 -\n"
    yield "too-big", head + "0 0xffffffffffffffff +\n"
    yield "bad-number", head + "0 08 +\n"


def main():
    for folder, seeds in (("image", images()), ("readmap", readmaps())):
        where = os.path.join(sys.argv[1], folder)
        os.makedirs(where, exist_ok=True)
        for name, data in seeds:
            if isinstance(data, str):
                data = data.encode()
            with open(os.path.join(where, name), "wb") as f:
                f.write(data)


main()
