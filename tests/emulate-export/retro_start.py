#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/retro_start.py - kits of old machines, started

For each emulator that is installed here, a disk of the corpus is ingested,
exported, and started by the package's own run script, without a display that
anybody sees.  What is looked for is that the emulator takes the whole command
line and configuration and attaches the media: by its log, its screen as text,
or its console.  Most have no firmware here; then its own words for that are
what it has to come to, and not to an unknown option.  Afterwards the package
is what it was.

Needs $MUNIMENT, $MUNIMENT_CORPUS, zstd, and Xvfb.  Exit 77: skipped, and why.
"""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WAIT_S = 60
MSX = """<?xml version="1.0"?>
<!DOCTYPE msxconfig SYSTEM 'msxconfig2.dtd'>
<msxconfig>
  <info><type>MSX2</type></info>
  <devices>
    <primary slot="0">
      <ROM id="MSX BIOS"><mem base="0x0000" size="0x8000"/>
        <rom><sha1>{cbios_main_msx2}</sha1></rom></ROM>
    </primary>
    <primary slot="3">
      <secondary slot="0">
        <RAM id="Main RAM"><mem base="0x0000" size="0x10000"/></RAM>
      </secondary>
      <secondary slot="1">
        <WD2793 id="Memory Mapped FDC">
          <connectionstyle>Philips</connectionstyle>
          <mem base="0x4000" size="0x4000"/>
          <rom><sha1>{cbios_disk}</sha1></rom>
          <drives>1</drives>
        </WD2793>
      </secondary>
    </primary>
    <PPI id="ppi"><io base="0xA8" num="4"/>
      <sound><volume>16000</volume></sound></PPI>
    <VDP id="VDP"><io base="0x98" num="4" type="O"/>
      <io base="0x98" num="2" type="I"/>
      <version>V9938</version><vram>128</vram></VDP>
    <PSG id="PSG"><type>YM2149</type><sound><volume>21000</volume></sound>
      <io base="0xA0" num="2" type="O"/><io base="0xA2" num="1" type="I"/></PSG>
  </devices>
</msxconfig>
"""


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


class Failure(Exception):
    """What was seen is not what should be."""


def muniment(repo, *args):
    done = subprocess.run([os.environ["MUNIMENT"], "-C", repo, *args],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"{args}: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def tree(folder):
    """Path to digest of everything in a package."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = \
                    hashlib.sha256(f.read()).hexdigest()
    return found


class Place:
    """A scratch folder with a repository and a display."""

    def __init__(self, scratch, corpus):
        self.scratch = scratch
        self.corpus = corpus
        self.repo = os.path.join(scratch, "repo")
        subprocess.run([os.environ["MUNIMENT"], "init", self.repo],
                       check=True, stdout=subprocess.DEVNULL)
        home = os.path.join(scratch, "home")
        os.mkdir(home)
        self.env = dict(os.environ, HOME=home, SDL_AUDIODRIVER="dummy",
                        LIBGL_ALWAYS_SOFTWARE="1", TMPDIR=scratch,
                        PATH=os.environ["PATH"] + ":/usr/games")
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "WAYLAND_DISPLAY"):
            self.env.pop(name, None)
        self.xvfb = None

    def open_display(self):
        r, w = os.pipe()
        self.xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(w), "-screen", "0", "1024x768x24",
             "-nolisten", "tcp"], pass_fds=[w], stderr=subprocess.DEVNULL)
        os.close(w)
        number = os.read(r, 16).decode().strip()
        os.close(r)
        if not number:
            raise Failure("Xvfb does not start")
        self.env["DISPLAY"] = f":{number}"

    def close(self):
        if self.xvfb:
            self.xvfb.kill()
            self.xvfb.wait()

    def image(self, path):
        """A file of the corpus, decompressed, in the scratch folder."""
        stored = os.path.join(self.corpus, path)
        name = os.path.basename(path)
        out = os.path.join(self.scratch, name)
        if os.path.exists(stored + ".zst"):
            subprocess.run(["zstd", "-dqf", stored + ".zst", "-o", out],
                           check=True)
        else:
            shutil.copyfile(stored, out)
        return out

    def package(self, target, paths, *options):
        ids = []
        for path in paths:
            source = path if os.path.isabs(path) else self.image(path)
            out = muniment(self.repo, "ingest", source, "--json")
            ids.append(out["objects"][0]["id"])
        out = muniment(self.repo, "export", *ids, "--for", target,
                       *options, "-o", self.scratch, "--json")
        return os.path.join(self.scratch, out["path"])


def run(place, bag, args=(), env=None, stdin=b"", until=None, seconds=WAIT_S):
    """Start a package; what it says until it ends or until() is true.

    Gives (text, status); the status is None where it had to be stopped."""
    out = tempfile.TemporaryFile(dir=place.scratch)
    process = subprocess.Popen(
        [os.path.join(bag, "data", "run"), *args], cwd="/",
        env=dict(place.env, **(env or {})), stdout=out,
        stderr=subprocess.STDOUT, stdin=subprocess.PIPE,
        start_new_session=True)
    process.stdin.write(stdin)
    process.stdin.close()
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if until and until(os.pread(out.fileno(), 1 << 22, 0)):
            break
        time.sleep(0.1)
    status = process.poll()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return os.pread(out.fileno(), 1 << 22, 0).decode(errors="replace"), status


def want(text, *words):
    for word in words:
        if word not in text:
            raise Failure(f"no '{word}' in:\n{text[-3000:]}")


def want_none(text, *words):
    for word in words:
        if word.lower() in text.lower():
            raise Failure(f"'{word}' in:\n{text[-3000:]}")


# ---- the emulators ----

def fs_uae(place):
    """The log tells each medium that it attaches, and the ROM."""
    bag = place.package("fs-uae", ["adf/amitools-boot-dd-ofs.adf",
                                   "adf/adflib-links.adf",
                                   "adf/adflib-testofs.adf"])
    session = os.path.join(place.scratch, "session-fs-uae")
    os.mkdir(session)
    log = os.path.join(session, "fs-uae", "Cache", "Logs", "fs-uae.log.txt")

    def read():
        try:
            with open(log, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def ready(_):
        return 'set option "diskimage19"' in read()
    run(place, bag, ["--automatic-input-grab=0"],
        {"MUNIMENT_SESSION": session}, until=ready)
    text = read()
    want(text, "amiga_model = A1200", "writable_floppy_images = 0",
         "/media/floppy1.adf\" (result: 1)", "set option \"floppy1\" to",
         "/media/floppy3.adf\" (result: 1)",
         f"state_dir was explicitly set to: {session}/fs-uae/state")
    want_none(text, "did not find path", "Not found:")
    yield bag


def fs_uae_disk(place):
    """A hard disk with an RDB is attached read-only."""
    bag = place.package("fs-uae", ["hdf/adflib-a590_6parts_not_formatted.hdd"])
    session = os.path.join(place.scratch, "session-fs-uae-disk")
    os.mkdir(session)
    log = os.path.join(session, "fs-uae", "Cache", "Logs", "fs-uae.log.txt")

    def ready(_):
        return os.path.exists(log) and "hardfile2" in open(
            log, encoding="utf-8", errors="replace").read()
    run(place, bag, [], {"MUNIMENT_SESSION": session}, until=ready)
    with open(log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    want(text, "rdb mode: 1", "read only: 1")
    yield bag


def hatari(place):
    """EmuTOS starts, and the program of the floppy reads its text from it."""
    tos = os.environ.get("HATARI_TOS")
    if not tos:
        tos = os.path.join(place.scratch, "etos1024k.img")
        stored = os.path.join(place.corpus, "firmware", "etos1024k.img.zst")
        if not os.path.exists(stored):
            print("  without EmuTOS: nothing to start")
            return
        subprocess.run(["zstd", "-dqf", stored, "-o", tos], check=True)
    options = ["--sound", "off", "--fast-forward", "on", "--conout", "2"]

    def ready(said):
        return b"used for testing that" in said
    for paths in (["st/hatari-bootauto.st", "st/hatari-blank-a.st"],
                  ["stx/hxcfe-bootauto-stx.stx"]):
        bag = place.package("hatari", paths)
        text, _ = run(place, bag, options, {"TOS": tos}, until=ready)
        want(text, "EmuTOS", "used for testing that")
        want_none(text, "unrecognized option", "Usage:")
        yield bag
    bag = place.package("hatari", ["partition/ul-atari-primary.img"])
    text, _ = run(place, bag, options, {"TOS": tos},
                  until=lambda said: b"Boot time" in said)
    # C: is what EmuTOS has found in the partition table of the disk.
    want(text, "EmuTOS", "GEMDOS drives:      ABC")
    want_none(text, "unrecognized option", "Usage:", "ERROR: ACSI")
    yield bag


def mame(place):
    """Two are started: it has no ROMs, and that is all it may complain of.
    Of the others it lists the drives, and the suffixes that they take."""
    for paths in (["adf/amitools-boot-dd-ofs.adf"],
                  ["hdf/adflib-a590_6parts_not_formatted.hdd"]):
        bag = place.package("mame", paths)
        text, status = run(place, bag, ["-video", "none", "-sound", "none",
                                        "-seconds_to_run", "1"])
        want(text, "Required files are missing")
        want_none(text, "unknown option", "unknown system",
                  "Unknown slot option")
        if status != 2:
            raise Failure(f"mame ended with {status}")
        yield bag
    for path in ("apple2/dos33fsprogs-empty.dsk", "atr/uft-atrcopy_dos2sd.atr",
                 "apple2/cp2-prodos-simple-sparse.po",
                 "bbc/fluxengine-acorndfs200.img",
                 "bbc/jsbeeb-beeb_6502_timing_tests.ssd",
                 "commodore/opencbm-filleddk.d82",
                 "commodore/uft-vice_c1541_80trk.d81",
                 "dc42/floptool-simple-linux.dc42",
                 "dsk/cpclib-TEST-CAT.DSK", "spectrum/fuse-success.mgt",
                 "stx/hxcfe-bootauto-stx.stx", "woz/cp2-dos33master_1.woz",
                 "partition/ul-sun.img"):
        bag = place.package("mame", [path])
        text, status = run(place, bag, ["-listmedia"])
        with open(os.path.join(bag, "data", "run"), encoding="ascii") as f:
            drive, suffix = re.search(r" -(\S+) media/\S+(\.\w+) ",
                                      f.read()).groups()
        line = [x for x in text.splitlines() if f"({drive})" in x]
        if status != 0 or not line or suffix not in line[0].split():
            raise Failure(f"{path}: {drive} with {suffix}:\n{text}")
        yield bag


def openmsx(place):
    """With an MSX whose disk ROM is that of C-BIOS, which is free."""
    roms = "/usr/share/cbios"
    if not os.path.exists(os.path.join(roms, "cbios_disk.rom")):
        print("  without C-BIOS: nothing to start")
        return
    share = os.path.join(place.scratch, "share")
    os.makedirs(os.path.join(share, "machines"))
    os.makedirs(os.path.join(share, "systemroms"))
    sums = {}
    for name in ("cbios_disk", "cbios_main_msx2"):
        path = os.path.join(roms, name + ".rom")
        shutil.copy(path, os.path.join(share, "systemroms"))
        with open(path, "rb") as f:
            sums[name] = hashlib.sha1(f.read()).hexdigest()
    with open(os.path.join(share, "machines", "test-msx.xml"), "w",
              encoding="utf-8") as f:
        f.write(MSX.format(**sums))
    bag = place.package("openmsx", ["st/hatari-blank-a.st"],
                        "--platform", "msx")
    text, status = run(place, bag, ["-testconfig"],
                       {"MSX_SHARE": share, "MSX_MACHINE": "test-msx",
                        "SDL_VIDEODRIVER": "dummy"})
    if status != 0:
        raise Failure(f"openmsx ended with {status}:\n{text}")
    want_none(text, "fatal", "couldn't", "can't open")
    yield bag


def fuse(place):
    """ROMs that hold nothing: the machine runs, and does nothing."""
    roms = os.path.join(place.scratch, "spectrum")
    os.mkdir(roms)
    for name, size in (("128-0", 16384), ("128-1", 16384), ("plusd", 8192),
                       ("128p-0", 16384), ("128p-1", 16384),
                       ("trdos", 16384), ("plus3-0", 16384),
                       ("plus3-1", 16384), ("plus3-2", 16384),
                       ("plus3-3", 16384)):
        with open(os.path.join(roms, name + ".rom"), "wb") as f:
            f.write(bytes(size))
    for path in ("spectrum/fuse-success.mgt", "spectrum/fuse-success.udi",
                 "edsk/arkos-cpcBoosterClient.dsk"):
        bag = place.package("fuse", [path], "--platform", "spectrum")
        text, status = run(place, bag, [], {"SPECTRUM_ROMS": roms,
                                            "SDL_VIDEODRIVER": "dummy"},
                           seconds=3)
        if status is not None:
            raise Failure(f"{path}: fuse ended with {status}:\n{text}")
        want_none(text, "unrecognized option", "error initialising",
                  "couldn't find", "couldn't open")
        yield bag


def simh(place):
    """SIMH's console tells what it has attached, and how."""
    disks = []
    for name, size in (("rk05", 2494464), ("rl02", 10485760),
                       ("rx01", 256256), ("mscp", 6000128)):
        path = os.path.join(place.scratch, name + ".img")
        with open(path, "wb") as f:
            f.write(name.encode())
            f.truncate(size)
        disks.append(path)
    bag = place.package("simh", disks, "--platform", "dec")
    text, status = run(place, bag, [], stdin=b"show rk0\nshow rl0\nshow rx0\n"
                                             b"show rq0\nexit\n")
    want(text, "RK0, 1247KW, attached to media/", "RL0, 5242KW, attached to",
         "RL02", "RX0, 256KB, attached to media/", "RQ0, 6000KB, attached to",
         "RAUSER")
    for line in text.splitlines():
        if "attached to media" in line and "read only" not in line and \
                "write locked" not in line:
            raise Failure(f"writable: {line}")
    want_none(text, "non-existent", "not allowed", "invalid", "file open")
    if status != 0:
        raise Failure(f"pdp11 ended with {status}")
    yield bag


TESTS = [
    ("fs-uae", fs_uae),
    ("fs-uae", fs_uae_disk),
    ("hatari", hatari),
    ("mame", mame),
    ("openmsx", openmsx),
    ("fuse", fuse),
    ("pdp11", simh),
]


def try_one(place, test):
    """Every package it gives is checked before the next is made."""
    n = 0
    for bag in test(place):
        n += 1
        subprocess.run([os.environ["MUNIMENT"], "verify", bag], check=True,
                       stdout=subprocess.DEVNULL)
        left = [name for name in os.listdir(place.scratch)
                if name.startswith("muniment.")]
        for name in left:
            shutil.rmtree(os.path.join(place.scratch, name))
        shutil.rmtree(bag)
    return n


def main():
    corpus = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "..",
        "shared", "corpus")
    only = sys.argv[1:]
    if not os.path.exists(os.path.join(corpus, "MANIFEST.tsv")):
        skip("no corpus ($MUNIMENT_CORPUS)")
    for program in ("Xvfb", "zstd"):
        if not shutil.which(program):
            skip(f"no {program}")
    path = os.environ["PATH"] + ":/usr/games"
    started = 0
    with tempfile.TemporaryDirectory() as scratch:
        place = Place(scratch, corpus)
        try:
            place.open_display()
            for program, test in TESTS:
                if only and test.__name__ not in only:
                    continue
                if not shutil.which(program, path=path):
                    print(f"{test.__name__}: no {program} here")
                    continue
                began = time.monotonic()
                n = try_one(place, test)
                started += n
                print(f"{test.__name__}: {n} packages, "
                      f"{time.monotonic() - began:.1f} s")
        except Failure as why:
            sys.exit(f"{test.__name__}: {why}")
        finally:
            place.close()
    if not started:
        skip("no emulator of these is installed")


if __name__ == "__main__":
    main()
