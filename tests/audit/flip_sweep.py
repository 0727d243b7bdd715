#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/audit/flip_sweep.py - one bit in every 4 KiB of 64 MiB, found and repaired
"""Flips one bit at every 4 KiB of a 64 MiB image (16,384 places), 32 of them a
run, one in every second MiB: each is found, in the piece where it is, and
repaired, from a copy and from parity alone.  All of them with MUNIMENT_LONG or
a first argument "all"; a sample of 8 runs otherwise."""
import os
import random
import sys

from vault import LONG, MIB, Vault, digest, flip, main, need, pattern

SIZE = 64 * MIB
STEP = 4096
ALL = LONG or sys.argv[1:2] == ["all"]
SEED = int(os.environ.get("MUNIMENT_SEED", "20261122"))


def rounds():
    """Lists of offsets: all places in even and odd pieces, or a sample."""
    rng = random.Random(SEED)
    out = []
    for odd in (0, 1):
        for slot in range(MIB // STEP):
            out.append([piece * MIB + slot * STEP + rng.randrange(STEP)
                        for piece in range(odd, SIZE // MIB, 2)])
    return out if ALL else rng.sample(out, 8)


def sweep(vault, source, offsets):
    """One round: damage, audit, repair, compare."""
    want = digest(source)
    place = vault.master(vault.objects()[0]["id"])
    flip(place, *offsets)
    found = vault.audit("--all", "--repair", "--store", "main", status=(1,))
    need(found["outcomes"]["mismatch"] == 1, "outcomes %s" % found)
    pieces = set()
    for f in found["findings"]:
        need(f["path"] == "image/disk.img", "finding %s" % f)
        for off in range(f["offset"], f["offset"] + f["length"], MIB):
            pieces.add(off // MIB)
    need(pieces == {off // MIB for off in offsets},
         "pieces %s for %s" % (sorted(pieces), offsets))
    need([r["state"] for r in found["repairs"]] == ["repaired"],
         "repairs %s" % found["repairs"])
    need(digest(place) == want, "not the bytes that were recorded")
    need(found["verified_again"]["outcomes"]["mismatch"] == 0, "verified %s"
         % found["verified_again"])
    return found["repairs"][0]["from"]


def run(parity, word):
    """All rounds, with one kind of help."""
    done = 0
    with Vault(parity=parity, copies=not parity, digests="sha256") as vault:
        source = vault.file("big.img", pattern(SIZE, SEED))
        vault.run("ingest", source)
        if not parity:
            vault.run("replicate")
        for offsets in rounds():
            origin = sweep(vault, source, offsets)
            need(word in origin, "from %s" % origin)
            done += len(offsets)
            for i in vault.incidents():
                vault.run("incidents", "ack", i["id"], "--reason", "a test",
                          "--operator", "Test")
        need(vault.incidents() == [], "incidents are left open")
        vault.ledger_is_whole()
        vault.assert_clean()
    print("     %d flips of %d, each found in its piece and repaired from %s"
          % (done, SIZE // STEP, word))


def flips_are_found_and_repaired_from_a_copy():
    """The other store has the piece."""
    run(None, "store 'copy'")


def flips_are_found_and_repaired_from_parity():
    """There is no other store."""
    run("10%", "parity")


main(flips_are_found_and_repaired_from_a_copy,
     flips_are_found_and_repaired_from_parity)
