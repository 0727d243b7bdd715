#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/device_test.py - block devices: good, mounted, damaged, gone
"""Loop devices, and bad ones made by nbdkit behind them.  Root only."""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

from lab import LONG, Lab, Failed, main, need, pattern, skip

FLOPPY = 1474560
SECTOR = 512


def sh(*words, check=True):
    """Run a tool of the system; what it printed."""
    p = subprocess.run(words, text=True, capture_output=True, check=False)
    if check and p.returncode:
        raise Failed("%s: %s" % (" ".join(words), p.stderr))
    return p.stdout.strip() if check else p


def wanted():
    """Skip where this cannot be done."""
    if os.geteuid():
        skip("loop devices need root")
    for tool in ("losetup", "nbdkit", "nbdfuse", "fusermount3", "ddrescuelog",
                 "mkfs.ext2", "blockdev"):
        if not shutil.which(tool):
            skip("no " + tool)
    if not os.path.exists("/dev/loop-control"):
        skip("no loop devices here")
    if not os.path.exists("/dev/fuse"):
        skip("no FUSE here")
    p = sh("losetup", "-f", check=False)
    if p.returncode:
        skip("no free loop device: " + p.stderr.strip())


@contextlib.contextmanager
def loop(path, *options):
    """A loop device on a file."""
    dev = sh("losetup", *options, "-f", "--show", path)
    try:
        yield dev
    finally:
        sh("losetup", "-d", dev, check=False)


@contextlib.contextmanager
def nbd(lab, path, *options):
    """A file that is served by nbdkit; the name of it and the server."""
    mnt = lab.path("mnt")
    os.makedirs(mnt, exist_ok=True)
    sock = lab.path("nbd.sock")
    server = subprocess.Popen(
        ["nbdkit", "-r", "-f", "-U", sock] +
        [o for o in options if o.startswith("--filter")] +
        ["file", path] + [o for o in options if not o.startswith("--filter")],
        stderr=subprocess.DEVNULL)
    for _ in range(100):
        if os.path.exists(sock):
            break
        time.sleep(0.05)
    fuse = subprocess.Popen(["nbdfuse", "-r", os.path.join(mnt, "disk"),
                             "--unix", sock], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.exists(os.path.join(mnt, "disk")):
                break
            time.sleep(0.05)
        yield os.path.join(mnt, "disk"), server
    finally:
        sh("fusermount3", "-u", "-z", mnt, check=False)
        for p in (fuse, server):
            p.terminate()
            p.wait()
        os.path.exists(sock) and os.unlink(sock)


def object_of(lab):
    """The one object, as show --json has it."""
    rows = lab.objects()
    need(len(rows) == 1, "%d objects" % len(rows))
    return lab.json("show", rows[0]["id"])


def cat(lab, *args):
    """Bytes that cat gives."""
    p = subprocess.run(lab.command("cat", *args), capture_output=True,
                       check=False)
    need(p.returncode == 0, "cat %s: %s" % (args, p.stderr))
    return p.stdout


def events(shown, kind):
    """Its events of that type."""
    return [e for e in shown["events"] if e["type"] == kind]


def a_floppy_in_a_loop_device_is_imaged_completely():
    """losetup -r."""
    with Lab() as lab:
        data = pattern(FLOPPY, 5)
        with loop(lab.file("a.img", data), "-r") as dev:
            got = lab.json("ingest", dev, "--label", "Disk A")["objects"][0]
        need(got["outcome"] == "complete", got["outcome"])
        need(got["digests"]["sha256"] == hashlib.sha256(data).hexdigest(),
             "digest")
        shown = object_of(lab)
        need(shown["source_kind"] == "device", shown["source_kind"])
        imaging = events(shown, "imaging")
        need(len(imaging) == 1, "imaging events")
        need(imaging[0]["outcome"] == "success", imaging[0]["outcome"])
        hardware = [a["id"] for a in shown["agents"] if a["type"] == "hardware"]
        need(len(hardware) == 1, "hardware agents")
        need(hardware[0] in [a["id"] for a in imaging[0]["agents"]],
             "the drive is not linked to the imaging")
        log = lab.file("disk.map", cat(lab, got["id"], "image/disk.map"))
        need("rescued: 100.00%" in sh("ddrescuelog", "-t", log).replace(
            "  ", " ") or "100%" in sh("ddrescuelog", "-t", log),
             "ddrescuelog: " + sh("ddrescuelog", "-t", log))
        need(sh("ddrescuelog", "-D", log, check=False).returncode == 0,
             "the map is not one of a finished rescue")
        capture = json.loads(cat(lab, got["id"], "metadata/capture.json"))
        need(capture["reading"]["good_bytes"] == FLOPPY, "good_bytes")
        lab.assert_clean("--content")


def a_mounted_device_is_refused():
    """So is one with a mounted partition; nothing is left."""
    with Lab() as lab:
        image = lab.file("fs.img", b"")
        os.truncate(image, 4 << 20)
        sh("mkfs.ext2", "-q", image)
        mnt = lab.path("fs")
        os.mkdir(mnt)
        with loop(image) as dev:
            sh("mount", "-o", "ro", dev, mnt)
            try:
                p = lab.run("ingest", dev, status=(2,))
            finally:
                sh("umount", mnt)
            need("mounted" in p.stderr and mnt in p.stderr, p.stderr)
            need(len(p.stderr.strip().splitlines()) == 1, p.stderr)
            need(not lab.objects(), "an object")
            need(not os.listdir(os.path.join(lab.repo, "spool")), "spool")
            lab.assert_clean()
            lab.run("ingest", dev)


def a_held_device_is_refused():
    """Another program has it open exclusively."""
    with Lab() as lab:
        with loop(lab.file("a.img", pattern(FLOPPY, 5))) as dev:
            fd = os.open(dev, os.O_RDONLY | os.O_EXCL)
            try:
                p = lab.run("ingest", dev, status=(2,))
            finally:
                os.close(fd)
            need("in use" in p.stderr, p.stderr)
            need(not os.listdir(os.path.join(lab.repo, "spool")), "spool")


def a_writable_device_is_made_read_only_and_not_changed():
    """The kernel's flag."""
    with Lab() as lab:
        data = pattern(FLOPPY, 6)
        image = lab.file("a.img", data)
        with loop(image) as dev:
            sh("blockdev", "--setrw", dev)
            lab.run("ingest", dev)
            need(sh("blockdev", "--getro", dev) == "1", "is still writable")
            sh("blockdev", "--setrw", dev)
        with open(image, "rb") as f:
            need(f.read() == data, "the medium was changed")
        detail = events(object_of(lab), "imaging")[0]["detail"]
        need("flag of the device: set (before: not set)" in detail, detail)
        shown = object_of(lab)
        need(shown["write_protection"] == "kernel read-only flag",
             shown["write_protection"])


BAD = [(64 * SECTOR, 1), (2000 * SECTOR, 3), (2879 * SECTOR, 1)]


def bad_map(lab, size):
    """A ddrescue map for nbdkit's filter."""
    text = ["0x0 + 1"]
    at = 0
    for off, n in BAD:
        text += ["0x%x 0x%x +" % (at, off - at),
                 "0x%x 0x%x -" % (off, n * SECTOR)]
        at = off + n * SECTOR
    if at < size:
        text.append("0x%x 0x%x +" % (at, size - at))
    return lab.file("bad.map", ("\n".join(text) + "\n").encode())


def exactly_the_bad_sectors_are_missing():
    """And every good one is right."""
    with Lab() as lab:
        data = pattern(FLOPPY, 7)
        image = lab.file("a.img", data)
        with nbd(lab, image, "--filter=ddrescue",
                 "ddrescue-mapfile=" + bad_map(lab, FLOPPY)) as (disk, _), \
                loop(disk, "-r", "--direct-io=on") as dev:
            got = lab.json("ingest", dev, status=(1,))["objects"][0]
        lost = sum(n for _, n in BAD) * SECTOR
        need(got["outcome"] == "partial", got["outcome"])
        need(got["unreadable_bytes"] == lost, got["unreadable_bytes"])
        want = bytearray(data)
        for off, n in BAD:
            want[off:off + n * SECTOR] = bytes(n * SECTOR)
        need(cat(lab, got["id"]) == bytes(want), "the image is another")
        shown = object_of(lab)
        need(shown["unreadable"] == [{"offset": o, "length": n * SECTOR}
                                     for o, n in BAD], shown["unreadable"])
        imaging = events(shown, "imaging")[0]
        need(imaging["outcome"] == "warning", imaging["outcome"])
        need("LBA 64, 2000-2002, 2879" in imaging["note"], imaging["note"])
        premis = lab.run("premis", got["id"]).stdout
        need("byte_run" in premis, "no DFXML byte runs in PREMIS")
        log = lab.file("disk.map", cat(lab, got["id"], "image/disk.map"))
        bad = sh("ddrescuelog", "-l-", "-b512", log).split()
        need([int(b) for b in bad] == [64, 2000, 2001, 2002, 2879], bad)
        lab.assert_clean("--content")


def slow_ingest(lab, dev, until):
    """Start one and wait until that many bytes of the image are there."""
    p = lab.start("ingest", dev, "--label", "slow")
    spool = os.path.join(lab.repo, "spool")
    for _ in range(600):
        for root, _, files in os.walk(spool):
            for name in files:
                path = os.path.join(root, name)
                with contextlib.suppress(OSError):
                    if name == "disk.img" and os.stat(path).st_size >= until:
                        return p, path
        if p.poll() is not None:
            raise Failed("it ended: %s" % (p.communicate(),))
        time.sleep(0.02)
    raise Failed("nothing was read")


SLOW = 12 << 20


def interrupted(lab, data, change=None):
    """SIGINT in the midst, resume with the medium's start made another."""
    image = lab.file("slow.img", data)
    # The same file, so the same loop device and its number stay.
    with nbd(lab, image, "--filter=delay", "rdelay=40ms") as (disk, _), \
            loop(disk, "-r", "--direct-io=on") as dev:
        p, path = slow_ingest(lab, dev, 4 << 20)
        p.send_signal(signal.SIGINT)
        p.communicate()
        need(p.returncode == 2, "exit %d" % p.returncode)
        need(not lab.objects(), "an object")
        kept = lab.json("resume", "--list")["sessions"]
        need([s["state"] for s in kept] == ["reading"], kept)
        if change:
            change(path)
        got = lab.json("resume")["objects"][0]
    need(got["digests"]["sha256"] == hashlib.sha256(data).hexdigest(),
         "digest after resume")
    lab.assert_clean("--content")
    capture = json.loads(cat(lab, got["id"], "metadata/capture.json"))
    return capture["reading"]["resumed_bytes"]


def interrupted_reading_goes_on_from_the_checkpoint():
    """What was read is not read again."""
    with Lab() as lab:
        again = interrupted(lab, pattern(SLOW, 8))
        need(again >= 3 << 20, "%d bytes were taken from the image" % again)
        print("     %d bytes were not read again" % again)


def flip(path):
    """One bit in the first megabyte of the image."""
    with open(path, "r+b") as f:
        f.seek(1000)
        b = f.read(1)
        f.seek(1000)
        f.write(bytes([b[0] ^ 4]))


def a_checkpoint_with_a_flipped_bit_is_not_trusted():
    """That megabyte is read again."""
    with Lab() as lab:
        again = interrupted(lab, pattern(SLOW, 9), flip)
        need(again >= 2 << 20, "%d bytes were taken from the image" % again)


def killed_reading_goes_on():
    """kill -9: no checkpoint, but nothing wrong either."""
    with Lab() as lab:
        data = pattern(SLOW, 10)
        image = lab.file("slow.img", data)
        with nbd(lab, image, "--filter=delay", "rdelay=40ms") as (disk, _), \
                loop(disk, "-r", "--direct-io=on") as dev:
            p, _ = slow_ingest(lab, dev, 4 << 20)
            p.kill()
            p.communicate()
            got = lab.json("resume")["objects"][0]
        need(got["digests"]["sha256"] == hashlib.sha256(data).hexdigest(),
             "digest after resume")
        lab.assert_clean("--content")


def a_device_that_vanishes_is_no_damaged_medium():
    """The server dies: it is waited for; exit 2, and the session stays."""
    with Lab() as lab:
        data = pattern(SLOW, 11)
        image = lab.file("slow.img", data)
        with nbd(lab, image, "--filter=delay", "rdelay=40ms") as (disk, srv), \
                loop(disk, "-r", "--direct-io=on") as dev:
            p, _ = slow_ingest(lab, dev, 4 << 20)
            srv.kill()
            if not LONG:
                # It waits two minutes for the drive to come back.
                time.sleep(4)
                need(p.poll() is None, "it does not wait")
                p.send_signal(signal.SIGINT)
            _, err = p.communicate()
        need(p.returncode == 2, "exit %d: %s" % (p.returncode, err))
        need(not lab.objects(), "an object")
        kept = lab.json("resume", "--list")["sessions"]
        need([s["state"] for s in kept] == ["reading"], kept)
        need(lab.run("resume", status=(2,)).stderr, "resume says nothing")
        need(len(lab.json("resume", "--list")["sessions"]) == 1, "lost")
        lab.run("resume", "--discard", kept[0]["id"], "--yes")
        lab.assert_clean()


wanted()
main(a_floppy_in_a_loop_device_is_imaged_completely,
     a_mounted_device_is_refused, a_held_device_is_refused,
     a_writable_device_is_made_read_only_and_not_changed,
     exactly_the_bad_sectors_are_missing,
     interrupted_reading_goes_on_from_the_checkpoint,
     a_checkpoint_with_a_flipped_bit_is_not_trusted, killed_reading_goes_on,
     a_device_that_vanishes_is_no_damaged_medium)
