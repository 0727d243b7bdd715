# SPDX-License-Identifier: Apache-2.0
# tests/ingest/lab.py - a scratch repository driven through the muniment program
"""What the scripts of this folder share."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

MUNIMENT = os.environ.get("MUNIMENT", "muniment")
LONG = os.environ.get("MUNIMENT_LONG", "") not in ("", "0")


def skip(why):
    """End this script as skipped."""
    print("skipped: " + why)
    sys.exit(77)


def pattern(size, seed):
    """Bytes that are the same for the same seed."""
    return random.Random(seed).randbytes(size)


class Failed(Exception):
    """A check of the test itself."""


def need(truth, text):
    """Fail the test unless it is so."""
    if not truth:
        raise Failed(text)


class Lab:
    """A folder with a repository in it, removed at the end."""

    def __init__(self, digests=None):
        self.dir = tempfile.mkdtemp(prefix="muniment-lab-")
        self.repo = os.path.join(self.dir, "repo")
        self.run("init", self.repo, repo=False)
        if digests:
            self.run("config", "set", "digests", digests)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *names):
        """A path in the scratch folder."""
        return os.path.join(self.dir, *names)

    def file(self, name, data):
        """Make a file in the scratch folder."""
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def command(self, *args, repo=True):
        """The words of a command line."""
        words = [MUNIMENT]
        if repo:
            words += ["-C", self.repo]
        return words + list(args)

    def run(self, *args, repo=True, status=(0,)):
        """Run it, want one of these exit statuses; the finished process."""
        p = subprocess.run(self.command(*args, repo=repo), text=True,
                           errors="replace", capture_output=True, check=False)
        if p.returncode not in status:
            raise Failed("%s: exit %d, not %s\n%s%s" % (
                " ".join(args), p.returncode, status, p.stdout, p.stderr))
        return p

    def json(self, *args, status=(0,)):
        """Its result as JSON."""
        p = self.run(*args, "--json", status=status)
        try:
            return json.loads(p.stdout)
        except ValueError as why:
            raise Failed("%s: %s\n%s" % (args, why, p.stdout)) from why

    def start(self, *args):
        """Run it in a process of its own."""
        return subprocess.Popen(self.command(*args), text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def objects(self):
        """All that the catalog lists."""
        return self.json("list")["objects"]

    def assert_clean(self, *args):
        """check finds nothing at all, no session that is left over either."""
        found = self.json("check", *args, status=(0, 1, 2))
        need(found.get("problems") == [], "check found %s" % found)


def main(*tests):
    """Run the tests; the exit status for CTest."""
    failed = 0
    for test in tests:
        try:
            test()
            print("ok   " + test.__name__, flush=True)
        except Failed as why:
            failed += 1
            print("FAIL %s: %s" % (test.__name__, why), flush=True)
    sys.exit(1 if failed else 0)
