#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/hostile_labels.py - words of media do no harm in packages

An object has a label of 255 bytes of control characters, quotes, $(...), line
ends and right-to-left text, and the same in its note, collection, identifier,
volume label and the name of a photograph.  It is packaged for every target that
takes it, and for each: the scripts are run, with a program of ours in place of
the emulator and in a folder whose name is as bad, and nothing else is started
or made; HTML, XML, JSON and SVG parse and hold the words as text only;
configurations and names hold none of them.  Needs $MUNIMENT.
"""
import html.parser
import json
import os
import re
import stat
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "cli"))
import muniment  # noqa: E402

# Each would leave a file "pwned-N" if somebody took it for a command.
BAD = [
    "a$(touch pwned-1)b`touch pwned-2`c",
    "';touch pwned-3;'\";touch pwned-4;\"",
    "\n]]>\ntouch pwned-5\n[autoexec]\ntouch pwned-6\n",
    "<script>alert(7)</script><img src=x onerror=alert(8)>",
    "&amp;<![CDATA[x]]>--><!-- %PATH% !PATH! ^&|>pwned-9",
    "\u202eevil\u2066\u200f\u05d0\u05d1\x7f\x1b[2J\x07\r\n\t",
    "{\"a\":\"b\"}\\\",\n../../../etc/passwd\x01\x02",
    "\u00e4\u00f6\u00fc " * 20,
]
LABEL = "".join(BAD)
MARK = re.compile(rb"pwned|alert\(|\[autoexec\]x|etc/passwd")
# Media of several machines, so that most targets take one of them.
FAT_OEM = b"MSDOS5.0"


def fat_floppy(name):
    """A 1.44 MB floppy with a boot sector of DOS, and @name as its label."""
    boot = bytearray(512)
    boot[0:3] = b"\xeb\x3c\x90"
    boot[3:11] = FAT_OEM
    struct.pack_into("<HBHBHHBHHHII", boot, 11, 512, 1, 1, 2, 224, 2880, 0xf0,
                     9, 18, 2, 0, 0)
    boot[36:39] = b"\0\0\x29"
    boot[43:54] = name
    boot[54:62] = b"FAT12   "
    boot[510:] = b"\x55\xaa"
    fat = b"\xf0\xff\xff" + bytes(9 * 512 - 3)
    root = bytearray(14 * 512)
    root[0:11] = name
    root[11] = 8
    data = bytes(boot) + fat + fat + bytes(root)
    return data + bytes(1474560 - len(data))


def media():
    """File name and bytes of images for several machines."""
    adf = bytearray(901120)
    adf[0:4] = b"DOS\1"
    yield "pc.img", fat_floppy(b"A'$(x)`<\">")
    yield "amiga.adf", bytes(adf)
    yield "c64.d64", muniment.pattern(174848)
    yield "disk.img", muniment.pattern(3 << 20, 5)


class Page(html.parser.HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self):
        super().__init__()
        self.tags = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def check_page(report, what, path):
    page = Page()
    with open(path, encoding="utf-8") as f:
        page.feed(f.read())
    for tag, attrs in page.tags:
        harmless = not any(a.startswith("on") for a in attrs)
        report.check(harmless, f"{what}: <{tag} {attrs}>")
        if tag == "script":
            report.check("alert" not in json.dumps(attrs),
                         f"{what}: a script of a label")
    report.check("alert(7)</script>" not in page.text or
                 "<script>alert(7)" in page.text, f"{what}: cut text")
    return page


def check_readme(report, what, data):
    page = check_page(report, what, os.path.join(data, "README.html"))
    report.check(not any(t == "script" for t, _ in page.tags),
                 f"{what}: README.html has a script")
    for wanted in ("$(touch pwned-1)", "<script>alert(7)</script>"):
        report.check(wanted in page.text, f"{what}: README.html lacks {wanted}")
    with open(os.path.join(data, "README.txt"), "rb") as f:
        text = f.read()
    report.check(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", text),
                 f"{what}: control characters in README.txt")
    report.check("\u202e" not in text.decode(), f"{what}: turned round")


def check_files(report, what, data):
    """Papers may hold the words; nothing else may."""
    for folder, _, names in os.walk(data):
        for name in names:
            path = os.path.join(folder, name)
            inner = os.path.relpath(path, data)
            report.check(re.fullmatch(r"[A-Za-z0-9._/-]+", inner),
                         f"{what}: the name {inner!r}")
            with open(path, "rb") as f:
                content = f.read(1 << 20)
            if name.endswith(".xml"):
                ElementTree.fromstring(content)
            elif name.endswith(".json"):
                json.loads(content)
            elif name.endswith(".html"):
                check_page(report, f"{what}: {inner}", path)
            if inner.split("/")[0] in ("metadata", "media", "documentation",
                                       "receipt.json", "README.txt",
                                       "README.html"):
                continue
            if inner.startswith("eaasi/"):
                continue
            report.check(not MARK.search(content),
                         f"{what}: {inner} holds words of the label")


FAKE = """#!/bin/sh
printf '%s\\n' "$0 $*" >> "$STARTED"
"""


def fake_emulators(folder, script):
    """Every program that @script looks for is a fake of ours."""
    os.makedirs(folder, exist_ok=True)
    with open(script, encoding="utf-8") as f:
        text = f.read()
    words = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]{2,}", text))
    for word in words - {"run", "dirname", "printf", "echo", "command", "exec",
                         "test", "set", "then", "exit", "unset", "done", "pwd",
                         "cat", "cp", "mkdir", "mktemp", "rm", "chmod", "sed",
                         "env", "sh", "trap", "else", "case", "esac", "elif",
                         "export", "shift", "read", "umask", "kill", "grep",
                         "true", "false", "for", "while", "wait"}:
        path = os.path.join(folder, word)
        with open(path, "w", encoding="utf-8") as f:
            f.write(FAKE)
        os.chmod(path, 0o755)


def run_script(report, what, m, package):
    """From a folder with a bad name, with nothing but fakes and the tools of a
    plain system in $PATH."""
    script = os.path.join(package, "data", "run")
    if not os.path.exists(script):
        return
    place = os.path.join(m.dir, "place $(touch pwned-1) 'a\" b\n%x%")
    os.makedirs(place, exist_ok=True)
    there = os.path.join(place, "bag")
    os.rename(package, there)
    fakes = os.path.join(m.dir, "fakes")
    started = os.path.join(m.dir, "started")
    fake_emulators(fakes, os.path.join(there, "data", "run"))
    open(started, "w", encoding="utf-8").close()
    before = tree_of(place)
    done = subprocess.run(
        [os.path.join(there, "data", "run"), "--an option", "x;touch pwned-3"],
        env={"PATH": f"{fakes}:/usr/bin:/bin", "STARTED": started,
             "HOME": os.path.join(m.dir, "home"), "TMPDIR": m.dir},
        cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60, check=False)
    report.check(not [n for n in all_names(m.dir) if n.startswith("pwned")],
                 f"{what}: something was made")
    report.check(tree_of(place) == before, f"{what}: the package was changed")
    text = done.stderr.decode(errors="replace")
    with open(started, encoding="utf-8") as f:
        begun = f.read()
    # Either the emulator was started, or one line says what is missing.
    report.check(begun or (done.returncode and text.count("\n") <= 3 and text),
                 f"{what}: status {done.returncode}, {text!r}")
    os.rename(there, package)


def all_names(folder):
    for _, folders, names in os.walk(folder):
        yield from folders
        yield from names


def tree_of(folder):
    out = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            st = os.lstat(path)
            out[path] = (st.st_size, st.st_mtime_ns, stat.S_IMODE(st.st_mode))
    return out


def printable(text, most):
    """Less what no label may have: control characters."""
    kept = "".join(c for c in text if ord(c) >= 32 and ord(c) not in
                   range(127, 160))
    return kept.encode()[:most].decode(errors="ignore")


def take_in(m, report, name, data):
    photo = "label $(touch pwned-1) <b>'\".png"
    muniment.write(name, data)
    muniment.write(photo, b"\x89PNG\r\n\x1a\n" + bytes(40))
    refused = m.run("ingest", name, "--label", LABEL)
    report.check(refused.returncode in (2, 64) and
                 refused.stderr.count(b"\n") == 1,
                 f"control characters in a label: {refused.stderr}")
    done = m.run("ingest", name, "--label", printable(LABEL, 255), "--note",
                 printable(LABEL, 4000),
                 "--collection", "c$(touch pwned-1)'<b>", "-i",
                 "shelf=$(touch pwned-2)<i>\"", "-a", photo, "--json")
    if not report.check(done.returncode in (0, 1), f"{name}: {done.stderr}"):
        return None
    return json.loads(done.stdout)["objects"][0]["id"]


def main():
    report = muniment.Report()
    seen = set()
    with muniment.Scratch() as m:
        m.run("init")
        os.mkdir("home")
        for name, data in media():
            object_id = take_in(m, report, name, data)
            if not object_id:
                continue
            for answer in m.json("targets", object_id)["targets"]:
                target = answer["target"]
                if not answer["takes"] or target in seen:
                    continue
                seen.add(target)
                what = f"{name} for {target}"
                package = m.json("export", object_id, "--for", target,
                                 "--output", "out", "--purpose",
                                 "$(touch pwned-1)<script>")["path"]
                data_dir = os.path.join(package, "data")
                check_readme(report, what, data_dir)
                check_files(report, what, data_dir)
                run_script(report, what, m, package)
                done = m.run("verify", package)
                report.check(done.returncode == 0,
                             f"{what}: verify: {done.stdout} {done.stderr}")
    report.check(len(seen) > 3, f"only {seen} were tried")
    print(f"{len(seen)} targets: {' '.join(sorted(seen))}")
    report.end()


if __name__ == "__main__":
    main()
