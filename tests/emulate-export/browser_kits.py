#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/browser_kits.py - a package starts in a browser

FreeDOS, from the corpus, reaches its prompt in v86.  The page is shown by the
package's own run script, in Chromium without a display, which is steered
through a pipe; a picture goes to $MUNIMENT_ARTIFACTS where that is set.

Needs $MUNIMENT, chromium, Debian's seabios, and $MUNIMENT_NODE_MODULES, a folder
with v86 (npm install v86).
"""
import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    SOURCES, "..", "shared", "corpus")
FLOPPY = "img-fat12/freedos.boot.disk.1.4MB.img"
WAIT_S = 120


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def muniment(repo, *args):
    run = subprocess.run([os.environ["MUNIMENT"], "-C", repo, *args, "--json"],
                         stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


class Browser:
    """Chromium behind a pipe: messages are JSON, each ended by a NUL."""

    def __init__(self, program, scratch):
        to_read, self.to = os.pipe()
        self.come, from_write = os.pipe()

        def place():
            # Via numbers that are neither of the two.
            a, b = os.dup2(to_read, 60), os.dup2(from_write, 61)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--remote-debugging-pipe", "--window-size=1000,760",
             f"--user-data-dir={scratch}/chromium", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=place, pass_fds=(3, 4))
        os.close(to_read)
        os.close(from_write)
        self.pending = b""
        self.number = 0
        self.session = None

    def message(self):
        while b"\0" not in self.pending:
            data = os.read(self.come, 1 << 16)
            if not data:
                sys.exit("the browser has ended")
            self.pending += data
        text, _, self.pending = self.pending.partition(b"\0")
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, url):
        self.session = None
        target = self.call("Target.createTarget", url=url)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True)["result"].get("value")

    def picture(self, name):
        data = base64.b64decode(self.call("Page.captureScreenshot",
                                          format="png")["data"])
        folder = os.environ.get("MUNIMENT_ARTIFACTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)

    def end(self):
        with contextlib.suppress(OSError, SystemExit):
            self.session = None
            self.call("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.come)


@contextlib.contextmanager
def shown(repo, scratch, obj, target, variable, folder):
    """A package of OBJ, shown by its run script: the address."""
    path = muniment(repo, "export", obj, "--for", target, "--output",
                    scratch)["path"]
    server = subprocess.Popen(
        [os.path.join(path, "data", "run"), "--no-browser"], cwd="/",
        env=dict(os.environ, **{variable: folder}), stdout=subprocess.PIPE,
        text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


def until(browser, what, expression):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if browser.value(expression):
            return
        time.sleep(0.5)
    browser.picture(what + "-failed.png")
    sys.exit(f"{what}: " + str(browser.value("document.body.innerText"))[-400:])


def v86_starts(browser, repo, scratch, obj):
    folder = os.path.join(os.environ["MUNIMENT_NODE_MODULES"], "v86")
    with shown(repo, scratch, obj, "v86", "V86", folder) as url:
        browser.open(url)
        until(browser, "v86", PROMPT)
        browser.picture("v86.png")


# A prompt in the text that the page shows.
PROMPT = "document.body.innerText.includes('A:\\\\>')"


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    image = os.path.join(CORPUS, FLOPPY)
    if "MUNIMENT" not in os.environ:
        skip("$MUNIMENT, the program, is not set")
    if not program:
        skip("no chromium")
    if not os.path.isdir(os.path.join(
            os.environ.get("MUNIMENT_NODE_MODULES", ""), "v86")):
        skip("no v86 in $MUNIMENT_NODE_MODULES (npm install v86)")
    if not os.path.exists("/usr/share/seabios/vgabios-stdvga.bin"):
        skip("no SeaBIOS (Debian: seabios)")
    if not os.path.exists(image + ".zst") or not shutil.which("zstd"):
        skip("no FreeDOS floppy in the corpus, or no zstd")
    with tempfile.TemporaryDirectory(prefix="browser ") as scratch:
        repo = os.path.join(scratch, "repo")
        floppy = os.path.join(scratch, "freedos.img")
        subprocess.run(["zstd", "-dq", image + ".zst", "-o", floppy],
                       check=True)
        subprocess.run([os.environ["MUNIMENT"], "init", repo], check=True,
                       stdout=subprocess.DEVNULL)
        obj = muniment(repo, "ingest", floppy, "--label",
                       "FreeDOS")["objects"][0]["id"]
        browser = Browser(program, scratch)
        try:
            v86_starts(browser, repo, scratch, obj)
        finally:
            browser.end()
    print("FreeDOS is at its prompt in v86")


main()
