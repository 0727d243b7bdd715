# SPDX-License-Identifier: Apache-2.0
"""tests/cli/muniment.py - run the program as a test wants it

Fixed time and identifiers (core/clock.h, core/uuid.h): each call gets the next
second and the next thousand of identifiers, so that two runs of a test say the
same and no two calls of one test make the same identifier.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

LONG = os.environ.get("MUNIMENT_LONG", "") not in ("", "0")


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def standards():
    """The folder of official schemas and samples, or None."""
    path = os.environ.get("MUNIMENT_STANDARDS") or os.path.join(
        os.environ["MUN_SOURCE_DIR"], "..", "shared", "standards")
    return os.path.realpath(path) if os.path.isdir(path) else None


class Scratch:
    """A folder of its own, entered and removed again; and the program."""

    def __init__(self):
        self.calls = 0
        self.repo = "repo"

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="mun-cli-")
        os.chdir(self.dir)
        os.environ.pop("MUNIMENT_REPOSITORY", None)
        return self

    def __exit__(self, *_):
        os.chdir("/")
        shutil.rmtree(self.dir, ignore_errors=True)

    def env(self):
        """The environment of the next call."""
        self.calls += 1
        second = self.calls % 60
        minute = self.calls // 60
        return dict(os.environ, LC_ALL="C.UTF-8",
                    MUNIMENT_TEST_NOW=f"2026-11-22T12:{minute:02}:{second:02}Z",
                    MUNIMENT_TEST_UUID=str(1000 * self.calls))

    def run(self, *args, timeout=60, memory=None, **kw):
        """Run `muniment -C repo ARGS`; bytes of both streams, and status.

        @memory limits the address space, in bytes.
        """
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        kw.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            [os.environ["MUNIMENT"], "-C", self.repo, *args],
            env=self.env(), timeout=timeout, check=False,
            preexec_fn=limit if memory else None, **kw)

    def json(self, *args, status=0):
        """Run with --json, expect @status, give the document."""
        done = self.run(*args, "--json")
        assert done.returncode == status, (
            f"{args}: exit {done.returncode}, not {status}: {done.stderr}")
        return json.loads(done.stdout)


def pattern(size, seed=1):
    """@size bytes that are the same in every run and do not compress."""
    out = bytearray()
    state = seed
    while len(out) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += state.to_bytes(8, "little")
    return bytes(out[:size])


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def flip(path, offset=1000):
    """One bit is another one, as it happens to disks."""
    os.chmod(path, 0o644)
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 1]))


class Report:
    """Say each failure, count all checks, exit 1 where there was one."""

    def __init__(self):
        self.checks = 0
        self.failures = 0

    def check(self, ok, text):
        self.checks += 1
        if not ok:
            self.failures += 1
            print(f"FAILED: {text}", flush=True)
        return ok

    def end(self):
        print(f"{self.checks} checks, {self.failures} failures")
        sys.exit(1 if self.failures else 0)
