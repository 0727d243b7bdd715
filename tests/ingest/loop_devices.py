#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/loop_devices.py - what the kernel itself says of devices in use
"""Partitions, mounts, swap, btrfs and the read-only flag, on loop devices of
the running kernel.  Root only."""
import contextlib
import hashlib
import json
import os
import shutil
import struct
import subprocess

from lab import Lab, Failed, main, need, pattern, skip

MIB = 1 << 20
START = [1 * MIB, 9 * MIB]  # of two partitions of 8 MiB each
SIZE = 18 * MIB


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
    for tool in ("losetup", "partx", "mkfs.ext2", "mkswap", "blockdev"):
        if not shutil.which(tool):
            skip("no " + tool)
    if not os.path.exists("/dev/loop-control"):
        skip("no loop devices here")


def writable(dev):
    """The flag stays with a loop device when its file is taken away."""
    sh("blockdev", "--setrw", dev, check=False)


@contextlib.contextmanager
def loop(path, *options):
    """A loop device on a file, writable; and left so."""
    dev = sh("losetup", *options, "-f", "--show", path)
    writable(dev)
    try:
        yield dev
    finally:
        writable(dev)
        sh("losetup", "-d", dev, check=False)


@contextlib.contextmanager
def mounted(dev, where, *options):
    """A file system, mounted."""
    os.makedirs(where, exist_ok=True)
    sh("mount", *options, dev, where)
    try:
        yield where
    finally:
        sh("umount", where)


def partitioned(lab):
    """A disk image with an MBR and two partitions."""
    data = bytearray(pattern(SIZE, 3))
    data[0:512] = bytes(512)
    for i, start in enumerate(START):
        data[446 + 16 * i:462 + 16 * i] = struct.pack(
            "<B3sB3sII", 0, bytes(3), 0x83, bytes(3), start // 512,
            8 * MIB // 512)
    data[510:512] = b"\x55\xaa"
    return lab.file("disk.img", bytes(data))


@contextlib.contextmanager
def disk(lab):
    """The same as a loop device with nodes of its partitions."""
    with loop(partitioned(lab)) as dev:
        p = sh("partx", "-a", dev, check=False)
        parts = [dev + "p1", dev + "p2"]
        if p.returncode or not all(os.path.exists(x) for x in parts):
            skip("no partitions of loop devices: " + p.stderr.strip())
        try:
            yield dev, parts
        finally:
            for x in parts:
                writable(x)
            sh("partx", "-d", dev, check=False)


def flags(*devices):
    """The kernel's read-only flags."""
    return [sh("blockdev", "--getro", d) for d in devices]


def refused(lab, dev, *says):
    """One line that says why; nothing is left."""
    p = lab.run("ingest", dev, status=(2,))
    for text in says:
        need(text in p.stderr, "'%s' is not in: %s" % (text, p.stderr))
    need(len(p.stderr.strip().splitlines()) == 1, p.stderr)
    need(not lab.objects(), "an object")
    need(not os.listdir(os.path.join(lab.repo, "spool")), "spool")


def info(lab, dev):
    """What is said of a device."""
    return lab.json("info", dev)["device"]


def a_disk_with_a_mounted_partition_is_refused():
    """And the partition beside it is read, without touching the first."""
    with Lab() as lab, disk(lab) as (dev, (one, two)):
        sh("mkfs.ext2", "-q", one)
        with mounted(one, lab.path("mnt")) as where:
            refused(lab, dev, "partition '%s'" % os.path.basename(one), where)
            refused(lab, one, "is mounted on '%s'" % where)
            need(flags(dev, one, two) == ["0", "0", "0"], "a flag was set")
            drive = info(lab, two)
            need(flags(dev, one, two) == ["0", "0", "1"],
                 "flags %s" % flags(dev, one, two))
            need(drive["partitions"] == 2 and
                 drive["partitions_readonly"] == 1 and
                 drive["kernel_readonly"] and not drive["disk_readonly"],
                 drive)
            # What is mounted can still be written to.
            with open(os.path.join(where, "x"), "w", encoding="utf-8") as f:
                f.write("x")


def a_whole_disk_is_protected_with_its_partitions():
    """Every flag, and back to what was there."""
    with Lab() as lab, disk(lab) as (dev, (one, two)):
        with open(lab.path("disk.img"), "rb") as f:
            before = hashlib.sha256(f.read()).hexdigest()
        got = lab.json("ingest", dev)["objects"][0]
        need(got["digests"]["sha256"] == before, "the image is another")
        need(flags(dev, one, two) == ["1", "1", "1"], "flags")
        p = subprocess.run(["dd", "if=/dev/zero", "of=" + two, "bs=512",
                            "count=1", "conv=fsync"], capture_output=True,
                           check=False)
        need(p.returncode != 0, "a partition could be written to")
        drive = info(lab, dev)
        need(drive["partitions"] == 2 and drive["partitions_readonly"] == 2 and
             drive["disk_readonly"] and drive["kernel_readonly_before"], drive)
        with open(lab.path("disk.img"), "rb") as f:
            need(hashlib.sha256(f.read()).hexdigest() == before,
                 "the medium was changed")


def a_partition_is_imaged_by_itself():
    """Its bytes and no others."""
    with Lab() as lab, disk(lab) as (_, (_, two)):
        got = lab.json("ingest", two)["objects"][0]
        with open(lab.path("disk.img"), "rb") as f:
            f.seek(START[1])
            want = hashlib.sha256(f.read(8 * MIB)).hexdigest()
        need(got["digests"]["sha256"] == want, "digest of a partition")


def swap_is_refused():
    """swapon."""
    with Lab() as lab, loop(lab.file("swap.img", bytes(4 * MIB))) as dev:
        sh("mkswap", dev)
        p = sh("swapon", dev, check=False)
        if p.returncode:
            print("     no swap here: " + p.stderr.strip())
            return
        try:
            refused(lab, dev, "is swap space")
        finally:
            sh("swapoff", dev)
        lab.run("info", dev)


def a_device_below_a_loop_device_is_refused():
    """Another loop on top of it."""
    with Lab() as lab, loop(lab.file("a.img", pattern(MIB, 1))) as dev:
        with loop(dev) as upper:
            refused(lab, dev, "below the loop device '%s'" %
                    os.path.basename(upper))
        lab.run("info", dev)


def each_member_of_a_btrfs_is_refused():
    """The mount names one of its devices only."""
    if not shutil.which("mkfs.btrfs"):
        print("     no mkfs.btrfs here")
        return
    with Lab() as lab:
        images = []
        for name in ("a.img", "b.img"):
            images.append(lab.file(name, b""))
            os.truncate(images[-1], 200 * MIB)
        with loop(images[0]) as a, loop(images[1]) as b:
            sh("mkfs.btrfs", "-q", "-d", "raid1", "-m", "raid1", a, b)
            sh("btrfs", "device", "scan", a, b)
            with mounted(a, lab.path("mnt")):
                refused(lab, a, "mounted")
                refused(lab, b, "mounted")


def what_is_said_of_a_device_fits_its_schema():
    """Text and JSON; and the sequence number is another for each medium."""
    with Lab() as lab:
        path = os.path.join(os.environ["MUN_SOURCE_DIR"],
                            "schemas/json/info.schema.json")
        with open(path, encoding="utf-8") as f:
            schema = json.load(f)["properties"]["device"]
        image = lab.file("a.img", pattern(1474560, 5))
        seen = []
        for _ in range(2):
            with loop(image, "-r") as dev:
                drive = info(lab, dev)
                text = lab.run("info", dev).stdout
            need(sorted(drive) == sorted(schema["required"]),
                 "keys: %s" % sorted(drive))
            need(drive["kind"] == "disk" and drive["bus"] == "loop" and
                 drive["bytes"] == 1474560 and drive["sector_size"] == 512 and
                 drive["model"].endswith("a.img") and
                 drive["hidden_bytes"] == 0, drive)
            need("\nread-only      yes (before: " in text, text)
            seen.append(drive["disk_sequence"])
        need(seen[0] and seen[0] != seen[1], "disk sequence %s" % seen)


wanted()
main(a_disk_with_a_mounted_partition_is_refused,
     a_whole_disk_is_protected_with_its_partitions,
     a_partition_is_imaged_by_itself, swap_is_refused,
     a_device_below_a_loop_device_is_refused,
     each_member_of_a_btrfs_is_refused,
     what_is_said_of_a_device_fits_its_schema)
