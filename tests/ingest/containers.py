#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/containers.py - images in containers, all the way in and out
"""A container is kept as it was received, with the files that it names; what
is inside is proved by digests of the decoded bytes; cat and export give it
decoded; a lost catalog brings all of it back."""
import glob
import hashlib
import os
import shutil
import struct
import subprocess

from lab import Lab, main, need, pattern

DISK = pattern(1 << 20, 5) + bytes(1 << 20) + pattern(1000 * 512, 6)
FLOPPY = pattern(40 * 2 * 9 * 512, 7)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def qcow2(lab):
    """By QEMU: compressed clusters."""
    raw = lab.file("disk.raw", DISK)
    path = os.path.join(lab.dir, "disk.qcow2")
    subprocess.run(["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2",
                    raw, path], check=True)
    return path


def sector(lba, user):
    """Mode 1 with a header; its EDC is wrong, as all of it is zeros."""
    minute, rest = divmod(lba + 150, 75 * 60)
    second, frame = divmod(rest, 75)
    bcd = bytes(n // 10 * 16 + n % 10 for n in (minute, second, frame))
    return (b"\0" + b"\xff" * 10 + b"\0" + bcd + b"\x01" + user + bytes(288))


def cue(lab):
    """One data track; its file lies beside the sheet."""
    user = [pattern(2048, 100 + n) for n in range(4)]
    lab.file("Disc One.bin", b"".join(sector(n, u)
                                      for n, u in enumerate(user)))
    sheet = lab.file("disc.cue", b'FILE "Disc One.bin" BINARY\r\n'
                     b"  TRACK 01 MODE1/2352\r\n    INDEX 01 00:00:00\r\n")
    return sheet, b"".join(user)


def imd(lab):
    """40 x 2 x 9 of 512; the data of one sector failed its CRC."""
    out = bytearray(b"IMD 1.18: 22/11/2026 12:00:00\r\nBox 7, disk 3\x1a")
    at = 0
    for track in range(80):
        out += bytes([5, track // 2, track % 2, 9, 2]) + bytes(range(1, 10))
        for n in range(9):
            out += bytes([5 if (track, n) == (10, 0) else 1])
            out += FLOPPY[at:at + 512]
            at += 512
    return lab.file("games.imd", bytes(out))


def bytes_of(lab, *args):
    """What a command writes to stdout."""
    p = subprocess.run(lab.command(*args), capture_output=True, check=False)
    need(p.returncode == 0, "%s: exit %d, %s" % (args, p.returncode, p.stderr))
    return p.stdout


def one_object(lab, *args, status=0):
    doc = lab.json("ingest", *args, status=(status,))
    return lab.json("show", doc["objects"][0]["id"])


def has(shown, name, value):
    got = [p["value"] for p in shown["properties"] if p["name"] == name]
    need(any(value in v for v in got), f"{name}: {got}")


def file_of(shown, path):
    got = [f for f in shown["files"] if f["path"] == path]
    need(len(got) == 1, f"no {path} in {[f['path'] for f in shown['files']]}")
    return got[0]


def a_container_is_kept_and_what_is_inside_is_proved():
    """QCOW2 by QEMU."""
    with Lab() as lab:
        path = qcow2(lab)
        o = one_object(lab, path)
        need(o["format"] == "qcow2" and o["bytes"] == len(DISK), str(o))
        need(o["digests"]["sha256"] == sha256(DISK), "digest of the content")
        with open(path, "rb") as f:
            kept = file_of(o, "image/disk.qcow2")
            need(kept["digests"]["sha256"] == sha256(f.read()), "the master")
        has(o, "hash tree root of the decoded bytes (BEP 52)", "")
        need(bytes_of(lab, "cat", o["id"]) == DISK, "cat")
        need(bytes_of(lab, "cat", o["id"], "image/disk.qcow2")
             == open(path, "rb").read(), "cat of the file")
        package = lab.json("export", o["id"], "--for", "qemu", "-o",
                           lab.path("out"))
        with open(os.path.join(package["path"], package["images"][0]["path"]),
                  "rb") as f:
            need(f.read() == DISK, "exported")


def told_lost(lab, o, bounds):
    """What cat --damaged gives, which must tell exactly these bytes once."""
    p = subprocess.run(lab.command("cat", o["id"], "--damaged"),
                       capture_output=True, check=False)
    need(p.returncode == 1, f"exit {p.returncode}: {p.stderr}")
    need(p.stderr.count(b"are damaged") == 1 and
         b"'image/disk.qcow2': bytes %d-%d are damaged" % bounds in p.stderr,
         str(p.stderr))
    return p.stdout


def damage_in_a_container_is_told():
    """It is read for a decoder in another process, and told by ours."""
    with Lab() as lab:
        raw = lab.file("disk.raw", DISK)
        path = lab.path("disk.qcow2")
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2",
                        raw, path], check=True)
        o = one_object(lab, path)
        size = os.path.getsize(path)
        need(bytes_of(lab, "cat", o["id"], "--damaged") == DISK, "undamaged")
        kept = glob.glob(os.path.join(lab.repo, "ocfl", "**", "disk.qcow2"),
                         recursive=True)
        os.chmod(kept[0], 0o600)
        with open(kept[0], "r+b") as f:
            f.seek(size - 1)
            last = f.read(1)[0]
            f.seek(size - 1)
            f.write(bytes([last ^ 1]))
        # The second megabyte as zeros, by QEMU.
        with open(path, "r+b") as f:
            f.seek(1 << 20)
            f.write(bytes(size - (1 << 20)))
        subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw",
                        path, raw], check=True)
        with open(raw, "rb") as f:
            need(told_lost(lab, o, (1 << 20, size - 1)) == f.read(), "zeros")
        # Without its tables nothing can be decoded, and that is told.
        with open(kept[0], "r+b") as f:
            f.write(b"?")
            f.seek(size - 1)
            f.write(bytes([last]))
        need(told_lost(lab, o, (0, (1 << 20) - 1)) == b"", "what was it?")


def what_a_sheet_names_comes_with_it():
    """BIN/CUE; without its BIN it is refused."""
    with Lab() as lab:
        sheet, user = cue(lab)
        o = one_object(lab, sheet, status=1)
        need(o["format"] == "cue" and o["bytes"] == len(user), str(o))
        need(o["digests"]["sha256"] == sha256(user), "digest of the content")
        need(file_of(o, "image/Disc One.bin")["role"] == "part", "role")
        need(file_of(o, "image/disc.cue")["role"] == "master", "role")
        has(o, "track 1", "LBA 0, 4 sectors")
        has(o, "sectors with a failed check", "LBA 0-3")
        need(bytes_of(lab, "cat", o["id"]) == user, "cat")
        os.unlink(os.path.join(lab.dir, "Disc One.bin"))
        need(bytes_of(lab, "cat", o["id"]) == user, "cat without the source")
        p = lab.run("ingest", sheet, status=(2,))
        need("Disc One.bin" in p.stderr, p.stderr)
        need(len(lab.objects()) == 1, "nothing was taken in")


def like_sheets_of_other_discs_are_no_copies():
    """Only a disc whose tracks are the same is said to be one."""
    def told(lab, sheet, *words):
        p = lab.run("ingest", sheet, *words, status=(1,))
        return "has the same bytes as object" in p.stderr

    with Lab() as lab:
        sheet, user = cue(lab)
        need(not told(lab, sheet), "the first is no copy")
        need(told(lab, sheet), "the second is")
        other = b"".join(sector(n, pattern(2048, 200 + n)) for n in range(4))
        lab.file("Disc One.bin", other)
        need(not told(lab, sheet), "the third has another track")
        # In a batch a copy is held, and another disc is not.
        rows = [["source", "label"]]
        for name, data in (("copy", other), ("new", other[:2352] * 4)):
            os.mkdir(lab.path(name))
            shutil.copy(sheet, lab.path(name))
            with open(os.path.join(lab.path(name), "Disc One.bin"), "wb") as f:
                f.write(data)
            rows.append([name + "/disc.cue", name])
        lab.file("box.csv", "".join(",".join(r) + "\n" for r in rows).encode())
        doc = lab.json("batch", lab.path("box.csv"), status=(1, 2))
        need([r["state"] for r in doc["rows"]] == ["held", "partial"] or
             [r["state"] for r in doc["rows"]] == ["held", "complete"],
             str(doc["rows"]))
        need(doc["rows"][0]["held"] == "same", str(doc["rows"][0]))


def kryoflux():
    """One track: a time, its position, the end, and no more."""

    def oob(kind, data):
        return struct.pack("<BBH", 13, kind, len(data)) + data
    flux = bytes([0x40, 0x0e, 0x50])
    return (oob(4, b"name=KryoFlux DiskSystem, version=3.00s\0") + flux +
            oob(1, struct.pack("<II", 3, 0)) +
            oob(3, struct.pack("<II", 3, 0)) + b"\x0d\x0d\x0d\x0d")


def parts_come_with_what_they_are_parts_of():
    """Split images, and the streams of a disk: one object, and all of it."""
    stream = kryoflux()
    with Lab() as lab:
        os.mkdir(lab.path("s"))
        os.mkdir(lab.path("k"))
        for n in range(3):
            lab.file("s/disk.%03d" % (n + 1),
                     DISK[n * 900000:(n + 1) * 900000])
        tracks = ["track%02d.%d.raw" % (c, h) for c in range(4)
                  for h in range(2)]
        for name in tracks:
            lab.file("k/" + name, stream)
        o = one_object(lab, os.path.join(lab.dir, "s", "disk.001"))
        need(o["format"] == "split" and o["bytes"] == len(DISK), str(o))
        need(o["digests"]["sha256"] == sha256(DISK), "digest of the content")
        need(bytes_of(lab, "cat", o["id"]) == DISK, "cat")
        for n in (2, 3):
            need(file_of(o, "image/disk.00%d" % n)["role"] == "part", "role")
        o = one_object(lab, os.path.join(lab.dir, "k", tracks[0]))
        need(o["format"] == "kryoflux", o["format"])
        for name in tracks:
            need(bytes_of(lab, "cat", o["id"], "image/" + name) == stream,
                 name)
        need(file_of(o, "image/" + tracks[7])["role"] == "part", "role")
        # Another of them is a track, and does not bring the disk.
        o = one_object(lab, os.path.join(lab.dir, "k", tracks[5]))
        need([f["role"] for f in o["files"]].count("part") == 0, "parts")


def a_failed_check_travels_into_the_package():
    """IMD, type 5: the data is kept, and said to be doubtful."""
    with Lab() as lab:
        o = one_object(lab, imd(lab), status=1)
        need(o["digests"]["sha256"] == sha256(FLOPPY), "digest of the content")
        has(o, "sectors with a failed check", "512 bytes")
        has(o, "sectors with a failed check", "LBA 90")
        has(o, "comment", "Box 7, disk 3")
        premis = bytes_of(lab, "premis", o["id"]).decode()
        need("image: sectors with a failed check" in premis, "PREMIS")
        package = lab.json("export", o["id"], "--for", "qemu", "-o",
                           lab.path("out"))
        with open(os.path.join(package["path"], "data/README.txt"),
                  encoding="utf-8") as f:
            need("LBA 90" in f.read(), "README")


def what_breaks_its_format_is_kept_all_the_same():
    """Taken for raw sectors, under its own name, and said."""
    with Lab() as lab:
        with open(qcow2(lab), "rb") as f:
            broken = bytearray(f.read())
        broken[40:48] = b"\xff" * 8  # offset of the L1 table
        o = one_object(lab, lab.file("torn.qcow2", bytes(broken)), status=1)
        need(o["format"] == "raw" and o["bytes"] == len(broken), str(o))
        has(o, "broken", "qcow2")
        need(bytes_of(lab, "cat", o["id"]) == bytes(broken), "cat")


def a_lost_catalog_brings_it_back():
    """rebuild: properties, parts and decoded digests."""
    with Lab() as lab:
        sheet, _ = cue(lab)
        ids = [one_object(lab, p, status=s)["id"]
               for p, s in ((qcow2(lab), 0), (sheet, 1), (imd(lab), 1))]
        before = [lab.json("show", i) for i in ids]
        for end in ("", "-wal", "-shm"):
            path = os.path.join(lab.repo, "catalog.db" + end)
            if os.path.exists(path):
                os.unlink(path)
        lab.run("rebuild")
        for i, was in zip(ids, before):
            now = lab.json("show", i)
            for key in ("properties", "digests", "bytes", "format", "files"):
                need(now[key] == was[key], f"{key}: {now[key]}")
        lab.run("check", "--content")
        lab.run("audit", "--all")


main(a_container_is_kept_and_what_is_inside_is_proved,
     damage_in_a_container_is_told,
     what_a_sheet_names_comes_with_it,
     like_sheets_of_other_discs_are_no_copies,
     parts_come_with_what_they_are_parts_of,
     a_failed_check_travels_into_the_package,
     what_breaks_its_format_is_kept_all_the_same,
     a_lost_catalog_brings_it_back)
