#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/make_media_dosbox.py - DOSBox reads what make-media makes

Floppies of each size, disks of FAT12 and FAT16 and a disc are mounted; DOSBox's
own `copy` brings a file out of each, which must be the one that went in, and
`dir` shows names and times.  Also started from, a floppy says that it is not
bootable (in QEMU, where that is installed).

Needs $MUNIMENT.  Exit 77: skipped, and why.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

FLOPPIES = ("160K", "180K", "320K", "360K", "720K", "1.2M", "1.44M", "2.88M")
DISKS = ("10M", "64M", "500M")
FAILED = []


def check(ok, text):
    if not ok:
        FAILED.append(text)
        print("FAILED:", text, flush=True)


def make(name, *args):
    done = subprocess.run([os.environ["MUNIMENT"], "make-media", "in", "-o",
                           name, "--json", *args], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def geometry(doc):
    """The words of imgmount for a disk."""
    words = doc["layout"].replace(",", "").split()
    at = words.index("cylinders")
    cylinders, heads, sectors = words[at - 1], words[at + 1], words[at + 3]
    return f"-size 512,{sectors},{heads},{cylinders}"


def dosbox(lines):
    with open("dosbox.conf", "w", encoding="ascii") as f:
        f.write("[sdl]\noutput=surface\n[mixer]\nnosound=true\n[autoexec]\n" +
                "\n".join(lines) + "\nexit\n")
    subprocess.run(["dosbox", "-conf", "dosbox.conf", "-exit"], check=False,
                   timeout=60, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL,
                   env=dict(os.environ, SDL_VIDEODRIVER="dummy",
                            SDL_AUDIODRIVER="dummy", HOME=os.getcwd()))


def one(name, mount, data):
    """Mounted as D:, its file copied out and its names listed."""
    dosbox([f"mount c {os.getcwd()}/out", mount, "d:",
            "copy \\sub\\data.bin c:\\data.bin", "dir > c:\\dir.txt",
            "copy LONGNA~1.TXT c:\\long.txt",
            "copy LONGNAME.TXT c:\\long.txt"])
    found = {n.lower(): os.path.join("out", n) for n in os.listdir("out")}

    def read(n):
        if n not in found:
            return b""
        with open(found[n], "rb") as f:
            return f.read()

    check(read("data.bin") == data, f"{name}: {len(read('data.bin'))} bytes")
    check(read("long.txt") == b"long\n", f"{name}: {read('long.txt')}")
    listed = read("dir.txt").decode("latin-1")
    check("SUB" in listed and "README   TXT" in listed, f"{name}: {listed}")
    check("24-08-1995 12:34" in listed, f"{name}: times: {listed}")
    for n in found.values():
        os.unlink(n)


def not_bootable():
    """The screen of a PC that is started from it."""
    if not shutil.which("qemu-system-i386"):
        print("not tried: no qemu-system-i386")
        return
    for image, interface in (("f1.44M.img", "floppy"), ("d10M.img", "ide")):
        p = subprocess.Popen(
            ["qemu-system-i386", "-m", "16", "-display", "none", "-monitor",
             "stdio", "-no-reboot", "-nic", "none", "-drive",
             f"file={image},format=raw,if={interface},snapshot=on"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        seen = b""
        for _ in range(60):
            time.sleep(0.5)
            p.stdin.write(b'pmemsave 0xb8000 4000 "screen"\n')
            p.stdin.flush()
            time.sleep(0.2)
            if os.path.exists("screen"):
                with open("screen", "rb") as f:
                    seen = f.read()[::2]
            if b"not bootable" in seen:
                break
        p.stdin.write(b"quit\n")
        p.stdin.flush()
        p.wait(timeout=20)
        check(b"This disk is not bootable" in seen, f"{image}: {seen}")
        os.unlink("screen")


def main():
    if not shutil.which("dosbox"):
        print("SKIP: no dosbox")
        sys.exit(77)
    scratch = tempfile.mkdtemp(prefix="mun-dosbox-")
    os.chdir(scratch)
    try:
        os.makedirs("in/sub")
        os.mkdir("out")
        data = random.Random(5).randbytes(77777)
        for name, content in (("sub/data.bin", data), ("readme.txt", b"r\n"),
                              ("long name of a file.txt", b"long\n")):
            with open("in/" + name, "wb") as f:
                f.write(content)
            os.utime("in/" + name, (809267696, 809267696))
        for size in FLOPPIES:
            make(f"f{size}.img", "--to", "fat", "--size", size)
            one(size, f"imgmount d {scratch}/f{size}.img -t floppy", data)
        for size in DISKS:
            doc = make(f"d{size}.img", "--to", "fat", "--size", size)
            one(size, f"imgmount d {scratch}/d{size}.img {geometry(doc)}",
                data)
        make("x.iso", "--to", "iso")
        one("iso", f"imgmount d {scratch}/x.iso -t iso", data)
        not_bootable()
    finally:
        os.chdir("/")
        shutil.rmtree(scratch)
    print(f"{len(FLOPPIES) + len(DISKS) + 1} images, {len(FAILED)} failures")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
