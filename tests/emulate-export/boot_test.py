#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/boot_test.py - exported rescue media really start

Debian's grub-rescue-pc brings a floppy and a CD-ROM.  Each is ingested,
exported as a folder, a zip and a tar, and started by the package's own run
script without a display.  The screen is read out of the emulated machine's
text memory: "GNU GRUB" must appear.  A disk that writes to itself is started
too.  Afterwards the image in the package and the one in the store have the
digests they had.

Needs $MUNIMENT, the program.  Exit 77: skipped, and why.
"""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

RESCUE = "/usr/lib/grub-rescue"
WAIT_S = 90
TEXT_MEMORY = 0xB8000
SCREEN_BYTES = 80 * 25 * 2
CHECK_BAG = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         "check_bag.py")


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            h.update(chunk)
    return h.hexdigest()


def muniment(repo, *args):
    """Run the program, give its JSON."""
    done = subprocess.run([os.environ["MUNIMENT"], "-C", repo, *args],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


class Machine:
    """A package under way, and a line to QEMU's monitor."""

    def __init__(self, bag, scratch):
        self.monitor_path = os.path.join(scratch, "monitor")
        self.screen_path = os.path.join(scratch, "screen")
        run = os.path.join(bag, "data", "run")
        self.process = subprocess.Popen(
            [run, "-accel", "tcg", "-display", "none", "-no-reboot",
             "-monitor", f"unix:{self.monitor_path},server,nowait"],
            stdin=subprocess.DEVNULL, cwd="/")
        self.monitor = None

    def connect(self, until):
        while time.monotonic() < until:
            if self.process.poll() is not None:
                sys.exit(f"run ended with {self.process.returncode}")
            try:
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(10)
                s.connect(self.monitor_path)
                self.monitor = s
                self.prompt()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("no monitor")

    def prompt(self):
        got = b""
        while not got.endswith(b"(qemu) "):
            got += self.monitor.recv(4096)

    def command(self, text):
        self.monitor.sendall(text.encode() + b"\n")
        self.prompt()

    def screen(self):
        if os.path.exists(self.screen_path):
            os.unlink(self.screen_path)
        self.command(f'pmemsave {TEXT_MEMORY} {SCREEN_BYTES} '
                     f'"{self.screen_path}"')
        with open(self.screen_path, "rb") as f:
            data = f.read()
        return data[::2].decode("cp437")

    def wait_for(self, text):
        until = time.monotonic() + WAIT_S
        self.connect(until)
        seen = ""
        while time.monotonic() < until:
            seen = self.screen()
            if text in seen:
                return
            time.sleep(0.5)
        rows = [seen[i:i + 80].rstrip() for i in range(0, 2000, 80)]
        sys.exit(f"no {text!r} on the screen:\n" + "\n".join(rows))

    def end(self):
        if self.process.poll() is None and self.monitor:
            try:
                self.monitor.sendall(b"quit\n")
                self.process.wait(20)
            except (OSError, subprocess.TimeoutExpired):
                pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.monitor:
            self.monitor.close()


def unpack(package, to):
    """As a researcher would; the run script must stay executable."""
    if package.endswith(".zip"):
        if shutil.which("unzip"):
            subprocess.run(["unzip", "-q", package, "-d", to], check=True)
        else:
            with zipfile.ZipFile(package) as z:
                z.extractall(to)
            for base, _, names in os.walk(to):
                if "run" in names:
                    os.chmod(os.path.join(base, "run"), 0o555)
    elif package.endswith(".tar"):
        with tarfile.open(package) as t:
            t.extractall(to)
    else:
        return package
    return os.path.join(to, os.path.basename(package)[:-4])


def try_one(repo, scratch, source, kind, text, media=""):
    """Ingest, export, check, start, look, compare."""
    name = f"{os.path.basename(source)} as {kind}"
    got = muniment(repo, "ingest", source, "--label", name,
                   "--media", media, "--json")
    obj = got["objects"][0]
    before = sha256(source)
    out = muniment(repo, "export", obj["id"], "--for", "qemu", "--output",
                   os.path.join(scratch, "out"), "--package", kind, "--json")
    image = out["images"][0]
    if not out["verified"] or image["content_sha256"] != before:
        sys.exit(f"{name}: {out}")
    subprocess.run([CHECK_BAG, out["path"]], check=True)
    place = tempfile.mkdtemp(dir=scratch)
    bag = unpack(out["path"], place)
    machine = Machine(bag, place)
    try:
        machine.wait_for(text)
    finally:
        machine.end()
    if sha256(os.path.join(bag, image["path"])) != before:
        sys.exit(f"{name}: the image in the package was written to")
    subprocess.run([CHECK_BAG, bag], check=True)
    audit = subprocess.run([os.environ["MUNIMENT"], "-C", repo, "audit",
                            obj["id"]], stdout=subprocess.DEVNULL,
                           check=False)
    if audit.returncode != 0:
        sys.exit(f"{name}: the master is damaged")
    show = muniment(repo, "show", obj["id"], "--json")
    if not any(e["type"] == "dissemination" for e in show["events"]):
        sys.exit(f"{name}: no dissemination event")
    print(f"{name}: started, {text!r} on the screen", flush=True)


def writing_disk(path):
    """A hard disk whose boot sector writes its second sector, reads it back,
    and says so: a guest's writes work, and yet go nowhere that lasts."""
    message_at = 0x7D00
    code = bytearray.fromhex(
        "fa 31c0 8ed8 8ec0 8ed0 bc007c fb"  # ds = es = ss = 0, sp = 7c00
        "be007e c6045a"                     # mov byte [7e00], 'Z'
        "bb007e b80103 b90200 ba8000 cd13"  # write it to sector 2
        "72ff"                              # jc end
        "c60400"                            # mov byte [7e00], 0
        "bb007e b80102 b90200 ba8000 cd13"  # read sector 2
        "72ff"                              # jc end
        "803c5a 75ff"                       # cmp byte [7e00], 'Z'; jne end
        "b800b8 8ec0 bf0000")               # es:di = the screen
    code += b"\xbe" + message_at.to_bytes(2, "little")  # mov si, message
    code += bytes.fromhex(
        "b91000 ac 268805 83c702 e2f7"      # 16 letters, every second byte
        "f4 ebfd")                          # end: hlt; jmp end
    end = len(code) - 3
    for jump in (b"\x72\xff", b"\x72\xff", b"\x75\xff"):
        at = code.index(jump) + 1
        code[at] = end - (at + 1)
    sector = bytearray(512)
    sector[:len(code)] = code
    sector[0x100:0x110] = b"WRITE SUCCEEDED!"
    # One partition, so that it is seen as a hard disk: 20 cylinders.
    sector[446:462] = (bytes([0x80, 1, 1, 0, 0x83, 15, 63, 19]) +
                       (63).to_bytes(4, "little") +
                       (20097).to_bytes(4, "little"))
    sector[510:] = b"\x55\xaa"
    with open(path, "wb") as f:
        f.write(sector)
        f.truncate(20160 * 512)


def main():
    if "MUNIMENT" not in os.environ:
        skip("$MUNIMENT, the program, is not set")
    if not (shutil.which("qemu-system-i386") or
            shutil.which("qemu-system-x86_64")):
        skip("QEMU is not installed (Debian: qemu-system-x86)")
    floppy = os.path.join(RESCUE, "grub-rescue-floppy.img")
    cdrom = os.path.join(RESCUE, "grub-rescue-cdrom.iso")
    if not (os.path.exists(floppy) and os.path.exists(cdrom)):
        skip("no rescue media (Debian: grub-rescue-pc)")
    with tempfile.TemporaryDirectory() as scratch:
        repo = os.path.join(scratch, "repo")
        subprocess.run([os.environ["MUNIMENT"], "init", repo], check=True,
                       stdout=subprocess.DEVNULL)
        disk = os.path.join(scratch, "writing.img")
        writing_disk(disk)
        try_one(repo, scratch, floppy, "dir", "GNU GRUB",
                "3.5-inch floppy disk")
        try_one(repo, scratch, cdrom, "zip", "GNU GRUB")
        try_one(repo, scratch, disk, "tar", "WRITE SUCCEEDED!")


main()
