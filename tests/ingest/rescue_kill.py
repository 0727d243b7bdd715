#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/rescue_kill.py - imaging a bad device, killed at random points
"""kill -9 at N random points of imaging a bad device (the first argument, or
100 with MUNIMENT_LONG; 5 in an ordinary test run).  The resumed run ends with
the image, the map and the digests of one that nobody disturbed, and what the
checkpoint vouched for is not read from the medium again.  Root only."""
import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from lab import LONG, Failed, Lab, main, need, pattern, skip

SEED = int(os.environ.get("MUNIMENT_SEED", "20261123"))
SECTOR = 512
SIZE = 6 << 20
READ = re.compile(r"Read id=\d+ offset=0x([0-9a-f]+) count=0x([0-9a-f]+)")
# What proves that it is the same medium: the first sectors, up to 16 from all
# over; and a few that show the drive to be alive.
HEAD = 65536
SINGLE = 16 + 24


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
    for tool in ("losetup", "nbdkit", "nbdfuse", "fusermount3"):
        if not shutil.which(tool):
            skip("no " + tool)
    for node in ("/dev/loop-control", "/dev/fuse"):
        if not os.path.exists(node):
            skip("no " + node)
    p = subprocess.run(["losetup", "-f"], capture_output=True, text=True,
                       check=False)
    if p.returncode:
        skip("no free loop device: " + p.stderr.strip())


def count():
    """How many kills."""
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        return int(sys.argv[1])
    return 100 if LONG else 5


def damage(rnd):
    """Bad sectors: scattered, a scratch, a cluster, the last one."""
    bad = set(rnd.sample(range(200, SIZE // SECTOR), 12))
    bad.update(range(3000, 5000, 211))
    bad.update(range(9000, 9040))
    bad.add(SIZE // SECTOR - 1)
    return sorted(bad)


def map_of(bad):
    """The same as a ddrescue map, for nbdkit's filter."""
    lines = ["0x0 + 1"]
    at = 0
    for n in bad:
        if n > at:
            lines.append("0x%x 0x%x +" % (at * SECTOR, (n - at) * SECTOR))
        lines.append("0x%x 0x%x -" % (n * SECTOR, SECTOR))
        at = n + 1
    if at < SIZE // SECTOR:
        lines.append("0x%x 0x%x +" % (at * SECTOR, SIZE - at * SECTOR))
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def medium(lab, name, data, bad):
    """A bad, slow loop device, and the log of what was read of it."""
    image = lab.file(name + ".img", data)
    bad_map = lab.file(name + ".map", map_of(bad).encode())
    log = lab.path(name + ".log")
    mnt = lab.path(name + ".mnt")
    os.makedirs(mnt)
    disk = os.path.join(mnt, "disk")
    fuse = subprocess.Popen(
        ["nbdfuse", "-r", disk, "[", "nbdkit", "-r", "--exit-with-parent",
         "--filter=log", "--filter=ddrescue", "--filter=delay", "file", image,
         "ddrescue-mapfile=" + bad_map, "logfile=" + log, "rdelay=2ms", "]"],
        stderr=subprocess.DEVNULL)
    dev = None
    try:
        for _ in range(200):
            if os.path.exists(disk):
                break
            time.sleep(0.05)
        dev = sh("losetup", "-r", "--direct-io=on", "-f", "--show", disk)
        yield dev, log
    finally:
        if dev:
            sh("losetup", "-d", dev, check=False)
        sh("fusermount3", "-u", "-z", mnt, check=False)
        fuse.terminate()
        fuse.wait()


def reads_since(log, at):
    """Offsets and counts of the reads after byte at of the log."""
    with open(log, encoding="ascii", errors="replace") as f:
        f.seek(at)
        return [(int(o, 16), int(c, 16)) for o, c in READ.findall(f.read())]


def rows_of(text):
    """The blocks of a mapfile, without its status line."""
    rows = [line.split() for line in text.splitlines()
            if line and not line.startswith("#")]
    return [(int(p, 16), int(n, 16), s) for p, n, s in rows[1:]]


def empty(lab):
    """A fresh repository in the same place."""
    shutil.rmtree(lab.repo)
    lab.run("init", lab.repo, repo=False)


def result(lab, got):
    """All that has to be the same."""
    cat = subprocess.run(lab.command("cat", got["id"], "image/disk.map"),
                         capture_output=True, check=True, text=True)
    image = subprocess.run(lab.command("cat", got["id"]), capture_output=True,
                           check=True).stdout
    need(hashlib.sha256(image).hexdigest() == got["digests"]["sha256"],
         "the image is not what its digest says")
    shown = lab.json("show", got["id"])
    return (got["outcome"], got["unreadable_bytes"], got["digests"],
            got["tree_root"], hashlib.sha256(image).hexdigest(),
            rows_of(cat.stdout), shown["unreadable"])


def vouched(lab):
    """What the checkpoint of the one session says is finished."""
    spool = os.path.join(lab.repo, "spool")
    for name in os.listdir(spool):
        path = os.path.join(spool, name, "progress.map")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                return [(p, p + n) for p, n, s in rows_of(f.read())
                        if s == "+"]
    return []


def check_reads(reads, finished):
    """Nothing that was finished was read again but for the proof."""
    single = 0
    for off, n in reads:
        again = sum(max(0, min(off + n, end) - max(off, start))
                    for start, end in finished)
        if not again or off + n <= HEAD:
            continue
        need(again <= SECTOR, "%d bytes at %d were finished and read again" %
             (again, off))
        single += 1
    need(single <= SINGLE, "%d finished sectors were read again" % single)
    return single


def check_attempts(lab, ident, read_before):
    """Each run is told, and that the first was cut off."""
    p = subprocess.run(lab.command("cat", ident, "metadata/capture.json"),
                       capture_output=True, check=True, text=True)
    runs = json.loads(p.stdout)["attempts"]
    need(not runs[-1]["interrupted"], "the last run: %s" % runs[-1])
    need(runs[-1]["good_after"] + runs[-1]["bad_after"] == SIZE, runs[-1])
    for before, after in zip(runs, runs[1:]):
        need(before["interrupted"] and
             before["good_after"] <= after["good_before"], runs)
    need(len(runs) == 2 or not read_before or runs[0]["good_before"] == 0,
         "%d runs" % len(runs))


def one(lab, dev, log, delay, want):
    """Kill one after that time; resume; compare.  True if it was alive."""
    p = lab.start("ingest", dev, "--label", "bad", "--retries", "1")
    time.sleep(delay)
    alive = p.poll() is None
    p.send_signal(signal.SIGKILL)
    p.communicate()
    finished = vouched(lab)
    sessions = lab.json("resume", "--list")["sessions"]
    at = os.path.getsize(log)
    if sessions:
        need(len(sessions) == 1, "%d sessions" % len(sessions))
        got = lab.json("resume", status=(1,))["objects"][0]
        check_reads(reads_since(log, at), finished)
    elif lab.objects():
        empty(lab)
        return False
    else:
        got = lab.json("ingest", dev, "--label", "bad", "--retries", "1",
                       status=(1,))["objects"][0]
    need(result(lab, got) == want, "it ended with something else")
    check_attempts(lab, got["id"], bool(finished))
    lab.assert_clean("--content")
    empty(lab)
    return alive and bool(sessions)


def killed_at_random_points_it_ends_the_same():
    """SIGKILL."""
    rnd = random.Random(SEED)
    data = pattern(SIZE, SEED)
    bad = damage(rnd)
    truth = bytearray(data)
    for n in bad:
        truth[n * SECTOR:(n + 1) * SECTOR] = bytes(SECTOR)
    n = count()
    with Lab() as lab, medium(lab, "bad", data, bad) as (dev, log):
        start = time.monotonic()
        got = lab.json("ingest", dev, "--label", "bad", "--retries", "1",
                       status=(1,))["objects"][0]
        took = time.monotonic() - start
        want = result(lab, got)
        need(want[1] == len(bad) * SECTOR, "%d bytes unreadable" % want[1])
        need(want[4] == hashlib.sha256(truth).hexdigest(),
             "good sectors are lost, or bad ones are not zeros")
        empty(lab)
        hit = tries = 0
        while hit < n and tries < 4 * n:
            hit += one(lab, dev, log, rnd.uniform(0, took), want)
            tries += 1
        print("%d of %d killed at work; all ended the same (seed %d, %.1f s "
              "undisturbed)" % (hit, tries, SEED, took))
        need(hit == n, "only %d were at work" % hit)


def interrupt(lab, dev):
    """A session that has got a part of it."""
    p = lab.start("ingest", dev, "--label", "bad")
    for _ in range(400):
        time.sleep(0.02)
        spool = os.path.join(lab.repo, "spool")
        images = [os.path.join(d, f) for d, _, files in os.walk(spool)
                  for f in files if f == "disk.img"]
        if images and os.stat(images[0]).st_size >= 2 << 20:
            break
    p.send_signal(signal.SIGINT)
    p.communicate()
    need(p.returncode == 2, "exit %d" % p.returncode)
    need(vouched(lab), "nothing was saved")
    return lab.json("resume", "--list")["sessions"][0]["id"]


def state_of(lab):
    """Every byte of the session but the lock."""
    h = hashlib.sha256()
    for root, dirs, files in os.walk(os.path.join(lab.repo, "spool")):
        dirs.sort()
        for name in sorted(files):
            if name == "lock":
                continue
            h.update(name.encode())
            with open(os.path.join(root, name), "rb") as f:
                h.update(f.read())
    return h.hexdigest()


def another_medium_is_refused_and_the_same_is_found_elsewhere():
    """resume --source: what differs is said, and nothing has changed."""
    rnd = random.Random(SEED + 1)
    data = pattern(SIZE, SEED + 1)
    bad = damage(rnd)
    swapped = bytearray(data)
    swapped[4096:8192] = pattern(4096, 3)
    inside = bytearray(data)
    inside[HEAD:] = pattern(SIZE - HEAD, 4)
    with Lab() as lab, contextlib.ExitStack() as stack:
        def make(name, what):
            return stack.enter_context(medium(lab, name, bytes(what), bad))[0]
        dev = make("a", data)
        ident = interrupt(lab, dev)
        before = state_of(lab)
        for name, what, said in (
                ("head", swapped, "first sectors"),
                ("inside", inside, "not what was read there before"),
                ("size", data[:SIZE // 2], "bytes then")):
            other = make(name, what)
            p = lab.run("resume", "--source", other, ident, status=(2,))
            need(said in p.stderr, "%s: %s" % (name, p.stderr))
            need(len(p.stderr.strip().splitlines()) == 1, p.stderr)
            need(state_of(lab) == before, name + ": the session was changed")
        p = lab.run("resume", "--source", dev, status=(64,))
        need("ID" in p.stderr, p.stderr)
        # The same medium in another drive, as it were.
        moved = make("moved", data)
        got = lab.json("resume", "--source", moved, ident,
                       status=(1,))["objects"][0]
        truth = bytearray(data)
        for n in bad:
            truth[n * SECTOR:(n + 1) * SECTOR] = bytes(SECTOR)
        need(got["digests"]["sha256"] == hashlib.sha256(truth).hexdigest(),
             "digest")
        lab.assert_clean("--content")


wanted()
main(killed_at_random_points_it_ends_the_same,
     another_medium_is_refused_and_the_same_is_found_elsewhere)
