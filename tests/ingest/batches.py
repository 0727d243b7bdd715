#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/batches.py - a box of images: done once, whatever happens
"""muniment batch, with damage, copies, kills, and several processes."""
import csv
import glob
import hashlib
import json
import os
import pty
import random
import signal
import subprocess
import time

from lab import LONG, Lab, main, need, pattern

ROWS = 30
KILLS = 20 if LONG else 6
WINDOWS = 4


class Box:
    """A folder of images and the CSV file about them."""

    def __init__(self, lab, rows=ROWS, size=200000):
        self.lab = lab
        self.dir = lab.path("box")
        os.makedirs(self.dir)
        self.csv = os.path.join(self.dir, "box.csv")
        self.sums = {}
        self.rows = []
        for i in range(rows):
            name = "d%02d.img" % i
            self.image(name, pattern(size + i, 70 + i))
            self.rows.append([name, "Disk %d" % i, "b%d" % i, ""])

    def image(self, name, data):
        """One image file."""
        with open(os.path.join(self.dir, name), "wb") as f:
            f.write(data)
        self.sums["Disk %d" % len(self.rows)] = hashlib.sha256(data).hexdigest()

    def write(self):
        """The CSV file of all rows."""
        with open(self.csv, "w", encoding="utf-8", newline="") as f:
            out = csv.writer(f)
            out.writerow(["source", "label", "barcode", "sha256"])
            out.writerows(self.rows)

    def run(self, *args, status=(0,)):
        """muniment batch box.csv ARGS --json."""
        return self.lab.json("batch", self.csv, *args, status=status)

    def journal(self):
        """What the files of the journal say, by label."""
        out = {}
        for path in glob.glob(self.lab.path("repo", "batches", "*", "rows",
                                            "*.json")):
            with open(path, encoding="utf-8") as f:
                row = json.load(f)
            out[row["label"]] = row
        return out

    def assert_once(self, labels):
        """Each of these has one object, with its bytes, and nothing else."""
        objects = self.lab.objects()
        have = sorted(o["label"] for o in objects)
        need(have == sorted(labels), "have %s, want %s" % (have, labels))
        for o in objects:
            got = self.lab.json("show", o["id"])["digests"]["sha256"]
            need(got == self.sums[o["label"]], o["label"] + " has other bytes")
        sessions = self.lab.json("resume", "--list")["sessions"]
        need(sessions == [], "sessions left: %s" % sessions)


def states(doc):
    """Labels by state."""
    out = {}
    for row in doc["rows"]:
        out.setdefault(row["state"], []).append(row["label"])
    return out


def damage_and_copies_are_told():
    """Damaged, promised, copied and missing ones: every row has its state."""
    with Lab() as lab:
        box = Box(lab)
        good = box.rows[3][0]
        with open(os.path.join(box.dir, good), "rb") as f:
            copy = f.read()
        box.image("copy.img", copy)
        box.rows.append(["copy.img", "Copy", "c", ""])
        box.image("liar.img", pattern(5000, 1))
        box.rows.append(["liar.img", "Liar", "l", "00" * 32])
        # A compressed image that ends too early: damaged, and kept.
        broken = subprocess.run(["gzip", "-n"], input=pattern(100000, 2),
                                stdout=subprocess.PIPE, check=True).stdout
        box.image("broken.img.gz", broken[:len(broken) // 2])
        box.rows.append(["broken.img.gz", "Broken", "x", ""])
        box.rows.append(["absent.img", "Absent", "a", ""])
        box.write()
        doc = box.run(status=(2,))
        need([p["line"] for p in doc["problems"]] == [ROWS + 5], doc)
        need(lab.objects() == [], "something was begun")
        need(not os.path.exists(box.dir + "/box.report.csv"), "a report")
        doc = box.run("--skip-bad-rows", status=(2,))
        n = doc["counts"]
        need((n["rows"], n["complete"] + n["partial"], n["held"], n["failed"],
              n["damaged"]) == (ROWS + 4, ROWS + 1, 2, 1, 1), n)
        held = {r["label"]: r["held"] for r in doc["rows"]
                if r["state"] == "held"}
        need(held == {"Copy": "same", "Liar": "promise"}, held)
        # Once more: as it is, and quickly.
        again = box.run("--skip-bad-rows", status=(2,))
        need(states(again) == states(doc), "not the same again")
        done = box.run("--skip-bad-rows", "--answer", "%d=skip" % (ROWS + 2),
                       "--answer", "%d=store" % (ROWS + 3), status=(2,))
        need(done["counts"]["skipped"] == 1, done["counts"])
        need(done["counts"]["held"] == 0, done["counts"])
        with open(box.dir + "/box.report.csv", encoding="utf-8",
                  newline="") as f:
            report = list(csv.DictReader(f))
        need(len(report) == ROWS + 4, "rows of the report: %d" % len(report))
        need([r["state"] for r in report] == [r["state"] for r in done["rows"]],
             "the report and the output differ")
        with open(box.dir + "/box.report.html", encoding="utf-8") as f:
            page = f.read()
        need("Failed: 1 of %d" % (ROWS + 4) in page, "no such share")
        need("<script" not in page and page.endswith("</html>\n"), "page")
        lab.assert_clean("--content")


def a_killed_batch_goes_on():
    """kill -9 in the middle, again and again; then it is as if never."""
    with Lab() as lab:
        box = Box(lab)
        box.write()
        rng = random.Random(5)
        deaths = 0
        for _ in range(KILLS):
            p = lab.start("batch", box.csv)
            time.sleep(0.05 + 0.35 * rng.random())
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                deaths += 1
            p.communicate()
            if p.returncode == 0:
                break
        need(deaths, "nobody died")
        doc = box.run()
        need(doc["counts"]["complete"] == ROWS, doc["counts"])
        box.assert_once(["Disk %d" % i for i in range(ROWS)])
        lab.assert_clean("--content")


def an_interrupted_batch_says_so():
    """SIGTERM: the report tells how many were not begun, status 2."""
    with Lab() as lab:
        box = Box(lab)
        box.write()
        p = lab.start("batch", box.csv)
        while not box.journal():
            time.sleep(0.01)
        p.terminate()
        _, err = p.communicate()
        need(p.returncode == 2, "exit %d" % p.returncode)
        need("not begun; the same command goes on" in err, err)
        with open(box.dir + "/box.report.html", encoding="utf-8") as f:
            need("Interrupted:" in f.read(), "the report does not say so")
        need(box.run()["counts"]["complete"] == ROWS, "it did not go on")
        with open(box.dir + "/box.report.html", encoding="utf-8") as f:
            need("Interrupted:" not in f.read(), "the report still says so")
        box.assert_once(["Disk %d" % i for i in range(ROWS)])


def several_windows_share_one_file():
    """Four processes, one file; one of them is killed."""
    with Lab() as lab:
        box = Box(lab)
        box.write()
        running = [lab.start("batch", box.csv) for _ in range(WINDOWS)]
        time.sleep(0.3)
        running[0].kill()
        for p in running[1:]:
            _, err = p.communicate()
            need(p.returncode in (0, 2), "exit %d: %s" % (p.returncode, err))
            need("locked" not in err, err)
        running[0].communicate()
        doc = box.run()
        need(doc["counts"]["complete"] == ROWS, doc["counts"])
        box.assert_once(["Disk %d" % i for i in range(ROWS)])
        lab.assert_clean()


def copies_at_two_windows_are_stored_once():
    """Two files name copies of the same images at the same moment."""
    with Lab() as lab:
        tables = []
        for name in ("left", "right", "third"):
            folder = lab.path(name)
            os.mkdir(folder)
            for i in range(4):
                with open(os.path.join(folder, "%d.img" % i), "wb") as f:
                    f.write(pattern(4 << 20, 900 + i))
            tables.append(lab.file(name + ".csv", b"source\n" + b"".join(
                b"%s/%d.img\n" % (name.encode(), i) for i in range(4))))
        running = [lab.start("batch", t, "--json") for t in tables]
        held = 0
        for p in running:
            doc = json.loads(p.communicate()[0])
            held += doc["counts"]["held"]
            need(doc["counts"]["complete"] + doc["counts"]["held"] == 4, doc)
        need(len(lab.objects()) == 4, "%d objects" % len(lab.objects()))
        need(held == 8, "%d held" % held)


def a_file_may_be_sorted_and_grow():
    """Rows and columns change places, and more come."""
    with Lab() as lab:
        box = Box(lab, rows=6)
        box.write()
        first = {r["label"]: r["object"] for r in box.run()["rows"]}
        box.image("more.img", pattern(3000, 9))
        box.rows.append(["more.img", "More", "m", ""])
        rows = list(reversed(box.rows))
        with open(box.csv, "w", encoding="utf-8-sig", newline="") as f:
            out = csv.writer(f, delimiter=";")
            out.writerow(["Barcode", "Label", "SHA256", "Source", "Remark"])
            out.writerows([r[2], r[1], r[3], r[0], ""] for r in rows)
        doc = box.run()
        now = {r["label"]: r["object"] for r in doc["rows"]}
        need(now.pop("More") not in first.values(), "More is another's")
        need(now == first, "%s is not %s" % (now, first))
        need(doc["gone"] == 0, doc["gone"])


def a_person_is_asked():
    """On a terminal: skip one, store one, hold one, and change one's mind."""
    with Lab() as lab:
        box = Box(lab, rows=1)
        with open(os.path.join(box.dir, box.rows[0][0]), "rb") as f:
            data = f.read()
        for i in range(3):
            box.image("copy%d.img" % i, data)
            box.rows.append(["copy%d.img" % i, "Copy %d" % i, "", ""])
        box.write()
        for answers, want in (("what\nk\ns\nh\n", ("skipped", "complete",
                                                  "held")),
                              ("\n", ("skipped", "complete", "held")),
                              ("s\n", ("skipped", "complete", "complete"))):
            ours, theirs = pty.openpty()
            os.write(ours, answers.encode())
            with subprocess.Popen(lab.command("batch", box.csv, "--json"),
                                  stdin=theirs, stdout=subprocess.PIPE,
                                  stderr=theirs, text=True) as p:
                doc = json.loads(p.stdout.read())
            os.close(theirs)
            said = os.read(ours, 65536).decode()
            os.close(ours)
            need("it has the same bytes as object" in said, said)
            have = tuple(r["state"] for r in doc["rows"][1:])
            need(have == want, "%s, not %s: %s" % (have, want, said))
        need(len(lab.objects()) == 3, "not three objects")


if __name__ == "__main__":
    main(a_person_is_asked, damage_and_copies_are_told, a_killed_batch_goes_on,
         an_interrupted_batch_says_so, several_windows_share_one_file,
         copies_at_two_windows_are_stored_once,
         a_file_may_be_sorted_and_grow)
