#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/terminal.py - signals, terminals, and several at once

  - an audit stopped by SIGINT or SIGTERM exits with 2, says so, and the next
    one goes on; one that is killed loses nothing either
  - an ingest that is stopped leaves a session that resume finishes
  - on a terminal a progress line with rate and time left is drawn and wiped
    away again; in a pipe there is none
  - two audits at once: the second says that the first is at work
  - eight ingests, audits and lists at once: nobody hears of a lock, no object
    is lost

Needs $MUNIMENT.
"""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

from muniment import Report, Scratch, pattern, write

BIG = 600 << 20


def start(s, *args, **kw):
    kw.setdefault("stdout", subprocess.PIPE)
    kw.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([os.environ["MUNIMENT"], "-C", s.repo, *args],
                            env=s.env(), stdin=subprocess.DEVNULL, **kw)


def big_file(path):
    """Bytes that take a while to hash, and are quick to make."""
    chunk = pattern(1 << 16)
    with open(path, "wb") as f:
        for i in range(BIG // len(chunk)):
            f.write(i.to_bytes(8, "little") + chunk[8:])


def ingest_stopped(s, r):
    """Each signal in turn; at the end the object is there once."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        p = start(s, "ingest", "big.img", "-i", "n=big")
        time.sleep(0.15)
        p.send_signal(sig)
        _, err = p.communicate(timeout=60)
        if p.returncode == 0:
            continue
        r.check(p.returncode == (2 if sig != signal.SIGKILL else -9),
                f"ingest, {sig.name}: exit {p.returncode}, {err!r}")
        if sig != signal.SIGKILL:
            r.check(b"muniment resume" in err and b"stopped" in err and
                    err.count(b"\n") == 2, f"ingest, {sig.name}: {err!r}")
        sessions = json.loads(s.run("resume", "--list", "--json").stdout)
        r.check(len(sessions["sessions"]) == 1,
                f"ingest, {sig.name}: {sessions}")
        done = s.run("resume")
        r.check(done.returncode == 0, f"resume: {done.stderr!r}")
        r.check(s.json("resume", "--list") == {"sessions": []},
                "resume leaves a session")
        break
    else:
        r.check(False, "no signal met an ingest")
    r.check(len(s.json("list")["objects"]) == 1, "not one object")
    r.check(s.run("check").returncode == 0, "check after resume")


def audit_stopped(s, r):
    met = 0
    done = []
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        p = start(s, "audit", "--all", "-j", "1", "--json")
        time.sleep(0.12)
        p.send_signal(sig)
        out, err = p.communicate(timeout=60)
        if p.returncode == 0:
            continue
        met += 1
        r.check(p.returncode == (2 if sig != signal.SIGKILL else -9),
                f"audit, {sig.name}: exit {p.returncode}, {err!r}")
        if sig == signal.SIGKILL:
            continue
        doc = json.loads(out)
        r.check(doc["interrupted"] and not doc["findings"],
                f"audit, {sig.name}: {doc}")
        done.append(doc["bytes"])
        r.check(b"interrupted" in err and err.count(b"\n") == 1,
                f"audit, {sig.name}: {err!r}")
    r.check(met > 0, "no signal met an audit")
    doc = s.json("audit", "--all")
    r.check(doc["outcomes"]["mismatch"] == 0 and doc["outcomes"]["intact"] == 3
            and not doc["interrupted"], f"audit after signals: {doc}")
    # What an interrupted run verified counts for the next, and only once; on
    # a busy machine one may be stopped before it has begun.
    done = [n for n in done if n]
    r.check(done == sorted(done),
            f"an audit begins anew: {done}")
    left = [f for f in os.listdir(s.repo + "/spool")
            if f != "audit-main.lock"]
    r.check(not left, f"audit leaves {left}")
    r.check(s.run("check").returncode == 0, "check after audits")


def progress(s, r):
    """What the terminal of a person gets, and what a pipe gets."""
    done = s.run("audit", "--all")
    r.check(done.stderr == b"", f"progress in a pipe: {done.stderr!r}")
    master, slave = pty.openpty()
    p = start(s, "audit", "--all", "-j", "1", stdout=subprocess.DEVNULL,
              stderr=slave)
    os.close(slave)
    seen = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part
        elif p.poll() is not None:
            break
    p.wait(60)
    os.close(master)
    r.check(p.returncode == 0, f"audit on a terminal: exit {p.returncode}")
    r.check(re.search(rb"\w+: [\d.]+ \w+ of [\d.]+ \w+ \(\d+ %\), "
                      rb"[\d.]+ \w+/s, \d+:\d\d:\d\d left", seen),
            f"no progress line: {seen[:400]!r}")
    r.check(seen.endswith(b"\r\x1b[K"), f"not wiped away: {seen[-80:]!r}")
    r.check(b"\n" not in seen, f"more than one line: {seen[:200]!r}")


def two_audits(s, r):
    first = start(s, "audit", "--all", "-j", "1")
    time.sleep(0.1)
    second = s.run("audit", "--all")
    first.communicate(timeout=60)
    if first.returncode == 0 and second.returncode == 2:
        r.check(b"store 'main' is being audited by process" in second.stderr and
                second.stderr.count(b"\n") == 1, f"{second.stderr!r}")
    else:
        r.check(first.returncode == 0 and second.returncode == 0,
                f"two audits: {first.returncode}, {second.returncode}, "
                f"{second.stderr!r}")


def many(s, r):
    """Four drives at four windows, and people who look."""
    for i in range(8):
        write(f"{i}.img", pattern(1474560, i + 10))
    running = []
    for i in range(8):
        running.append((f"ingest {i}", start(s, "ingest", f"{i}.img", "-i",
                                             f"n={i}", "-c", "box")))
        running.append((f"list {i}", start(s, "list", "--json")))
        if i == 4:
            running.append(("audit", start(s, "audit", "--all")))
        if i % 4 == 1:
            running.append((f"check {i}", start(s, "check")))
    for what, p in running:
        out, err = p.communicate(timeout=120)
        r.check(p.returncode == 0, f"{what}: exit {p.returncode}, {out!r} "
                                   f"{err!r}")
        r.check(b"locked" not in err + out, f"{what}: {err!r}")
    listed = s.json("list", "-c", "box")["objects"]
    r.check(len(listed) == 8 and len({o["id"] for o in listed}) == 8,
            f"{len(listed)} of 8 objects")
    done = s.run("check", "--content")
    r.check(done.returncode == 0, f"check: {done.stdout!r}")


def main():
    r = Report()
    with Scratch() as s:
        assert s.run("init", s.repo).returncode == 0
        big_file("big.img")
        ingest_stopped(s, r)
        audit_stopped(s, r)
        progress(s, r)
        two_audits(s, r)
        many(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
