#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/json_schemas.py - every --json output is as its schema says

Runs each command that has --json, in good times and in bad ones (damage, a
store that is away, a partly unreadable device, a wrong document), and
validates what it prints with python3-jsonschema against schemas/json.  Each
schema must itself be one, must be used, and must refuse a document of which a
required key was taken away.  To others a schema promises that keys stay and
more may come (docs/cli.md); here a key that it does not name is a failure.

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import copy
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from muniment import Report, Scratch, flip, pattern, skip, write

try:
    from jsonschema import Draft202012Validator
except ImportError:
    skip("python3-jsonschema is not installed")

SCHEMAS = os.path.join(os.environ["MUN_SOURCE_DIR"], "schemas", "json")


def closed(schema):
    """@schema, which takes no key that it does not name."""
    if isinstance(schema, list):
        return [closed(x) for x in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict) and "type" in out:
        out.setdefault("additionalProperties", False)
    return out


class Validator:
    def __init__(self, report):
        self.report = report
        self.used = {}
        self.schemas = {}
        for path in glob.glob(SCHEMAS + "/*.schema.json"):
            with open(path, encoding="utf-8") as f:
                schema = json.load(f)
            Draft202012Validator.check_schema(schema)
            name = os.path.basename(path).split(".")[0]
            self.schemas[name] = Draft202012Validator(closed(schema))

    def judge(self, name, what, document):
        self.used.setdefault(name, []).append(document)
        for error in self.schemas[name].iter_errors(document):
            self.report.check(False, f"{what}: {error.json_path}: "
                                     f"{error.message[:200]}")
        self.report.check(True, what)


def without_each(document, path=()):
    """@document again and again, each time less one key."""
    if isinstance(document, dict):
        for key in document:
            less = copy.copy(document)
            del less[key]
            yield path + (key,), less
            for where, other in without_each(document[key], path + (key,)):
                yield where, {**document, key: other}
    elif isinstance(document, list) and document:
        for where, other in without_each(document[0], path + (0,)):
            yield where, [other] + document[1:]


# Keys that may be absent, by the schemas themselves.
OPTIONAL = {"same_as", "geometry", "content_sha256", "md5", "sha1", "sha256",
            "sha512", "sha512-256", "blake2b-512", "crc32", "name", "digests",
            "operator", "audit-threads", "expected", "refused", "unmatched",
            "repairs", "verified_again", "states", "raw_sha256"}


# Of a row of a batch, as it came out.
OF_ROW = {"object", "bytes", "unreadable_bytes", "doubtful_bytes", "damaged",
          "format", "drive", "started", "ended", "elapsed_ms", "held", "other",
          "reason"}
OF_LOOP = {("ended",), ("counts",), ("media",), ("report",)}


def schemas_refuse(v, r):
    """A schema that takes everything would prove nothing."""
    for name, documents in v.used.items():
        for document in documents:
            for where, less in without_each(document):
                if name == "config":  # `config get` is one key, any
                    continue
                if where in OF_LOOP and name in ("batch", "ingest"):
                    if name == "ingest" or where == ("report",):
                        continue
                if where[-1] in OF_ROW and where[0] in ("rows", "media"):
                    continue
                if where[-1] in OPTIONAL and (name in ("audit", "info",
                                                       "ingest", "repair",
                                                       "resume") or
                                              "digests" in where[:-1]):
                    continue
                r.check(not v.schemas[name].is_valid(less),
                        f"{name}: valid also without {where}")


def stored(s, doc, path):
    return os.path.join(doc["objects"][0]["path"], "v1/content", path)


def progress_lines(s, v):
    """--json-progress: each line of stderr is an object, messages too."""
    write("watched.img", pattern(5 << 20, 9))
    for args in (("ingest", "watched.img", "absent"), ("resume", "absent")):
        done = s.run(*args, "--json-progress")
        v.report.check(done.returncode == 2, f"{args}: {done}")
        lines = [json.loads(x) for x in done.stderr.splitlines()]
        for line in lines:
            v.judge("progress", " ".join(args), line)
        events = {x["event"] for x in lines}
        v.report.check("message" in events, f"{args}: {lines}")
        if args[0] == "ingest":
            v.report.check("progress" in events and
                           {x["source"] for x in lines} ==
                           {"watched.img", "absent"}, f"{args}: {lines}")


def good_times(s, v):
    def judge(name, *args, status=0):
        doc = s.json(*args, status=status)
        v.judge(name, " ".join(args), doc)
        return doc

    judge("init", "init", s.repo, "--digests",
          "md5,sha1,sha256,sha512,sha512-256,blake2b-512,crc32")
    write("a.img", pattern(3 << 20))
    write("b.img", pattern(1474560, 2))
    write("label.jpg", b"a photograph")
    judge("list", "list")
    judge("ingest", "ingest", "a.img", "-l", "first", "-c", "box", "-n", "note",
          "-i", "barcode=1", "-i", "accession=2", "-a", "label.jpg", "-m",
          "hard disk", "--write-blocker", "none")
    judge("ingest", "ingest", "b.img", "a.img")
    judge("ingest", "ingest", "b.img", "absent", status=2)
    judge("ingest", "ingest", "--dry-run", "b.img")
    judge("list", "list", "-c", "box")
    progress_lines(s, v)
    judge("search", "search", "first")
    judge("search", "search", "nothing at all")
    judge("show", "show", "barcode=1")
    judge("drives", "drives")
    judge("show-map", "show", "barcode=1", "--map")
    judge("info", "info", "b.img", "--hash")
    judge("info", "info", "a.img")
    containers(judge)
    contents(judge)
    batches(judge)
    judge("formats", "formats")
    judge("version", "version")
    judge("config", "config", "list")
    judge("config", "config", "get", "digests")
    judge("config", "config", "set", "operator", "Ada Archivist")
    judge("audit", "audit", "--all")
    judge("check", "check", "--content")
    judge("export", "export", "barcode=1", "--for", "qemu")
    judge("export", "export", "barcode=1", "--for", "qemu", "--dry-run",
          "-o", "elsewhere")
    judge("targets", "targets")
    judge("targets", "targets", "barcode=1")
    packages(judge)
    each(judge)
    receipts(v, judge)
    judge("rights", "rights", "barcode=1")
    judge("rights", "rights", "barcode=1", "--restrict", "closed", "--until",
          "2040", "--basis", "donor", "--cite", "a letter", "--dry-run")
    doc = judge("rights", "rights", "barcode=1", "--restrict", "closed",
                "--basis", "donor")
    judge("rights", "rights", "barcode=1", "--grant", "open", "--end",
          doc["recorded"], "--reason", "agreed", "--act", "use")
    doc = judge("show", "show", "barcode=1")
    types = [e["type"] for e in doc["events"]]
    v.report.check("dissemination" in types and "fixity check" in types,
                   f"show: events {types}")
    v.report.check(set(doc["digests"]) == {
        "md5", "sha1", "sha256", "sha512", "sha512-256", "blake2b-512",
        "crc32"}, f"show: digests {list(doc['digests'])}")
    judge("resume", "resume")
    judge("resume", "resume", "--list")
    promises(judge)
    reports(s, v, judge, 0)


def each(judge):
    """A package for each, of which one cannot be made."""
    judge("export-each", "export", "--each", "barcode=1", "--for", "raw",
          "-o", "each")
    judge("export-each", "export", "--each", "barcode=1", "--for", "raw",
          "-o", "each", status=2)


def receipts(v, judge):
    """What is in a package, of one medium and of two."""
    write("second.img", pattern(720 << 10, 77))
    judge("ingest", "ingest", "second.img", "-i", "n=2")
    for objects in (["barcode=1"], ["barcode=1", "n=2"]):
        path = judge("export", "export", *objects, "--for", "raw", "-o",
                     "receipts", "--purpose", "reading")["path"]
        with open(os.path.join(path, "data/receipt.json"),
                  encoding="utf-8") as f:
            v.judge("receipt", "receipt.json", json.load(f))


def packages(judge):
    """Given out, and verified: whole, changed, no package."""
    path = judge("export", "export", "barcode=1", "--for", "qemu", "--package",
                 "zip", "-o", "given")["path"]
    judge("verify-package", "verify", path)
    write("given/changed.zip", open(path, "rb").read()[:-7])
    judge("verify-package", "verify", "given/changed.zip", status=1)
    os.mkdir("given/bag")
    judge("verify-package", "verify", "given/bag", status=1)
    write("given/bag/bagit.txt", b"BagIt-Version: 0.97\n"
                                 b"Tag-File-Character-Encoding: UTF-8\n")
    write("given/bag/manifest-crc32.txt", b"")
    judge("verify-package", "verify", "given/bag", status=1)


def containers(judge):
    """A floppy with a sector that failed its check, one deleted, one twice."""
    imd = bytearray(b"IMD 1.18: 22/11/2026 12:00:00\r\nBox 7\x1a")
    for track in range(80):
        imd += bytes([5, track // 2, track % 2, 9, 2, *range(1, 9)])
        imd += bytes([8 if track == 9 else 9])
        for n in range(9):
            kind = {(3, 0): 5, (4, 1): 3}.get((track, n), 1)
            imd += bytes([kind]) + pattern(512, track * 9 + n)
    write("games.imd", bytes(imd))
    judge("info", "info", "games.imd")
    judge("info", "info", "games.imd", "--hash", status=1)
    judge("map", "map", "games.imd", status=1)
    judge("map", "map", "b.img")
    judge("convert", "convert", "games.imd", "games.img", status=1)
    judge("convert", "convert", "games.imd", "games.img", "--accept-loss")
    judge("convert", "convert", "b.img", "b.raw", "--dry-run")
    os.makedirs("papers/sub")
    write("papers/A long name.txt", b"x")
    write("papers/what?.txt", b"y")
    judge("make-media", "export", "--for", "raw", "papers", "-o", "as-raw",
          "--accept-loss")
    judge("make-media", "make-media", "papers", "--to", "fat", status=1)
    judge("make-media", "make-media", "papers", "--to", "iso", "--accept-loss")
    judge("make-media", "make-media", "papers", "-o", "p.img", "--accept-loss")
    judge("convert", "convert", "papers", "papers2.iso", status=1)
    judge("convert", "convert", "papers", "papers2.iso", "--accept-loss")
    judge("ingest", "ingest", "games.imd", "-i", "barcode=8", status=1)
    judge("show", "show", "barcode=8")


def contents(judge):
    """A disk with a partition, in which DOS starts; the operator's word."""
    disk = bytearray(1 << 20)
    disk[446:462] = (b"\x80\1\1\0\1\xfe\xff\xff" + (63).to_bytes(4, "little") +
                     (720).to_bytes(4, "little"))
    disk[510:512] = b"\x55\xaa"
    fat = bytearray(720 * 512)
    fat[:36] = (b"\xeb\x3c\x90MSDOS5.0\0\2\2\1\0\2\x70\0\xd0\2\xfd\2\0\x09\0"
                b"\2\0" + bytes(8))
    fat[62:82] = b"\xfa\x31\xc0\xcd\x13\xcd\x10IO      SYS "
    fat[510:512] = b"\x55\xaa"
    for at in (512, 512 * 3):
        fat[at:at + 3] = b"\xfd\xff\xff"
    fat[512 * 5:512 * 5 + 11] = b"IO      SYS"
    disk[63 * 512:63 * 512 + len(fat)] = fat
    write("dos.img", bytes(disk))
    doc = judge("info", "info", "dos.img")
    assert doc["partitions"] and doc["volumes"][0]["marks"], doc
    judge("ingest", "ingest", "dos.img", "-i", "barcode=90", "--platform",
          "pc-windows9x")
    judge("show", "show", "barcode=90")


def promises(judge):
    """Manifests of donors, kept and broken."""
    write("sums", b"".join(hashlib.md5(open(n, "rb").read()).hexdigest()
                           .encode() + f"  {n}\n".encode()
                           for n in ("a.img", "b.img", "label.jpg")))
    judge("manifest", "manifest", "verify", "sums")
    judge("ingest", "ingest", "a.img", "--expect", "sums", "--expect-from",
          "Ada")
    write("b.img", pattern(1474560, 3))
    write("more.sums", open("sums", "rb").read() + b"rubbish\n" + b"0" * 32 +
          b"  absent\n")
    judge("manifest", "manifest", "verify", "more.sums", "--strict", status=2)
    judge("manifest", "manifest", "verify", "sums", "--catalog")
    judge("manifest", "manifest", "verify", "more.sums", "--catalog",
          status=2)
    judge("ingest", "ingest", "b.img", "--expect", "sums", status=1)
    judge("ingest", "ingest", "b.img", "--expect", "sums",
          "--accept-mismatch", status=1)
    write("b.img", pattern(1474560, 2))


def batches(judge):
    write("c.img", pattern(50000, 5))
    write("d.img", pattern(50000, 6))
    write("box.csv", b"source,label,shelf,md5\r\nc.img,C,7b,\r\n"
          b"b.img,again,7b,\r\nd.img,D,7b,0cc175b9c0f1b6a831c399e269772661\r\n")
    write("bad.csv", b"source\nc.img\nabsent\n,\nc.img\n")
    judge("batch", "batch", "bad.csv", "--dry-run", status=2)
    judge("batch", "batch", "bad.csv", status=2)
    judge("batch", "batch", "box.csv", "--dry-run")
    judge("batch", "batch", "box.csv", "--report", "boxes", status=1)
    judge("batch", "batch", "box.csv", "--answer", "3=skip", "--answer",
          "4=store")
    judge("ingest", "ingest", "d.img", "--loop", "--count", "1",
          "--label-pattern", "e-##", "--on-held", "store")
    judge("ingest", "ingest", "b.img", "--loop", "--count", "1", "--report",
          "boxes", status=1)


def reports(s, v, judge, status):
    """Status, the report's own output, the report, and what is told."""
    judge("status", "status", status=status)
    judge("report", "report", "--period", "2026", "--format", "json", "--for",
          "ndsa", "-o", "reports", status=status)
    newest = max(glob.glob("reports/*"), key=os.path.getmtime)
    with open(f"{newest}/report.json", encoding="utf-8") as f:
        v.judge("report-document", "report.json", json.load(f))


def listen(s):
    """From now on each message is a file."""
    os.mkdir("told")
    for key, value in (("notify-command",
                        f"cat >{os.getcwd()}/told/$MUNIMENT_EVENT"),
                       ("notify-on", "incident,store-away,problems,success")):
        done = s.run("config", "set", key, value)
        assert done.returncode == 0, done


def told(v):
    names = set(os.listdir("told"))
    v.report.check({"incident", "problems", "store-away"} <= names,
                   f"told: {names}")
    for name in sorted(names):
        with open(f"told/{name}", encoding="utf-8") as f:
            v.judge("notification", f"told: {name}", json.load(f))


def custody(s, v):
    """Copies, damage, repair and proof, in a repository of their own."""
    def judge(name, *args, status=0):
        doc = s.json(*args, status=status)
        v.judge(name, " ".join(args), doc)
        return doc

    repo, s.repo = s.repo, "kept"
    assert s.run("init", s.repo).returncode == 0
    assert s.run("config", "set", "operator", "Ada").returncode == 0
    judge("store-list", "store", "list")
    judge("schedule-forecast", "schedule", "forecast")
    doc = s.json("ingest", "a.img")
    url = "file://" + os.path.abspath("copy")
    assert s.run("store", "add", "copy", url).returncode == 0
    judge("replicate", "replicate", "--dry-run")
    judge("replicate", "replicate")
    judge("store-list", "store", "list")
    judge("incidents", "incidents", "list")
    master = stored(s, doc, "image/disk.img")
    flip(master, 2 << 20)
    judge("repair", "repair", "--all")
    judge("audit", "audit", "--all", status=1)
    incident = judge("incidents", "incidents", "list", status=1)
    incident = incident["incidents"][0]["id"]
    judge("incident", "incidents", "show", incident)
    judge("repair", "repair", "--all", "--dry-run")
    judge("repair", "repair", "--all")
    assert s.run("incidents", "ack", incident, "--reason",
                 "a test").returncode == 0
    judge("incident", "incidents", "show", incident)
    judge("incidents", "incidents", "list", "--all")
    flip(master, 2 << 20)
    doc = judge("audit", "audit", "--all", "--repair", status=1)
    v.report.check(doc["repairs"][0]["state"] == "repaired" and
                   doc["verified_again"]["outcomes"]["intact"] == 6,
                   f"audit --repair: {doc}")
    both_damaged(s, v, judge, master)
    evidence(s, v, judge)
    s.repo = repo


def both_damaged(s, v, judge, master):
    """The same piece of both copies; a store that is away; a sweep."""
    flip(master, 2 << 20)
    flip(glob.glob("copy/ocfl/*/*/*/*/v1/content/image/disk.img")[0], 2 << 20)
    judge("audit", "audit", "--all", status=1)
    doc = judge("repair", "repair", "--all", status=1)
    v.report.check(doc["not_repaired"] == 2 and doc["repairs"][0]["lost"] ==
                   [{"offset": 2 << 20, "length": 1 << 20}],
                   f"nobody has it: {doc}")
    write(master + ".extra", b"what does not belong here")
    judge("audit", "audit", "--all", "--presence", status=1)
    judge("audit", "audit", "--due")
    assert s.run("store", "pause", "copy").returncode == 0
    judge("audit", "audit", "--all", status=1)
    judge("store-list", "store", "list")
    assert s.run("store", "resume", "copy").returncode == 0
    os.rename("copy", "gone")
    judge("audit", "audit", "--all", status=2)
    judge("store-list", "store", "list")
    judge("replicate", "replicate", status=2)
    judge("schedule-forecast", "schedule", "forecast")
    judge("schedule-status", "schedule", "status")
    os.rename("gone", "copy")


def evidence(s, v, judge):
    """The ledger whole, then with a line that says something else."""
    judge("ledger-verify", "ledger", "verify")
    done = s.run("ledger", "prove", s.json("list")["objects"][0]["id"])
    v.judge("proof", "ledger prove", json.loads(done.stdout))
    with open("kept/ledger/00000000.jsonl", "r+b") as f:
        text = f.read()
        f.seek(0)
        f.write(text.replace(b"a.img", b"b.img", 1))
    doc = judge("ledger-verify", "ledger", "verify", status=1)
    v.report.check(doc["problems"], "a changed line was not found")


def interrupted(s, v):
    """A session that was killed: listed, resumed; another one discarded."""
    with open("big.img", "wb") as f:
        for i in range(64):
            f.write(pattern(1 << 16, i) * 16)
    for end in ("resume", "discard"):
        sessions = []
        for delay in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.01, 0.005):
            p = subprocess.Popen([os.environ["MUNIMENT"], "-C", s.repo,
                                  "ingest", "big.img"], env=s.env(),
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
            time.sleep(delay)
            p.send_signal(signal.SIGKILL)
            p.wait()
            doc = s.json("resume", "--list")
            v.judge("resume", "resume --list", doc)
            sessions = [x for x in doc["sessions"] if x["state"] == "reading"]
            if sessions:
                break
        if not v.report.check(sessions, f"{end}: no kill met an ingest"):
            continue
        if end == "discard":
            doc = s.json("resume", "--discard", sessions[0]["id"], "--yes")
        else:
            doc = s.json("resume", sessions[0]["id"])
        v.judge("resume", end, doc)
    v.judge("resume", "the rest", s.json("resume"))


def failing(s, v):
    """A medium with a hole of 4 KiB, which nbdkit makes; read by FUSE."""
    if not (shutil.which("nbdfuse") and shutil.which("nbdkit") and
            os.access("/dev/fuse", os.R_OK | os.W_OK)):
        print("left out: a medium that fails (needs nbdkit, nbdfuse, FUSE)")
        return
    write("map", b"0x0 ? 1\n0x0 0x80000 +\n0x80000 0x1000 -\n"
                 b"0x81000 0xe7000 +\n")
    write("failing.img", b"")
    p = subprocess.Popen(["nbdfuse", "failing.img", "--command", "nbdkit", "-s",
                          "-r", "--filter=ddrescue", "file", "b.img",
                          "ddrescue-mapfile=map"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.getsize("failing.img") or p.poll() is not None:
                break
            time.sleep(0.05)
        if not os.path.getsize("failing.img"):
            print("left out: a medium that fails (FUSE refuses)")
            return
        partial(s, v)
    finally:
        subprocess.run(["fusermount3", "-u", "failing.img"],
                       stderr=subprocess.DEVNULL, check=False)
        p.wait(10)


def partial(s, v):
    doc = s.json("ingest", "failing.img", "-i", "barcode=9", status=1)
    v.judge("ingest", "ingest of a failing medium", doc)
    v.report.check(doc["objects"][0]["outcome"] == "partial" and
                   doc["objects"][0]["unreadable_bytes"] == 4096,
                   f"failing medium: {doc}")
    doc = s.json("show", "barcode=9")
    v.judge("show", "show, partial", doc)
    v.report.check(doc["unreadable"] == [{"offset": 0x80000, "length": 4096}],
                   f"failing medium: {doc['unreadable']}")
    expected = pattern(1474560, 2)
    expected = expected[:0x80000] + bytes(4096) + expected[0x81000:]
    v.report.check(s.run("cat", "barcode=9").stdout == expected,
                   "failing medium: other bytes than could be read")
    v.judge("list", "list, partial", s.json("list"))
    v.judge("audit", "audit, partial", s.json("audit", "barcode=9"))
    doc = s.json("list", "--status", "partial")
    v.judge("list", "list, partial", doc)
    v.report.check(len(doc["objects"]) == 1, f"list, partial: {doc}")
    v.judge("export", "export, partial",
            s.json("export", "barcode=9", "--for", "qemu"))


def bad_times(s, v):
    listen(s)
    doc = s.json("ingest", "a.img", "-l", "to be damaged", "-i", "barcode=3")
    flip(stored(s, doc, "image/disk.img"), 2 << 20)
    v.judge("audit", "audit, damage", s.json("audit", "barcode=3", status=1))
    v.judge("check", "check, damage", s.json("check", "--content", status=1))
    os.unlink(stored(s, doc, "image/disk.img"))
    v.judge("audit", "audit, missing", s.json("audit", "--all", status=1))
    v.judge("check", "check, missing", s.json("check", status=1))
    v.judge("list", "list, damage", s.json("list"))

    def judge(name, *args, status=0):
        v.judge(name, " ".join(args), s.json(*args, status=status))

    reports(s, v, judge, 1)
    v.judge("show", "show, damage", s.json("show", "barcode=3"))
    declaration = f"{s.repo}/ocfl/0=ocfl_1.1"
    os.rename(declaration, "aside")
    doc = s.json("audit", "barcode=1", status=2)
    v.judge("audit", "audit, store away", doc)
    v.report.check(doc["outcomes"]["store_unavailable"] == 4,
                   f"audit, store away: {doc['outcomes']}")
    v.judge("status", "status, store away", s.json("status", status=1))
    os.rename("aside", declaration)
    told(v)
    write("wrong.xml", b"<premis/>")
    v.judge("check", "check --premis", s.json("check", "--premis", "wrong.xml",
                                              status=1))
    os.mkdir("wrong")
    v.judge("check", "check --ocfl", s.json("check", "--ocfl", "wrong",
                                            status=1))
    os.unlink(f"{s.repo}/catalog.db")
    v.judge("rebuild", "rebuild", s.json("rebuild", "--yes"))
    held = open(f"{s.repo}/spool/audit-main.lock", "r+b")
    locked_out(s, v, held)


def locked_out(s, v, held):
    """An error in the middle still leaves a whole document, or none."""
    import fcntl
    fcntl.flock(held, fcntl.LOCK_EX)
    fcntl.lockf(held, fcntl.LOCK_EX)
    done = s.run("audit", "--all", "--json")
    v.report.check(done.returncode == 2, f"audit, locked: {done}")
    if done.stdout:
        v.judge("audit", "audit, locked", json.loads(done.stdout))


def main():
    r = Report()
    v = Validator(r)
    with Scratch() as s:
        good_times(s, v)
        custody(s, v)
        interrupted(s, v)
        failing(s, v)
        bad_times(s, v)
    # metadata/capture.json is of devices: tests/ingest/drives.py.
    r.check(set(v.used) == set(v.schemas) - {"capture"},
            f"schemas that no output was held against: "
            f"{set(v.schemas) - set(v.used)}")
    schemas_refuse(v, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
