#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/ingest/flux.py - gw: as a source, with a gw that the test writes

  - a disk is read: the master is what gw made, byte for byte; its log is a
    file of the object; program and device are agents of the imaging event
  - what is not installed, fails, or makes nothing leaves no session and says
    why in one line
  - stopped while it reads, gw is ended too, and resume reads the disk
  - killed after it was read, resume does not read it again

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import json
import os
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["MUN_SOURCE_DIR"], "tests", "cli"))
from muniment import Report, Scratch, pattern  # noqa: E402

INFO = """echo 'Host Tools: v1.23' >&2
echo 'Device:' >&2
echo '  Model:    Greaseweazle V4' >&2
echo '  Firmware: v1.5' >&2
echo '  Serial:   GW123' >&2
exit 1"""
TRACKS = """echo 'Reading c=0-1:h=0-1 revs=3' >&2
for t in 0.0 0.1 1.0 1.1; do echo "T$t: Raw Flux" >&2; done"""


def scp():
    """SuperCard Pro: four tracks of one revolution."""
    head = bytearray(b"SCP\x24\x80\x01\x00\x03\x01\x10\x00\x00")
    body = bytearray(168 * 4)
    for i in range(4):
        at = 16 + len(body)
        struct.pack_into("<I", body, 4 * i, at)
        flux = pattern(400, i + 1).replace(b"\0", b"\1")
        body += b"TRK" + bytes([i]) + struct.pack("<III", 8000000, 200, 16)
        body += flux
    check = (sum(body)) & 0xffffffff
    return bytes(head) + struct.pack("<I", check) + bytes(body)


def gw(read, info=INFO):
    """The program, in bin/ of the scratch folder."""
    os.makedirs("bin", exist_ok=True)
    with open("disk", "wb") as f:
        f.write(scp())
    here = os.getcwd()
    with open("bin/gw", "w", encoding="utf-8") as f:
        f.write(f"#!/bin/sh\necho \"$*\" >> {here}/calls\n"
                f"for out; do :; done\ncase $1 in\ninfo)\n{info}\n;;\n"
                f"read)\n{read}\n;;\nesac\n".replace("DISK", f"{here}/disk"))
    os.chmod("bin/gw", 0o755)
    if os.path.exists("calls"):
        os.unlink("calls")


def calls():
    with open("calls", encoding="utf-8") as f:
        return f.read().splitlines()


def sessions(s):
    return s.json("resume", "--list")["sessions"]


def read_disk(s, r):
    gw(TRACKS + "\ncp DISK \"$out\"")
    doc = s.json("ingest", "gw:b", "-i", "n=good", "--operator", "Ada")
    folder = doc["objects"][0]["path"] + "/v1/content/"
    with open(folder + "image/disk.scp", "rb") as f:
        r.check(f.read() == scp(), "the master is not what gw made")
    with open(folder + "metadata/gw.log", encoding="utf-8") as f:
        log = f.read()
    r.check("$ gw info\nHost Tools: v1.23\n" in log and "T1.1: Raw Flux" in log
            and "$ gw read --raw --revs=3 " in log, log)
    shown = s.json("show", "n=good")
    event = [x for x in shown["events"] if x["type"] == "imaging"]
    r.check(len(event) == 1 and "2 cylinders, 2 sides" in event[0]["detail"],
            f"{event}")
    agents = {(a["type"], a["name"], a["version"], a["note"])
              for a in shown["agents"]}
    r.check({("software", "Greaseweazle host tools", "1.23", ""),
             ("hardware", "Greaseweazle V4", "firmware 1.5",
              "serial GW123")} <= agents, f"{agents}")
    names = {a["id"]: a["name"] for a in shown["agents"]}
    for x in shown["events"]:
        by = {names[a["id"]] for a in x["agents"]}
        r.check(("Greaseweazle host tools" in by) == (x["type"] == "imaging"),
                f"{x['type']} by {by}")
    r.check(shown["source"] == "gw:b" and shown["source_kind"] == "device" and
            shown["write_protection"] == "none", f"{shown['source_kind']}")
    r.check(not sessions(s), "a session is left")
    r.check(s.run("check", "--content").returncode == 0, "check")


def failures(s, r):
    for read, info, why in (
            ("echo 'Command Failed: No Index' >&2", INFO, b"No Index"),
            (TRACKS, INFO, b"made no file"),
            (TRACKS + "\necho x > \"$out\"", INFO, b"not a flux image"),
            ("exit 9", "echo 'Device:' >&2; echo '  Not found' >&2",
             b"finds no Greaseweazle")):
        gw(read, info)
        done = s.run("ingest", "gw:")
        r.check(done.returncode == 2 and why in done.stderr and
                done.stderr.count(b"\n") == 1, f"{why}: {done}")
        r.check(not sessions(s), f"{why}: a session is left")
    os.unlink("bin/gw")
    done = s.run("ingest", "gw:a")
    r.check(done.returncode == 2 and b"'gw' is not installed" in done.stderr
            and done.stderr.count(b"\n") == 1, f"not installed: {done}")
    for args in (("gw:x",), ("gw:a", "--dry-run", "--map", "disk")):
        done = s.run("ingest", *args)
        r.check(done.returncode in (2, 64) and done.stderr.count(b"\n") == 1,
                f"{args}: {done}")
    r.check(not sessions(s), "a session is left")


def start(s, *args):
    return subprocess.Popen([os.environ["MUNIMENT"], "-C", s.repo, *args],
                            env=s.env(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(what):
    end = time.monotonic() + 30
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def stopped(s, r):
    gw("echo $$ > DISK.pid; echo 'T0.0: x' >&2; exec sleep 100")
    p = start(s, "ingest", "gw:", "-i", "n=stopped")
    r.check(wait_for(lambda: os.path.exists("disk.pid") and
                     os.path.getsize("disk.pid")), "gw was not started")
    with open("disk.pid", encoding="utf-8") as f:
        pid = int(f.read())
    p.send_signal(signal.SIGINT)
    _, err = p.communicate(timeout=30)
    r.check(p.returncode == 2 and b"muniment resume" in err, f"{err!r}")
    try:
        os.kill(pid, 0)
        r.check(False, "gw goes on")
    except ProcessLookupError:
        pass
    r.check(len(sessions(s)) == 1, "no session")
    gw(TRACKS + "\ncp DISK \"$out\"")
    done = s.run("resume")
    r.check(done.returncode == 0 and len(calls()) == 2, f"resume: {done}")
    r.check(s.json("show", "n=stopped")["outcome"] == "complete" and
            not sessions(s), "not complete")


def killed_after(s, r):
    """The disk is read once, whenever the rest is stopped."""
    gw(TRACKS + "\ncp DISK \"$out\"")
    spool = os.path.join(s.repo, "spool")
    p = start(s, "ingest", "gw:0", "-i", "n=killed")
    found = wait_for(lambda: any(
        os.path.exists(os.path.join(spool, x, "flux", "flux.json"))
        for x in os.listdir(spool)) or p.poll() is not None)
    p.kill()
    p.communicate(timeout=30)
    if p.returncode == 0:
        print("it was too fast to be killed")
        return
    r.check(found, "no marker")
    done = s.run("resume")
    r.check(done.returncode == 0, f"resume: {done}")
    r.check(len(calls()) == 2, f"read again: {calls()}")
    r.check(s.json("show", "n=killed")["outcome"] == "complete", "killed")


def main():
    r = Report()
    with Scratch() as s:
        os.environ["PATH"] = os.path.join(os.getcwd(), "bin") + ":" + \
            os.environ["PATH"]
        assert s.run("init", s.repo).returncode == 0
        read_disk(s, r)
        failures(s, r)
        stopped(s, r)
        killed_after(s, r)
        r.check(json.loads(s.run("list", "--json").stdout)["objects"],
                "nothing in the catalog")
    r.end()


if __name__ == "__main__":
    sys.exit(main())
