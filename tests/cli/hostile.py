#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/hostile.py - what nobody should hand in, handed in

Each input of the table goes to ingest, info, check --ocfl and check --premis.
Whatever it is: no hang, bounded memory, no crash; where it is refused, one
clear line on stderr without control characters; where it is judged (check),
the verdict is exit 1 with at least one line of problems.  Afterwards the
repository is as it was before: same list, empty spool.

Needs $MUNIMENT.
"""
import os
import socket
import stat
import subprocess
import sys

from muniment import Report, Scratch, pattern, write

MIB = 1 << 20
# AddressSanitizer reserves terabytes of addresses; there the time limit and
# its own limits stand alone.
MEMORY = None if os.environ.get("MUN_SANITIZED") else 512 * MIB
MAX_RSS = 256 * MIB
TIMEOUT_S = 20

INVENTORY = b'{"id":"urn:x:1","type":"https://ocfl.io/1.1/spec/#inventory",'
PREMIS = (b'<premis xmlns="http://www.loc.gov/premis/v3" version="3.0">')


def ocfl_object(name, inventory):
    """A folder that says it is an OCFL object, with @inventory chunks."""
    os.mkdir(name)
    write(f"{name}/0=ocfl_object_1.1", b"ocfl_object_1.1\n")
    with open(f"{name}/inventory.json", "wb") as f:
        for chunk in inventory:
            f.write(chunk)
    return name


def laughs():
    text = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a0 "ha">'
    for i in range(1, 40):
        text += b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10)
    return text + b"]>" + PREMIS + b"&a39;</premis>"


def external(target):
    return (b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "' + target +
            b'">]>' + PREMIS + b"&x;</premis>")


def files():
    """(what it is, name of the file): for each of the four commands."""
    write("secret", b"the-secret-that-must-not-be-told\n")
    yield "empty", write("empty.img", b"")
    yield "one byte", write("one.img", b"x")
    yield "a truncated ISO 9660", write(
        "cut.iso", bytes(0x8000) + b"\1CD001\1" + bytes(100))
    yield "random bytes", write("random.bin", pattern(70001))
    yield "zeros", write("zeros.xml", bytes(3000))
    yield "truncated XML", write("cut.xml", PREMIS + b"<object>")
    yield "billion laughs", write("laughs.xml", laughs())
    yield "external entity", write(
        "external.xml", external(b"file://" + os.getcwd().encode() +
                                 b"/secret"))
    yield "external over http", write(
        "http.xml", external(b"http://127.0.0.1:9/x"))
    yield "control characters in XML", write(
        "control.xml", PREMIS + b"\x1b[31m\x07<\x1b></premis>")
    yield "deeply nested XML", write(
        "deep.xml", PREMIS + b"<a>" * 100000 + b"</premis>")
    os.mkdir("folder")
    yield "a folder", "folder"
    os.mkfifo("fifo")
    yield "a FIFO", "fifo"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    yield "a socket", "socket"
    yield "a character device", "/dev/zero"
    os.symlink("loop-b", "loop-a")
    os.symlink("loop-a", "loop-b")
    yield "a symlink loop", "loop-a"
    os.symlink("nowhere", "dangling")
    yield "a dangling symlink", "dangling"
    yield "no such file", "absent"
    yield "a name with a newline", "new\nline"
    yield "a name with an escape", "\x1b]0;title\x07.img"
    yield "a name with %", "%s%n%x%1000000d.img"
    yield "a name that is not UTF-8", b"\xff\xfe\x80.img"
    yield "a name of 255 bytes", "n" * 255
    yield "a name of 256 bytes", "n" * 256
    yield "a path of 5,000 bytes", "d/" * 2500
    yield "an empty name", ""


def big_files():
    """100 MB each; removed again one by one."""
    name = "big.xml"
    with open(name, "wb") as f:
        f.write(PREMIS)
        for _ in range(100):
            f.write(b"<a>1</a>" * (MIB // 8))
        f.write(b"</premis>")
    yield "100 MB of XML", name
    os.unlink(name)


def inventories():
    yield "an empty inventory", ocfl_object("inv-empty", [b""])
    yield "a truncated inventory", ocfl_object("inv-cut", [INVENTORY])
    yield "a random inventory", ocfl_object("inv-random", [pattern(9999)])
    yield "an inventory nested 10,000 deep", ocfl_object(
        "inv-deep", [INVENTORY, b'"manifest":', b'{"a":[' * 10000])
    yield "an inventory of 100 MB", ocfl_object(
        "inv-big", [INVENTORY, b'"manifest":{"'] + [b"f" * MIB] * 100)
    yield "100 MB of manifest", ocfl_object(
        "inv-many", [INVENTORY, b'"manifest":{'] +
        [b"".join(b'"%0128x":["v1/content/%d"],' % (i * 6000 + k, k)
                  for k in range(6000)) for i in range(110)])
    yield "control characters in an inventory", ocfl_object(
        "inv-control", [b'{"id":"\x1b[2J","\\u001b[2J":"\\u0007\\n"}'])
    name = ocfl_object("inv-fifo", [])
    os.unlink(f"{name}/inventory.json")
    os.mkfifo(f"{name}/inventory.json")
    yield "a FIFO for an inventory", name
    name = ocfl_object("inv-loop", [])
    os.unlink(f"{name}/inventory.json")
    os.symlink("inventory.json", f"{name}/inventory.json")
    yield "a symlink loop for an inventory", name
    name = ocfl_object("inv-names", [INVENTORY])
    os.mkdir(f"{name}/v1")
    write(os.fsencode(f"{name}/v1/") + b"\x1b[2J\n\xff", b"x")
    yield "wild names in an object", name


def existing():
    """Names that are wild, of files that are fine: they are taken in."""
    for name in (b"new\nline", b"\x1b]0;title\x07.img", b"%s%n%x%1000000d.img",
                 b"\xff\xfe\x80.img", b"n" * 255, b"-C", b"--help"):
        yield write(name, pattern(5000, len(name)))


def device():
    """A loop device that nothing is attached to, or None."""
    if os.geteuid() != 0:
        return None
    done = subprocess.run(["losetup", "-f"], capture_output=True, check=False)
    name = done.stdout.decode().strip()
    try:
        usable = stat.S_ISBLK(os.stat(name).st_mode)
    except OSError:
        return None
    return name if usable else None


def clean(data):
    """No control character but the newline at the end of a line."""
    return not any(b < 0x20 and b != 0x0A or b == 0x7F for b in data)


def measure(s, args):
    """Run, and give also the peak memory of the program, in bytes."""
    path = os.path.join(s.dir, "rss")
    code = ("import resource,subprocess,sys\n"
            "n=int(sys.argv[2])\n"
            "if n: resource.setrlimit(resource.RLIMIT_AS,(n,n))\n"
            "rc=subprocess.run(sys.argv[3:]).returncode\n"
            "kb=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
            "open(sys.argv[1],'w').write(f'{rc} {kb}')\n")
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, path, str(MEMORY or 0),
         os.environ["MUNIMENT"], "-C", s.repo, *args],
        env=s.env(), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=TIMEOUT_S, check=False)
    with open(path, encoding="ascii") as f:
        rc, kb = f.read().split()
    done.returncode = int(rc)
    return done, int(kb) * 1024


def refused(s, r, what, args):
    """One call: what came of it must be one of the few good ways."""
    try:
        done, rss = measure(s, args)
    except subprocess.TimeoutExpired:
        r.check(False, f"{what}: hangs")
        return None
    where = f"{what}: {args!r}: exit {done.returncode}"
    r.check(MEMORY is None or rss < MAX_RSS, f"{where}: {rss >> 20} MiB")
    r.check(clean(done.stderr) and clean(done.stdout),
            f"{where}: control characters: {done.stdout!r} {done.stderr!r}")
    r.check(b"the-secret" not in done.stdout + done.stderr,
            f"{where}: tells what another file says")
    if done.returncode in (2, 64):
        r.check(done.stderr.count(b"\n") == 1 and
                done.stderr.startswith(b"muniment: "),
                f"{where}: not one line: {done.stderr!r}")
    elif done.returncode == 1:
        r.check(args[0] == "check" and b"error: " in done.stdout and
                not done.stderr, f"{where}: {done.stdout!r} {done.stderr!r}")
    else:
        r.check(done.returncode == 0 and not done.stderr,
                f"{where}: {done.stderr!r}")
    return done.returncode


def state(s):
    """What the repository says and holds."""
    listed = s.run("list", "--json").stdout
    found = sorted(os.path.join(here, f) for here, _, files in
                   os.walk(s.repo + "/ocfl") for f in files)
    spool = [f for f in os.listdir(s.repo + "/spool")
             if not f.endswith(".lock")]
    return listed, found, spool


# What info may say yes to: bytes without meaning are raw sectors.
PLAIN = ("one byte", "a truncated ISO 9660", "random bytes", "zeros",
         "100 MB of XML")


def each(s, r, what, name):
    no = refused(s, r, what, ["check", "--ocfl", name])
    r.check(no in (1, 2, 64), f"check --ocfl takes {what}")
    no = refused(s, r, what, ["check", "--premis", name])
    r.check(no in (1, 2, 64), f"check --premis takes {what}")
    is_file = os.path.isfile(name) and os.path.getsize(name) > 0
    no = refused(s, r, what, ["info", "--hash", name])
    r.check(no == 0 if is_file else no in (2, 64), f"info, {what}: exit {no}")
    no = refused(s, r, what, ["ingest", "--dry-run", name])
    r.check(no == 0 if is_file else no in (2, 64),
            f"ingest --dry-run, {what}: exit {no}")
    if not is_file:
        no = refused(s, r, what, ["ingest", name])
        r.check(no in (2, 64), f"ingest, {what}: exit {no}")


def wild_names_go_in(s, r):
    """A name is bytes: shown escaped, and no reason to refuse a disk."""
    for name in existing():
        done = s.run("ingest", "--", name)
        r.check(done.returncode == 0, f"ingest {name!r}: {done.stderr!r}")
        r.check(clean(done.stdout) and clean(done.stderr),
                f"ingest {name!r}: control characters: {done.stdout!r}")
    done = s.run("list", "--json")
    try:
        done.stdout.decode("utf-8")
    except UnicodeDecodeError:
        r.check(False, "list --json is not UTF-8")
    text = s.run("list").stdout
    r.check(clean(text), f"list: {text!r}")
    done = s.run("check")
    r.check(done.returncode == 0, f"check: {done.stdout!r} {done.stderr!r}")


def words(s, r):
    """Arguments of the call itself."""
    for args in (["\x1b[2Jx\n"], ["list", "--\x1b[2J\n"], ["-\x1b"],
                 ["show", "\x1b[2J\n%s%n"], ["show", b"\xff"], ["show", ""],
                 ["show", "=x"], ["show", "barcode="], ["search", '"('],
                 ["search", "*"], ["search", "\x1b"], ["search", ""],
                 ["config", "set", "name", "a\nb"],
                 ["config", "set", "name", b"\xff"],
                 ["config", "set", "name", "x" * 5000],
                 ["config", "get", "\x1b"], ["export", "x", "--for", "\x1b"],
                 ["list", "--status", "\x1b\n"],
                 ["ingest", "zeros.xml", "--label", "a\nb"],
                 ["ingest", "zeros.xml", "--label", b"\xff"],
                 ["ingest", "zeros.xml", "--note", "\x1b"],
                 ["ingest", "zeros.xml", "--identifier", "a\nb=c"],
                 ["ingest", "zeros.xml", "--identifier", "novalue"],
                 ["ingest", "zeros.xml", "--format", "nothing"],
                 ["ingest", "zeros.xml", "--attach", "fifo"],
                 ["ingest", "zeros.xml", "--attach", "folder"],
                 ["resume", "\x1b"], ["resume", "--discard", "../../x",
                                      "--yes"]):
        refused(s, r, "words", args)


def main():
    r = Report()
    with Scratch() as s:
        assert s.run("init", s.repo).returncode == 0
        write("fine.img", pattern(1474560))
        assert s.run("ingest", "fine.img").returncode == 0
        before = state(s)
        for what, name in list(files()):
            each(s, r, what, name)
        for what, name in big_files():
            each(s, r, what, name)
        for what, name in inventories():
            no = refused(s, r, what, ["check", "--ocfl", name])
            r.check(no in (1, 2), f"check --ocfl takes {what}: exit {no}")
        name = device()
        if name:
            each(s, r, "a device without a medium", name)
        else:
            print("left out: no free loop device to try")
        words(s, r)
        r.check(state(s) == before, f"the repository changed: {state(s)}")
        wild_names_go_in(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
