# SPDX-License-Identifier: Apache-2.0
# tests/audit/vault.py - a repository with a store for copies, to be damaged
"""What the scripts of this folder share, on top of tests/ingest/lab.py."""
import glob
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "ingest"))

from lab import (Failed, LONG, Lab, MUNIMENT, main, need,  # noqa: E402,F401
                 pattern, skip)

MIB = 1 << 20


def digest(path):
    """SHA-256 of a file."""
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(MIB), b""):
            h.update(block)
    return h.hexdigest()


def flip(path, *offsets):
    """Flip the lowest bit of the byte at each offset."""
    with open(path, "r+b") as f:
        for off in offsets:
            f.seek(off)
            byte = f.read(1)
            f.seek(off)
            f.write(bytes([byte[0] ^ 1]))


class Vault(Lab):
    """A repository, and a store "copy" that has all of it when asked to."""

    def __init__(self, parity=None, copies=True, digests=None):
        super().__init__(digests)
        if parity:
            self.run("config", "set", "parity", parity)
        self.copy = self.path("copy")
        if copies:
            self.run("store", "add", "copy", "file://" + self.copy)

    def root(self, store):
        """The storage root of a store."""
        return os.path.join(self.repo if store == "main" else self.copy,
                            "ocfl")

    def masters(self, store):
        """Paths of all masters in a store, sorted."""
        return sorted(glob.glob(os.path.join(
            self.root(store), "*", "*", "*", "*", "v1", "content", "image",
            "disk.img")))

    def folder(self, object_id, store="main"):
        """The folder of an object in a store."""
        name = hashlib.sha256(b"urn:uuid:" + object_id.encode()).hexdigest()
        return os.path.join(self.root(store), name[:3], name[3:6], name[6:9],
                            name)

    def master(self, object_id, store="main"):
        """The path of an object's master."""
        return os.path.join(self.folder(object_id, store), "v1", "content",
                            "image", "disk.img")

    def audit(self, *args, status=(0, 1, 2)):
        """An audit of everything, as JSON."""
        return self.json("audit", *(args or ("--all",)), status=status)

    def incidents(self, *args):
        """The open ones."""
        return self.json("incidents", "list", *args,
                         status=(0, 1))["incidents"]

    def ledger_is_whole(self):
        """ledger verify finds nothing."""
        found = self.json("ledger", "verify", status=(0, 1, 2))
        need(found.get("problems") == [], "ledger verify found %s" % found)
