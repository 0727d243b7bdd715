#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/audit/together.py - two audits, an ingest and an export at once
"""On one repository, several times over: nobody fails but the second audit,
which says who is at work; nothing is lost, the ledger is whole."""
import os
import shutil
import subprocess
import time

from vault import LONG, MIB, Vault, main, need, pattern

ROUNDS = 10 if LONG else 3


def all_at_once():
    """Two audits, a replication, an ingest, an export, a status."""
    with Vault() as vault:
        vault.run("ingest", *[vault.file("a%d.img" % i, pattern(2 * MIB, i))
                              for i in range(8)])
        vault.run("replicate")
        first = vault.objects()[0]["id"]
        busy = 0
        for n in range(ROUNDS):
            out = vault.path("out%d" % n)
            os.mkdir(out)
            jobs = [vault.start("audit", "--all"),
                    vault.start("audit", "--all"),
                    vault.start("ingest", *[
                        vault.file("r%d-%d.img" % (n, i),
                                   pattern(1474560, 100 * n + i))
                        for i in range(6)]),
                    vault.start("export", first, "--for", "qemu", "-o",
                                out),
                    vault.start("replicate"), vault.start("status")]
            for p in jobs:
                text, err = p.communicate()
                need("locked" not in err, err)
                if p.args[3] == "audit" and p.returncode == 2:
                    need("busy" in text, text + err)
                    busy += 1
                else:
                    need(p.returncode == 0, "%s: exit %d\n%s%s" % (
                        p.args[3], p.returncode, text, err))
            shutil.rmtree(out, ignore_errors=True)
        vault.run("replicate")
        vault.audit("--all", status=(0,))
        vault.ledger_is_whole()
        vault.assert_clean("--content")
        need(len(vault.objects()) == 8 + 6 * ROUNDS, "objects are missing")
        print("     %d rounds, %d audits were told to wait" % (ROUNDS, busy))


def two_audits_share_no_store():
    """The one that comes second says who is there, and its status is 2."""
    with Vault(copies=False) as vault:
        vault.run("ingest", vault.file("b.img", pattern(32 * MIB, 1)))
        p = vault.start("audit", "--all", "--rate", "8MiB/s")
        time.sleep(1)
        need(p.poll() is None, "the first has ended already")
        q = subprocess.run(vault.command("audit", "--all"), text=True,
                           capture_output=True, check=False)
        need(q.returncode == 2 and "busy" in q.stdout, q.stdout + q.stderr)
        need(str(p.pid) in q.stdout + q.stderr, q.stdout + q.stderr)
        p.terminate()
        p.communicate()
        vault.audit("--all", status=(0,))


main(all_at_once, two_audits_share_no_store)
