#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/ingest/concurrency.py - four drives at four windows, and a reader
"""Several processes ingest into one repository while another lists, checks,
resumes and audits it: nothing fails, nothing is lost, nobody hears of it."""
import subprocess

from lab import LONG, Lab, main, need, pattern

WRITERS = 4
EACH = 40 if LONG else 20


def all_that_is_ingested_at_once_is_there():
    """And the looking on disturbs nobody."""
    with Lab() as lab:
        writers = []
        for w in range(WRITERS):
            names = [lab.file("w%d-%02d.img" % (w, i),
                              pattern(1474560, w * 1000 + i))
                     for i in range(EACH)]
            writers.append(names)
        running = [lab.start("ingest", *names) for names in writers]
        looks = 0
        while any(p.poll() is None for p in running):
            for args in (("list",), ("resume", "--list"), ("audit", "--all"),
                         ("check",)):
                p = subprocess.run(lab.command(*args), text=True,
                                   capture_output=True, check=False)
                need(p.returncode == 0, "%s: exit %d: %s%s" % (
                    args, p.returncode, p.stdout, p.stderr))
                need("locked" not in p.stderr, p.stderr)
                looks += 1
        for p in running:
            _, err = p.communicate()
            need(p.returncode == 0, "exit %d: %s" % (p.returncode, err))
            need(not err.strip(), err)
        labels = sorted(o["label"] for o in lab.objects())
        want = sorted("w%d-%02d.img" % (w, i) for w in range(WRITERS)
                      for i in range(EACH))
        need(labels == want, "%d objects" % len(labels))
        lab.assert_clean("--content")
        print("     %d objects by %d writers, looked at %d times" %
              (len(labels), WRITERS, looks))


main(all_that_is_ingested_at_once_is_there)
