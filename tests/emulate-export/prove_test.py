#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/prove_test.py - muniment export --prove, really

Media that start, and media that do not, in every emulator that is installed:
what the package says of it, its screenshot, its event and its exit status.
Then an interruption in the middle, after which there is no process, no package
and no screen of ours left; and a disk that becomes full.

Needs $MUNIMENT; some cases want $MUNIMENT_CORPUS, zstd, Xvfb, mtools; with
$HATARI_TOS or its EmuTOS.  Exit 77: skipped, and why.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

RESCUE = "/usr/lib/grub-rescue"
PREMIS = "{http://www.loc.gov/premis/v3}"
FAKE = """#!/bin/sh
[ "$1" = --version ] && exit 1
: >%s/started
trap '' TERM
while :; do sleep 1; done
"""

CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared",
    "corpus")


class Skip(Exception):
    """A case that cannot be tried here."""


class Place:
    """A scratch folder with a repository."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.repo = os.path.join(scratch, "repo")
        self.out = os.path.join(scratch, "out")
        subprocess.run([os.environ["MUNIMENT"], "init", self.repo],
                       check=True, stdout=subprocess.DEVNULL)

    def command(self, *args):
        return [os.environ["MUNIMENT"], "-C", self.repo, *args]

    def ingest(self, path, *args):
        done = subprocess.run(self.command("ingest", path, *args, "--json"),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True)
        return json.loads(done.stdout)["objects"][0]["id"]

    def corpus(self, path):
        """A file of the corpus, decompressed."""
        stored = os.path.join(CORPUS, path + ".zst")
        if not os.path.exists(stored) or not shutil.which("zstd"):
            raise Skip(f"no {path} of the corpus, or no zstd")
        out = os.path.join(self.scratch, os.path.basename(path))
        subprocess.run(["zstd", "-dqf", stored, "-o", out], check=True)
        return out

    def prove(self, obj, target, result, *args, env=None):
        """Export and prove; what the package says must be what we are told."""
        began = time.monotonic()
        shutil.rmtree(self.out, ignore_errors=True)
        done = subprocess.run(
            self.command("export", obj, "--for", target, "-o", self.out,
                         "--prove", "--json", *args),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
        want = 1 if result == "failed" else 0
        if done.returncode != want:
            sys.exit(f"{target}: status {done.returncode}: "
                     f"{done.stdout.decode()}")
        got = json.loads(done.stdout)
        if got["proof"] != result:
            sys.exit(f"{target}: {got['proof']}: {got['proof_text']}")
        package = got["path"]
        if os.path.isdir(package):
            self.check_papers(package, result)
        subprocess.run([os.environ["MUNIMENT"], "verify", package],
                       check=True, stdout=subprocess.DEVNULL)
        nothing_left(self.scratch)
        print(f"{target}: {result}: {got['proof_text']} "
              f"({time.monotonic() - began:.1f} s)", flush=True)
        return got

    def check_papers(self, package, result):
        data = os.path.join(package, "data")
        with open(os.path.join(data, "receipt.json"), encoding="utf-8") as f:
            proof = json.load(f)["proof"]
        premis = ET.parse(os.path.join(data, "metadata", "export.xml"))
        kinds = [e.text for e in premis.iter(PREMIS + "eventType")]
        text = ET.tostring(premis.getroot(), encoding="unicode")
        if proof["result"] != result:
            sys.exit(f"receipt: {proof}")
        if ("known to work" in text) != (result == "proved"):
            sys.exit("PREMIS: environment and proof are at odds")
        if result == "not proved":
            if "rendering" in kinds:
                sys.exit("PREMIS: an event of what was not tried")
            return
        if "rendering" not in kinds or not proof["version"][:1].isdigit():
            sys.exit(f"no event, or no version: {kinds} {proof}")
        if not proof["screenshot"]:
            sys.exit(f"no screenshot: {proof}")
        with open(os.path.join(data, "metadata", proof["screenshot"]),
                  "rb") as f:
            if f.read(8) != b"\x89PNG\r\n\x1a\n":
                sys.exit("the screenshot is no PNG")
        with open(os.path.join(data, "README.txt"), encoding="utf-8") as f:
            if proof["text"].split()[0] not in f.read():
                sys.exit("README.txt says nothing of it")


def processes(text):
    """Process ids whose arguments have TEXT."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if text.encode() in f.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except (OSError, ValueError):
            pass
    return found


def nothing_left(scratch):
    """No emulator and no Xvfb of ours: all have our folder as an argument."""
    until = time.monotonic() + 5
    while processes(scratch):
        if time.monotonic() > until:
            sys.exit(f"left: {processes(scratch)}")
        time.sleep(0.1)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip(f"no {program}")


def fat_floppy(place):
    """A floppy of DOS with two files and no system."""
    need("mkfs.fat", "mcopy")
    path = os.path.join(place.scratch, "data.img")
    if not os.path.exists(path):
        note = os.path.join(place.scratch, "NOTE.TXT")
        with open(note, "w", encoding="ascii") as f:
            f.write("A note.\r\n")
        with open(path, "wb") as f:
            f.truncate(1474560)
        subprocess.run(["mkfs.fat", "-n", "NOTES", path], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["mcopy", "-i", path, note, "::NOTE.TXT"], check=True)
        subprocess.run(["mcopy", "-i", path, note, "::OTHER.TXT"], check=True)
    return path


# ---- cases ----

def qemu_grub(place):
    need("qemu-system-i386")
    if not os.path.isdir(RESCUE):
        raise Skip("no rescue media (Debian: grub-rescue-pc)")
    floppy = place.ingest(os.path.join(RESCUE, "grub-rescue-floppy.img"),
                          "--media", "3.5-inch floppy disk")
    place.prove(floppy, "qemu", "proved", "--expect", "GNU GRUB")
    disc = place.ingest(os.path.join(RESCUE, "grub-rescue-cdrom.iso"))
    place.prove(disc, "qemu", "proved", "--expect", "GNU GRUB",
                "--package", "zip")


def qemu_freedos(place):
    need("qemu-system-i386")
    obj = place.ingest(place.corpus("img-fat12/freedos.boot.disk.1.4MB.img"))
    place.prove(obj, "qemu", "proved", "--expect", "A:\\>")
    # What was seen once is what has to be seen again.
    got = place.prove(obj, "qemu", "proved")
    picture = os.path.join(place.scratch, "freedos.png")
    shutil.copy(os.path.join(got["path"], "data", "metadata", "screen.png"),
                picture)
    place.prove(obj, "qemu", "proved", "--picture", picture)


def qemu_nothing(place):
    need("qemu-system-i386")
    obj = place.ingest(fat_floppy(place))
    place.prove(obj, "qemu", "failed")


def qemu_missing(place):
    obj = place.ingest(fat_floppy(place))
    place.prove(obj, "qemu", "not proved", env={"QEMU": "/nowhere/qemu"})
    place.prove(obj, "v86", "not proved")


def dosbox_mounted(place):
    need("dosbox", "Xvfb")
    obj = place.ingest(fat_floppy(place))
    place.prove(obj, "dosbox", "proved", "--expect", "OTHER    TXT")
    place.prove(obj, "dosbox", "failed", "--expect", "MISSING  TXT")


def dosbox_booted(place):
    need("dosbox", "Xvfb")
    obj = place.ingest(place.corpus("img-fat12/freedos.boot.disk.1.4MB.img"))
    place.prove(obj, "dosbox", "proved")


def hatari(place):
    need("hatari", "Xvfb")
    tos = os.environ.get("HATARI_TOS") or \
        place.corpus("firmware/etos1024k.img")
    obj = place.ingest(place.corpus("st/hatari-bootauto.st"))
    place.prove(obj, "hatari", "proved", "--expect",
                "test text used for testing that reading",
                env={"HATARI_TOS": tos})


def fs_uae(place):
    need("fs-uae", "Xvfb")
    obj = place.ingest(place.corpus("adf/amitools-boot-dd-ofs.adf"))
    place.prove(obj, "fs-uae", "proved")


def interrupted(place):
    """Ctrl+C while an emulator hangs that does not listen."""
    fake = os.path.join(place.scratch, "fake")
    with open(fake, "w", encoding="ascii") as f:
        f.write(FAKE % place.scratch)
    os.chmod(fake, 0o755)
    obj = place.ingest(fat_floppy(place))
    for target, variable in (("qemu", "QEMU"), ("dosbox", "DOSBOX")):
        shutil.rmtree(place.out, ignore_errors=True)
        started = os.path.join(place.scratch, "started")
        process = subprocess.Popen(
            place.command("export", obj, "--for", target, "-o", place.out,
                          "--prove"),
            env=dict(os.environ, **{variable: fake}),
            stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not os.path.exists(started) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
        if status == 0 or not os.path.exists(started):
            sys.exit(f"{target}: interrupted, and ends with {status}")
        os.unlink(started)
        nothing_left(place.scratch)
        if os.path.exists(place.out) and os.listdir(place.out):
            sys.exit(f"{target}: left {os.listdir(place.out)}")
        print(f"{target}: interrupted, and nothing is left", flush=True)


def disk_full(place):
    """The scratch folder is that of the package: a small one."""
    need("qemu-system-i386", "mount", "umount")
    if os.geteuid() != 0:
        raise Skip("not root: no small file system")
    small = os.path.join(place.scratch, "small")
    os.mkdir(small)
    obj = place.ingest(fat_floppy(place))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "none",
                       small], stderr=subprocess.DEVNULL).returncode:
        raise Skip("no tmpfs can be mounted")
    try:
        done = subprocess.run(
            place.command("export", obj, "--for", "qemu", "-o", small,
                          "--prove"), stderr=subprocess.PIPE)
        left = os.listdir(small)
    finally:
        subprocess.run(["umount", small], check=True)
    if done.returncode != 2 or left:
        sys.exit(f"full: status {done.returncode}, left {left}: "
                 f"{done.stderr}")
    nothing_left(place.scratch)
    print(f"full: {done.stderr.decode().strip()}", flush=True)


CASES = [qemu_grub, qemu_freedos, qemu_nothing, qemu_missing, dosbox_mounted,
         dosbox_booted, hatari, fs_uae, interrupted, disk_full]


def main():
    if "MUNIMENT" not in os.environ:
        print("SKIP: $MUNIMENT, the program, is not set")
        sys.exit(77)
    only = sys.argv[1:]
    done = 0
    with tempfile.TemporaryDirectory(prefix="mun-prove-") as scratch:
        place = Place(scratch)
        for case in CASES:
            if only and case.__name__ not in only:
                continue
            try:
                case(place)
                done += 1
            except Skip as why:
                print(f"SKIP: {case.__name__}: {why}", flush=True)
    if not done:
        sys.exit(77)


if __name__ == "__main__":
    main()
