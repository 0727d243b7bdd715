#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/v86_test.py - packages start in a browser

GRUB's rescue floppy and, with the corpus, FreeDOS are exported for v86, the
page is served by the package's own run script, and Chromium opens it without a
window.  What v86 shows as its text screen is read out of the page, as is a
picture, which stays in the build folder as v86-*.png.

Needs $MUNIMENT, chromium, and npm's registry, or v86 in the folder
$MUNIMENT_V86.  Exit 77: skipped, and why.
"""
import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

import chromium

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    SOURCES, "..", "shared", "corpus")
FREEDOS = "img-fat12/freedos.boot.disk.1.4MB.img.zst"
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


def text_of(screen):
    return screen.replace("\u00a0", " ")


def watch(browser, url, seen, picture):
    """Until one of SEEN is on the screen of the page: the line with it."""
    until = time.monotonic() + WAIT_S
    text = ""
    browser.open(url)
    while time.monotonic() < until:
        text = text_of(browser.value(SCREEN) or "")
        for line in text.splitlines():
            if any(s in line for s in seen):
                browser.picture(picture)
                return line.strip()
        time.sleep(0.5)
    browser.picture(picture)
    message = browser.value("document.getElementById('message').textContent")
    sys.exit(f"not seen in {WAIT_S} s: {seen}; message: {message!r}; screen:\n"
             f"{text}")


def start(scratch, v86, name, floppy, seen):
    """Taken in, exported, served by the package, seen, and still whole."""
    repo = os.path.join(scratch, "repo-" + name)
    subprocess.run([os.environ["MUNIMENT"], "init", repo], check=True,
                   stdout=subprocess.DEVNULL)
    obj = muniment(repo, "ingest", floppy, "--media", "3.5-inch floppy disk",
                   "--json")["objects"][0]
    # A folder whose name a careless script would take apart.
    bag = muniment(repo, "export", obj["id"], "--for", "v86", "-o",
                   os.path.join(scratch, "out of " + name), "--json")["path"]
    picture = os.path.join(os.environ.get("MUN_BINARY_DIR", scratch),
                           f"v86-{name}.png")
    server = browser = None
    try:
        server = subprocess.Popen(
            [os.path.join(bag, "data", "run"), "--no-browser"],
            env=dict(os.environ, V86=v86), cwd="/",
            stdout=subprocess.PIPE, start_new_session=True)
        url = server.stdout.readline().decode().strip()
        if not url.startswith("http://127.0.0.1:"):
            sys.exit(f"the server says {url!r}")
        browser = chromium.Browser(scratch)
        line = watch(browser, url, seen, picture)
    finally:
        if browser:
            browser.end()
        chromium.end(server)
    subprocess.run([os.environ["MUNIMENT"], "verify", bag], check=True,
                   stdout=subprocess.DEVNULL)
    print(f"v86: {line!r}; picture: {picture}")


def freedos(scratch):
    """The corpus' floppy, where there is one."""
    kept = os.path.join(CORPUS, FREEDOS)
    if not os.path.exists(kept) or not shutil.which("zstd"):
        print(f"without FreeDOS: no {kept}, or no zstd")
        return None
    floppy = os.path.join(scratch, "freedos.img")
    subprocess.run(["zstd", "-dq", kept, "-o", floppy], check=True)
    return floppy


def main():
    if "MUNIMENT" not in os.environ:
        skip("$MUNIMENT, the program, is not set")
    if not chromium.program():
        skip("no chromium (Debian: chromium)")
    if not os.path.exists(RESCUE):
        skip("no rescue media (Debian: grub-rescue-pc)")
    if not os.path.isdir("/usr/share/seabios"):
        skip("no SeaBIOS (Debian: seabios)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        v86 = get_v86(scratch)
        start(scratch, v86, "grub", RESCUE, ("GNU GRUB", "grub>"))
        floppy = freedos(scratch)
        if floppy:
            start(scratch, v86, "freedos", floppy, ("A:\\>",))


if __name__ == "__main__":
    main()
