#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/rebuild.py - the catalog made anew from the store
"""catalog.db is lost: after rebuild each object is shown as before, apart from
what happened since its accession."""
import os
import time

from lab import Lab, main, need, pattern

SINCE = ("fixity check", "dissemination")


def fill(lab):
    """Objects of several kinds."""
    paper = lab.file("paper.txt", b"Disk 1 of 2\n")
    lab.run("ingest", lab.file("a.img", pattern(1474560, 1)), "--label",
            "First <&> \u20ac", "--collection", "Box 7", "--identifier",
            "barcode=31234000123456", "--identifier", "shelfmark=A/1",
            "--media", "3.5-inch floppy", "--operator", "J. Archivist",
            "--write-blocker", "tab", "--note", "two\nlines", "--attach",
            paper)
    lab.run("ingest", lab.file("b.img", pattern(3 << 20, 2)))
    lab.run("ingest", lab.file("c.img", b"x"), "--operator", "Another")
    iso = bytearray(64 * 2048)
    iso[16 * 2048:16 * 2048 + 8] = b"\x01CD001\x01\x00"
    lab.run("ingest", lab.file("d.iso", bytes(iso)), status=(0, 2))


def shown(lab):
    """Every object, less what only the catalog knows."""
    out = {}
    for row in lab.objects():
        o = lab.json("show", row["id"])
        o["events"] = [e for e in o["events"] if e["type"] not in SINCE]
        linked = {a["id"] for e in o["events"] for a in e["agents"]}
        o["agents"] = [a for a in o["agents"] if a["id"] in linked]
        out[row["id"]] = o
    need(len(out) >= 3, "%d objects" % len(out))
    return out


def lose(lab):
    """No catalog."""
    for end in ("", "-wal", "-shm"):
        path = os.path.join(lab.repo, "catalog.db" + end)
        if os.path.exists(path):
            os.unlink(path)


def a_lost_catalog_is_rebuilt_as_it_was():
    """show --json of every object."""
    with Lab("md5,sha1,sha256,sha512,sha512-256,blake2b-512,crc32") as lab:
        fill(lab)
        lab.run("audit", "--all")
        before = shown(lab)
        lose(lab)
        p = lab.run("list", status=(2,))
        need("rebuild" in p.stderr, p.stderr)
        lab.run("rebuild")
        after = shown(lab)
        need(sorted(before) == sorted(after), "other objects")
        for key, want in before.items():
            for part, value in want.items():
                need(after[key][part] == value, "%s of %s: %s, not %s" % (
                    part, key, after[key][part], value))
        lab.assert_clean("--content")
        lab.run("audit", "--all")
        need(lab.json("search", "31234000123456")["objects"], "no search")


def a_rebuild_is_not_done_by_mistake():
    """A catalog that is there is put aside only when that is said."""
    with Lab() as lab:
        fill(lab)
        lab.run("rebuild", status=(64,))
        before = shown(lab)
        lab.run("rebuild", "--yes")
        need(shown(lab) == before, "another catalog")
        aside = [n for n in os.listdir(lab.repo) if ".before-" in n]
        need(aside, "the old one is not kept")


def a_killed_rebuild_leaves_the_old_state():
    """At a dozen moments; the next one makes it."""
    with Lab() as lab:
        fill(lab)
        for i in range(20):
            lab.run("ingest", lab.file("n%d.img" % i, pattern(5000, i)))
        before = shown(lab)
        start = time.monotonic()
        lab.run("rebuild", "--yes")
        took = time.monotonic() - start
        for i in range(12):
            p = lab.start("rebuild", "--yes")
            time.sleep(took * i / 11)
            p.kill()
            p.communicate()
            if not os.path.exists(os.path.join(lab.repo, "catalog.db")):
                lab.run("rebuild")
            need(shown(lab) == before, "after kill %d" % i)
            lab.assert_clean()


def what_is_not_ours_is_told_and_passed_over():
    """A foreign object and a damaged one: exit 1; what is known of the damaged
    one is in the ledger, so that the catalog has it all the same."""
    with Lab() as lab:
        fill(lab)
        before = shown(lab)
        rows = list(before)
        gone = lab.json("show", rows[0])
        urn = [os.path.dirname(r) for r, _, f in os.walk(
            os.path.join(lab.repo, "ocfl")) if "inventory.json" in f
            and not r.endswith("v1") and gone["id"] in open(
                os.path.join(r, "inventory.json"), encoding="utf-8").read()]
        need(len(urn) == 1, urn)
        hit = [r for r, _, f in os.walk(urn[0]) if "premis.xml" in f][0]
        with open(os.path.join(hit, "premis.xml"), "r+b") as f:
            f.seek(300)
            f.write(b"\x00")
        foreign = os.path.join(lab.repo, "ocfl", "fff", "fff", "fff", "f" * 64)
        os.makedirs(foreign)
        with open(os.path.join(foreign, "0=ocfl_object_1.1"), "wb") as f:
            f.write(b"ocfl_object_1.1\n")
        p = lab.run("rebuild", "--yes", status=(1,))
        need("2 failed" in p.stdout, p.stdout)
        need(gone["id"] in p.stderr, p.stderr)
        need("fff/fff/fff" in p.stderr, p.stderr)
        need(shown(lab) == before, "the objects are not as before")
        lab.run("audit", rows[0], status=(1,))


main(a_lost_catalog_is_rebuilt_as_it_was, a_rebuild_is_not_done_by_mistake,
     a_killed_rebuild_leaves_the_old_state,
     what_is_not_ours_is_told_and_passed_over)
