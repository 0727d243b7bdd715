#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/timestamps.py - a time-stamp authority in the loop

An RFC 3161 authority over HTTP, on this machine, which answers with
`openssl ts -reply`.  An audit has its head stamped without being asked; the
ledger and OpenSSL both verify the token, and verify_proof.py the proof that
carries it.  An authority that is silent, says no, or answers with rubbish or
with somebody else's token costs no audit and leaves no token.

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import glob
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading

from muniment import Report, Scratch, pattern, skip, write

HERE = os.path.dirname(os.path.abspath(__file__))

if not shutil.which("openssl"):
    skip("openssl is not installed")


class Authority(http.server.BaseHTTPRequestHandler):
    """Answers as the server's @mood says."""

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers["Content-Type"])
        status, answer = self.server.mood(query)
        self.send_response(status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def openssl(*args, cwd=None):
    return subprocess.run(("openssl",) + args, cwd=cwd, capture_output=True,
                          check=False)


def honest(query):
    write("tsa/query", query)
    done = openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query",
                   "-out", "reply", cwd="tsa")
    assert done.returncode == 0, done.stderr
    with open("tsa/reply", "rb") as f:
        return 200, f.read()


def of_another_head(query):
    """A good token, but of other bytes."""
    digest = hashlib.sha256(b"something else").hexdigest()
    done = openssl("ts", "-query", "-digest", digest, "-sha256", "-cert")
    return honest(done.stdout)


def tokens(s):
    return sorted(glob.glob(f"{s.repo}/ledger/tokens/*"))


def stamped(s, r):
    """An audit, and everybody verifies what it got."""
    done = s.run("audit", "--all")
    r.check(done.returncode == 0 and done.stderr == b"", f"audit: {done}")
    r.check(len(tokens(s)) == 1, f"tokens: {tokens(s)}")
    found = s.json("ledger", "verify")
    r.check(found["tokens"] == 1 and found["newest_token"] and
            not found["problems"], f"verify: {found}")
    head = s.run("ledger", "head").stdout.rstrip(b"\n")
    done = openssl("ts", "-verify", "-digest",
                   hashlib.sha256(head).hexdigest(), "-in", tokens(s)[0],
                   "-CAfile", "tsa/ca.pem")
    r.check(done.returncode == 0, f"openssl: {done.stderr!r}")
    write("proof.json", s.run("ledger", "prove", "n=1").stdout)
    done = subprocess.run(
        [sys.executable, os.environ["MUN_SOURCE_DIR"] +
         "/docs/verify_proof.py", "--ca", "tsa/ca.pem", "proof.json"],
        capture_output=True, check=False)
    r.check(done.returncode == 0 and b"no time stamp" not in done.stdout,
            f"verify_proof.py: {done}")


def troubled(s, r, server):
    """The audit is done whatever the authority does."""
    before = tokens(s)
    for name, mood in (("no", lambda _: (500, b"")),
                       ("rubbish", lambda _: (200, b"rubbish")),
                       ("empty", lambda _: (200, b"")),
                       ("another head's", of_another_head)):
        server.mood = mood
        done = s.run("audit", "--all")
        r.check(done.returncode == 0 and b": 3 intact" in done.stdout,
                f"{name}: audit: {done}")
        r.check(b"time" in done.stderr, f"{name}: nobody was told: {done}")
        r.check(tokens(s) == before, f"{name}: {tokens(s)}")
        done = s.run("ledger", "stamp")
        r.check(done.returncode == 2 and done.stderr.count(b"\n") == 1,
                f"{name}: stamp: {done}")
    server.mood = honest
    done = s.run("ledger", "stamp")
    r.check(done.returncode == 0 and len(tokens(s)) == 2, f"stamp: {done}")


def silent(s, r):
    """Nobody listens there any more."""
    done = s.run("audit", "--all")
    r.check(done.returncode == 0 and b"time" in done.stderr,
            f"silent: {done}")
    found = s.json("ledger", "verify")
    r.check(not found["problems"] and found["tokens"] == 2,
            f"after all: {found}")


def main():
    r = Report()
    with Scratch() as s:
        subprocess.run(["bash", "-c", f". {HERE}/lib.sh; make_tsa tsa"],
                       check=True)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
        server.mood = honest
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert s.run("init", s.repo).returncode == 0
        s.run("ingest", write("a.img", pattern(5000)), "-i", "n=1")
        for key, value in (("tsa",
                            f"http://127.0.0.1:{server.server_port}/tsr"),
                           ("tsa-ca", os.path.abspath("tsa/ca.pem"))):
            done = s.run("config", "set", key, value)
            r.check(done.returncode == 0, f"config: {done}")
        stamped(s, r)
        r.check(set(server.seen) == {"application/timestamp-query"},
                f"asked with {server.seen}")
        troubled(s, r, server)
        server.shutdown()
        server.server_close()
        silent(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
