#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/run_kits.py - kits really run in DOSBox and QEMU

DOSBox without a screen: it mounts a hard disk by its cylinders, heads and
sectors and a CD-ROM, and lists both; a floppy and a disk that are booted write
to themselves, which only the copies of the session may show.  QEMU: the
commands of the swap list do what they say, and FreeDOS reaches its prompt.  The
options of the Power Macintosh are those that QEMU has.  Afterwards every image
has the digest it had.

Needs $MUNIMENT; each emulator, and the corpus, only for its own part.
"""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    SOURCES, "..", "shared", "corpus")
QUIET = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
CYLINDERS, HEADS, SECTORS = 40, 16, 63
done = []


def muniment(repo, *args):
    run = subprocess.run([os.environ["MUNIMENT"], "-C", repo, *args, "--json"],
                         stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def digests(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(base, name), "rb") as f:
                found[name] = hashlib.sha256(f.read()).hexdigest()
    return found


@contextlib.contextmanager
def package(repo, scratch, target, *sources, media=""):
    """A package of SOURCES; its images are the same when it was used."""
    ids = [muniment(repo, "ingest", s, "--label", os.path.basename(s),
                    *(("--media", media) if media else ()))
           ["objects"][0]["id"] for s in sources]
    out = tempfile.mkdtemp(dir=scratch)
    path = muniment(repo, "export", *ids, "--for", target, "--output",
                    out)["path"]
    data = os.path.join(path, "data")
    before = digests(os.path.join(data, "media"))
    yield data
    if digests(os.path.join(data, "media")) != before:
        sys.exit(f"{path}: an image was written to")


def writer(drive):
    """Code of a boot sector that writes itself to the sector behind it."""
    return bytes([0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0,  # ds = es = 0
                  0xb8, 0x01, 0x03, 0xbb, 0x00, 0x7c,  # write 1 from 7C00
                  0xb9, 0x02, 0x00, 0xba, drive, 0x00,  # sector 2
                  0xcd, 0x13,
                  0xb8, 0x01, 0x02, 0xbb, 0x00, 0x80,  # read another one, as
                  0xb9, 0x05, 0x00, 0xba, drive, 0x00,  # that flushes
                  0xcd, 0x13, 0xeb, 0xec])


def booting_floppy(path):
    with open(path, "wb") as f:
        f.write(writer(0).ljust(510, b"\0") + b"\x55\xaa")
        f.truncate(1474560)


def booting_disk(path):
    fat_disk(path, b"IO      SYS", writer(0x80))


def partition(kind, active):
    total = CYLINDERS * HEADS * SECTORS
    return (bytes([0x80 if active else 0, 1, 1, 0, kind, HEADS - 1, SECTORS,
                   CYLINDERS - 1]) + SECTORS.to_bytes(4, "little") +
            (total - SECTORS).to_bytes(4, "little"))


def fat_disk(path, name=b"HELLO   TXT", code=b""):
    """A disk with one FAT16 partition and a file; of all that, what is read."""
    total = CYLINDERS * HEADS * SECTORS
    inside = total - SECTORS
    fat_sectors, root = 40, 512
    boot = bytearray(512)
    boot[:11] = b"\xeb\x3c\x90MSDOS5.0"
    boot[11:36] = ((512).to_bytes(2, "little") + bytes([4, 1, 0, 2]) +
                   root.to_bytes(2, "little") + inside.to_bytes(2, "little") +
                   b"\xf8" + fat_sectors.to_bytes(2, "little") +
                   SECTORS.to_bytes(2, "little") +
                   HEADS.to_bytes(2, "little") +
                   SECTORS.to_bytes(4, "little") + bytes(4))
    boot[36:62] = bytes([0x80, 0, 0x29]) + b"1234" + b"NO NAME    FAT16   "[
        :11] + b"FAT16   "
    boot[0x3e:0x3e + len(code)] = code
    boot[0x100:0x10b] = name
    boot[510:] = b"\x55\xaa"
    fat = (b"\xf8\xff\xff\xff\xff\xff").ljust(fat_sectors * 512, b"\0")
    entry = (name + b"\x20").ljust(26, b"\0") + b"\2\0" + \
        (5).to_bytes(4, "little")
    with open(path, "wb") as f:
        f.write(code.ljust(446, b"\0") +
                partition(6, bool(code)).ljust(64, b"\0") + b"\x55\xaa")
        f.seek(SECTORS * 512)
        f.write(bytes(boot) + fat + fat + entry.ljust(root * 32, b"\0") +
                b"hello")
        f.truncate(total * 512)


def corpus(name, scratch):
    """A file of the corpus, decompressed; None where it is not there."""
    path = os.path.join(CORPUS, name)
    out = os.path.join(scratch, os.path.basename(name))
    if os.path.exists(path):
        return shutil.copyfile(path, out)
    if os.path.exists(path + ".zst") and shutil.which("zstd"):
        subprocess.run(["zstd", "-dqf", path + ".zst", "-o", out], check=True)
        return out
    print(f"not tried: no {name} in the corpus")
    return None


def start(data, session, *args):
    env = dict(os.environ, MUNIMENT_SESSION=session, **QUIET)
    return subprocess.Popen([os.path.join(data, "run"), *args], cwd="/",
                            env=env, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)


def stop(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)


def dosbox_lists(repo, scratch):
    disk = os.path.join(scratch, "disk.img")
    fat_disk(disk)
    disc = corpus("iso/joliet.iso", scratch)
    session = os.path.join(scratch, "session lists")
    with package(repo, scratch, "dosbox", *filter(None, [disk, disc])) as data:
        process = start(data, session, "-c", "dir c: >c:\\c.txt", "-c",
                        "dir d: >c:\\d.txt", "-c", "exit")
        process.wait(90)
        with open(os.path.join(session, "media", "disk.img"), "rb") as f:
            seen = f.read()
    if b"HELLO    TXT                  5" not in seen:
        sys.exit("DOSBox does not list the hard disk")
    if disc and b"LIBCDIO        <DIR>" not in seen:
        sys.exit("DOSBox does not list the CD-ROM")
    done.append("DOSBox mounts a disk and a disc")


def dosbox_boots(repo, scratch, name, make):
    image = os.path.join(scratch, name)
    make(image)
    session = os.path.join(scratch, "session " + name)
    until = time.monotonic() + 60
    with package(repo, scratch, "dosbox", image) as data:
        process = start(data, session)
        copy = os.path.join(session, "media", name)
        seen = b""
        while time.monotonic() < until and process.poll() is None:
            if os.path.exists(copy):
                with open(copy, "rb") as f:
                    seen = f.read(1024)
                if seen[:512] == seen[512:]:
                    break
            time.sleep(0.3)
        stop(process)
    if len(seen) != 1024 or seen[:512] != seen[512:]:
        sys.exit(f"DOSBox did not boot {name}")
    done.append(f"DOSBox boots {name}")


class Monitor:
    """QEMU behind a run script, and a line to its monitor."""

    def __init__(self, data, scratch, *args):
        path = os.path.join(tempfile.mkdtemp(dir=scratch), "monitor")
        self.process = start(data, scratch, "-display", "none", "-monitor",
                             f"unix:{path},server,nowait", *args)
        until = time.monotonic() + 60
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > until or \
                        self.process.poll() is not None:
                    sys.exit(f"QEMU ended: {self.process.poll()}")
                time.sleep(0.1)
        self.answer()

    def answer(self):
        got = b""
        while not got.endswith(b"(qemu) "):
            got += self.socket.recv(65536)
        return got.decode(errors="replace")

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return self.answer()

    def end(self):
        with contextlib.suppress(OSError):
            self.socket.sendall(b"quit\n")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        stop(self.process)
        self.socket.close()


def qemu_swaps(repo, scratch):
    first = corpus("img-fat12/freedos.boot.disk.1.4MB.img", scratch)
    if not first:
        return
    others = []
    for i in range(2):
        others.append(os.path.join(scratch, f"other{i}.img"))
        shutil.copyfile(first, others[-1])
        with open(others[-1], "r+b") as f:
            f.seek(1400 * 1024)
            f.write(b"another %d" % i)
    with package(repo, scratch, "qemu", first, *others) as data:
        with open(os.path.join(data, "config", "swap.txt")) as f:
            lines = [t for t in f.read().splitlines()
                     if t.startswith("change ")]
        qemu = Monitor(data, scratch)
        try:
            wait_for_prompt(qemu, scratch)
            for line in lines:
                qemu.say(line)
                said = qemu.say("info block floppy0")
                if line.split()[2] not in said or "read-only" not in said:
                    sys.exit(f"{line}: {said}")
        finally:
            qemu.end()
    if len(lines) != 3:
        sys.exit(f"the swap list has {lines}")
    done.append("QEMU changes floppies, FreeDOS starts")


def wait_for_prompt(qemu, scratch):
    screen = os.path.join(scratch, "screen")
    until = time.monotonic() + 90
    seen = ""
    while time.monotonic() < until:
        qemu.say(f'pmemsave 0xb8000 4000 "{screen}"')
        with open(screen, "rb") as f:
            seen = f.read()[::2].decode("cp437")
        if "A:\\>" in seen:
            return
        time.sleep(0.5)
    sys.exit(f"no prompt: {seen.split()}")


def ppc_options(repo, scratch):
    disc = corpus("iso/geniso-hfs-hybrid.iso", scratch)
    if not disc:
        return
    with package(repo, scratch, "qemu-ppc", disc) as data:
        qemu = Monitor(data, scratch, "-S")
        try:
            said = qemu.say("info block cd0")
            if "disc.iso" not in said or "read-only" not in said:
                sys.exit(f"no CD-ROM: {said}")
        finally:
            qemu.end()
    done.append("QEMU takes the options of a Macintosh")


def main():
    if "MUNIMENT" not in os.environ:
        print("SKIP: $MUNIMENT, the program, is not set")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="kits ") as scratch:
        repo = os.path.join(scratch, "repo")
        subprocess.run([os.environ["MUNIMENT"], "init", repo], check=True,
                       stdout=subprocess.DEVNULL)
        if shutil.which("dosbox"):
            dosbox_lists(repo, scratch)
            dosbox_boots(repo, scratch, "floppy.img", booting_floppy)
            dosbox_boots(repo, scratch, "disk.img", booting_disk)
        if shutil.which("qemu-system-i386"):
            qemu_swaps(repo, scratch)
        if shutil.which("qemu-system-ppc"):
            ppc_options(repo, scratch)
    if not done:
        print("SKIP: neither DOSBox nor QEMU is installed")
        sys.exit(77)
    print("; ".join(done))


main()
