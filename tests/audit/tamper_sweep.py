#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/audit/tamper_sweep.py - the record is rewritten, in every way, and it shows
"""N trials (the first argument, or 5,000; 250 in an ordinary test run) on the
files of catalog and ledger: random byte flips, rows edited, removed, inserted
and exchanged through SQLite with seals made anew, truncations, older files put
back.  check and ledger verify find every one that changes what is said; what
changes nothing (a free page, a lock) is told from it by reading everything
back out of the catalog."""
import hashlib
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys

from vault import LONG, MUNIMENT, Vault, flip, main, need, pattern

SEED = int(os.environ.get("MUNIMENT_SEED", "20261122"))
RNG = random.Random(SEED)
TABLES = ("event", "verdict", "audit", "audit_end", "incident",
          "incident_step", "agent", "object", "file", "digest", "copy",
          "store", "finding", "event_object")


def count():
    """How many trials."""
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        return int(sys.argv[1])
    return 5000 if LONG else 250


def furnish(vault):
    """Some history: objects, copies, damage, a repair, an export-like event."""
    vault.run("ingest", *[vault.file("o%d.img" % i, pattern(9000 + i, i))
                          for i in range(6)])
    vault.run("replicate")
    vault.audit("--all")
    keep(vault, "early")
    path = vault.masters("main")[0]
    flip(path, 100)
    vault.audit("--all", "--repair")
    for i in vault.incidents():
        vault.run("incidents", "ack", i["id"], "--reason", "a test",
                  "--operator", "Test")
    vault.audit("--all")
    with sqlite3.connect(os.path.join(vault.repo, "catalog.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    keep(vault, "whole")


PARTS = ("catalog.db", "ledger")


def keep(vault, name):
    """Remember catalog and ledger."""
    to = vault.path(name)
    os.mkdir(to)
    with sqlite3.connect(os.path.join(vault.repo, "catalog.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(os.path.join(vault.repo, "catalog.db"), to)
    shutil.copytree(os.path.join(vault.repo, "ledger"),
                    os.path.join(to, "ledger"))


def restore(vault, name, parts=PARTS):
    """Be as then."""
    for part in parts:
        here = os.path.join(vault.repo, part)
        for end in ("", "-wal", "-shm"):
            if os.path.isdir(here + end):
                shutil.rmtree(here + end)
            elif os.path.exists(here + end):
                os.unlink(here + end)
        there = os.path.join(vault.path(name), part)
        if os.path.isdir(there):
            shutil.copytree(there, here)
        else:
            shutil.copy(there, here)


def ledger_files(vault):
    """All but the lock, which says nothing."""
    out = []
    for folder, _, files in os.walk(os.path.join(vault.repo, "ledger")):
        out += [os.path.join(folder, f) for f in files if f != "lock"]
    return sorted(out)


def flip_catalog(vault):
    """One bit anywhere in catalog.db."""
    path = os.path.join(vault.repo, "catalog.db")
    off = RNG.randrange(os.path.getsize(path))
    flip(path, off)
    return "bit in byte %d of catalog.db" % off


def flip_ledger(vault):
    """One bit anywhere in the ledger."""
    path = RNG.choice(ledger_files(vault))
    off = RNG.randrange(os.path.getsize(path))
    flip(path, off)
    return "bit in byte %d of %s" % (off, os.path.basename(path))


def cut_ledger(vault):
    """Bytes, or whole lines, off the end of a file of the ledger."""
    path = RNG.choice(ledger_files(vault))
    size = os.path.getsize(path)
    if path.endswith(".jsonl") and RNG.random() < 0.5:
        with open(path, "rb") as f:
            lines = f.readlines()
        with open(path, "wb") as f:
            f.writelines(lines[:RNG.randrange(len(lines))])
        return "lines off the end of " + os.path.basename(path)
    os.truncate(path, RNG.randrange(size))
    return "bytes off the end of " + os.path.basename(path)


def reorder_ledger(vault):
    """Two lines exchanged, one doubled, one removed, one put in."""
    path = RNG.choice([p for p in ledger_files(vault)
                       if p.endswith(".jsonl")])
    with open(path, "rb") as f:
        lines = f.readlines()
    if len(lines) < 2:
        return flip_ledger(vault)
    a, b = RNG.sample(range(len(lines)), 2)
    what = RNG.choice(("exchange", "double", "remove", "insert"))
    if what == "exchange":
        lines[a], lines[b] = lines[b], lines[a]
    elif what == "double":
        lines.insert(a, lines[b])
    elif what == "remove":
        del lines[a]
    else:
        lines.insert(a, lines[b].replace(b"2", b"3", 1))
    with open(path, "wb") as f:
        f.writelines(lines)
    return "%s lines %d, %d of %s" % (what, a, b, os.path.basename(path))


def cut_catalog(vault):
    """The end of catalog.db is gone."""
    path = os.path.join(vault.repo, "catalog.db")
    os.truncate(path, RNG.randrange(os.path.getsize(path)))
    return "truncated catalog.db"


def replay(vault):
    """An older file, or all of an older ledger or catalog, is put back."""
    old = vault.path("early")
    what = RNG.choice(("catalog.db", "ledger", "a file"))
    if what != "a file":
        restore(vault, "early", (what,))
        return "the old " + what
    names = [f for f in os.listdir(os.path.join(old, "ledger"))
             if f.endswith(".jsonl") or f.endswith(".json")]
    name = RNG.choice(names)
    shutil.copy(os.path.join(old, "ledger", name),
                os.path.join(vault.repo, "ledger", name))
    return "the old ledger/" + name


def seals_are_understood(vault):
    """Else the forgeries would be clumsy."""
    db = sqlite3.connect(os.path.join(vault.repo, "catalog.db"))
    for table in TABLES:
        rows = db.execute("SELECT * FROM %s" % table)
        names = [c[0] for c in rows.description]
        at = names.index("seal")
        for row in rows:
            cells = list(enumerate(row[:at] + row[at + 1:]))
            need(seal(table, cells) == row[at], "seal of %s: %r" % (table,
                                                                    row))
    db.close()


def open_for_forging(vault):
    """The catalog with its triggers out of the way; they are put back."""
    db = sqlite3.connect(os.path.join(vault.repo, "catalog.db"))
    triggers = db.execute("SELECT name, sql FROM sqlite_schema "
                          "WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute('DROP TRIGGER "%s"' % name)
    return db, triggers


def shut(db, triggers):
    """As if nobody had been there."""
    for _, sql in triggers:
        db.execute(sql)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def seal(table, row):
    """The seal of a row, of (position, value) pairs (docs/catalog.md)."""
    h = hashlib.sha256()
    h.update(b"t" + struct.pack(">Q", len(table)) + table.encode())
    for n, value in row:
        if value is None:
            continue
        h.update(struct.pack(">Q", n))
        if isinstance(value, int):
            h.update(b"i" + struct.pack(">q", value))
        else:
            kind = b"t" if isinstance(value, str) else b"b"
            data = value.encode() if isinstance(value, str) else value
            h.update(kind + struct.pack(">Q", len(data)) + data)
    return h.digest()[:16]


def reseal(db, table, where, values):
    """Make the seals of these rows anew."""
    rows = db.execute("SELECT * FROM %s WHERE %s" % (table, where), values)
    names = [c[0] for c in rows.description]
    at = names.index("seal")
    for row in rows.fetchall():
        cells = list(enumerate(row[:at] + row[at + 1:]))
        same = " AND ".join('"%s" IS ?' % c for c in names)
        db.execute("UPDATE %s SET seal = ? WHERE %s" % (table, same),
                   (seal(table, cells),) + row)


def change(value):
    """Another value of the same kind."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        if not value:
            return "x"
        i = RNG.randrange(len(value))
        return value[:i] + ("1" if value[i] != "1" else "2") + value[i + 1:]
    if isinstance(value, bytes) and value:
        i = RNG.randrange(len(value))
        return value[:i] + bytes([value[i] ^ 1]) + value[i + 1:]
    return value


def edit_row(vault):
    """A column of a fact is changed."""
    db, triggers = open_for_forging(vault)
    table = RNG.choice(TABLES)
    rows = db.execute("SELECT * FROM %s" % table)
    names = [c[0] for c in rows.description]
    rows = rows.fetchall()
    done = "nothing"
    if rows:
        row = RNG.choice(rows)
        col = RNG.choice([c for c in names if c != "seal"])
        old = row[names.index(col)]
        new = change(old)
        where = " AND ".join('"%s" IS ?' % c for c in names)
        try:
            db.execute('UPDATE %s SET "%s" = ? WHERE %s'
                       % (table, col, where), (new,) + row)
            if RNG.random() < 0.8:
                now = [new if c == col else v for c, v in zip(names, row)]
                reseal(db, table, where, now)
            done = "%s.%s: %r to %r" % (table, col, old, new)
        except sqlite3.Error as why:
            done = "refused: %s" % why
    shut(db, triggers)
    return done


def remove_row(vault):
    """A fact is gone."""
    db, triggers = open_for_forging(vault)
    table = RNG.choice(TABLES)
    cur = db.execute("SELECT * FROM %s" % table)
    names = [c[0] for c in cur.description]
    rows = cur.fetchall()
    done = "nothing"
    if rows:
        row = RNG.choice(rows)
        where = " AND ".join('"%s" IS ?' % c for c in names)
        db.execute("DELETE FROM %s WHERE %s" % (table, where), row)
        done = "removed from %s: %r" % (table, row[:4])
    shut(db, triggers)
    return done


def exchange_rows(vault):
    """Two events exchange what they say."""
    db, triggers = open_for_forging(vault)
    rows = db.execute("SELECT no, id, type, started, ended, detail, outcome, "
                      "note FROM event").fetchall()
    a, b = RNG.sample(rows, 2)
    done = "nothing"
    if a[2:] != b[2:]:
        for no, says in ((a[0], b), (b[0], a)):
            db.execute("UPDATE event SET type = ?, started = ?, ended = ?, "
                       "detail = ?, outcome = ?, note = ? WHERE no = ?",
                       says[2:] + (no,))
            reseal(db, "event", "no = ?", (no,))
        done = "events %d and %d exchanged" % (a[0], b[0])
    shut(db, triggers)
    return done


WAYS = ((flip_catalog, 6), (flip_ledger, 5), (cut_ledger, 2),
        (reorder_ledger, 3), (cut_catalog, 1), (replay, 1), (edit_row, 6),
        (remove_row, 3), (exchange_rows, 1))


def what_it_says(vault):
    """Every fact that the catalog gives out, through SQLite; None: damaged."""
    try:
        db = sqlite3.connect("file:%s?mode=ro" % os.path.join(
            vault.repo, "catalog.db"), uri=True)
        out = []
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE "
                                  "type = 'table' AND sql LIKE '%seal %'"):
            out.append((name, sorted(map(repr, db.execute(
                'SELECT * FROM "%s"' % name)))))
        schema = sorted(map(repr, db.execute(
            "SELECT type, name, sql FROM sqlite_schema")))
        db.close()
        return sorted(out), schema
    except sqlite3.Error:
        return None


def ledger_says(vault):
    """The bytes of every file of the ledger."""
    out = {}
    for path in ledger_files(vault):
        with open(path, "rb") as f:
            out[path] = f.read()
    return out


def found(vault):
    """Does one of the two commands complain?"""
    for args in (("ledger", "verify"), ("check",)):
        p = subprocess.run([MUNIMENT, "-C", vault.repo] + list(args),
                           text=True, capture_output=True, check=False)
        need(p.returncode in (0, 1, 2), "%s died: %d %s" % (
            args, p.returncode, p.stderr))
        if p.returncode:
            return True
    return False


def whatever_is_rewritten_shows():
    """And what changes nothing may pass."""
    tally = {}
    with Vault(digests="sha256") as vault:
        furnish(vault)
        seals_are_understood(vault)
        catalog, ledger = what_it_says(vault), ledger_says(vault)
        ways = [w for w, n in WAYS for _ in range(n)]
        missed = []
        for _ in range(count()):
            way = RNG.choice(ways)
            done = way(vault)
            same = (what_it_says(vault) == catalog and
                    ledger_says(vault) == ledger)
            seen = found(vault)
            key = (way.__name__, "found" if seen else
                   "harmless" if same else "MISSED")
            tally[key] = tally.get(key, 0) + 1
            if not seen and not same:
                missed.append("%s: %s" % (way.__name__, done))
            restore(vault, "whole")
        need(not found(vault), "the whole one is not whole")
        for key in sorted(tally):
            print("     %-16s %-8s %d" % (key + (tally[key],)))
        need(not missed, "missed %d:\n%s" % (len(missed),
                                             "\n".join(missed[:20])))


main(whatever_is_rewritten_shows)
