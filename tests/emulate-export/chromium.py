# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/chromium.py - a page in Chromium, without a display

The browser is led by its own protocol, JSON messages that end with NUL, through
a pair of pipes: nothing has to be installed for that.
"""
import base64
import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time

ANSWER_S = 60


def program():
    """None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def end(process):
    """With all that it has started."""
    if process:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


class Browser:
    """A window, and after open() the page in it."""

    def __init__(self, scratch):
        to_read, self.to = os.pipe()
        self.came, came_write = os.pipe()
        # Out of the way of 3 and 4, where the browser looks for them.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20)
                for fd in (to_read, came_write)]

        def give():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program(), "--headless=new", "--no-sandbox", "--disable-gpu",
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

    def call(self, method, **params):
        """The answer: with "result" or with "error"."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + ANSWER_S
        while True:
            got = self.receive(until)
            if got.get("id") == self.number:
                return got

    def ask(self, method, **params):
        got = self.call(method, **params)
        if "error" in got:
            sys.exit(f"{method}: {got['error']}")
        return got["result"]

    def open(self, url):
        """In a new page; returns before it is loaded."""
        self.session = None
        target = self.ask("Target.createTarget", url=url)["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]

    def value(self, expression):
        """None where the page has no such value, or is only coming: until then
        there is nothing in which an expression could be evaluated, and that is
        an error to the browser."""
        got = self.call("Runtime.evaluate", expression=expression,
                        returnByValue=True)
        return got.get("result", {}).get("result", {}).get("value")

    def picture(self, path):
        shot = self.ask("Page.captureScreenshot", format="png")
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def end(self):
        end(self.process)
        self.waiting.close()
        os.close(self.to)
        os.close(self.came)
