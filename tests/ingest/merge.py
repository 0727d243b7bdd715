#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/merge.py - several readings of one medium made one object
"""Disks with holes and lies are merged; what comes out is compared with the
truth, with what is told, and with what a person makes of the files alone."""
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from lab import LONG, Lab, main, need, pattern

SECTOR = 512
SECTORS = 2880
TRUTH = pattern(SECTORS * SECTOR, 4711)


def mapfile(size, bad, doubtful=()):
    """The text of a ddrescue mapfile with these sectors bad."""
    lines = ["# Mapfile. Made by a test"]
    lines += ["# doubtful: 0x%X 0x%X" % (s * SECTOR, SECTOR)
              for s in sorted(doubtful)]
    lines.append("0x0 + 1")
    pos = 0
    runs = []
    bad = set(bad) | set(doubtful)
    for s in range(size // SECTOR):
        state = "-" if s in bad else "+"
        if runs and runs[-1][1] == state:
            runs[-1][0] += SECTOR
        else:
            runs.append([SECTOR, state])
    for n, state in runs:
        lines.append("0x%X 0x%X %s" % (pos, n, state))
        pos += n
    return "\n".join(lines) + "\n"


def reading(lab, name, bad=(), lies=(), doubtful=(), size=None):
    """An image file and its map: these sectors bad, those not the truth."""
    data = bytearray(TRUTH if size is None else TRUTH[:size].ljust(size, b"x"))
    for s in bad:
        data[s * SECTOR:(s + 1) * SECTOR] = bytes(SECTOR)
    for s in list(lies) + list(doubtful):
        data[s * SECTOR + 7] ^= 1 + len(name)
    image = lab.file(name + ".img", bytes(data))
    return image, lab.file(name + ".map",
                           mapfile(len(data), bad, doubtful).encode())


def ingest(lab, *args, status=(0, 1)):
    """The one object of an ingest."""
    return lab.json("ingest", *args, status=status)["objects"][0]


def first(lab, **how):
    """A new object."""
    image, m = reading(lab, "one", **how)
    return ingest(lab, image, "--map", m)["id"]


def merge(lab, object_id, name, *args, status=(0, 1), **how):
    """A further reading of it."""
    image, m = reading(lab, name, **how)
    return ingest(lab, "--merge", object_id, image, "--map", m, *args,
                  status=status)


def content(lab, object_id):
    """What cat gives."""
    return subprocess.run(lab.command("cat", object_id), check=True,
                          capture_output=True).stdout


def folder(lab, object_id):
    """Its folder in the store."""
    h = hashlib.sha256(("urn:uuid:" + object_id).encode()).hexdigest()
    return lab.path("repo", "ocfl", h[:3], h[3:6], h[6:9], h)


def parse_map(path):
    """Runs of a mapfile: (offset, bytes, state)."""
    runs = []
    doubtful = []
    with open(path, encoding="ascii") as f:
        lines = f.read().splitlines()
    for line in lines:
        words = line.split()
        if line.startswith("# doubtful:"):
            doubtful.append((int(words[2], 0), int(words[3], 0)))
    body = [line.split() for line in lines if not line.startswith("#")][1:]
    for off, n, state in body:
        runs.append((int(off, 0), int(n, 0), state))
    return runs, doubtful


def newest(object_dir):
    """Logical paths of the newest version, and where they lie."""
    with open(os.path.join(object_dir, "inventory.json"), "rb") as f:
        inv = json.load(f)
    state = inv["versions"][inv["head"]]["state"]
    out = {}
    for digest, paths in state.items():
        for path in paths:
            out[path] = os.path.join(object_dir, inv["manifest"][digest][0])
    return out


def remade(files, n):
    """Reading n again, with nothing but the files (docs/merging.md)."""
    with open(files["image/disk.img"], "rb") as f:
        data = bytearray(f.read())
    base = "metadata/reads/%d/" % n
    at = 0
    with open(files[base + "differs.bin"], "rb") as f:
        other = f.read()
    for off, size, state in parse_map(files[base + "differs.map"])[0]:
        if state == "-":
            data[off:off + size] = other[at:at + size]
            at += size
    need(at == len(other), "differs.bin has %d bytes too many" %
         (len(other) - at))
    return data, parse_map(files[base + "disk.map"])


def assert_reading(lab, object_id, n, name):
    """What can be made again is what was read."""
    data, (runs, doubtful) = remade(newest(folder(lab, object_id)), n)
    with open(lab.path(name + ".img"), "rb") as f:
        was = f.read()
    for off, size, state in runs:
        had = state == "+" or any(a <= off < a + b for a, b in doubtful)
        if had:
            need(data[off:off + size] == was[off:off + size],
                 "reading %d differs at %d" % (n, off))


def assert_sound(lab, *objects):
    """Everything agrees with everything, and every byte is as recorded."""
    lab.assert_clean()
    lab.run("audit", "--all")
    lab.run("audit", "--all", "--full")
    lab.run("ledger", "verify")
    for o in objects:
        files = newest(folder(lab, o))
        with open(files["metadata/provenance.json"], "rb") as f:
            at = 0
            for x in json.load(f)["extents"]:
                need(x["offset"] == at, "a gap in provenance.json")
                at += x["bytes"]
        need(at == os.path.getsize(files["image/disk.img"]), "its end")
        for version in range(1, lab.json("show", o)["version"] + 1):
            lab.run("check", "--premis", os.path.join(
                folder(lab, o), "v%d/content/metadata/premis.xml" % version))
        lab.run("check", "--ocfl", lab.path("repo", "ocfl"))


def two_copies_with_disjoint_damage_are_one_perfect_image():
    """The damage of the one is no damage of the other."""
    with Lab() as lab:
        rng = random.Random(1)
        bad = rng.sample(range(SECTORS), 200)
        o = first(lab, bad=bad[:100])
        need(content(lab, o) != TRUTH, "nothing was missing")
        r = merge(lab, o, "two", bad=bad[100:], status=(0,))
        need(content(lab, o) == TRUTH, "not the truth")
        need(r["outcome"] == "complete" and r["unreadable_bytes"] == 0 and
             r["version"] == 2 and r["id"] == o and
             r["merge"]["filled_bytes"] == 100 * SECTOR and
             r["merge"]["disagreements"] == 0, r)
        show = lab.json("show", o)
        need(show["version"] == 2 and not show["unreadable"], show)
        need("version        2, merged of 2 readings" in
             lab.run("show", o).stdout, "show does not say it")
        assert_reading(lab, o, 1, "one")
        assert_reading(lab, o, 2, "two")
        assert_sound(lab, o)


def the_liar_among_three_is_named():
    """Also where it came first, and was believed."""
    with Lab() as lab:
        o = first(lab, lies=[5, 6, 7, 900])
        r = merge(lab, o, "two", status=(1,))
        need(r["merge"]["disagreements"] == 4 and "liar" not in r["merge"] and
             [x["because"] for x in r["merge"]["ranges"]] == ["kept"] * 2, r)
        need(content(lab, o) != TRUTH, "one against one was decided")
        r = merge(lab, o, "three", status=(1,))
        m = r["merge"]
        need(m["liar"] == 1 and m["liar_name"] == "one.img" and
             m["outvoted"] == 4, m)
        need(m["ranges"][0] == {"lba": 5, "sectors": 3, "offset": 5 * SECTOR,
                                "bytes": 3 * SECTOR, "because": "majority",
                                "taken": "2, 3", "others": "1"}, m)
        need(content(lab, o) == TRUTH, "the majority was not followed")
        text = lab.run("show", o).stdout
        need("most often reading 1 (one.img)" in text, text)
        for n, name in enumerate(("one", "two", "three"), 1):
            assert_reading(lab, o, n, name)
        assert_sound(lab, o)


def a_person_may_prefer():
    """The new one, or the old one, against anybody."""
    for who in ("new", "old"):
        with Lab() as lab:
            o = first(lab, bad=[1])
            r = merge(lab, o, "two", "--prefer", who, lies=[10])
            need(r["merge"]["ranges"][0]["because"] == "preferred" and
                 r["merge"]["ranges"][0]["taken"] ==
                 ("2" if who == "new" else "1"), r)
            with open(lab.path("two.img"), "rb") as f:
                want = f.read() if who == "new" else TRUTH
            need(content(lab, o) == want, "--prefer %s was not done" % who)
            # What was preferred stays, where nobody has more to say.
            r = merge(lab, o, "three", bad=[10], lies=[11])
            need(content(lab, o)[10 * SECTOR:11 * SECTOR] ==
                 want[10 * SECTOR:11 * SECTOR], "undone")
            assert_sound(lab, o)


def doubtful_data_are_kept_until_somebody_reads_them_well():
    """And never take the place of good ones."""
    with Lab() as lab:
        o = first(lab, bad=[3], doubtful=[4])
        r = merge(lab, o, "two", doubtful=[3, 4, 5])
        need(r["merge"]["doubtful_bytes"] == 2 * SECTOR and
             r["merge"]["lost_bytes"] == 0, r)
        need(content(lab, o)[5 * SECTOR:6 * SECTOR] ==
             TRUTH[5 * SECTOR:6 * SECTOR], "good data gave way")
        need(r["damaged"] and r["doubtful_bytes"] == 2 * SECTOR, r)
        r = merge(lab, o, "three", bad=[9], status=(0,))
        need(content(lab, o) == TRUTH and r["doubtful_bytes"] == 0 and
             r["merge"]["filled_bytes"] == 2 * SECTOR, r)
        for n, name in enumerate(("one", "two", "three"), 1):
            assert_reading(lab, o, n, name)
        assert_sound(lab, o)


def a_file_may_come_back_as_it_was():
    """The same bytes in two versions are two files."""
    with Lab() as lab:
        o = first(lab, bad=[1])
        merge(lab, o, "two", lies=[10])
        merge(lab, o, "three", "--prefer", "new", lies=[10])
        merge(lab, o, "four", "--prefer", "new")
        merge(lab, o, "five", "--prefer", "new", lies=[10])
        merge(lab, o, "six", "--prefer", "new")
        need(content(lab, o) == TRUTH, "not the truth")
        need(lab.json("show", o)["version"] == 6, "not version 6")
        paths = [f["path"] for f in lab.json("show", o)["files"]]
        need(len(paths) == len(set(paths)), "a path twice")
        for n, name in enumerate(("one", "two", "three", "four", "five",
                                  "six"), 1):
            assert_reading(lab, o, n, name)
        assert_sound(lab, o)


def what_brings_nothing_makes_no_version():
    """And says so."""
    with Lab() as lab:
        o = first(lab, bad=[3])
        image, m = reading(lab, "two", bad=[3, 4])
        p = lab.run("ingest", "--merge", o, image, "--map", m, status=(1,))
        need("brings nothing new: version 1 stays" in p.stdout, p.stdout)
        need(os.listdir(lab.path("repo", "spool")) == [], "left over")
        need(not os.path.exists(os.path.join(folder(lab, o), "v2")), "v2")
        assert_sound(lab)


def what_does_not_fit_is_refused():
    """In one line, and nothing is left of it."""
    with Lab() as lab:
        o = first(lab, bad=[3])
        image, _ = reading(lab, "short", size=TRUTH and 1000 * SECTOR)
        p = lab.run("ingest", "--merge", o, image, status=(2,))
        need("512000 bytes" in p.stderr and "1474560" in p.stderr, p.stderr)
        other = lab.file("other.img", pattern(len(TRUTH), 9))
        p = lab.run("ingest", "--merge", o, other, status=(2,))
        need("not the same medium" in p.stderr, p.stderr)
        gz = lab.file("x.img.gz", b"")
        with open(gz, "wb") as f:
            subprocess.run(["gzip", "-c", lab.path("one.img")], stdout=f,
                           check=True)
        p = lab.run("ingest", "--merge", o, gz, status=(2,))
        c = ingest(lab, gz)["id"]
        p = lab.run("ingest", "--merge", c, lab.path("one.img"), status=(2,))
        need("not plain sectors" in p.stderr, p.stderr)
        p = lab.run("ingest", "--prefer", "new", image, status=(64,))
        p = lab.run("ingest", "--merge", o, "--prefer", "me", image,
                    status=(64,))
        p = lab.run("ingest", "--merge", o, "--label", "x", image,
                    status=(64,))
        need(os.listdir(lab.path("repo", "spool")) == [],
             os.listdir(lab.path("repo", "spool")))
        # A damaged master is not built upon.
        path = newest(folder(lab, o))["image/disk.img"]
        os.chmod(path, 0o644)
        with open(path, "r+b") as f:
            f.seek(700000)
            f.write(b"!")
        image, m = reading(lab, "two")
        p = lab.run("ingest", "--merge", o, image, status=(2,))
        need("damaged" in p.stderr, p.stderr)
        lab.run("resume", "--list")


def four_merges_and_every_reading_can_be_made_again():
    """With parity; copies, rebuilding, exports and incidents afterwards."""
    with Lab("md5,sha1,sha256,sha512") as lab:
        lab.run("config", "set", "parity", "5%")
        rng = random.Random(7)
        names = ["one", "two", "three", "four", "five"]
        hows = [{"bad": rng.sample(range(SECTORS), 60),
                 "lies": rng.sample(range(SECTORS), 5)} for _ in names]
        o = first(lab, **hows[0])
        lab.run("store", "add", "tape", lab.path("tape"))
        lab.run("replicate")
        for name, how in list(zip(names, hows))[1:]:
            merge(lab, o, name, **how)
        need(lab.json("show", o)["version"] == 5, "not version 5")
        for n, name in enumerate(names, 1):
            assert_reading(lab, o, n, name)
        # The copy is audited as what it is, and then brought up to date.
        lab.run("audit", "--all")
        lab.run("replicate")
        assert_sound(lab, o)
        need(os.path.isdir(folder(lab, o).replace(
            lab.path("repo"), lab.path("tape")) + "/v5"), "no v5 in the copy")
        # Damage to what an older version had is found, and mended.
        old = os.path.join(folder(lab, o), "v2", "content", "image",
                           "disk.img")
        os.chmod(old, 0o644)
        with open(old, "r+b") as f:
            f.seek(4000)
            f.write(b"!!!!")
        p = lab.run("audit", "--all", status=(1,))
        need("v2/content/image/disk.img" in p.stdout + p.stderr, p.stdout)
        lab.run("repair", "--all", status=(0, 1))
        lab.run("audit", "--all")
        lost_and_found(lab, o)
        lab.run("export", o, "--to", lab.path("out"), "--target", "raw",
                status=(0, 1, 2, 64))


def lost_and_found(lab, o):
    """The catalog again, from the ledger, and from the store alone."""
    def entries():
        c = sqlite3.connect(lab.path("repo", "catalog.db"))
        try:
            return c.execute("SELECT json FROM entry ORDER BY seq").fetchall()
        finally:
            c.close()

    def lose():
        for end in ("", "-wal", "-shm"):
            path = lab.path("repo", "catalog.db" + end)
            if os.path.exists(path):
                os.unlink(path)

    before = entries()
    shown = lab.json("show", o)
    lose()
    lab.run("rebuild")
    need(entries() == before, "the ledger does not give the same entries")
    need(lab.json("show", o) == shown, "show differs after the rebuild")
    lab.run("check", status=(0, 1))
    lose()
    shutil.rmtree(lab.path("repo", "ledger"))
    lab.run("rebuild", status=(0, 1))
    again = lab.json("show", o)
    for key in ("version", "unreadable", "files", "outcome", "digests"):
        need(again.get(key) == shown.get(key), "%s differs" % key)


def a_kill_at_any_moment_loses_nothing():
    """Then the session goes on, or the object is as it was."""
    with Lab() as lab:
        lab.run("config", "set", "parity", "5%")
        o = first(lab, bad=range(100, 200))
        image, m = reading(lab, "two", bad=[5], lies=[50])
        saved = lab.path("saved")
        shutil.copytree(lab.repo, saved, symlinks=True)
        started = time.monotonic()
        ingest(lab, "--merge", o, image, "--map", m)
        whole = time.monotonic() - started
        want = content(lab, o)
        rng = random.Random(3)
        killed = 0
        for _ in range(100 if LONG else 15):
            shutil.rmtree(lab.repo)
            shutil.copytree(saved, lab.repo, symlinks=True)
            p = lab.start("ingest", "--merge", o, image, "--map", m)
            time.sleep(rng.random() * whole)
            p.send_signal(signal.SIGKILL)
            killed += p.wait() == -signal.SIGKILL
            p.communicate()
            lab.run("resume", status=(0, 1))
            if lab.json("show", o)["version"] == 1:
                ingest(lab, "--merge", o, image, "--map", m)
            need(content(lab, o) == want, "another image")
            need(lab.json("show", o)["version"] == 2, "another version")
            lab.assert_clean()
            lab.run("audit", "--all")
            lab.run("ledger", "verify")
        need(killed, "nothing was killed")


def all_files(lab):
    """Every file of the repository but the catalog's journal, with its bytes
    and its time."""
    out = {}
    for d, _, names in os.walk(lab.repo):
        for n in names:
            p = os.path.join(d, n)
            if not n.startswith("catalog.db-"):
                with open(p, "rb") as f:
                    out[p] = (f.read(), os.stat(p).st_mtime_ns)
    return out


def a_dry_run_votes_and_stores_nothing():
    """What it says is what the merge then does."""
    with Lab() as lab:
        o = first(lab, bad=range(100, 200), lies=[9])
        image, m = reading(lab, "two", bad=range(190, 210))
        before = all_files(lab)
        words = ("ingest", "--merge", o, image, "--map", m)
        text = lab.run(*words, "--dry-run").stdout
        need("as reading 2 it would make version 2" in text and
             "%d bytes would be filled, %d still unreadable, 0 doubtful\n" %
             (90 * SECTOR, 10 * SECTOR) in text and
             "LBA 9: reading 1; otherwise reading 2 (kept)" in text, text)
        need("reading 2; otherwise reading 1 (preferred)" in lab.run(
            *words, "--dry-run", "--prefer", "new").stdout, "--prefer")
        need(lab.json(*words, "--dry-run")["objects"] == [], "an object")
        # Without a map an image has everything, zeros too.
        need("LBA 190-199" not in text and "%d bytes would be filled, 0 still" %
             (100 * SECTOR) in lab.run("ingest", "--merge", o, image,
                                       "--dry-run").stdout, "without a map")
        need(all_files(lab) == before, "a dry run has written")
        done = ingest(lab, *words[1:])["merge"]
        need(done["filled_bytes"] == 90 * SECTOR and
             done["lost_bytes"] == 10 * SECTOR and
             [r["lba"] for r in done["ranges"]] == [9], done)
        # Neither a hole that it fills, nor a say where others do not agree.
        image, m = reading(lab, "poor", bad=[9, *range(90, 210)])
        need("it would bring nothing new: version 2 stays" in lab.run(
            "ingest", "--merge", o, image, "--map", m, "--dry-run").stdout,
             "nothing new")
        # Another medium, another size, a container: as the merge says.
        other = lab.file("other.img", pattern(SECTORS * SECTOR, 5))
        for bad, why in ((other, "not the same medium"),
                         (lab.file("short.img", TRUTH[:-512]), "bytes")):
            p = lab.run("ingest", "--merge", o, bad, "--dry-run", status=(2,))
            need(why in p.stderr, p.stderr)
        need(lab.json("resume", "--list")["sessions"] == [], "a session")


def killed_in_the_commit(lab):
    """An object whose second version lies in its folder, and in no inventory,
    as a kill between the rename and the inventory leaves it; of its session
    nothing is left.  The object, and what it shall be."""
    o = first(lab, bad=range(100, 200))
    saved = lab.path("saved")
    shutil.copytree(lab.repo, saved, symlinks=True)
    merge(lab, o, "two", bad=[5])
    shutil.copytree(os.path.join(folder(lab, o), "v2"), lab.path("v2"))
    want = content(lab, o)
    shutil.rmtree(lab.repo)
    shutil.copytree(saved, lab.repo, symlinks=True)
    shutil.move(lab.path("v2"), os.path.join(folder(lab, o), "v2"))
    stage = lab.path("repo", "spool", "version-" + "0" * 8 + o[8:])
    os.mkdir(stage)
    with open(os.path.join(stage, "object-id"), "w", encoding="ascii") as f:
        f.write("urn:uuid:" + o)
    return o, want


def a_commit_whose_session_is_gone_is_ended_by_resume():
    """Nobody touches that object: resume ends what was begun all the same."""
    with Lab() as lab:
        o, want = killed_in_the_commit(lab)
        lab.run("check", "--ocfl", lab.path("repo", "ocfl"), status=(1, 2))
        found = lab.json("check", status=(0, 1, 2))["problems"]
        need(any(x["code"] == "version" and "muniment resume" in x["text"]
                 for x in found), found)
        lab.run("resume", "--list")
        need(lab.json("check", status=(0, 1, 2))["problems"] == found,
             "a list has changed something")
        need(lab.json("resume")["objects"] == [], "a session?")
        lab.run("check", "--ocfl", lab.path("repo", "ocfl"))
        need(not os.listdir(lab.path("repo", "spool")), "left in the spool")
        need(content(lab, o) == want == TRUTH, "another image")
        need(lab.json("show", o)["version"] == 2, "not catalogued")
        assert_sound(lab, o)
        # Nothing is left to be done.
        need("nothing to resume" in lab.run("resume").stdout, "again")


main(two_copies_with_disjoint_damage_are_one_perfect_image,
     the_liar_among_three_is_named, a_person_may_prefer,
     doubtful_data_are_kept_until_somebody_reads_them_well,
     a_file_may_come_back_as_it_was,
     what_brings_nothing_makes_no_version, what_does_not_fit_is_refused,
     four_merges_and_every_reading_can_be_made_again,
     a_dry_run_votes_and_stores_nothing,
     a_kill_at_any_moment_loses_nothing,
     a_commit_whose_session_is_gone_is_ended_by_resume)
