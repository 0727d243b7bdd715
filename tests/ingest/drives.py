#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/drives.py - what drives read, from the device to `drives`
"""A good and a bad medium in two drives: their readings in show, drives, PREMIS
and metadata/capture.json, in the catalog and in one that was made anew from the
store or from the ledger.  Loop devices; nbdkit makes the bad sectors.  Root."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

from lab import Lab, Failed, main, need, pattern, skip

FLOPPY = 1474560
SECTOR = 512
BAD = [(64, 1), (2000, 3), (2879, 1)]
LOST = sum(n for _, n in BAD) * SECTOR
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                       "schemas", "json")
NUMBERS = ("bytes", "sector_bytes", "good_before", "good", "unreadable",
           "runout", "doubtful", "untried", "read_bytes", "reads",
           "failed_reads", "slow_reads", "corrected", "reopened", "elapsed_ms")

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


def wanted():
    """Skip where this cannot be done."""
    if os.geteuid():
        skip("loop devices need root")
    for tool in ("losetup", "nbdkit", "nbdfuse", "fusermount3"):
        if not shutil.which(tool):
            skip("no " + tool)
    for node in ("/dev/loop-control", "/dev/fuse"):
        if not os.path.exists(node):
            skip("no " + node)


def judge(name, document):
    """Hold it against its schema."""
    if not Draft202012Validator:
        return
    with open(os.path.join(SCHEMAS, name + ".schema.json"),
              encoding="utf-8") as f:
        schema = json.load(f)
    # Nothing that it does not name, and nothing less than it asks for.
    for error in Draft202012Validator(schema).iter_errors(document):
        raise Failed("%s: %s: %s" % (name, error.json_path, error.message))
    for key in schema["required"]:
        less = {k: v for k, v in document.items() if k != key}
        need(not Draft202012Validator(schema).is_valid(less),
             "%s: valid also without %s" % (name, key))
    unknown = set(document) - set(schema["properties"])
    need(not unknown, "%s: keys that the schema lacks: %s" % (name, unknown))


@contextlib.contextmanager
def loop(path, *options):
    """A loop device on a file."""
    p = subprocess.run(["losetup", *options, "-f", "--show", path], text=True,
                       capture_output=True, check=False)
    if p.returncode:
        skip("no free loop device: " + p.stderr.strip())
    dev = p.stdout.strip()
    try:
        yield dev
    finally:
        subprocess.run(["losetup", "-d", dev], check=False)


@contextlib.contextmanager
def served(lab, image, *options):
    """The same bytes in a file, by nbdkit."""
    path = lab.file("failing.img", b"")
    server = subprocess.Popen(
        ["nbdfuse", path, "--command", "nbdkit", "-s", "-r", options[0],
         "file", image, *options[1:]], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.getsize(path) or server.poll() is not None:
                break
            time.sleep(0.05)
        if not os.path.getsize(path):
            skip("FUSE refuses")
        yield path
    finally:
        subprocess.run(["fusermount3", "-u", "-z", path], check=False,
                       stderr=subprocess.DEVNULL)
        server.terminate()
        server.wait(10)


def failing(lab, image):
    """One that fails where BAD says."""
    lines = ["0x0 ? 1"]
    at = 0
    for lba, n in BAD + [(FLOPPY // SECTOR, 0)]:
        if lba * SECTOR > at:
            lines.append("0x%x 0x%x +" % (at, lba * SECTOR - at))
        if n:
            lines.append("0x%x 0x%x -" % (lba * SECTOR, n * SECTOR))
        at = (lba + n) * SECTOR
    where = lab.file("map", "\n".join(lines + [""]).encode())
    return served(lab, image, "--filter=ddrescue", "ddrescue-mapfile=" + where)


def cat(lab, *args):
    """Bytes that cat gives."""
    p = subprocess.run(lab.command("cat", *args), capture_output=True,
                       check=False)
    need(p.returncode == 0, "cat %s: %s" % (args, p.stderr))
    return p.stdout


@contextlib.contextmanager
def two_media():
    """A repository with a bad medium of one drive and a good one of another;
    and the names of the drives."""
    with Lab() as lab:
        bad = lab.file("bad.img", pattern(FLOPPY, 7))
        good = lab.file("good.img", pattern(FLOPPY, 8))
        with loop(good, "-r") as g, failing(lab, bad) as path, \
                loop(path, "-r", "--direct-io=on") as b:
            lab.run("ingest", b, "-l", "A bad one", "-i", "n=1",
                    "--write-blocker", "Tableau T8u", status=(1,))
            lab.run("ingest", g, "-l", "A good one", "-i", "n=2")
        # What a loop device says of itself is the file behind it.
        yield lab, path, good


def each_reading_is_told_with_its_drive():
    """show, PREMIS and capture.json."""
    with two_media() as (lab, bad, _):
        shown = lab.json("show", "n=1")
        judge("show", shown)
        need(shown["write_protection"] ==
             "kernel read-only flag, hardware write blocker",
             shown["write_protection"])
        need(len(shown["readings"]) == 1, shown["readings"])
        x = shown["readings"][0]
        need(x["drive_name"] == bad, x)
        need(x["outcome"] == "partial" and x["stopped"] == "", x)
        need(x["unreadable"] == LOST and x["bytes"] == FLOPPY, x)
        need(x["good"] + x["unreadable"] + x["runout"] + x["doubtful"] +
             x["untried"] == FLOPPY, x)
        need(x["failed_reads"] >= 5 and x["reads"] > x["failed_reads"], x)
        need(x["read_bytes"] == FLOPPY - LOST, x)
        event = [e for e in shown["events"] if e["id"] == x["event"]][0]
        need(event["type"] == "imaging" and event["outcome"] == "warning",
             event)
        need("LBA 64, 2000-2002, 2879" in event["note"], event["note"])
        need("write blocker: Tableau T8u" in event["detail"], event["detail"])
        need("of the device: set (before: set)" in event["detail"],
             event["detail"])
        premis = lab.run("premis", "n=1").stdout
        said = re.search(r'<reading xmlns="urn:x-muniment:reading:1" '
                         r'([^>]*)/?>', premis)
        need(said, "no reading in PREMIS")
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', said.group(1)))
        for key in NUMBERS:
            need(attributes[key] == str(x[key]), (key, attributes))
        need(attributes["drive"] == x["drive"], attributes)
        capture = json.loads(cat(lab, "n=1", "metadata/capture.json"))
        judge("capture", capture)
        need(capture["reading"]["unreadable_bytes"] == LOST, capture)
        need(capture["write_blocker"] == "Tableau T8u", capture)
        need(len(capture["attempts"]) == 1, capture["attempts"])
        run = capture["attempts"][0]
        need(run["failed_reads"] == x["failed_reads"], run)
        need(sum(e["count"] for e in run["errors"]) == x["failed_reads"], run)
        need(len(capture["identity"]["head_sha256"]) == 0,
             "the head has a bad sector, and can be no mark")
        capture = json.loads(cat(lab, "n=2", "metadata/capture.json"))
        judge("capture", capture)
        need(len(capture["identity"]["head_sha256"]) == 64, capture)
        text = lab.run("show", "n=1").stdout
        need(re.search(r"^readings\n  \S+  partial   %s: \d+ of \d+ reads "
                       r"failed; %d bytes unreadable$" % (re.escape(bad), LOST),
                       text, re.M), text)
        lab.assert_clean("--content")


def the_drives_are_added_up():
    """drives, with and without one of them."""
    with two_media() as (lab, bad, good):
        doc = lab.json("drives")
        judge("drives", doc)
        by_name = {d["name"]: d for d in doc["drives"]}
        need(set(by_name) == {good, bad}, doc)
        b, g = by_name[bad], by_name[good]
        need((b["media"], b["partial"], b["complete"]) == (1, 1, 0), b)
        need((g["media"], g["partial"], g["complete"]) == (1, 0, 1), g)
        need(b["unreadable_bytes"] == LOST and g["unreadable_bytes"] == 0, doc)
        need(b["failed_reads"] > 0 and g["failed_reads"] == 0, doc)
        need(g["read_bytes"] == FLOPPY, g)
        need(g["judgement"]["verdict"] == "good", g)
        need(b["judgement"]["verdict"] == "unclear", b)
        one = lab.json("drives", bad)
        judge("drives", one)
        need(len(one["drives"]) == 1, one)
        media = one["drives"][0]["media_read"]
        need([m["label"] for m in media] == ["A bad one"], media)
        need(media[0]["unreadable_bytes"] == LOST, media)
        need(lab.json("drives", b["id"][:13])["drives"][0]["id"] == b["id"],
             "not found by its id")
        table = lab.run("drives").stdout
        need(len(table.splitlines()) == 3, table)
        need("A bad one" in lab.run("drives", bad).stdout, "no medium")
        need("ambiguous" in lab.run("drives", ".img", status=(2,)).stderr,
             "both are files")
        need("Tableau" in lab.run("drives", "Tableau", status=(2,)).stderr,
             "a write blocker reads nothing")


def shown(lab):
    """All that is said of drives and readings."""
    out = [lab.json("drives")]
    for row in lab.objects():
        o = lab.json("show", row["id"])
        out.append([o["readings"], o["write_protection"], o["properties"],
                    [e for e in o["events"] if e["type"] == "imaging"]])
    return out


def a_catalog_made_anew_knows_the_drives():
    """From the ledger, and from the objects alone."""
    with two_media() as (lab, _, _):
        before = shown(lab)
        for lose_ledger in (False, True):
            if lose_ledger:
                shutil.rmtree(os.path.join(lab.repo, "ledger"))
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(lab.repo, "catalog.db" + end))
            lab.run("rebuild", status=(0, 1))
            need(shown(lab) == before, "without the %s: %s, not %s" % (
                "ledger" if lose_ledger else "catalog", shown(lab), before))
        lab.assert_clean("--content")


def a_drive_that_another_one_outdoes_is_suspected():
    """The same medium read once more and merged: the drive was bad."""
    with Lab() as lab:
        image = lab.file("bad.img", pattern(FLOPPY, 7))
        with failing(lab, image) as path, \
                loop(path, "-r", "--direct-io=on") as dev:
            lab.run("ingest", dev, "-i", "n=1", status=(1,))
        with loop(image, "-r") as dev:
            lab.run("ingest", "--merge", "n=1", dev)
        readings = lab.json("show", "n=1")["readings"]
        need([(x["drive_name"], x["outcome"]) for x in readings] ==
             [(path, "partial"), (image, "complete")], readings)
        one = lab.json("drives", path)["drives"][0]
        need(one["judgement"]["verdict"] == "suspect", one)
        need(one["media_read"][0]["others"] == "better" and
             one["media_read"][0]["other_drive"] == image, one)
        need(image + " could read more" in lab.run("drives", path).stdout,
             "the other drive is not named")
        other = lab.json("drives", image)["drives"][0]
        need(other["judgement"]["verdict"] == "good", other)
        before = shown(lab)
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(lab.repo, "catalog.db" + end))
        lab.run("rebuild")
        need(shown(lab) == before, "made anew: %s, not %s" % (shown(lab),
                                                              before))
        lab.assert_clean("--content")


def a_budget_that_was_spent_is_told():
    """--max-errors ends it; the rest was not tried."""
    with Lab() as lab:
        image = lab.file("bad.img", pattern(FLOPPY, 7))
        with failing(lab, image) as path, \
                loop(path, "-r", "--direct-io=on") as dev:
            lab.run("ingest", dev, "-i", "n=1", "--max-errors", "2",
                    status=(1,))
        x = lab.json("show", "n=1")["readings"][0]
        need(x["stopped"] == "errors" and x["untried"] > 0, x)
        need(x["failed_reads"] == 2, x)
        need(x["good"] + x["unreadable"] + x["doubtful"] + x["untried"] ==
             FLOPPY, x)
        need("stopped after --max-errors 2" in lab.run("show", "n=1").stdout,
             "not in the event's note")
        lab.assert_clean("--content")


def each_run_of_a_resumed_medium_is_told():
    """The first was stopped by Ctrl-C."""
    size = 8 << 20
    with Lab() as lab:
        image = lab.file("slow.img", pattern(size, 9))
        with served(lab, image, "--filter=delay", "rdelay=20ms") as path, \
                loop(path, "-r", "--direct-io=on") as dev:
            p = lab.start("ingest", dev, "-i", "n=1")
            time.sleep(1.2)
            p.send_signal(signal.SIGINT)
            _, err = p.communicate(timeout=60)
            need(p.returncode != 0, "it was done already")
            need(lab.json("resume", "--list")["sessions"], err)
            lab.run("resume")
        runs = lab.json("show", "n=1")["readings"]
        need([x["stopped"] for x in runs] == ["interrupted", ""], runs)
        for x in runs:
            need(x["good"] + x["unreadable"] + x["doubtful"] +
                 x["untried"] == size, x)
        need(0 < runs[0]["good"] < size and runs[1]["good"] == size, runs)
        need(runs[1]["good_before"] == runs[0]["good"], runs)
        need(runs[0]["read_bytes"] + runs[1]["read_bytes"] >= size, runs)
        capture = json.loads(cat(lab, "n=1", "metadata/capture.json"))
        judge("capture", capture)
        need([a["interrupted"] for a in capture["attempts"]] == [True, False],
             capture["attempts"])
        drive = lab.json("drives")["drives"][0]
        need(drive["media"] == 1 and drive["complete"] == 1, drive)
        lab.assert_clean("--content")


wanted()
main(each_reading_is_told_with_its_drive, the_drives_are_added_up,
     a_catalog_made_anew_knows_the_drives,
     a_drive_that_another_one_outdoes_is_suspected,
     a_budget_that_was_spent_is_told, each_run_of_a_resumed_medium_is_told)
