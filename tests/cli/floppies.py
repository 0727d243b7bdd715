#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/floppies.py - floppies in a drive in memory, by the whole program

  - the format is found, and the image is the disk, byte for byte
  - what is bad is known by sector, side and cylinder, and nothing else is lost
  - who watches sees cylinder and head: as JSON lines, which are as their schema
    says, and on terminals of any width, with colours and without
  - killed while it reads, resume ends with the same image and map

Needs $MUNIMENT_SOFT (soft_device.c), $MUN_SOURCE_DIR.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

os.environ["MUNIMENT"] = os.environ["MUNIMENT_SOFT"]
from muniment import Report, Scratch, pattern, write  # noqa: E402

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

SECTORS = {"1440K": 18, "1680K (DMF)": 21, "720K": 9}


def disk(name, seed):
    """The bytes of a disk with a FAT of that format on it."""
    sectors = SECTORS[name]
    data = bytearray(pattern(160 * sectors * 512, seed))
    boot = bytearray(512)
    boot[0:11] = b"\xeb\x3c\x90MSDOS5.0"
    struct.pack_into("<HBHBHHBHHH", boot, 11, 512, 1, 1, 2, 224, 160 * sectors,
                     0xf0 if sectors > 9 else 0xf9, 9, sectors, 2)
    boot[510:512] = b"\x55\xaa"
    data[0:512] = boot
    for fat in (1, 10):
        data[fat * 512:fat * 512 + 3] = bytes([boot[21], 0xff, 0xff])
    return bytes(data)


def drive(name, data, *lines, kind="H1440"):
    write("disk.img", data)
    text = "\n".join([f"type {kind}", f"format {name}", "image disk.img",
                      *lines, ""])
    write("a.floppy", text.encode())
    return "a.floppy"


def master(doc):
    with open(doc["objects"][0]["path"] + "/v1/content/image/disk.img",
              "rb") as f:
        return f.read()


def found_and_read(s, r):
    for name, kind in (("1440K", "H1440"), ("1680K (DMF)", "H1440"),
                       ("720K", "H1440"), ("1440K", "")):
        data = disk(name, 3)
        doc = s.json("ingest", drive(name, data, "protected", kind=kind))
        r.check(doc["objects"][0]["outcome"] == "complete" and
                master(doc) == data, f"{name} in '{kind}'")
    shown = s.json("show", doc["objects"][0]["id"])
    r.check("write-protect tab" in shown["write_protection"],
            f"{shown['write_protection']}")
    premis = s.run("premis", doc["objects"][0]["id"]).stdout
    r.check(b"floppy drive" in premis, "no drive in PREMIS")
    with open(doc["objects"][0]["path"] + "/v1/content/metadata/capture.json",
              encoding="utf-8") as f:
        capture = f.read()
    r.check('"fdc"' in capture and '"fd0"' in capture, capture)
    write("b.floppy", b"type H1440\n")
    done = s.run("ingest", "b.floppy")
    r.check(done.returncode == 2 and b"no floppy" in done.stderr and
            done.stderr.count(b"\n") == 1, f"empty: {done}")
    write("b.floppy", b"type H1440\nformat 2880K\n")
    done = s.run("ingest", "b.floppy")
    r.check(done.returncode == 2 and b"as flux" in done.stderr, f"2880K: {done}")


def damaged(s, r):
    data = disk("1680K (DMF)", 5)
    doc = s.json("ingest", drive("1680K (DMF)", data, "bad 5 1 3", "bad 40 0 0",
                                 "bad 79 1 21"), "-i", "n=bad", status=1)
    found = master(doc)
    lost = {(5 * 2 + 1) * 21 + 2, 3359, *range(40 * 42, 40 * 42 + 21)}
    for lba in range(3360):
        want = bytes(512) if lba in lost else data[lba * 512:lba * 512 + 512]
        r.check(found[lba * 512:lba * 512 + 512] == want, f"sector {lba}")
    doc = s.json("show", "n=bad", "--map", status=1)
    r.check(doc["geometry"] == {"cylinders": 80, "heads": 2, "sectors": 21},
            f"{doc['geometry']}")
    bad = [(tuple(x["first"].values()), tuple(x["last"].values()))
           for x in doc["ranges"] if x["state"] == "unreadable"]
    r.check(bad == [((5, 1, 3), (5, 1, 3)), ((40, 0, 1), (40, 0, 21)),
                    ((79, 1, 21), (79, 1, 21))], f"{bad}")
    r.check(doc["states"]["unreadable_bytes"] == 512 * 23, f"{doc['states']}")
    text = s.run("show", "n=bad", "--map").stdout.decode()
    r.check("head 0   " + "+" * 40 + "-" + "+" * 39 + "\n" in text and
            "head 1   " + "+" * 5 + "-" + "+" * 73 + "-\n" in text, text)
    r.check(s.run("check", "--content").returncode == 0, "check")


def json_lines(s, r):
    drive("720K", disk("720K", 6), "bad 3 0 2", "delay_us 10000")
    done = s.run("ingest", "a.floppy", "--json-progress")
    r.check(done.returncode == 1, f"{done}")
    lines = [json.loads(x) for x in done.stderr.splitlines()]
    path = os.path.join(os.environ["MUN_SOURCE_DIR"], "schemas", "json",
                        "progress.schema.json")
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    for line in lines if Draft202012Validator else ():
        for error in Draft202012Validator(schema).iter_errors(line):
            r.check(False, f"{error.message}: {line}")
    seen = [x["medium"] for x in lines if x.get("medium")]
    r.check(len(seen) >= 3, f"{len(seen)} lines tell of the medium")
    r.check(all(0 <= m["cylinder"] < 80 and m["head"] in (0, 1) and
                m["lba"] == m["position"] // 512 and
                m["cylinder"] == m["lba"] // 18 for m in seen), f"{seen}")
    r.check(len({m["cylinder"] for m in seen}) > 1, "it does not move")
    r.check(any("-" in m["strip"] for m in seen) and
            any("." in m["strip"] for m in seen), f"{seen}")
    r.check(len(lines) < 30, f"{len(lines)} lines")


def on_terminal(s, width, **env):
    """What a person's terminal of that width gets."""
    leader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, width, 0, 0))
    p = subprocess.Popen([os.environ["MUNIMENT"], "-C", s.repo, "ingest",
                          "a.floppy"], env=dict(s.env(), **env),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=terminal)
    os.close(terminal)
    seen = b""
    while True:
        if not select.select([leader], [], [], 60)[0]:
            break
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    p.wait(60)
    os.close(leader)
    return seen.decode()


def terminals(s, r):
    for width in (30, 40, 60, 132):
        drive("720K", disk("720K", width), "bad 3 0 2", "delay_us 3000")
        seen = on_terminal(s, width, TERM="xterm", NO_COLOR="1")
        lines = re.split(r"\r\x1b\[K(?:\x1b\[A)?|\r?\n", seen)
        r.check(all(len(x) < width for x in lines),
                f"{width}: {max(lines, key=len)!r}")
        strips = [x for x in lines if x.startswith("[")]
        r.check(all(re.fullmatch(r"\[[+.s!-]*\]", x) for x in strips) and
                bool(strips) == (width >= 40), f"{width}: {strips[:3]}")
        r.check(all(len(x) == width - 1 for x in strips) or width > 60,
                f"{width}: {strips[:3]}")
        r.check("\x1b[3" not in seen and "\x1b[1" not in seen, "NO_COLOR")
        r.check(seen.endswith("\r\x1b[K"), f"not wiped: {seen[-40:]!r}")
        r.check(width < 60 or re.search(r"imaging: \d+ %.*cyl \d+ head [01]",
                                        seen), f"{width}: {seen[:300]!r}")
    drive("720K", disk("720K", 8), "bad 3 0 2", "delay_us 3000")
    seen = on_terminal(s, 80, TERM="xterm", NO_COLOR="")
    r.check("\x1b[32m+" in seen and "\x1b[1;31m-" in seen, "no colours")
    seen = on_terminal(s, 80, TERM="dumb")
    r.check("\x1b[32m" not in seen, "colours on a dumb terminal")


def killed(s, r):
    """The same image and map as of a run that nobody disturbed."""
    data = disk("1440K", 8)
    drive("1440K", data, "bad 12 0 5", "bad 60 1 0", "delay_us 10000")
    p = subprocess.Popen([os.environ["MUNIMENT"], "-C", s.repo, "ingest",
                          "a.floppy", "-i", "n=killed"], env=s.env(),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(0.9)
    p.send_signal(signal.SIGKILL)
    p.wait(60)
    r.check(p.returncode == -9, f"it was over: {p.returncode}")
    done = s.run("resume")
    r.check(done.returncode == 1, f"resume: {done}")
    drive("1440K", data, "bad 12 0 5", "bad 60 1 0")
    whole = s.json("ingest", "a.floppy", "-i", "n=whole", status=1)
    path = {}
    for name in ("killed", "whole"):
        doc = s.json("show", f"n={name}", "--map", status=1)
        path[name] = doc["ranges"]
    r.check(path["killed"] == path["whole"], "maps differ")
    one = s.json("show", "n=killed")
    two = s.json("show", "n=whole")
    r.check(one["digests"] == two["digests"] and
            whole["objects"][0]["unreadable_bytes"] == 19 * 512,
            "images differ")


def main():
    r = Report()
    with Scratch() as s:
        assert s.run("init", s.repo).returncode == 0
        found_and_read(s, r)
        damaged(s, r)
        json_lines(s, r)
        terminals(s, r)
        killed(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
