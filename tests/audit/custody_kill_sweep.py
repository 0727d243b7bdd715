#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/audit/custody_kill_sweep.py - audits, copies and repairs killed at any moment
"""kill -9 at N random points (the first argument, or 200; 20 in an ordinary
test run) of audit, replicate, repair and of the ledger's appends in all of
them.  After each: the same command goes on and ends well, check and ledger
verify find nothing, and every master has its bytes in both stores."""
import os
import random
import shutil
import signal
import sys
import time

from vault import LONG, MIB, Vault, digest, flip, main, need, pattern

SEED = int(os.environ.get("MUNIMENT_SEED", "20261122"))
RNG = random.Random(SEED)


def count():
    """How many kills."""
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        return int(sys.argv[1])
    return 200 if LONG else 20


class Scene:
    """A vault that can be put back to where it was."""

    def __init__(self):
        self.vault = Vault(digests="sha256")
        v = self.vault
        names = [v.file("big.img", pattern(20 * MIB, 1))]
        names += [v.file("s%02d.img" % i, pattern(20000 + i, 2 + i))
                  for i in range(12)]
        v.run("ingest", *names)
        self.want = {o["id"]: digest(v.path(o["label"]))
                     for o in v.objects()}
        self.big = [o["id"] for o in v.objects() if o["label"] == "big.img"][0]
        self.keep("bare")
        v.run("replicate")
        self.keep("copied")

    def keep(self, name):
        """Remember this state."""
        for part in ("repo", "copy"):
            shutil.copytree(self.vault.path(part),
                            self.vault.path(name + "-" + part))

    def restore(self, name):
        """Be as then."""
        for part in ("repo", "copy"):
            shutil.rmtree(self.vault.path(part))
            shutil.copytree(self.vault.path(name + "-" + part),
                            self.vault.path(part))

    def damage(self):
        """Three pieces of the big one here, another there."""
        flip(self.vault.master(self.big), 5, 7 * MIB, 13 * MIB + 77)
        flip(self.vault.master(self.big, "copy"), 3 * MIB)


def kill_at(vault, args, delay):
    """Run, wait, kill; True if it was still alive."""
    p = vault.start(*args)
    time.sleep(delay)
    alive = p.poll() is None
    p.send_signal(signal.SIGKILL)
    p.communicate()
    return alive


def is_whole(scene):
    """Nothing is wrong with what two commands left."""
    v = scene.vault
    v.ledger_is_whole()
    v.assert_clean("--content")
    for object_id, want in scene.want.items():
        for store in ("main", "copy"):
            need(digest(v.master(object_id, store)) == want,
                 "%s in %s" % (object_id, store))


def settle(vault):
    """What remains after a kill in a repair: known damage, or none."""
    vault.audit("--all", "--repair", status=(0, 1))
    vault.audit("--all", status=(0,))
    for i in vault.incidents():
        need(i["state"] == "verified", "%s" % i)
        vault.run("incidents", "ack", i["id"], "--reason", "killed",
                  "--operator", "Test")
    need(vault.incidents() == [], "open incidents")


def undisturbed(scene, state, args, damage):
    """How long the command takes."""
    scene.restore(state)
    if damage:
        scene.damage()
        scene.vault.audit("--all", status=(1,))
    start = time.monotonic()
    scene.vault.run(*args, status=(0, 1))
    return time.monotonic() - start


JOBS = (("audit", "copied", ("audit", "--all"), False),
        ("replicate", "bare", ("replicate",), False),
        ("repair", "copied", ("repair", "--all"), True),
        ("audit --repair", "copied", ("audit", "--all", "--repair"), True))


def kills(scene, name, state, args, damage, n):
    """N kills of one command."""
    took = undisturbed(scene, state, args, damage)
    hits = 0
    for _ in range(n):
        scene.restore(state)
        if damage:
            scene.damage()
            if args[0] == "repair":
                scene.vault.audit("--all", status=(1,))
        hits += kill_at(scene.vault, args, RNG.random() * took * 1.1)
        scene.vault.ledger_is_whole()
        scene.vault.run(*args, status=(0, 1))
        if damage:
            settle(scene.vault)
        is_whole(scene)
    print("     %s: %d kills, %d of a live process" % (name, n, hits))


def killed_anywhere_it_goes_on():
    """Every command that custody has."""
    scene = Scene()
    with scene.vault:
        for job in JOBS:
            kills(scene, *job, max(1, count() // len(JOBS)))


main(killed_anywhere_it_goes_on)
