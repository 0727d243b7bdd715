#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/flips.py - one flipped bit anywhere is noticed
"""Every byte of a small repository (all with MUNIMENT_LONG=1, else a sample of
each file) has one bit flipped: in ocfl/ audit or check must see it, in
catalog.db check must see it where it changes what show says; never a crash."""
import os
import random
import shutil
import subprocess

from lab import LONG, Lab, main, need, pattern

# Bits in the store and in the catalog; a busy machine tries as many.
STORE_BITS = None if LONG else 120
CATALOG_BITS = None if LONG else 120
SEED = int(os.environ.get("MUNIMENT_SEED", "7"))


def fill(lab):
    """Two small objects, one with a paper."""
    paper = lab.file("paper.txt", b"Disk 1 of 2\n")
    lab.run("ingest", lab.file("a.img", pattern(3000, 1)), "--label", "First",
            "--identifier", "barcode=31234000123456", "--attach", paper,
            "--note", "a note", "--operator", "J. Archivist")
    lab.run("ingest", lab.file("b.img", pattern(1500, 2)))


def status(lab, *args):
    """Exit status; a signal is a crash."""
    p = subprocess.run(lab.command(*args), text=True, errors="replace",
                       capture_output=True, check=False)
    need(p.returncode in (0, 1, 2), "%s: exit %d: %s" % (
        args, p.returncode, p.stderr))
    return p.returncode


def places(files, rnd):
    """(path, offset): all of them, or a fair sample of each file in turn."""
    todo = []
    for path in files:
        size = os.path.getsize(path)
        offs = list(range(size))
        rnd.shuffle(offs)
        # The first and the last byte are always among them.
        offs = [o for o in (0, size - 1) if 0 <= o < size] + offs
        todo.append((path, offs))
    for i in range(max((len(o) for _, o in todo), default=0)):
        for path, offs in todo:
            if i < len(offs):
                yield path, offs[i]


def flip(path, off, bit):
    """Change one bit."""
    with open(path, "r+b") as f:
        f.seek(off)
        b = f.read(1)
        f.seek(off)
        f.write(bytes([b[0] ^ 1 << bit]))


def tree(root):
    """All files below."""
    return sorted(os.path.join(r, n) for r, _, names in os.walk(root)
                  for n in names)


def a_flipped_bit_in_the_store_is_noticed():
    """By check, by check --content, or by audit."""
    rnd = random.Random(SEED)
    with Lab() as lab:
        fill(lab)
        db = os.path.join(lab.repo, "catalog.db")
        keep = lab.path("catalog.keep")
        shutil.copy(db, keep)
        files = tree(os.path.join(lab.repo, "ocfl"))
        for path in files:
            os.chmod(path, 0o600)
        n = 0
        for path, off in places(files, rnd):
            bit = rnd.randrange(8)
            flip(path, off, bit)
            seen = status(lab, "check") or status(lab, "audit", "--all")
            need(seen, "%s: bit %d of byte %d is not seen" % (
                os.path.relpath(path, lab.repo), bit, off))
            flip(path, off, bit)
            n += 1
            if n == STORE_BITS:
                break
        shutil.copy(keep, db)
        lab.assert_clean("--content")
        print("     %d bits in %d files (seed %d)" % (n, len(files), SEED))
        need(n >= 2 * len(files), "too few")


def show(lab, ids):
    """What show says, or None where it fails."""
    out = []
    for i in ids:
        p = subprocess.run(lab.command("show", i, "--json"), text=True,
                           errors="replace", capture_output=True, check=False)
        need(p.returncode in (0, 1, 2), "show: exit %d" % p.returncode)
        out.append(p.stdout if p.returncode == 0 else None)
    return out


def a_flipped_bit_in_the_catalog_is_noticed():
    """Where it changes a fact."""
    rnd = random.Random(SEED + 1)
    with Lab() as lab:
        fill(lab)
        db = os.path.join(lab.repo, "catalog.db")
        ids = [o["id"] for o in lab.objects()]
        want = show(lab, ids)
        keep = lab.path("catalog.keep")
        shutil.copy(db, keep)
        n = changed = 0
        for _, off in places([db], rnd):
            bit = rnd.randrange(8)
            flip(db, off, bit)
            have = show(lab, ids)
            seen = status(lab, "check")
            if have != want:
                changed += 1
                need(seen, "bit %d of byte %d changes what show says and is "
                     "not seen" % (bit, off))
            for junk in ("-wal", "-shm"):
                if os.path.exists(db + junk):
                    os.unlink(db + junk)
            shutil.copy(keep, db)
            n += 1
            if n == CATALOG_BITS:
                break
        lab.assert_clean()
        print("     %d bits, %d of them facts (seed %d)" % (n, changed, SEED))
        need(n > 100 and changed > 3, "too few")


def an_object_that_is_gone_is_noticed():
    """From the store, and from the catalog."""
    with Lab() as lab:
        fill(lab)
        spare = lab.path("spare")
        shutil.copytree(lab.repo, spare)
        victim = [os.path.dirname(p) for p in tree(
            os.path.join(lab.repo, "ocfl")) if p.endswith("inventory.json")
            and os.path.basename(os.path.dirname(p)) != "v1"][0]
        shutil.rmtree(victim)
        p = lab.run("check", status=(1,))
        need("store-missing" in p.stdout, p.stdout)
        p = lab.run("audit", "--all", status=(1,))
        need("missing" in p.stdout, p.stdout)
        shutil.rmtree(os.path.join(lab.repo, "ocfl"))
        shutil.copytree(os.path.join(spare, "ocfl"),
                        os.path.join(lab.repo, "ocfl"))
        with Lab() as other:
            shutil.copy(os.path.join(other.repo, "catalog.db"),
                        os.path.join(lab.repo, "catalog.db"))
        for junk in ("-wal", "-shm"):
            if os.path.exists(os.path.join(lab.repo, "catalog.db" + junk)):
                os.unlink(os.path.join(lab.repo, "catalog.db" + junk))
        p = lab.run("check", status=(1,))
        need(p.stdout.count("catalog-missing") == 2, p.stdout)


main(an_object_that_is_gone_is_noticed, a_flipped_bit_in_the_store_is_noticed,
     a_flipped_bit_in_the_catalog_is_noticed)
