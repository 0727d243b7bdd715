# SPDX-License-Identifier: Apache-2.0
# tests/image/disks.py - images that scripts make, and the program they drive
"""What oracles.py and roundtrip.py share.  All of it is made here by the rules
of the formats, not by the code under test; the same seed gives the same."""
import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

MUNIMENT = os.environ.get("MUNIMENT", "muniment")
LONG = os.environ.get("MUNIMENT_LONG", "") not in ("", "0")
SECTOR = 512
CD_SECTOR = 2352


class Failed(Exception):
    """A check of the test itself."""


class Absent(Exception):
    """A program that this check needs is not installed."""


def need(truth, text):
    """Fail the test unless it is so."""
    if not truth:
        raise Failed(text)


def tool(name):
    """Where a program is; sbin too, which users' paths leave out."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise Absent(name)
    return found


def pattern(size, seed):
    """Bytes that are the same for the same seed."""
    return random.Random(seed).randbytes(size)


class Box:
    """A scratch folder, removed at the end."""

    asked = 0  # programs of others, by all boxes

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="muniment-disks-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *names):
        """A path in it; the folders on the way are made."""
        path = os.path.join(self.dir, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def file(self, name, data):
        """Make a file in it."""
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def sparse(self, name, size, runs):
        """Make a file of @size bytes that is a hole but for (offset, data)."""
        path = self.path(name)
        with open(path, "wb") as f:
            f.truncate(size)
            for at, data in runs:
                f.seek(at)
                f.write(data)
        return path

    def run(self, *words, status=(0,), binary=False, cwd=None):
        """A program of someone else; what it told, or its stdout as bytes."""
        program = tool(words[0])
        Box.asked += 1
        p = subprocess.run([program] + list(words[1:]), check=False,
                           cwd=cwd or self.dir, capture_output=True,
                           stdin=subprocess.DEVNULL)
        if p.returncode not in status:
            raise Failed("%s: exit %d\n%s%s" % (
                " ".join(words), p.returncode,
                "" if binary else p.stdout.decode(errors="replace"),
                p.stderr.decode(errors="replace")))
        return p.stdout if binary else (p.stdout + p.stderr).decode(
            errors="replace")


def muniment(*words, status=(0,)):
    """Our program: its exit status, its JSON document, its messages."""
    p = subprocess.run([MUNIMENT] + list(words) + ["--json"], check=False,
                       capture_output=True)
    said = p.stderr.decode(errors="replace").strip()
    if p.returncode not in status:
        raise Failed("%s: exit %d\n%s" % (" ".join(words), p.returncode, said))
    try:
        return p.returncode, json.loads(p.stdout or b"null"), said
    except ValueError as why:
        raise Failed("%s: %s" % (" ".join(words), why)) from why


def options(words):
    """-o KEY=VALUE of each."""
    return [w for o in words for w in ("-o", o)]


def read(path):
    """All of a file."""
    with open(path, "rb") as f:
        return f.read()


def digest(path):
    """SHA-256 of a file, read in pieces."""
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while piece := f.read(1 << 22):
            h.update(piece)
    return h.hexdigest()


# --- disks -----------------------------------------------------------------

def ext4(box, name, size):
    """A disk with a file system that holds some files."""
    folder = box.path("tree", "a", "x")[:-1]
    for n in range(12):
        with open(os.path.join(folder, f"{n}.txt"), "wb") as f:
            f.write(b"a line that packs well, number %d\n" % n * 3000)
        with open(os.path.join(folder, f"{n}.bin"), "wb") as f:
            f.write(pattern(150000 + 777 * n, n))
    path = box.sparse(name, size, [])
    box.run("mke2fs", "-q", "-t", "ext4", "-F", "-d", box.path("tree"), path,
            f"{size // 1024}k")
    return path


def fat(box, name, kib):
    """A floppy with a FAT file system."""
    path = box.path(name)
    box.run("mkfs.fat", "-C", "-n", "MUNIMENT", "-i", "20261123", path,
            str(kib))
    note = box.file("note.txt", pattern(kib * 300, kib))
    box.run("mcopy", "-i", path, note, "::NOTE.TXT")
    return path


# --- floppies whose sectors have states ------------------------------------

def imd(content, cylinders, heads, sectors, states=None, size=512):
    """ImageDisk; @states: {sector: kind}, 0 unreadable, 5 failed its CRC."""
    states = states or {}
    out = bytearray(b"IMD 1.18: 22/11/2026 12:00:00\r\nmade by a test\x1a")
    mode = 3 if cylinders * heads * sectors >= 2400 else 5
    for track in range(cylinders * heads):
        out += bytes([mode, track // heads, track % heads, sectors,
                      size.bit_length() - 8])
        out += bytes(range(1, sectors + 1))
        for n in range(track * sectors, (track + 1) * sectors):
            data = content[n * size:(n + 1) * size]
            kind = states.get(n, 1)
            out.append(kind)
            if kind:
                out += data
    return bytes(out)


# --- big disks that were not read everywhere -------------------------------

def _section(kind, at, body):
    head = struct.pack("<16sQQ40x", kind, at + 76 + len(body), 76 + len(body))
    return head + struct.pack("<I", zlib.adler32(head)) + body


def ewf(content, bad):
    """Expert Witness with @bad as (first sector, count) in its error2."""
    sectors = len(content) // SECTOR
    chunks = -(-sectors // 64)
    out = bytearray(b"EVF\x09\x0d\x0a\xff\x00\x01\x01\x00\x00\x00")

    def add(kind, body):
        out.extend(_section(kind, len(out), body))

    add(b"header", zlib.compress(b"1\nmain\nc\tn\ta\te\tt\n\t\t\t\t\n\n"))
    volume = bytearray(1048)
    struct.pack_into("<B3xIIIQ", volume, 0, 1, chunks, 64, SECTOR, sectors)
    volume[36] = 3  # a physical disk
    add(b"volume", bytes(volume) + struct.pack("<I", zlib.adler32(volume)))
    base = len(out) + 76
    data, table = bytearray(), bytearray()
    for at in range(0, len(content), 64 * SECTOR):
        chunk = content[at:at + 64 * SECTOR]
        table += struct.pack("<I", len(data))
        data += chunk + struct.pack("<I", zlib.adler32(chunk))
    add(b"sectors", bytes(data))
    head = struct.pack("<I4xQ4x", chunks, base)
    body = (head + struct.pack("<I", zlib.adler32(head)) + table
            + struct.pack("<I", zlib.adler32(table)))
    add(b"table", body)
    add(b"table2", body)
    if bad:
        head = struct.pack("<I512x", len(bad))
        runs = b"".join(struct.pack("<II", *b) for b in bad)
        add(b"error2", head + struct.pack("<I", zlib.adler32(head)) + runs
            + struct.pack("<I", zlib.adler32(runs)))
    md5 = hashlib.md5(content).digest() + bytes(16)
    add(b"hash", md5 + struct.pack("<I", zlib.adler32(md5)))
    # The last one points to itself.
    out += _section(b"done", len(out) - 76, b"")
    return bytes(out)


def torn_qcow2(size, clusters):
    """QCOW2 whose cluster n is data (bytes), or lies behind the end (None)."""
    unit = 65536
    tables = -(-size // (unit * 8192))
    l1_clusters = -(-tables * 8 // unit)
    first = 3 + l1_clusters
    data_at = first + tables
    end = data_at + sum(c is not None for c in clusters.values())
    out = bytearray(end * unit)
    struct.pack_into(">4sI12xIQ4xIQQI", out, 0, b"QFI\xfb", 3, 16, size,
                     tables, 3 * unit, unit, 1)
    struct.pack_into(">II", out, 96, 4, 104)
    # Refcounts: as many as there are; the block holds 32768.
    struct.pack_into(">Q", out, unit, 2 * unit)
    for n in range(min(end, 32768)):
        struct.pack_into(">H", out, 2 * unit + 2 * n, 1)
    for n in range(tables):
        struct.pack_into(">Q", out, 3 * unit + 8 * n,
                         (first + n) * unit | 1 << 63)
    for n, data in sorted(clusters.items()):
        at = data_at
        if data is None:
            at = end + n + 16
        else:
            out[at * unit:at * unit + len(data)] = data
            data_at += 1
        struct.pack_into(">Q", out, first * unit + 8 * n, at * unit | 1 << 63)
    return bytes(out)


# --- discs -----------------------------------------------------------------

def _edc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0xd8018001 if n & 1 else 0)
        table.append(n)
    return table


def _galois():
    """Times 2 in GF(256) by 0x11d; and what n must be for n + 2n."""
    twice = [n << 1 ^ (0x11d if n & 0x80 else 0) for n in range(256)]
    third = [0] * 256
    for n in range(256):
        third[n ^ twice[n]] = n
    return twice, third


EDC = _edc_table()
TWICE, THIRD = _galois()


def edc(data):
    """ECMA-130, clause 14.3."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ EDC[(crc ^ byte) & 0xff]
    return struct.pack("<I", crc)


def _parity(data, major, minor, step, along):
    """P or Q: two bytes for each of @major vectors of @minor bytes."""
    low, high = bytearray(), bytearray()
    size = major * minor
    for n in range(major):
        at = (n >> 1) * step + (n & 1)
        a = b = 0
        for _ in range(minor):
            byte = data[at]
            at += along
            if at >= size:
                at -= size
            a = TWICE[a ^ byte]
            b ^= byte
        a = THIRD[TWICE[a] ^ b]
        low.append(a)
        high.append(a ^ b)
    return bytes(low + high)


def mode1(lba, user):
    """A whole sector: sync, header, data, EDC, and both parities."""
    minute, rest = divmod(lba + 150, 75 * 60)
    second, frame = divmod(rest, 75)
    bcd = bytes(n // 10 * 16 + n % 10 for n in (minute, second, frame))
    sector = b"\0" + b"\xff" * 10 + b"\0" + bcd + b"\x01" + user
    sector += edc(sector) + bytes(8)
    sector += _parity(sector[12:], 86, 24, 2, 86)
    return sector + _parity(sector[12:], 52, 43, 86, 88)


def iso(box, name, seed):
    """An ISO 9660 volume with two files; longer than the least of a track."""
    folder = box.path(f"iso-{seed}", "x")[:-1]
    for n in (1, 2):
        with open(os.path.join(folder, f"FILE{n}.BIN"), "wb") as f:
            f.write(pattern(250000 * n, seed + n))
    path = box.path(name)
    box.run("xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V",
            f"DISC{seed}", "-o", path, folder)
    return path


def disc(box, stem, user, audio, gap=150):
    """BIN/CUE: a data track, then audio tracks; the second has a pregap."""
    tracks = [b"".join(mode1(n, user[n * 2048:(n + 1) * 2048])
                       for n in range(len(user) // 2048))]
    sheet = [f'FILE "{stem}.bin" BINARY', "  TRACK 01 MODE1/2352",
             "    INDEX 01 00:00:00"]
    at = len(tracks[0]) // CD_SECTOR
    for n, samples in enumerate(audio):
        sheet.append(f"  TRACK {n + 2:02} AUDIO")
        if n == 0 and gap:
            sheet.append("    INDEX 00 " + msf(at))
            tracks.append(bytes(gap * CD_SECTOR))
            at += gap
        sheet.append("    INDEX 01 " + msf(at))
        tracks.append(samples)
        at += len(samples) // CD_SECTOR
    box.file(stem + ".bin", b"".join(tracks))
    path = box.file(stem + ".cue", ("\r\n".join(sheet) + "\r\n").encode())
    return path, tracks


def msf(lba):
    """As sheets write it."""
    return "%02d:%02d:%02d" % (lba // 4500, lba // 75 % 60, lba % 75)


# --- the end ---------------------------------------------------------------

def _outcome(test):
    """Run one; what to say of it, and how it ended."""
    try:
        test()
        return "ok   " + test.__name__, "passed"
    except Absent as what:
        return f"SKIP {test.__name__}: no {what}", "skipped"
    except Failed as why:
        return f"FAIL {test.__name__}: {why}", "failed"


def main(*tests):
    """Run the tests, two at a time; the exit status for CTest: 77 where no
    program of anybody else was there to be asked."""
    Box.asked = 0  # what made the images does not count
    ends = []
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        for text, end in two.map(_outcome, tests):
            print(text, flush=True)
            ends.append(end)
    print(", ".join(f"{ends.count(e)} {e}"
                    for e in ("passed", "failed", "skipped")))
    if "failed" in ends:
        sys.exit(1)
    sys.exit(77 if "skipped" in ends and not Box.asked else 0)
