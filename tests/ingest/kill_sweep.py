#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/kill_sweep.py - ingests killed at random moments, then resumed
"""kill -9 at N random points of an ingest (the first argument, or 200; 20 in
an ordinary test run).  After each: resume ends well, check finds nothing, and
every object that was begun is there once, with the bytes of its source."""
import hashlib
import os
import random
import shutil
import signal
import sys
import time

from lab import LONG, Lab, main, need, pattern

SEED = int(os.environ.get("MUNIMENT_SEED", "20261122"))


def count():
    """How many kills."""
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        return int(sys.argv[1])
    return 200 if LONG or sys.stdout.isatty() else 20


def sparse(path, size):
    """A file that is mostly a hole."""
    with open(path, "wb") as f:
        f.truncate(size)
        for off in range(0, size, 5 << 20):
            f.seek(off)
            f.write(pattern(70000, off))


def jobs(lab):
    """Name, sources: one floppy, a batch of five, 48 MiB, 48 MiB sparse."""
    floppy = lab.file("floppy.img", pattern(1474560, 1))
    batch = [lab.file("batch%d.img" % i, pattern(737280 + i, 10 + i))
             for i in range(5)]
    big = lab.file("big.img", pattern(48 << 20, 2))
    holes = lab.path("holes.img")
    sparse(holes, 48 << 20)
    return [("floppy", [floppy]), ("batch", batch), ("big", [big]),
            ("holes", [holes])]


def digest(path):
    """SHA-256 of a file."""
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def empty(lab):
    """A fresh repository in the same place."""
    shutil.rmtree(lab.repo)
    lab.run("init", lab.repo, repo=False)


def duration(lab, sources):
    """How long it takes undisturbed."""
    start = time.monotonic()
    lab.run("ingest", *sources)
    took = time.monotonic() - start
    empty(lab)
    return took


def one(lab, sources, delay, sig):
    """Kill one ingest after that time; resume; look.  True if it was alive."""
    p = lab.start("ingest", *sources)
    time.sleep(delay)
    alive = p.poll() is None
    p.send_signal(sig)
    p.communicate()
    need(not alive or p.returncode in (-sig, 0, 2),
         "exit %d after signal %d" % (p.returncode, sig))
    lab.run("resume")
    lab.assert_clean()
    need(os.listdir(os.path.join(lab.repo, "spool")) == [],
         "the spool is not empty")
    seen = [o["label"] for o in lab.objects()]
    need(len(seen) == len(set(seen)), "twice in the list: %s" % seen)
    for path in sources:
        lab_has = os.path.basename(path) in seen
        if not lab_has:
            # What was not begun is ingested now, and nothing stands in its way.
            lab.run("ingest", path)
    need(len(lab.objects()) == len(sources), "not every object is there")
    lab.run("audit", "--all")
    for o in lab.objects():
        want = digest(lab.path(o["label"]))
        have = lab.json("show", o["id"])["digests"]["sha256"]
        need(want == have, "digest of %s" % o["label"])
    empty(lab)
    return alive


def sweep(sig, n):
    """n kills, spread over the jobs and over the time of each."""
    rnd = random.Random(SEED + sig)
    with Lab() as lab:
        todo = jobs(lab)
        took = [min(duration(lab, sources) for _ in range(3))
                for _, sources in todo]
        hit = tries = 0
        # One that had ended already was not killed, so it does not count.
        while hit < n and tries < 4 * n:
            k = tries % len(todo)
            hit += one(lab, todo[k][1], rnd.uniform(0, took[k]), sig)
            tries += 1
        print("signal %d: %d ingests killed at work (of %d), all whole after "
              "resume (seed %d)" % (sig, hit, tries, SEED))
        need(hit == n, "only %d of %d were still at work" % (hit, tries))


def killed_at_random_points_an_ingest_is_resumed():
    """SIGKILL."""
    sweep(signal.SIGKILL, count())


def terminated_at_random_points_an_ingest_is_resumed():
    """SIGTERM, a quarter as often."""
    sweep(signal.SIGTERM, max(4, count() // 4))


main(killed_at_random_points_an_ingest_is_resumed,
     terminated_at_random_points_an_ingest_is_resumed)
