#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/kits_test.py - the kits of all targets are well-formed

dump_kits writes the kits of every target for a number of sets of media, whose
labels are hostile.  Each file is given to a real parser; scripts for sh to
every shell that is here, batch files to the lint below, which knows what cmd
does with percent signs and quotes.  Nothing of a label may be in any of them.

Needs $MUN_BINARY_DIR; $MUNIMENT_STANDARDS for METS (else it says so).
"""
import configparser
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
STANDARDS = os.environ.get("MUNIMENT_STANDARDS") or os.path.join(
    SOURCES, "..", "shared", "standards")
SHELLS = [["dash", "-n"], ["bash", "-n"], ["busybox", "sh", "-n"],
          ["mksh", "-n"]]
LIBVIRT = "/usr/share/libvirt/schemas/domain.rng"
# Those of this file's target, by name; others have tests of their own.
OURS = ["qemu", "dosbox", "dosbox-x", "86box", "virtualbox", "vmware",
        "hyperv", "scummvm", "qemu-ppc", "v86", "js-dos", "emulatorjs",
        "eaasi", "raw", "sheepshaver", "basilisk", "minivmac", "fs-uae",
        "hatari", "vice", "openmsx", "fuse", "simh", "mame"]

findings = []
checked = {}
contents = set()  # hashes of those that were checked


def finding(path, text):
    findings.append(f"{path}: {text}")


def count(kind):
    checked[kind] = checked.get(kind, 0) + 1


def run(path, *argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        finding(path, f"{argv[0]}: {done.stdout.strip()[:600]}")


def lint_batch(path, data):
    """What cmd would make of it, as far as it can be told without it."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data) or not data.endswith(b"\r\n"):
        finding(path, "lines that do not end with CR LF")
    text = data.decode("ascii")
    lines = text.split("\r\n")
    labels = {m[1].lower() for m in re.finditer(r"^:(\w+)\r$", text, re.M)}
    if lines[0] != "@echo off" or "setlocal EnableExtensions " \
            "DisableDelayedExpansion" not in lines:
        finding(path, "does not begin as it should")
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if line.startswith(("rem", "echo")):
            if line.startswith("echo"):
                lint_echo(where, line[5:])
            continue
        if re.search(r"\bcall\b", line, re.I):
            finding(where, "\"call\" expands twice")
        if line.rstrip().endswith(("(", "^ ")) or line.strip() == ")":
            finding(where, "a block: a parenthesis in a path would end it")
        for label in re.findall(r"goto (\w+)", line):
            if label.lower() not in labels:
                finding(where, f"no label '{label}'")
        lint_expansions(where, line)
    if "pushd \"%~dp0\"" not in lines and "exit /b 127" not in lines[4:8]:
        finding(path, "does not go to its folder")


def lint_echo(where, text):
    plain = re.sub(r"\^[&<>|^]", "", text)
    if re.search(r"[&<>|^\"]", plain):
        finding(where, f"echo of {text!r}")
    if re.search(r"(?<!%)%(?!%)", re.sub("%%", "", text)):
        finding(where, "echo expands a variable")


def lint_expansions(where, line):
    """Every variable is in quotes, but the arguments and the status."""
    quoted = False
    at = 0
    while at < len(line):
        rest = line[at:]
        word = re.match(r"%~dp0|%\*|%%~?(nx|f)?(\$PATH:)?[a-z]\b|"
                        r"%(\w+)(\(x86\))?(:\"=|:~-1)?%", rest)
        if line[at] == "\"":
            quoted = not quoted
        elif word:
            if not quoted and word[0] not in ("%*", "%status%") and \
                    not line[:at].endswith("for "):
                finding(where, f"{word[0]} is not in quotes")
            at += len(word[0])
            continue
        elif line[at] == "%":
            finding(where, f"a percent sign that is none: {rest[:12]!r}")
        elif line[at] == "!":
            finding(where, "an exclamation mark")
        at += 1
    if quoted:
        finding(where, "quotes that do not end")


def check_shell(path):
    for shell in SHELLS:
        if shutil.which(shell[0]):
            run(path, *shell, path)
            count(shell[0])
    if shutil.which("shellcheck"):
        # 1003: a path of Windows is in a text; 2043: a list of one file.
        run(path, "shellcheck", "-s", "sh", "-e", "SC1003,SC2043", path)
        count("shellcheck")


def check_dosbox(path, text, media):
    head, _, autoexec = text.partition("[autoexec]\n")
    parser = configparser.ConfigParser(strict=True)
    parser.read_string(head)
    if not autoexec or not parser.has_option("dosbox", "memsize"):
        finding(path, "no [autoexec] or no memory")
    for line in autoexec.splitlines():
        if not re.fullmatch(r"@echo off|[a-z]:|boot (-l [ac]|a:|"
                            r"(media/\S+ )+-l [ac])|imgmount [a-z2-3]"
                            r"( media/\S+)+ -t (floppy|iso|hdd)( -fs "
                            r"(fat|none))?( -size 512(,\d+){3})?( -ro)?",
                            line):
            finding(path, f"what is {line!r}?")
        size = re.search(r"media/(\S+) -t hdd .*-size 512,(\d+),(\d+),(\d+)",
                         line)
        if size and int(size[2]) * int(size[3]) * int(size[4]) * 512 > \
                520 * 16 * 63 * 512:
            finding(path, "a geometry larger than the disk")
    mounted = set(re.findall(r"media/(\S+)", autoexec))
    # A system that 0.74 boots has no CD-ROM drive.
    if "boot" in autoexec and "dosbox-x" not in path:
        media = {m for m in media if not m.endswith((".iso", ".cue"))}
    if mounted != media:
        finding(path, f"mounts {mounted}, has {media}")


def check_86box(path, text):
    parser = configparser.ConfigParser(strict=True)
    parser.read_string(text)
    machine = parser["Machine"]
    if machine["machine"] not in ("ibmxt86", "486sp3c", "p55t2p4") or \
            not int(machine["mem_size"]) or not int(machine["cpu_speed"]):
        finding(path, "no such machine")
    drives = parser["Floppy and CD-ROM drives"]
    for key, value in drives.items():
        if re.fullmatch(r"fdd_0\d_fn", key) and \
                drives.get(key.replace("_fn", "_writeprot")) != "1":
            finding(path, f"{value} is not write-protected")
    for key, value in parser["Hard disks"].items() if \
            parser.has_section("Hard disks") else []:
        if key.endswith("_parameters") and \
                not re.fullmatch(r"63, 16, 520, 0, ide", value):
            finding(path, f"{key} = {value}")


def check_vmx(path, text):
    keys = {}
    for line in text.splitlines():
        m = re.fullmatch(r'([.\w:]+) = "([^"]*)"', line)
        if not m or m[1] in keys:
            finding(path, f"what is {line!r}?")
        else:
            keys[m[1]] = m[2]
    if int(keys["memsize"]) % 4:
        finding(path, "memory has to be a multiple of 4")
    for key, value in keys.items():
        if key.endswith("fileName") and value.endswith(".vmdk") and \
                keys.get(key[:-8] + "mode") != "independent-nonpersistent":
            finding(path, f"{value} would be written")


class Page(html.parser.HTMLParser):
    VOID = ("meta", "link", "br", "img")

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.open = []
        self.policy = False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        self.policy |= attrs.get("http-equiv") == "Content-Security-Policy"
        for key in ("src", "href"):
            if re.match(r"(?!data:)\w+:|//", attrs.get(key, "")):
                finding(self.path, f"loads {attrs[key]}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            finding(self.path, f"</{tag}>")


def check_html(path, text):
    page = Page(path)
    page.feed(text)
    page.close()
    if page.open or not page.policy:
        finding(path, f"open: {page.open}, policy: {page.policy}")


def check_powershell(path, text):
    code = re.sub(r"(?m)#.*$", "", text)
    code = re.sub(r"'[^']*'", "''", code)
    if "\"" in code or code.count("'") % 2:
        finding(path, "quotes")
    for pair in ("()", "{}"):
        if code.count(pair[0]) != code.count(pair[1]):
            finding(path, f"{pair} are not even")
    if re.search(r"Add-VMHardDiskDrive .*-Path (?!\(New-Layer )", text):
        finding(path, "a disk that is not behind a layer")


def check_mets(path):
    schema = os.path.join(STANDARDS, "schemas", "mets", "1.12.1", "mets.xsd")
    if not os.path.exists(schema) or not shutil.which("xmllint"):
        print("not checked: METS (no schema or no xmllint)")
        return
    os.environ["XML_CATALOG_FILES"] = os.path.join(STANDARDS, "schemas",
                                                   "catalog.xml")
    run(path, "xmllint", "--nonet", "--noout", "--schema", schema, path)
    count("METS schema")


def check_libvirt(path):
    if not os.path.exists(LIBVIRT) or not shutil.which("xmllint"):
        print("not checked: libvirt.xml (no schema or no xmllint)")
        return
    run(path, "xmllint", "--nonet", "--noout", "--relaxng", LIBVIRT, path)
    count("libvirt schema")
    script = os.path.join(os.path.dirname(path), "libvirt")
    data = os.path.dirname(os.path.dirname(path))
    with tempfile.TemporaryDirectory() as top:
        # What XML would read otherwise, in the name of a folder.
        moved = os.path.join(top, "a\n\t\r&<'\"> b")
        shutil.copytree(data, moved)
        for folder in (data, moved):
            libvirt_finds(os.path.join(folder, os.path.relpath(script, data)))


def libvirt_finds(script):
    text = subprocess.run([script], stdout=subprocess.PIPE, check=True).stdout
    for source in xml.etree.ElementTree.fromstring(text).iter("source"):
        if not os.path.isfile(source.get("file")):
            finding(script, f"no {source.get('file')}")


# Preferences of Basilisk II and SheepShaver, as their prefs_items.cpp has them.
MAC_KEYS = {"disk", "floppy", "cdrom", "ramsize", "modelid", "cpu", "fpu",
            "screen", "extfs", "nogui", "nonet"}


def check_fs_uae(path, text, media):
    parser = configparser.ConfigParser(strict=True, interpolation=None,
                                       delimiters=("=",))
    parser.read_string(text)
    options = parser["fs-uae"]
    if options["writable_floppy_images"] != "0":
        finding(path, "floppies are written")
    for key, value in options.items():
        if re.fullmatch(r"hard_drive_\d", key) and \
                options.get(key + "_read_only") != "1":
            finding(path, f"{value} is written")
        if not re.fullmatch(r"amiga_model|fullscreen|writable_floppy_images|"
                            r"(floppy_drive|floppy_image|hard_drive|"
                            r"cdrom_drive|cdrom_image)_\d+(_read_only|"
                            r"_type)?", key):
            finding(path, f"what is {key!r}?")
    used = set(re.findall(r"\$CONFIG/\.\./media/(\S+)", text))
    if used != media:
        finding(path, f"has {used}, not {media}")


def check_mac_prefs(path, text, media):
    for line in text.splitlines():
        key, value = line.split(" ", 1)
        if key not in MAC_KEYS:
            finding(path, f"what is {key!r}?")
        if key in ("disk", "floppy", "cdrom") and value[0] != "*":
            finding(path, f"{value} is not locked")
    if set(re.findall(r"\*media/(\S+)", text)) != media:
        finding(path, f"has not {media}")
    if not re.search(r"^extfs no-", text, re.M):
        finding(path, "shows the files of the user")


def check_flip_list(path, text, media):
    lines = text.splitlines()
    if lines[0] != "# Vice fliplist file" or lines[2] != "UNIT 8":
        finding(path, "is no list of VICE")
    if set(re.findall(r"^\.\./media/(\S+)$", text, re.M)) != media:
        finding(path, f"has not {media}")


def check_simh(path, text, media):
    for line in text.splitlines():
        if not re.fullmatch(r";.*|set r[xy] (dis|en)abled|set (-l )?[a-z]{2}\d "
                            r"(locked|rauser=\d+|[a-z]{2}\d\d)|"
                            r"attach (-r )?[a-z]{2}\d media/\S+|"
                            r"echo [\w \",.]+", line):
            finding(path, f"what is {line!r}?")
        m = re.fullmatch(r"attach ([a-z]{2}\d) \S+", line)
        if m and f"set {m[1]} locked\n" not in text:
            finding(path, f"{m[1]} is not locked")
    if set(re.findall(r"attach .*media/(\S+)", text)) != media:
        finding(path, f"has not {media}")


def check_file(path, media):
    name = os.path.basename(path)
    with open(path, "rb") as f:
        data = f.read()
    if b"PWNED" in data or b"\xff" in data:
        finding(path, "has something of a label")
    if name == "run.bat":
        lint_batch(path, data)
        count("batch lint")
        return
    text = data.decode()
    for used in re.findall(r"(?<![\w*])media[/\\]([\w.-]+)", text):
        if used not in media and "*" not in used and not name.endswith(
                (".py", ".js")):
            finding(path, f"names media/{used}, which is not there")
    seen = hash(data) in contents
    contents.add(hash(data))
    if seen and name in ("run", "start.js", "serve.py", "bundle.py"):
        pass
    elif name == "run":
        check_shell(path)
    elif name in ("dosbox.conf", "dosbox-x.conf"):
        check_dosbox(path, text, media)
    elif name == "86box.cfg":
        check_86box(path, text)
    elif name.endswith(".vmx"):
        check_vmx(path, text)
    elif name.endswith(".json"):
        json.loads(text)
    elif name.endswith(".html"):
        check_html(path, text)
    elif name.endswith(".py"):
        compile(text, path, "exec")
    elif name.endswith(".js"):
        if shutil.which("node"):
            run(path, "node", "--check", path)
    elif name.endswith(".ps1"):
        check_powershell(path, text)
    elif name == "mets.xml":
        check_mets(path)
    elif name == "libvirt.xml":
        check_libvirt(path)
    elif name.endswith(".fs-uae"):
        check_fs_uae(path, text, media)
    elif name.endswith(".prefs"):
        check_mac_prefs(path, text, media)
    elif name.endswith(".vfl"):
        check_flip_list(path, text, media)
    elif name == "simh.ini":
        check_simh(path, text, media)
    elif name not in ("libvirt", "swap.txt"):
        finding(path, "no check for it")
    count(name)


def check_kits(top):
    for target in OURS:
        kits = 0
        for case in sorted(os.listdir(os.path.join(top, target))):
            data = os.path.join(top, target, case, "data")
            if not os.path.isdir(data):
                continue
            kits += 1
            media = set(os.listdir(os.path.join(data, "media")))
            for base, _, names in os.walk(data):
                for name in names:
                    if not base.endswith("/media"):
                        check_file(os.path.join(base, name), media)
        if not kits:
            finding(target, "has no kit at all")


def check_bundle(top):
    """One file for js-dos: the configuration and the images, reproducibly."""
    data = os.path.join(top, "js-dos", "all", "data")
    made = []
    for name in ("one.jsdos", "two.jsdos"):
        path = os.path.join(top, name)
        run(path, sys.executable, os.path.join(data, "config", "bundle.py"),
            path)
        with open(path, "rb") as f:
            made.append(f.read())
    with zipfile.ZipFile(os.path.join(top, "one.jsdos")) as z:
        names = z.namelist()
        conf = z.read(".jsdos/dosbox.conf")
    media = sorted("media/" + n for n in os.listdir(
        os.path.join(data, "media")))
    with open(os.path.join(data, "web", "dosbox.conf"), "rb") as f:
        if made[0] != made[1] or names != [".jsdos/dosbox.conf"] + media or \
                conf != f.read():
            finding("bundle.py", f"{names}, the same: {made[0] == made[1]}")


def refusals(top):
    """Those that have to be, and by their reason."""
    for target, case, words in [
            ("qemu", "mixed", "one data track"),
            ("v86", "mixed", "one data track"),
            ("vmware", "mixed", "one data track"),
            ("qemu-ppc", "disk", "runs mac-ppc"),
            ("dosbox", "mac-disk", "mac-ppc"),
            ("dosbox", "windows", "pc-windows9x"),
            ("eaasi", "all", "cdrom"),
            ("scummvm", "floppy", "no files of an engine"),
            ("emulatorjs", "floppies", "loads one medium"),
            ("hyperv", "data-floppy", "no drive for a floppy")]:
        path = os.path.join(top, target, case, "refused")
        said = open(path).read() if os.path.exists(path) else "taken"
        if words not in said:
            finding(path, f"{said!r} does not say {words!r}")


def main():
    program = os.path.join(os.environ.get("MUN_BINARY_DIR", ""), "tests",
                           "emulate-export", "dump_kits")
    with tempfile.TemporaryDirectory(prefix="kits & 'more' ") as top:
        subprocess.run([program, top], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        check_kits(top)
        check_bundle(top)
        refusals(top)
        for text in findings:
            print(text.replace(top, ""))
    print(", ".join(f"{n} {kind}" for kind, n in sorted(checked.items())))
    sys.exit(1 if findings else 0)


main()
