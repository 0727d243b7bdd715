#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/show_map.py - muniment show OBJECT --map tells where the damage is

An IMD of 80 cylinders, 2 heads and 9 sectors in which one sector has no data,
one run of two has failed checks, and a hard disk image with a hole, go in; text,
JSON and pictures are compared with what was made.  Of an object that was merged
of two readings each range says which of them have it.

Needs $MUNIMENT.
"""
import struct
import sys
import zlib

from muniment import Report, Scratch, pattern, write

LOST = {(40, 1, 3)}
DOUBTFUL = {(41, 0, 9), (41, 1, 1)}  # neighbours in the image


def imd():
    """ImageDisk 1.18: a header, then tracks of typed sectors."""
    out = [b"IMD 1.18: 01/01/2026 12:00:00\r\nmade by a test\x1a"]
    for cylinder in range(80):
        for head in range(2):
            out.append(bytes([5, cylinder, head, 9, 2]) + bytes(range(1, 10)))
            for sector in range(1, 10):
                place = (cylinder, head, sector)
                data = pattern(512, hash(place) & 0xffff)
                if place in LOST:
                    out.append(b"\0")
                elif place in DOUBTFUL:
                    out.append(b"\5" + data)
                else:
                    out.append(b"\1" + data)
    return b"".join(out)


def lba(cylinder, head, sector):
    return (cylinder * 2 + head) * 9 + sector - 1


def floppy(s, r):
    doc = s.json("show", "n=floppy", "--map", status=1)
    r.check(doc["geometry"] == {"cylinders": 80, "heads": 2, "sectors": 9},
            f"geometry {doc['geometry']}")
    r.check(doc["states"]["unreadable_bytes"] == 512 and
            doc["states"]["doubtful_bytes"] == 1024 and
            doc["states"]["data_bytes"] == 80 * 18 * 512 - 1536,
            f"states {doc['states']}")
    bad = [x for x in doc["ranges"] if x["state"] != "data"]
    want = [("unreadable", lba(40, 1, 3), lba(40, 1, 3), (40, 1, 3),
             (40, 1, 3)),
            ("doubtful", lba(41, 0, 9), lba(41, 1, 1), (41, 0, 9), (41, 1, 1))]
    found = [(x["state"], x["first_lba"], x["last_lba"],
              tuple(x["first"].values()), tuple(x["last"].values()))
             for x in bad]
    r.check(found == want, f"ranges {found}, not {want}")
    at = 0
    for x in doc["ranges"]:
        r.check(x["offset"] == at, f"a gap at {at}: {x}")
        at += x["bytes"]
    r.check(at == doc["bytes"], f"{at} of {doc['bytes']} bytes")
    done = s.run("show", "n=floppy", "--map")
    text = done.stdout.decode()
    r.check(done.returncode == 1, f"status {done.returncode}")
    r.check("unreadable   512 bytes at 374272, LBA 731, cylinder 40 head 1 "
            "sector 3\n" in text and
            "doubtful     1024 bytes at 381952, LBA 746-747, cylinder 41 head "
            "0 sector 9 to cylinder 41 head 1 sector 1\n" in text, text)
    sides = {line[:6]: line[9:] for line in text.splitlines()
             if line.startswith("head ")}
    r.check(sides == {"head 0": "+" * 41 + "!" + "+" * 38,
                      "head 1": "+" * 40 + "-!" + "+" * 38}, f"{sides}")


def disk(s, r):
    doc = s.json("show", "n=disk", "--map")
    r.check(doc["geometry"] is None and len(doc["ranges"]) == 1 and
            doc["ranges"][0]["first"] is None and
            doc["ranges"][0]["state"] == "data", f"disk: {doc}")
    text = s.run("show", "n=disk", "--map").stdout.decode()
    lines = [x for x in text.splitlines() if x.startswith("LBA ")]
    r.check(len(lines) == 4 and all(x.endswith("+" * 64) for x in lines) and
            lines[1].split()[1] == str(20480 // 4), f"{lines}")
    r.check(text.endswith("every sector was read\n"), text)


def mapped(name, data, bad, lies=()):
    """An image with its mapfile: sectors that were not read, or wrongly."""
    data = bytearray(data)
    lines, at = ["# Mapfile", "0x0 + 1"], 0
    for lba in sorted(bad):
        data[lba * 512:lba * 512 + 512] = bytes(512)
        if lba * 512 > at:
            lines.append(f"{at} {lba * 512 - at} +")
        lines.append(f"{lba * 512} 512 -")
        at = lba * 512 + 512
    for lba in lies:
        data[lba * 512 + 5] ^= 3
    lines.append(f"{at} {len(data) - at} +")
    write(f"{name}.img", bytes(data))
    write(f"{name}.map", ("\n".join(lines) + "\n").encode())
    return f"{name}.img", "--map", f"{name}.map"


def merged(s, r):
    """Of two readings of one disk: which of them has what."""
    data = pattern(1474560, 77)
    s.run("ingest", *mapped("one", data, {10, 12, 500}), "-i", "n=merged")
    done = s.run("ingest", *mapped("two", data, {100, 500}, {2000}), "--merge",
                 "n=merged")
    r.check(done.returncode == 1, f"merge: {done}")
    doc = s.json("show", "n=merged", "--map", status=1)
    r.check(doc["readings"] == 2 and
            doc["states"]["unreadable_bytes"] == 512, f"{doc['states']}")
    found = [(x["state"], x["first_lba"], x["last_lba"], x["readings"])
             for x in doc["ranges"]]
    want = [("data", 0, 9, [1, 2]), ("data", 10, 10, [2]),
            ("data", 11, 11, [1, 2]), ("data", 12, 12, [2]),
            ("data", 13, 99, [1, 2]), ("data", 100, 100, [1]),
            ("data", 101, 499, [1, 2]), ("unreadable", 500, 500, []),
            ("data", 501, 1999, [1, 2]), ("data", 2000, 2000, [1]),
            ("data", 2001, 2879, [1, 2])]
    r.check(found == want, f"{found}")
    text = s.run("show", "n=merged", "--map").stdout.decode()
    r.check(", of reading 2\n" in text and "LBA 2000, cylinder 55 head 1 "
            "sector 3, of reading 1\n" in text and
            "of reading 1, 2" not in text, text)


def png_colours(path):
    """The colours that occur in a PNG with a palette."""
    with open(path, "rb") as f:
        data = f.read()
    chunks, at = {}, 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        chunks.setdefault(kind, b"")
        chunks[kind] += data[at + 8:at + 8 + size]
        at += 12 + size
    width, height, depth = struct.unpack(">IIB", chunks[b"IHDR"][:9])
    rows = zlib.decompress(chunks[b"IDAT"])
    palette = [chunks[b"PLTE"][i:i + 3].hex()
               for i in range(0, len(chunks[b"PLTE"]), 3)]
    step = (width * depth + 7) // 8 + 1
    assert depth in (4, 8) and not any(rows[::step]), "no plain rows"
    pixels = set(b"".join(rows[i + 1:i + step]
                          for i in range(0, height * step, step)))
    if depth == 4:
        pixels = {x >> 4 for x in pixels} | {x & 15 for x in pixels}
    return {palette[x] for x in pixels}


def pictures(s, r):
    done = s.run("show", "n=floppy", "--map", "--svg", "a.svg", "--png",
                 "a.png")
    r.check(done.returncode == 0 and not done.stdout, f"pictures: {done}")
    with open("a.svg", encoding="utf-8") as f:
        svg = f.read()
    r.check("#991100" in svg and "#ee9911" in svg, "colours of the SVG")
    colours = png_colours("a.png")
    r.check({"991100", "ee9911", "77aadd"} <= colours, f"PNG: {colours}")
    # The same picture as of the file that came in.
    s.run("map", "f.imd", "--svg", "b.svg")
    with open("b.svg", encoding="utf-8") as f:
        r.check(f.read() == svg, "another picture than that of muniment map")
    done = s.run("show", "n=floppy", "--map", "--svg", "a.svg")
    r.check(done.returncode == 2, "a picture was overwritten")
    for args in (("--svg", "c.svg"), ("--map", "--json", "--svg", "c.svg")):
        done = s.run("show", "n=floppy", *args)
        r.check(done.returncode == 64, f"{args}: {done}")


def main():
    r = Report()
    with Scratch() as s:
        assert s.run("init", s.repo).returncode == 0
        write("f.imd", imd())
        write("d.img", pattern(10 << 20))
        s.run("ingest", "f.imd", "-i", "n=floppy")
        s.run("ingest", "d.img", "-i", "n=disk")
        floppy(s, r)
        disk(s, r)
        pictures(s, r)
        merged(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
