#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/loops.py - media that come and go in a drive.  Root only.
"""ingest DEVICE --loop, on loop devices whose backing file is the medium."""
import contextlib
import csv
import hashlib
import os
import shutil
import signal
import subprocess
import time

from lab import Failed, Lab, main, need, pattern, skip

SIZE = 1474560


def sh(*words, check=True):
    """Run a tool of the system; what it printed."""
    p = subprocess.run(words, text=True, capture_output=True, check=False)
    if check and p.returncode:
        raise Failed("%s: %s" % (" ".join(words), p.stderr))
    return p.stdout.strip()


def wanted():
    """Skip where this cannot be done."""
    if os.geteuid():
        skip("loop devices need root")
    for tool in ("losetup", "mkfs.fat"):
        if not shutil.which(tool):
            skip("no " + tool)
    p = subprocess.run(["losetup", "-f"], text=True, capture_output=True,
                       check=False)
    if p.returncode:
        skip("no free loop device: " + p.stderr.strip())


class Drive:
    """A loop device that is ours until the end of the test."""

    def __init__(self, lab):
        # Held for a moment, so that nobody else is given the same one.
        path = lab.file("hold.img", b"\0" * SIZE)
        self.dev = sh("losetup", "-f", "--show", path)
        self.out()

    def put_in(self, path):
        """A medium."""
        sh("losetup", "-r", self.dev, path)

    def out(self):
        """The drive is empty."""
        sh("losetup", "-d", self.dev, check=False)
        for _ in range(200):
            if not sh("losetup", self.dev, check=False):
                return
            time.sleep(0.02)
        raise Failed("%s stays in use" % self.dev)


@contextlib.contextmanager
def drives(lab, n):
    """@n of them."""
    mine = []
    try:
        for _ in range(n):
            d = Drive(lab)
            mine.append(d)
            # Kept in use, so that the next one is another.
            d.put_in(lab.path("hold.img"))
        for d in mine:
            d.out()
        yield mine
    finally:
        for d in mine:
            sh("losetup", "-d", d.dev, check=False)


def floppy(lab, name, label, seed):
    """A FAT disk with that volume label."""
    path = lab.file(name, b"\0" * SIZE)
    sh("mkfs.fat", "-n", label, "-i", "%08x" % (seed * 7919), path)
    with open(path, "r+b") as f:
        f.seek(100 * 512)
        f.write(pattern(50000, seed))
    return path


def digest(path):
    """SHA-256 of a file."""
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def wait_for(p, log, word, times):
    """Until stderr of @p has said @word so often."""
    for _ in range(1500):
        with open(log, encoding="utf-8", errors="replace") as f:
            if f.read().count(word) >= times:
                return
        if p.poll() is not None:
            break
        time.sleep(0.02)
    with open(log, encoding="utf-8", errors="replace") as f:
        raise Failed("'%s' was not said %d times: %s" % (word, times,
                                                        f.read()))


def start(lab, log, *args):
    """Run it with its messages in a file."""
    with open(log, "wb") as err:
        return subprocess.Popen(lab.command(*args), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=err, text=True)


def rows(lab, name, lines):
    """A CSV file."""
    path = lab.path(name)
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows(lines)
    return path


def labels(lab):
    """Label and digest of every object."""
    return sorted((o["label"], lab.json("show", o["id"])["digests"]["sha256"])
                  for o in lab.objects())


def media_come_and_go():
    """Rows in their order; the same disc, a wrong one and one of before."""
    with Lab() as lab, drives(lab, 1) as (drive,):
        disks = [floppy(lab, "f%d.img" % i, "WORK%d" % i, i + 1)
                 for i in range(3)]
        table = rows(lab, "box.csv", [["label", "volume"], ["One", "WORK0"],
                                      ["Two", ""], ["Three", "WORK9"],
                                      ["Four", ""], ["Five", ""]])
        log = lab.path("log")
        p = start(lab, log, "ingest", drive.dev, "--loop", "--csv", table)
        # The second disc comes twice, the third is not WORK9, and then the
        # first comes again.
        for turn, disk in enumerate((0, 1, 1, 2, 0)):
            wait_for(p, log, "waits for a medium", turn + 1)
            drive.put_in(disks[disk])
            wait_for(p, log, "take the medium out", turn + 1)
            drive.out()
        wait_for(p, log, "waits for a medium", 6)
        p.send_signal(signal.SIGINT)
        out, _ = p.communicate(timeout=20)
        with open(log, encoding="utf-8") as f:
            said = f.read()
        need(p.returncode == 1, "exit %d: %s%s" % (p.returncode, out, said))
        need("that is the medium of before: 'Three' (line 4)" in said, said)
        need("of 5 rows: 2 complete, 2 held, 1 not begun" in out, out)
        need("its volume label is 'WORK2', not 'WORK9'" in out, out)
        need("the same first sectors" in out, out)
        need(labels(lab) == sorted([("One", digest(disks[0])),
                                    ("Two", digest(disks[1]))]), labels(lab))
        # The held one after all, and the rest another day.
        drive.put_in(disks[2])
        p = start(lab, log, "ingest", drive.dev, "--loop", "--csv", table,
                  "--answer", "4=store", "--count", "1")
        p.communicate(timeout=20)
        need(p.returncode == 1, "exit %d" % p.returncode)
        need(("Three", digest(disks[2])) in labels(lab), labels(lab))
        lab.assert_clean("--content")


def barcodes_are_scanned():
    """One line on stdin for each medium."""
    with Lab() as lab, drives(lab, 1) as (drive,):
        disks = [floppy(lab, "f%d.img" % i, "B%d" % i, i + 31)
                 for i in range(2)]
        log = lab.path("log")
        p = start(lab, log, "ingest", drive.dev, "--loop", "--barcode", "-c",
                  "Scanned")
        for turn, disk in enumerate(disks):
            wait_for(p, log, "barcode of the next medium", turn + 1)
            p.stdin.write("31200%d\r\n" % turn)
            p.stdin.flush()
            wait_for(p, log, "waits for a medium: '31200%d'" % turn, 1)
            drive.put_in(disk)
            wait_for(p, log, "take the medium out", turn + 1)
            drive.out()
        p.stdin.close()
        p.stdin = None
        p.communicate(timeout=20)
        need(p.returncode == 0, "exit %d" % p.returncode)
        need(labels(lab) == [("312000", digest(disks[0])),
                             ("312001", digest(disks[1]))], labels(lab))
        doc = lab.json("show", "barcode=312001")
        need(doc["collection"] == "Scanned", doc["collection"])


def script(lab, name, text):
    """A program."""
    path = lab.file(name, ("#!/bin/sh\n" + text).encode())
    os.chmod(path, 0o755)
    return path


def robots_change_media_at_three_drives():
    """Three robots, three drives, one file of rows, one repository."""
    with Lab() as lab, drives(lab, 3) as mine:
        disks = [floppy(lab, "shelf-%d.img" % i, "R%d" % i, i + 61)
                 for i in range(12)]
        shelf = lab.path("shelf")
        os.mkdir(shelf)
        # Each takes the next one from the same shelf.
        for i, disk in enumerate(disks):
            os.rename(disk, os.path.join(shelf, "%02d" % i))
        disks = [os.path.join(shelf, "%02d" % i) for i in range(12)]
        want = sorted(digest(d) for d in disks)
        load = script(lab, "load", """
        for disk in '%s'/??; do
            mv "$disk" "$disk.taken" 2>/dev/null || continue
            exec losetup -r "$1" "$disk.taken"
        done
        exit 1
        """ % shelf)
        unload = script(lab, "unload", """
        losetup -d "$1" && echo "$2 $3" >>'%s'
        """ % lab.path("unloaded"))
        table = rows(lab, "box.csv", [["label"]] + [
            ["Disk %02d" % i] for i in range(12)])
        running = [start(lab, lab.path("log%d" % i), "ingest", d.dev, "--loop",
                         "--csv", table, "--load-command", load,
                         "--unload-command", unload)
                   for i, d in enumerate(mine)]
        for i, p in enumerate(running):
            out, _ = p.communicate(timeout=120)
            with open(lab.path("log%d" % i), encoding="utf-8") as f:
                said = f.read()
            need(p.returncode == 0, "exit %d: %s%s" % (p.returncode, out,
                                                       said))
            need("locked" not in said, said)
        have = labels(lab)
        need([h[0] for h in have] == ["Disk %02d" % i for i in range(12)],
             have)
        need(sorted(h[1] for h in have) == want, "not the same bytes")
        with open(lab.path("unloaded"), encoding="utf-8") as f:
            told = sorted(f.read().split("\n"))
        need(told == [""] + ["Disk %02d complete" % i for i in range(12)],
             told)
        lab.assert_clean("--content")


def labels_count_at_two_drives():
    """The same pattern at two drives: no number is given twice."""
    with Lab() as lab, drives(lab, 2) as mine:
        disks = [floppy(lab, "f%d.img" % i, "P%d" % i, i + 91)
                 for i in range(4)]
        running = []
        for i, d in enumerate(mine):
            load = script(lab, "load%d" % i, """
            for disk in '%s' '%s'; do
                mv "$disk" "$disk.taken" 2>/dev/null || continue
                exec losetup -r "$1" "$disk.taken"
            done
            exit 1
            """ % (disks[2 * i], disks[2 * i + 1]))
            unload = script(lab, "unload%d" % i, 'losetup -d "$1"\n')
            running.append(start(lab, lab.path("log%d" % i), "ingest", d.dev,
                                 "--loop", "--label-pattern", "box-##",
                                 "--load-command", load, "--unload-command",
                                 unload))
        for p in running:
            p.communicate(timeout=60)
            need(p.returncode == 0, "exit %d" % p.returncode)
        have = [h[0] for h in labels(lab)]
        need(len(set(have)) == 4, have)
        need(all(h.startswith("box-0") for h in have), have)


@contextlib.contextmanager
def bad_device(lab, path, bad, *options):
    """A block device on the file, with bad sectors; None where that fails."""
    mnt = lab.path("mnt")
    os.makedirs(mnt, exist_ok=True)
    runs = [(0, "+")]
    for first, n in bad:
        runs += [(first, "-"), (first + n, "+")]
    with open(lab.path("bad.map"), "w", encoding="ascii") as f:
        f.write("0x0 + 1\n")
        for i, (first, state) in enumerate(runs):
            end = runs[i + 1][0] if i + 1 < len(runs) else SIZE // 512
            f.write("0x%x 0x%x %s\n" % (first * 512, (end - first) * 512,
                                        state))
    server = subprocess.Popen(
        ["nbdfuse", "-r", os.path.join(mnt, "disk"), "[", "nbdkit", "-r",
         "--exit-with-parent", "--filter=delay", "--filter=ddrescue", "file",
         path, "ddrescue-mapfile=" + lab.path("bad.map"), *options, "]"],
        stderr=subprocess.DEVNULL)
    dev = None
    try:
        for _ in range(200):
            if os.path.exists(os.path.join(mnt, "disk")):
                break
            time.sleep(0.05)
        dev = sh("losetup", "-r", "--direct-io=on", "-f", "--show",
                 os.path.join(mnt, "disk"))
        yield dev
    finally:
        if dev:
            sh("losetup", "-d", dev, check=False)
        sh("fusermount3", "-u", "-z", mnt, check=False)
        server.terminate()
        server.wait()


def has_bad_devices():
    """Say why not, where there are none."""
    for tool in ("nbdkit", "nbdfuse", "fusermount3"):
        if not shutil.which(tool):
            print("not done: no " + tool)
            return False
    if not os.path.exists("/dev/fuse"):
        print("not done: no FUSE here")
        return False
    return True


def a_bad_disk_is_partial_and_known_again():
    """A row that is a failing device; its label is all that names it."""
    if not has_bad_devices():
        return
    with Lab() as lab:
        disk = floppy(lab, "f.img", "SICK", 7)
        with open(disk, "rb") as f:
            want = bytearray(f.read())
        bad = [(110, 2), (150, 3)]
        for first, n in bad:
            want[first * 512:(first + n) * 512] = bytes(n * 512)
        with bad_device(lab, disk, bad) as dev:
            table = rows(lab, "box.csv", [["source", "label", "volume"],
                                          [dev, "Sick", "sick"]])
            doc = lab.json("batch", table, status=(1,))
            row = doc["rows"][0]
            need(row["state"] == "partial", row)
            need(row["unreadable_bytes"] == 5 * 512, row)
            need("2560 bytes could not be read" in row["reason"], row)
            need(row["drive"], row)
            shown = lab.json("show", row["object"])
            need(shown["digests"]["sha256"] ==
                 hashlib.sha256(want).hexdigest(), "other bytes")
            # Its first sectors were never read whole, so nobody has a mark.
            other = rows(lab, "other.csv", [["source", "label"],
                                            [dev, "Sick once more"]])
            row = lab.json("batch", other, status=(1,))["rows"][0]
            need(row["state"] == "held" and row["held"] == "same", row)
            need("volume label and size" in row["reason"], row)
        # Another copy of the same disk: merged into that object.
        first = shown["id"]
        dev = sh("losetup", "-r", "-f", "--show", disk)
        try:
            third = rows(lab, "third.csv", [["source"], [dev]])
            row = lab.json("batch", third, status=(1,))["rows"][0]
            need(row["held"] == "same" and row["other"] == first, row)
            row = lab.json("batch", third, "--answer", "2=merge")["rows"][0]
        finally:
            sh("losetup", "-d", dev, check=False)
        need(row["state"] == "complete" and row["object"] == first, row)
        need(lab.json("show", first)["digests"]["sha256"] == digest(disk),
             "not merged")
        need(len(lab.objects()) == 1, "more than one object")
        lab.assert_clean("--content")


def a_killed_batch_goes_on_with_its_device():
    """What was read of a slow disk before kill -9 is not read again."""
    if not has_bad_devices():
        return
    with Lab() as lab:
        disk = floppy(lab, "f.img", "SLOW", 8)
        with bad_device(lab, disk, [(1000, 1)], "rdelay=25ms") as dev:
            table = rows(lab, "box.csv", [["source", "label"], [dev, "Slow"]])
            p = lab.start("batch", table)
            for _ in range(400):
                if lab.json("resume", "--list")["sessions"]:
                    break
                time.sleep(0.05)
            time.sleep(0.5)
            p.kill()
            p.communicate()
            kept = lab.json("resume", "--list")["sessions"]
            need(len(kept) == 1, "sessions: %s" % kept)
            doc = lab.json("batch", table, status=(1,))
        row = doc["rows"][0]
        need(row["state"] == "partial", row)
        need(row["object"] == kept[0]["id"], "another object")
        need(len(lab.objects()) == 1, "more than one object")
        need(lab.json("resume", "--list")["sessions"] == [], "left over")
        lab.assert_clean("--content")


if __name__ == "__main__":
    wanted()
    main(a_bad_disk_is_partial_and_known_again,
         a_killed_batch_goes_on_with_its_device, media_come_and_go, barcodes_are_scanned,
         robots_change_media_at_three_drives, labels_count_at_two_drives)
