#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/given_map.py - images that another program made, with their maps
"""ingest --map: what the mapfile of GNU ddrescue says is missing is unreadable in
the record, and the mapfile is kept.  Where ddrescue is there, one of its own."""
import os
import shutil
import subprocess

from lab import Lab, main, need, pattern

SECTOR = 512
SIZE = 1474560
HEAD = """# Mapfile. Created by GNU ddrescue version 1.27
# Command line: ddrescue -d /dev/fd0 disk.img disk.map
# Start time:   2024-03-01 10:00:00
# Finished
# current_pos  current_status  current_pass
0x00001000     +               1
#      pos        size  status
"""


def mapfile(*rows):
    """A mapfile of these blocks."""
    return (HEAD + "".join("0x%08X  0x%08X  %s\n" % r for r in rows)).encode()


def cat(lab, *args):
    """Bytes that cat gives."""
    p = subprocess.run(lab.command("cat", *args), capture_output=True,
                       check=False)
    need(p.returncode == 0, "cat %s: %s" % (args, p.stderr))
    return p.stdout


def good(lab):
    """An image without its sectors 5, 100 to 103."""
    data = bytearray(pattern(SIZE, 1))
    data[5 * SECTOR:6 * SECTOR] = bytes(SECTOR)
    data[100 * SECTOR:104 * SECTOR] = bytes(4 * SECTOR)
    text = mapfile((0, 5 * SECTOR, "+"), (5 * SECTOR, SECTOR, "-"),
                   (6 * SECTOR, 94 * SECTOR, "+"),
                   (100 * SECTOR, 2 * SECTOR, "*"),
                   (102 * SECTOR, 2 * SECTOR, "?"),
                   (104 * SECTOR, SIZE - 104 * SECTOR, "+"))
    return (bytes(data), text, lab.file("disk.img", bytes(data)),
            lab.file("disk.map", text))


def what_the_map_says_is_missing_is_unreadable():
    """And the map stays as it came."""
    with Lab() as lab:
        data, text, image, path = good(lab)
        got = lab.json("ingest", image, "--map", path,
                       status=(1,))["objects"][0]
        need(got["outcome"] == "partial", got["outcome"])
        need(got["unreadable_bytes"] == 5 * SECTOR, got["unreadable_bytes"])
        need(cat(lab, got["id"], "image/disk.map") == text, "another map")
        with open(os.path.join(got["path"], "v1/content/image/disk.img"),
                  "rb") as f:
            need(f.read() == data, "another image")
        shown = lab.json("show", got["id"])
        need(shown["unreadable"] == [
            {"offset": 5 * SECTOR, "length": SECTOR},
            {"offset": 100 * SECTOR, "length": 4 * SECTOR}],
            shown["unreadable"])
        ev = [e for e in shown["events"] if e["type"] == "ingestion"][0]
        need("GNU ddrescue version 1.27" in ev["detail"] and
             "ddrescue -d /dev/fd0" in ev["detail"], ev["detail"])
        need(ev["outcome"] == "warning", ev["outcome"])
        need([f["role"] for f in shown["files"]
              if f["path"] == "image/disk.map"] == ["readmap"], "role")
        lab.assert_clean("--content")
        # What lies on disk says the same.
        os.unlink(os.path.join(lab.repo, "catalog.db"))
        lab.run("rebuild")
        again = lab.json("show", got["id"])
        need(again["unreadable"] == shown["unreadable"], "after rebuild")


def a_finished_map_makes_a_complete_object():
    """Nothing is missing."""
    with Lab() as lab:
        image = lab.file("disk.img", pattern(SIZE, 2))
        path = lab.file("disk.map", mapfile((0, SIZE, "+")))
        got = lab.json("ingest", image, "--map", path)["objects"][0]
        need(got["outcome"] == "complete", got["outcome"])
        lab.assert_clean("--content")


def what_a_short_map_does_not_speak_of_was_not_read():
    """The image was padded."""
    with Lab() as lab:
        image = lab.file("disk.img", pattern(SIZE, 3))
        path = lab.file("disk.map", mapfile((0, SIZE - 8192, "+")))
        got = lab.json("ingest", image, "--map", path,
                       status=(1,))["objects"][0]
        need(got["unreadable_bytes"] == 8192, got["unreadable_bytes"])
        rows = cat(lab, got["id"], "image/disk.map").decode().splitlines()
        need(any("GNU ddrescue version 1.27" in r for r in rows), rows)
        need(int(rows[-1].split()[0], 16) == SIZE - 8192 and
             rows[-1].endswith("?"), rows[-1])
        lab.assert_clean("--content")


def refused(lab, image, path, why, *args):
    """In one line, and nothing is left."""
    for more in (("--dry-run",), ()):
        if more and "plain sectors" in why:
            continue
        p = lab.run("ingest", image, "--map", path, *args, *more, status=(2,))
        need(why in p.stderr, "%s: %s" % (why, p.stderr))
        need(len(p.stderr.strip().splitlines()) == 1, p.stderr)
        need(not lab.objects(), "an object")
        need(not os.listdir(os.path.join(lab.repo, "spool")), "a session")


def maps_that_do_not_fit_are_refused():
    """Before anything is read."""
    with Lab() as lab:
        image = lab.file("disk.img", pattern(SIZE, 4))
        refused(lab, image, lab.file("a", mapfile((0, SIZE + 512, "+"))),
                "not the map of this image")
        refused(lab, image,
                lab.file("b", mapfile((0, SIZE, "+"), (SIZE, 512, "?"))),
                "truncate --size=%d" % (SIZE + 512))
        refused(lab, image, lab.file("c", b"not a map\n"), "mapfile line 1")
        refused(lab, image, lab.path("absent"), "absent")
        os.truncate(image, SIZE + 512)
        got = lab.json("ingest", image, "--map", lab.path("b"),
                       status=(1,))["objects"][0]
        need(got["unreadable_bytes"] == 512, got["unreadable_bytes"])


def a_container_has_no_such_map():
    """Its bytes are not those of the medium."""
    if not shutil.which("qemu-img"):
        print("     no qemu-img: left out")
        return
    with Lab() as lab:
        raw = lab.file("disk.img", pattern(SIZE, 5))
        image = lab.path("disk.qcow2")
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw,
                        image], check=True)
        path = lab.file("m", mapfile((0, os.path.getsize(image), "+")))
        refused(lab, image, path, "plain sectors")


def a_device_has_none():
    """It is read."""
    with Lab() as lab:
        path = lab.file("m", mapfile((0, SIZE, "+")))
        p = lab.run("ingest", lab.file("x", b"1"), lab.file("y", b"2"),
                    "--map", path, status=(64,))
        need("--map" in p.stderr, p.stderr)


def a_map_of_ddrescue_itself():
    """--test-mode with an error map: its file, not ours."""
    if not shutil.which("ddrescue"):
        print("     no ddrescue: left out")
        return
    with Lab() as lab:
        source = lab.file("source.img", pattern(SIZE, 6))
        errors = lab.file("errors", b"0x0 + 1\n0x0 0x2000 +\n"
                          b"0x2000 0x400 -\n0x2400 0x165C00 +\n")
        image = lab.path("disk.img")
        path = lab.path("disk.map")
        p = subprocess.run(["ddrescue", "-q", "-b512", "-H", errors, source,
                            image, path], check=False)
        need(p.returncode in (0, 1), "ddrescue: %d" % p.returncode)
        got = lab.json("ingest", image, "--map", path,
                       status=(1,))["objects"][0]
        need(got["unreadable_bytes"] == 0x400, got["unreadable_bytes"])
        shown = lab.json("show", got["id"])
        need(shown["unreadable"] == [{"offset": 0x2000, "length": 0x400}],
             shown["unreadable"])
        with open(path, "rb") as f:
            need(cat(lab, got["id"], "image/disk.map") == f.read(), "map")
        lab.assert_clean("--content")


main(what_the_map_says_is_missing_is_unreadable,
     a_finished_map_makes_a_complete_object,
     what_a_short_map_does_not_speak_of_was_not_read,
     maps_that_do_not_fit_are_refused, a_container_has_no_such_map,
     a_device_has_none, a_map_of_ddrescue_itself)
