#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/converts.py - what convert, info and map promise, as a user meets it

Interrupted or killed, a conversion leaves nothing under its name; what is
there is not replaced; what would be lost is said, with status 1; names inside
an image lead nowhere but to regular files beside it; memory does not grow with
the image.  Needs $MUNIMENT.
"""
import os
import resource
import signal
import subprocess
import time

from muniment import LONG, Report, Scratch, pattern, write

MIB = 1 << 20


def sparse(path, size, data):
    """Data here and there in a disk of @size bytes."""
    with open(path, "wb") as f:
        f.truncate(size)
        for at in range(0, size, size // 8):
            f.seek(at)
            f.write(data)
    return path


def stopped(s, r, how, name):
    """A conversion that takes a while, stopped in its middle."""
    p = subprocess.Popen([os.environ["MUNIMENT"], "convert", "big.img", name],
                         env=s.env(), stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    before = set(os.listdir("."))
    for _ in range(500):
        time.sleep(0.01)
        if set(os.listdir(".")) != before or p.poll() is not None:
            break
    p.send_signal(how)
    text = p.communicate(timeout=60)[1].decode()
    if how == signal.SIGINT:
        r.check(p.returncode in (0, 2), f"{name}: exit {p.returncode} {text}")
        r.check(p.returncode == 0 or text.count("\n") == 1, f"said {text!r}")
    if p.returncode != 0:
        r.check(not os.path.exists(name), f"{name} is there after {how.name}")
    left = sorted(set(os.listdir(".")) - before)
    if how == signal.SIGINT and p.returncode != 0:
        r.check(not left, f"left over after {how.name}: {left}")
    for path in left:
        os.unlink(path)
    return p.returncode != 0


def interruptions(s, r):
    write("big.img", pattern(8 * MIB) * 24)
    hits = 0
    for name in ("a.qcow2", "a.vmdk", "a.chd", "a.E01", "a.dmg", "a.vhd"):
        hits += stopped(s, r, signal.SIGINT, name)
        hits += stopped(s, r, signal.SIGKILL, name)
    r.check(hits >= 6, f"only {hits} of 12 were stopped in their middle")
    os.unlink("big.img")


def what_is_there_stays(s, r):
    write("small.img", pattern(100 * 512))
    write("there.qcow2", b"mine")
    done = s.run("convert", "small.img", "there.qcow2")
    r.check(done.returncode == 2 and b"there.qcow2" in done.stderr,
            f"{done.returncode} {done.stderr}")
    with open("there.qcow2", "rb") as f:
        r.check(f.read() == b"mine", "it was replaced")
    os.mkdir("folder")
    for out in ("folder", "nowhere/x.qcow2"):
        done = s.run("convert", "small.img", out, "--to", "qcow2")
        r.check(done.returncode == 2, f"{out}: exit {done.returncode}")
    for words in (("--to", "nonsense"), ("-o", "compression=best"),
                  ("-o", "colour=red"), ("-o", "compression")):
        done = s.run("convert", "small.img", "x.qcow2", *words)
        r.check(done.returncode in (2, 64) and not os.path.exists("x.qcow2"),
                f"{words}: exit {done.returncode}")
        r.check(done.stderr.count(b"\n") == 1, f"{words}: {done.stderr}")


def imd(kinds):
    """A floppy of 40 x 1 x 9, the sectors of @kinds of another type."""
    out = bytearray(b"IMD 1.18: 22/11/2026 12:00:00\r\n\x1a")
    for track in range(40):
        out += bytes([5, track, 0, 9, 2, *range(1, 10)])
        for n in range(9):
            kind = kinds.get((track, n), 1)
            out += bytes([kind])
            if kind:
                out += pattern(512, track * 9 + n)
    return bytes(out)


def losses(s, r):
    write("bad.imd", imd({(3, 0): 5, (7, 2): 0, (9, 9 - 1): 3}))
    states = ("unreadable sectors", "sectors whose check failed",
              "deleted marks")
    for to, lost in (("img", states[2:]), ("imd", ()), ("qcow2", states),
                     ("E01", states[1:])):
        doc = s.json("convert", "bad.imd", "no." + to, status=1)
        said = [row["what"] for row in doc["lost"]]
        r.check([w for w in said if w in states] == sorted(
            lost, key=states.index), f"{to}: {said}")
        r.check(not doc["written"] and not os.path.exists("no." + to),
                f"{to}: written")
        for row in doc["lost"]:
            r.check(row["what"] and row["why"], f"{to}: {row}")
    s.run("convert", "bad.imd", "bad-out.imd", "--accept-loss")
    doc = s.json("convert", "bad.imd", "kept.img", "--accept-loss")
    r.check(doc["written"] and doc["lost"], "accepted")
    again = s.json("map", "bad-out.imd", status=1)
    first = s.json("map", "bad.imd", status=1)
    r.check(again["extents"] == first["extents"] and
            again["sectors"] == first["sectors"], "IMD keeps every state")
    r.check(first["states"]["unreadable_bytes"] == 512 and
            first["states"]["doubtful_bytes"] == 512, str(first["states"]))


def pictures(s, r):
    for option, magic in (("--svg", b"<?xml"), ("--png", b"\x89PNG\r\n")):
        done = s.run("map", "bad.imd", option, "picture")
        r.check(done.returncode == 0, f"{option}: {done.stderr}")
        with open("picture", "rb") as f:
            r.check(f.read(len(magic)) == magic, f"{option}: its beginning")
        done = s.run("map", "bad.imd", option, "picture")
        r.check(done.returncode == 2, f"{option} replaced a file")
        os.unlink("picture")
    s.run("map", "bad.imd", "--svg", "p.svg")
    with open("p.svg", encoding="utf-8") as f:
        text = f.read()
    r.check("failed check" in text and "unreadable" in text, "its legend")
    done = subprocess.run(["xmllint", "--noout", "p.svg"], check=False)
    r.check(done.returncode == 0, "the SVG is not well-formed")


def names_lead_nowhere(s, r):
    os.makedirs("box/inner", exist_ok=True)
    write("secret.bin", pattern(2352 * 10))
    write("box/own.bin", pattern(2352 * 10))
    os.symlink("../secret.bin", "box/link.bin")
    os.symlink("/dev/zero", "box/zero.bin")
    os.mkfifo("box/fifo.bin")
    sheet = 'FILE "%s" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n'
    for name in ("../secret.bin", os.path.abspath("secret.bin"), "link.bin",
                 "zero.bin", "fifo.bin", "inner", "inner/../../secret.bin",
                 "..", ".", "", "/dev/zero", "secret.bin\\..\\own"):
        with open("box/d.cue", "w", encoding="utf-8") as f:
            f.write(sheet % name)
        done = s.run("info", "--hash", "box/d.cue", timeout=20)
        r.check(done.returncode == 2, f"{name!r}: exit {done.returncode}")
        r.check(done.stderr.count(b"\n") == 1, f"{name!r}: {done.stderr}")
    with open("box/d.cue", "w", encoding="utf-8") as f:
        f.write(sheet % "OWN.BIN")
    r.check(s.run("info", "box/d.cue").returncode == 0, "its own file")


def memory(s, r):
    """A GiB with holes, or three; the most that a process had in memory."""
    sparse("huge.img", (3 if LONG else 1) << 30, pattern(MIB))
    for name in ("h.qcow2", "h.E01", "h.vmdk", "h.vhdx", "h.dmg", "h.chd"):
        p = subprocess.Popen([os.environ["MUNIMENT"], "convert", "huge.img",
                              name, "--accept-loss"], env=s.env(),
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        _, status, usage = os.wait4(p.pid, 0)
        r.check(status == 0, f"{name}: {p.stderr.read()}")
        r.check(usage.ru_maxrss < 256 * 1024,
                f"{name}: {usage.ru_maxrss} KiB in memory")
        for path in os.listdir("."):
            if path.startswith("h."):
                os.unlink(path)


def main():
    r = Report()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Scratch() as s:
        for part in (interruptions, what_is_there_stays, losses, pictures,
                     names_lead_nowhere, memory):
            part(s, r)
        r.end()


if __name__ == "__main__":
    main()
