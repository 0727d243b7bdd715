#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/v86_test.py - a package starts in a browser

GRUB's rescue floppy is exported for v86, its page is served by the package's
own run script, and Chromium opens it without a window.  What v86 shows as its
text screen is read out of the page, as is a picture, which stays in the build
folder as v86-grub.png.  The browser is led by its own protocol, through a pair
of pipes, so that nothing but v86 has to be fetched.

Needs $MUNIMENT, chromium, and npm's registry, or v86 in the folder
$MUNIMENT_V86.  Exit 77: skipped, and why.
"""
import base64
import fcntl
import hashlib
import io
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

RESCUE = "/usr/lib/grub-rescue/grub-rescue-floppy.img"
WAIT_S = 150
REGISTRY = "https://registry.npmjs.org/"
SCREEN = "document.querySelector('#screen_container div').innerText"


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def muniment(repo, *args):
    done = subprocess.run([os.environ["MUNIMENT"], "-C", repo, *args],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


def fetch_v86(scratch):
    """As npm does it: the newest tarball, of the digest that is promised."""
    try:
        with urllib.request.urlopen(REGISTRY + "v86/latest", timeout=60) as f:
            dist = json.load(f)["dist"]
        with urllib.request.urlopen(dist["tarball"], timeout=90) as f:
            data = f.read()
    except OSError as why:
        skip(f"no npm, no $MUNIMENT_V86, and no registry: {why}")
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if dist["integrity"] != "sha512-" + digest:
        raise SystemExit("the registry gave another v86 than it promises")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar.getmembers():
            plain = member.isfile() and ".." not in member.name.split("/")
            if plain and member.name.startswith("package/"):
                tar.extract(member, scratch)
    return os.path.join(scratch, "package")


def get_v86(scratch):
    """The folder of the npm package."""
    named = os.environ.get("MUNIMENT_V86")
    if named:
        return os.path.abspath(named)
    if not shutil.which("npm"):
        return fetch_v86(scratch)
    try:
        done = subprocess.run(
            ["npm", "install", "v86", "--prefix", scratch, "--ignore-scripts",
             "--no-audit", "--no-fund"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        skip("npm does not get v86 in 90 s")
    folder = os.path.join(scratch, "node_modules", "v86")
    if done.returncode or not os.path.isdir(folder):
        skip("npm does not get v86: " +
             done.stdout.decode(errors="replace")[-300:])
    return folder


def end(process):
    """With all that it has started."""
    if process:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


class Browser:
    """Chromium, led through descriptors 3 and 4: JSON, ended by NUL."""

    def __init__(self, scratch):
        to_read, self.to = os.pipe()
        self.came, came_write = os.pipe()
        # Out of the way of 3 and 4.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20)
                for fd in (to_read, came_write)]

        def give():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-extensions",
             "--remote-debugging-pipe", "--window-size=900,700",
             f"--user-data-dir={scratch}/chromium", "about:blank"],
            env=dict(os.environ, HOME=scratch), preexec_fn=give,
            close_fds=False, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for fd in (to_read, came_write, *high):
            os.close(fd)
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(self.came, selectors.EVENT_READ)
        self.buffer = b""
        self.number = 0
        self.session = None

    def receive(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not self.waiting.select(left):
                sys.exit("the browser does not answer")
            data = os.read(self.came, 1 << 20)
            if not data:
                sys.exit("the browser has ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + 60
        while True:
            got = self.receive(until)
            if got.get("id") == self.number:
                if "error" in got:
                    sys.exit(f"{method}: {got['error']}")
                return got["result"]

    def open(self, url):
        target = self.ask("Target.createTarget", url=url)["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]

    def value(self, expression):
        got = self.ask("Runtime.evaluate", expression=expression)
        return got["result"].get("value")


def watch(browser, url, picture):
    """Until GRUB is on the screen of the page."""
    until = time.monotonic() + WAIT_S
    text = ""
    browser.open(url)
    while time.monotonic() < until:
        text = browser.value(SCREEN) or ""
        if "GNU GRUB" in text or "grub>" in text:
            break
        time.sleep(0.5)
    shot = browser.ask("Page.captureScreenshot", format="png")
    with open(picture, "wb") as f:
        f.write(base64.b64decode(shot["data"]))
    if "GNU GRUB" not in text and "grub>" not in text:
        message = browser.value(
            "document.getElementById('message').textContent")
        sys.exit(f"no GRUB in {WAIT_S} s; message: {message!r}; screen:\n"
                 f"{text}")
    return text.replace("\u00a0", " ")


def main():
    if "MUNIMENT" not in os.environ:
        skip("$MUNIMENT, the program, is not set")
    if not shutil.which("chromium"):
        skip("no chromium (Debian: chromium)")
    if not os.path.exists(RESCUE):
        skip("no rescue media (Debian: grub-rescue-pc)")
    if not os.path.isdir("/usr/share/seabios"):
        skip("no SeaBIOS (Debian: seabios)")
    server = browser = None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        v86 = get_v86(scratch)
        repo = os.path.join(scratch, "repo")
        subprocess.run([os.environ["MUNIMENT"], "init", repo], check=True,
                       stdout=subprocess.DEVNULL)
        obj = muniment(repo, "ingest", RESCUE, "--media",
                       "3.5-inch floppy disk", "--json")["objects"][0]
        bag = muniment(repo, "export", obj["id"], "--for", "v86", "-o",
                       os.path.join(scratch, "out"), "--json")["path"]
        try:
            server = subprocess.Popen(
                [os.path.join(bag, "data", "run"), "--no-browser"],
                env=dict(os.environ, V86=v86), cwd="/",
                stdout=subprocess.PIPE, start_new_session=True)
            url = server.stdout.readline().decode().strip()
            if not url.startswith("http://127.0.0.1:"):
                sys.exit(f"the server says {url!r}")
            browser = Browser(scratch)
            picture = os.path.join(os.environ.get("MUN_BINARY_DIR", scratch),
                                   "v86-grub.png")
            text = watch(browser, url, picture)
        finally:
            end(browser and browser.process)
            end(server)
        subprocess.run([os.environ["MUNIMENT"], "verify", bag], check=True,
                       stdout=subprocess.DEVNULL)
    line = next(n for n in text.splitlines() if "GRUB" in n or "grub>" in n)
    print(f"v86: {line.strip()!r}; picture: {picture}")


if __name__ == "__main__":
    main()
