#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/audit/outcomes.py - every kind of misfortune has its own outcome
"""Truncated, extended, zeroed, swapped, missing, forbidden, unreadable, away:
the right outcome each time, nothing lost, nothing called repaired that is not."""
import json
import os
import shutil
import stat
import subprocess
import time

from vault import MIB, MUNIMENT, Vault, digest, flip, main, need, pattern

SIZES = (100000, 3 * MIB + 512)
ROOT = os.geteuid() == 0


def furnish(vault):
    """Two objects, copied; their ids by size."""
    for n, size in enumerate(SIZES):
        vault.run("ingest", vault.file("m%d.img" % n, pattern(size, n)))
    vault.run("replicate")
    return [o["id"] for o in sorted(vault.objects(),
                                    key=lambda o: o["label"])]


NOBODY = 65534


def as_nobody(vault, *args):
    """Run it as somebody whom permissions bind; its result as JSON."""
    words = vault.command(*args, "--json")
    who = {}
    if ROOT:
        program = vault.path("muniment")
        if not os.path.exists(program):
            shutil.copy(MUNIMENT, program)
            os.chmod(vault.dir, 0o755)
        for folder, dirs, files in os.walk(vault.repo):
            for name in [""] + dirs + files:
                os.chown(os.path.join(folder, name), NOBODY, NOBODY)
        words[0] = program
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return subprocess.run(words, text=True, capture_output=True, check=False,
                          **who)


def truncated(path, _):
    """512 bytes shorter."""
    os.truncate(path, os.path.getsize(path) - 512)


def cut_to_nothing(path, _):
    """No bytes."""
    os.truncate(path, 0)


def extended(path, _):
    """One byte longer."""
    with open(path, "ab") as f:
        f.write(b"x")


def zeroed(path, _):
    """All zeros, of the same size."""
    size = os.path.getsize(path)
    with open(path, "r+b") as f:
        f.write(bytes(size))


def swapped(path, other):
    """The other object's bytes."""
    shutil.copyfile(other, path)


def removed(path, _):
    """The file is gone."""
    os.unlink(path)


def folder_removed(path, _):
    """The whole object is gone."""
    shutil.rmtree(os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.dirname(path)))))


def made_a_folder(path, _):
    """Something that is no file has its name."""
    os.unlink(path)
    os.mkdir(path)


CASES = ((truncated, "mismatch"), (cut_to_nothing, "mismatch"),
         (extended, "mismatch"), (zeroed, "mismatch"), (swapped, "mismatch"),
         (removed, "missing"), (folder_removed, "missing"))


def one(vault, ids, damage, outcome):
    """Damage, audit, repair, audit."""
    path = vault.master(ids[1])
    want = digest(vault.path("m1.img"))
    damage(path, vault.master(ids[0]))
    found = vault.audit("--all", "--store", "main", status=(1,))
    need(found["outcomes"][outcome] >= 1, "%s: %s" % (damage.__name__, found))
    need({f["object"] for f in found["findings"]} == {ids[1]},
         "%s: %s" % (damage.__name__, found["findings"]))
    need(all(f["outcome"] == outcome for f in found["findings"]),
         "%s: %s" % (damage.__name__, found["findings"]))
    done = vault.json("repair", "--all", status=(0,))
    need(all(r["state"] == "repaired" for r in done["repairs"]),
         "%s: %s" % (damage.__name__, done))
    need(digest(path) == want, "%s: other bytes" % damage.__name__)
    vault.audit("--all", status=(0,))
    for i in vault.incidents():
        need(i["state"] == "verified", "%s: %s" % (damage.__name__, i))
        vault.run("incidents", "ack", i["id"], "--reason", damage.__name__,
                  "--operator", "Test")
    vault.assert_clean("--content")


def damage_has_its_outcome_and_is_repaired():
    """Each case on its own, one after the other in one repository."""
    with Vault() as vault:
        ids = furnish(vault)
        for damage, outcome in CASES:
            one(vault, ids, damage, outcome)
        vault.ledger_is_whole()
    print("     %d kinds of damage" % len(CASES))


def what_is_no_file_is_unreadable():
    """And nothing that was put there is removed by a repair."""
    with Vault() as vault:
        ids = furnish(vault)
        made_a_folder(vault.master(ids[1]), None)
        found = vault.audit("--all", "--store", "main", status=(1,))
        need(found["outcomes"]["intact"] == 5, "%s" % found)
        need(found["findings"][0]["outcome"] in ("unreadable", "missing"),
             "%s" % found)
        vault.json("repair", "--all", status=(0, 1))


def without_help_nothing_is_called_repaired():
    """No copy, no parity: said byte for byte, and the file stays."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(SIZES[1], 5)))
        path = vault.master(vault.objects()[0]["id"])
        flip(path, MIB + 5)
        before = digest(path)
        vault.audit("--all", status=(1,))
        done = vault.json("repair", "--all", status=(1,))
        need([r["state"] for r in done["repairs"]] == ["not_repaired"],
             "%s" % done)
        need(done["repairs"][0]["lost"] == [{"offset": MIB, "length": MIB}],
             "%s" % done)
        need(digest(path) == before, "the damaged file was touched")
        need(vault.incidents()[0]["state"] == "open", "closed by itself")


def partly_is_not_repaired():
    """One piece is in the copy, the other in none: the first comes back."""
    with Vault() as vault:
        ids = furnish(vault)
        here, there = vault.master(ids[1]), vault.master(ids[1], "copy")
        flip(here, 5, 2 * MIB + 5)
        flip(there, 2 * MIB + 9)
        vault.audit("--all", status=(1,))
        done = vault.json("repair", "--all", status=(1,))
        states = {r["store"]: r["state"] for r in done["repairs"]}
        need(states == {"main": "partly", "copy": "not_repaired"},
             "%s" % done)
        with open(here, "rb") as f, open(vault.path("m1.img"), "rb") as g:
            have, want = f.read(), g.read()
        need(have[:2 * MIB] == want[:2 * MIB], "the first piece is not back")
        need(have[3 * MIB:] == want[3 * MIB:], "the last piece changed")
        need(have[2 * MIB:3 * MIB] != want[2 * MIB:3 * MIB], "a wonder")
        need(all(i["state"] == "open" for i in vault.incidents()), "%s"
             % vault.incidents())


def two_copies_repair_each_other():
    """Damaged in different places."""
    with Vault() as vault:
        ids = furnish(vault)
        flip(vault.master(ids[1]), 5)
        flip(vault.master(ids[1], "copy"), 2 * MIB)
        found = vault.audit("--all", "--repair", status=(1,))
        need({r["state"] for r in found["repairs"]} == {"repaired"},
             "%s" % found["repairs"])
        want = digest(vault.path("m1.img"))
        need(digest(vault.master(ids[1])) == want, "main")
        need(digest(vault.master(ids[1], "copy")) == want, "copy")


def a_repair_that_was_cut_short_is_told():
    """Killed between the file and its fact: the next repair says it."""
    with Vault() as vault:
        ids = furnish(vault)
        path = vault.master(ids[1])
        flip(path, 5)
        vault.audit("--all", status=(1,))
        incident = vault.incidents()[0]["id"]
        kept = os.path.join(vault.repo, "quarantine", incident, "v1",
                            "content", "image")
        os.makedirs(kept)
        os.rename(path, os.path.join(kept, "disk.img"))
        shutil.copyfile(vault.path("m1.img"), path)
        done = vault.json("repair", "--all", status=(0,))
        need([r["state"] for r in done["repairs"]] == ["repaired"],
             "%s" % done)
        need("interrupted" in done["repairs"][0]["from"], "%s" % done)
        events = [e["type"] for e in vault.json("show", ids[1])["events"]]
        need(events.count("recovery") == 1, "%s" % events)
        need(vault.incidents()[0]["state"] == "verified", "%s" %
             vault.incidents())


def what_others_put_right_is_no_recovery_of_ours():
    """A file restored by hand: said, verified, without an event of ours."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(5000, 1)))
        object_id = vault.objects()[0]["id"]
        flip(vault.master(object_id), 5)
        vault.audit("--all", status=(1,))
        flip(vault.master(object_id), 5)
        done = vault.json("repair", "--all", status=(0,))
        need("not known" in done["repairs"][0]["from"], "%s" % done)
        events = [e["type"] for e in vault.json("show", object_id)["events"]]
        need("recovery" not in events, "%s" % events)
        need(not vault.incidents()[0]["closed"], "closed by itself")


def a_store_that_is_away_has_lost_nothing():
    """Path gone, marker gone, another store in its place."""
    with Vault() as vault:
        furnish(vault)
        gone = vault.copy + ".gone"
        marker = os.path.join(vault.copy, "muniment-store.json")

        def away():
            found = vault.audit("--all", status=(2,))
            need(found["outcomes"]["missing"] == 0, "%s" % found)
            need(found["outcomes"]["store_unavailable"] == 6, "%s" % found)
            need(len(found["findings"]) == 1, "said %d times"
                 % len(found["findings"]))
            due = vault.audit("--due", status=(0, 2))
            need(due["outcomes"]["missing"] == 0, "%s" % due)
            p = vault.run("replicate", status=(2,))
            need("away" in p.stdout, p.stdout)

        os.rename(vault.copy, gone)
        away()
        os.mkdir(vault.copy)
        away()
        os.rmdir(vault.copy)
        os.rename(gone, vault.copy)
        os.rename(marker, gone)
        away()
        with open(gone, encoding="utf-8") as f:
            other = json.load(f)
        with open(marker, "w", encoding="utf-8") as f:
            f.write(open(gone, encoding="utf-8").read().replace(
                other["id"], "0192a0c0-0000-7000-8000-000000000000"))
        away()
        os.rename(gone, marker)
        vault.audit("--all", status=(0,))
        need(vault.incidents() == [], "%s" % vault.incidents())


def a_faulty_store_is_one_incident():
    """Most of the first objects missing: the store, not the objects."""
    with Vault(copies=False) as vault:
        names = [vault.file("f%d.img" % i, pattern(3000, i))
                 for i in range(40)]
        vault.run("ingest", *names)
        for path in vault.masters("main")[:30]:
            os.unlink(path)
        found = vault.audit("--all", status=(2,))
        need(found["stores"][0]["state"] == "store_fault", "%s" % found)
        need(found["findings"] == [], "%s" % found["findings"])
        need(found["outcomes"]["missing"] == 0, "%s" % found)
        kinds = [i["kind"] for i in vault.incidents()]
        need(kinds == ["store_fault"], "%s" % kinds)
        sweep = vault.audit("--all", "--presence", status=(2,))
        need(sweep["stores"][0]["state"] == "store_fault", "%s" % sweep)
        need([i["kind"] for i in vault.incidents()] == ["store_fault"],
             "%s" % vault.incidents())


def what_does_not_belong_is_found():
    """Extra files, and files of another size, without reading content."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(5000, 1)))
        path = vault.master(vault.objects()[0]["id"])
        with open(os.path.join(os.path.dirname(path), "Thumbs.db"), "w",
                  encoding="utf-8") as f:
            f.write("x")
        os.truncate(path, 4000)
        found = vault.audit("--all", "--presence", status=(1,))
        need(sorted(f["outcome"] for f in found["findings"]) ==
             ["extra", "mismatch"], "%s" % found["findings"])
        again = vault.audit("--all", "--presence", status=(1,))
        need(len(again["findings"]) == 2, "%s" % again["findings"])
        need(len(vault.incidents()) == 2, "a second finding must join")


def a_file_that_is_forbidden_is_unreadable():
    """EACCES is neither missing nor a mismatch; a folder likewise."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(5000, 1)))
        path = vault.master(vault.objects()[0]["id"])
        for forbidden, files in ((path, 1), (os.path.dirname(path), 1)):
            mode = stat.S_IMODE(os.stat(forbidden).st_mode)
            os.chmod(forbidden, 0)
            p = as_nobody(vault, "audit", "--all")
            os.chmod(forbidden, mode)
            need(p.returncode == 1, p.stdout + p.stderr)
            found = json.loads(p.stdout)
            need(found["outcomes"]["unreadable"] == files and
                 found["outcomes"]["missing"] == 0, "%s" % found)


def a_catalog_that_cannot_be_written_stops_the_audit():
    """Nothing is judged that cannot be written down."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(5000, 1)))
        db = os.path.join(vault.repo, "catalog.db")
        as_nobody(vault, "list")
        os.chmod(db, stat.S_IRUSR)
        p = as_nobody(vault, "audit", "--all")
        need(p.returncode == 2, p.stdout + p.stderr)
        need("catalog" in p.stderr, p.stderr)
        need(json.loads(p.stdout).get("checked", 0) == 0, p.stdout)


def a_clock_set_back_is_no_reason_to_trust():
    """What was checked in the future is due; the ledger says it."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(5000, 1)))
        vault.audit("--all", status=(0,))
        env = dict(os.environ, MUNIMENT_TEST_NOW="2025-06-01T00:00:00Z")
        p = subprocess.run([MUNIMENT, "-C", vault.repo, "audit", "--due",
                            "--json"], env=env, text=True,
                           capture_output=True, check=False)
        need(p.returncode == 0, p.stdout + p.stderr)
        need(json.loads(p.stdout)["outcomes"]["intact"] == 3, p.stdout)
        vault.ledger_is_whole()
        vault.assert_clean()


def a_window_stops_and_goes_on():
    """--time-limit and --rate: stopped cleanly, mid-file, and gone on with."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("m.img", pattern(48 * MIB, 1)))
        vault.run("config", "set", "every", "1s")
        time.sleep(1.2)
        first = vault.audit("--due", "--rate", "16MiB/s", "--time-limit",
                            "1s", status=(0,))
        need(first["stores"][0]["state"] == "stopped", "%s" % first)
        need(first["outcomes"]["not_run"] >= 1, "%s" % first)
        start = time.monotonic()
        second = vault.audit("--due", status=(0,))
        took = time.monotonic() - start
        need(second["outcomes"]["intact"] == 3, "%s" % second)
        need(second["bytes"] > 48 * MIB, "what was resumed counts: %s" %
             second)
        print("     went on after the limit, %.1f s" % took)


def a_disk_with_bad_sectors_is_unreadable():
    """EIO at exact offsets, through nbdkit and nbdfuse."""
    if not (ROOT and shutil.which("nbdkit") and shutil.which("nbdfuse") and
            os.path.exists("/dev/fuse")):
        print("     skipped: needs root, nbdkit, nbdfuse and /dev/fuse")
        return
    with Vault() as vault:
        ids = furnish(vault)
        path = vault.master(ids[1])
        bad_at = MIB + 8192
        size = os.path.getsize(path)
        shutil.copyfile(path, vault.path("raw"))
        with open(vault.path("map"), "w", encoding="utf-8") as f:
            f.write("# Mapfile.\n0x0 +\n0x0 0x%x +\n0x%x 0x200 -\n"
                    "0x%x 0x%x +\n" % (bad_at, bad_at, bad_at + 512,
                                       size - bad_at - 512))
        sock = vault.path("sock")
        os.unlink(path)
        open(path, "wb").close()
        server = subprocess.Popen(
            ["nbdkit", "-f", "-r", "-U", sock, "--filter=ddrescue", "file",
             vault.path("raw"), "ddrescue-mapfile=" + vault.path("map")])
        while not os.path.exists(sock):
            time.sleep(0.05)
        fuse = subprocess.Popen(["nbdfuse", "-r", path, "--unix", sock])
        try:
            for _ in range(100):
                if os.path.getsize(path) == size:
                    break
                time.sleep(0.05)
            need(os.path.getsize(path) == size, "nbdfuse did not come up")
            found = vault.audit("--all", "--store", "main", status=(1, 2))
            bad = [f for f in found["findings"]]
            need([f["outcome"] for f in bad] == ["unreadable"], "%s" % found)
            need(bad[0]["offset"] == MIB and bad[0]["length"] == MIB,
                 "%s" % bad)
        finally:
            subprocess.run(["fusermount3", "-u", path], check=False)
            fuse.wait()
            server.terminate()
            server.wait()
        done = vault.json("repair", "--all", status=(0, 1))
        need(digest(path) == digest(vault.path("m1.img")), "%s" % done)


def a_store_unmounted_in_the_middle_has_lost_nothing():
    """A tmpfs that goes while it is read."""
    if not ROOT:
        print("     skipped: needs root to mount")
        return
    with Vault(copies=False) as vault:
        mount = vault.path("mnt")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "none", mount],
                          check=False).returncode:
            print("     skipped: cannot mount here")
            return
        try:
            vault.copy = os.path.join(mount, "copy")
            vault.run("store", "add", "copy", "file://" + vault.copy)
            # More files than an audit has open at once: a lazy umount
            # takes none away that is.
            vault.run("ingest", *[vault.file("m%d.img" % n,
                                             pattern(2 * MIB, n))
                                  for n in range(36)])
            vault.run("replicate")
            p = vault.start("audit", "--all", "--store", "copy", "--rate",
                            "8MiB/s", "--json")
            time.sleep(1.5)
            subprocess.run(["umount", "-l", mount], check=True)
            out, err = p.communicate()
        finally:
            subprocess.run(["umount", "-l", mount], check=False,
                           stderr=subprocess.DEVNULL)
        found = json.loads(out)
        need(p.returncode == 2, "exit %d: %s" % (p.returncode, err))
        need(found["outcomes"]["missing"] == 0 and
             found["outcomes"]["unreadable"] == 0 and
             found["outcomes"]["mismatch"] == 0, "%s" % found)
        need(vault.incidents() == [], "%s" % vault.incidents())


def no_room_for_a_repair_changes_nothing():
    """ENOSPC: the damaged file stays, and it is not called repaired."""
    if not ROOT:
        print("     skipped: needs root to mount")
        return
    with Vault(copies=False) as vault:
        mount = vault.path("mnt")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=14m", "none",
                           mount], check=False).returncode:
            print("     skipped: cannot mount here")
            return
        try:
            vault.copy = os.path.join(mount, "copy")
            vault.run("store", "add", "copy", "file://" + vault.copy)
            vault.run("ingest", vault.file("m.img", pattern(8 * MIB, 1)))
            vault.run("replicate")
            path = vault.master(vault.objects()[0]["id"], "copy")
            flip(path, 5)
            before = digest(path)
            vault.audit("--all", status=(1,))
            p = vault.run("repair", "--all", status=(1, 2))
            need(digest(path) == before, "the file was touched")
            need("repaired  " not in p.stdout.replace("not_repaired", ""),
                 p.stdout)
            need(vault.incidents()[0]["state"] == "open", "%s" %
                 vault.incidents())
        finally:
            subprocess.run(["umount", "-l", mount], check=False)


main(damage_has_its_outcome_and_is_repaired, what_is_no_file_is_unreadable,
     without_help_nothing_is_called_repaired, partly_is_not_repaired,
     two_copies_repair_each_other, a_repair_that_was_cut_short_is_told,
     what_others_put_right_is_no_recovery_of_ours, a_store_that_is_away_has_lost_nothing,
     a_faulty_store_is_one_incident, what_does_not_belong_is_found,
     a_file_that_is_forbidden_is_unreadable,
     a_catalog_that_cannot_be_written_stops_the_audit,
     a_clock_set_back_is_no_reason_to_trust, a_window_stops_and_goes_on,
     a_disk_with_bad_sectors_is_unreadable,
     a_store_unmounted_in_the_middle_has_lost_nothing,
     no_room_for_a_repair_changes_nothing)
