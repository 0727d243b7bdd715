#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/emulate-export/make_media_test.py - others read what make-media makes

Images of random and of hostile trees are read by independent programs: discs by
bsdtar (Rock Ridge and Joliet), xorriso and isoinfo; FAT volumes by fsck.fat,
mtools and the Sleuth Kit.  Every byte, name and time must be that of the
folder, but for the names that make-media itself lists as changed.  The same
folder, remade in another order and called in another way, gives the same bytes.

usage: make_media_test.py small|large
Needs $MUNIMENT.  Exit 77: skipped, and why.
"""
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

NEEDED = ("bsdtar", "xorriso", "isoinfo", "fsck.fat", "mcopy", "tsk_recover",
          "mdir", "fls")
PARTITION = 63 * 512
FAILED = []
CHECKS = [0]


def check(ok, text):
    CHECKS[0] += 1
    if not ok:
        FAILED.append(text)
        print("FAILED:", text, flush=True)
    return ok


def env(**more):
    e = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", MTOOLS_SKIP_CHECK="1")
    e.pop("SOURCE_DATE_EPOCH", None)
    e.update(more)
    return e


def run(*args, want=0, **kw):
    done = subprocess.run(args, capture_output=True, check=False, timeout=120,
                          env=kw.pop("env", env()), **kw)
    check(done.returncode == want, f"{args}: exit {done.returncode} "
          f"{done.stdout[-300:]} {done.stderr[-300:]}")
    return done


def make(folder, *args, want=0, **kw):
    done = run(os.environ["MUNIMENT"], "make-media", folder, "--json", *args,
               want=want, **kw)
    return json.loads(done.stdout) if done.stdout else {}


def unescape(text):
    """The bytes of a name as JSON has it."""
    out = bytearray()
    raw = text.encode()
    i = 0
    while i < len(raw):
        if raw[i:i + 2] == b"\\\\":
            out += b"\\"
            i += 2
        elif raw[i:i + 2] == b"\\x":
            out.append(int(raw[i + 2:i + 4], 16))
            i += 4
        else:
            out.append(raw[i])
            i += 1
    return bytes(out)


def put(root, path, data, mtime):
    """A file in @root, bytes all; its folders are made."""
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as f:
        f.write(data)
    os.utime(full, (mtime, mtime))


def tree(root):
    """{path: bytes, or None of a folder}, and the times of the files."""
    found, times = {}, {}
    for base, dirs, files in os.walk(os.fsencode(root)):
        for name in dirs + files:
            full = os.path.join(base, name)
            path = os.path.relpath(full, os.fsencode(root))
            if os.path.isdir(full):
                found[path] = None
            else:
                with open(full, "rb") as f:
                    found[path] = f.read()
                times[path] = int(os.stat(full).st_mtime)
    return found, times


def renamed(found, doc, view):
    """@found with the names that somebody with that view sees."""
    other = {unescape(c["path"]): unescape(c["as"])
             for c in doc["changed"] if c["view"] == view}

    def there(path):
        parts = path.split(b"/")
        return b"/".join(other.get(b"/".join(parts[:i + 1]), part)
                         for i, part in enumerate(parts))

    return {there(path): data for path, data in found.items()}


def compare(what, want, got):
    missing = sorted(set(want) - set(got))[:3]
    more = sorted(set(got) - set(want))[:3]
    check(not missing and not more, f"{what}: missing {missing}, more {more}")
    for path in set(want) & set(got):
        check(want[path] == got[path], f"{what}: {path!r} differs")


def fresh(name):
    if os.path.isdir(name):
        subprocess.run(["chmod", "-R", "u+w", name], check=True)
        shutil.rmtree(name)
    os.mkdir(name)
    return name


def judge_disc(image, folder, doc, what, joliet=True):
    want, times = tree(folder)
    out = fresh("out")
    run("bsdtar", "-xpf", image, "-C", out)
    got, back = tree(out)
    compare(f"{what}: Rock Ridge by bsdtar", want, got)
    for path, when in times.items():
        check(back.get(path) == when, f"{what}: time of {path!r}")
    subprocess.run(["chmod", "-R", "u+w", out], check=True)
    out = fresh("out")
    # It refuses to overwrite names that its own locale makes the same.
    run("xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", out)
    compare(f"{what}: Rock Ridge by xorriso", want, tree(out)[0])
    subprocess.run(["chmod", "-R", "u+w", out], check=True)
    out = fresh("out")
    if joliet:
        run("bsdtar", "--options", "!rockridge", "-xf", image, "-C", out)
        compare(f"{what}: Joliet by bsdtar", renamed(want, doc, "joliet"),
                tree(out)[0])
    listed = run("isoinfo", "-f", "-i", image).stdout.decode("latin-1")
    names = listed.splitlines()
    check(len(names) == len(want) and len(set(names)) == len(want),
          f"{what}: {len(names)} short names of {len(want)}")
    for name in names:
        for part in name.strip("/").split("/"):
            check(re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{0,3};1)?", part),
                  f"{what}: short name {part!r}")


def volume_of(image):
    """The file system of a disk as a file of its own."""
    with open(image, "rb") as f:
        start = 0 if f.read(3)[1:3] == b"\x3c\x90" or os.path.getsize(
            image) < 3 << 20 else PARTITION
        f.seek(0)
        if f.read(3) in (b"\xeb\x3c\x90", b"\xeb\x58\x90"):
            start = 0
    if not start:
        return image, 0
    run("dd", f"if={image}", "of=volume", "bs=1M", f"skip={start}",
        "iflag=skip_bytes", "conv=sparse", "status=none")
    return "volume", start


def judge_fat(image, folder, doc, what):
    found, times = tree(folder)
    want = renamed(found, doc, "name")
    volume, start = volume_of(image)
    done = run("fsck.fat", "-n", "-v", volume)
    text = done.stdout.decode("latin-1")
    check(re.search(r"\d+ files, \d+/\d+ clusters", text) and
          "differ" not in text and "wrong" not in text.lower(),
          f"{what}: fsck.fat {text}")
    out = fresh("out")
    at = f"{image}@@{start}" if start else image
    if found:
        run("mcopy", "-s", "-n", "-m", "-i", at, "::/*", out)
    got, back = tree(out)
    compare(f"{what}: mtools", want, got)
    for path, when in renamed(times, doc, "name").items():
        # Two seconds are one to DOS.
        check(back.get(path) == when // 2 * 2, f"{what}: time of {path!r}: "
              f"{back.get(path)}, not {when}")
    out = fresh("out")
    run("tsk_recover", "-a", "-f", "fat", volume, out)
    # It recovers what has bytes.
    files = {p: d for p, d in want.items() if d}
    again = {p: d for p, d in tree(out)[0].items() if d}
    digests = sorted(hashlib.sha256(d).hexdigest() for d in files.values())
    check(sorted(hashlib.sha256(d).hexdigest() for d in again.values()) ==
          digests, f"{what}: files by the Sleuth Kit")
    if os.path.exists("volume"):
        os.unlink("volume")


def judge(folder, what, *fat_options):
    """Both kinds of image; how many names were changed."""
    for name in ("x.iso", "x.img"):
        if os.path.exists(name):
            os.unlink(name)
    doc = make(folder, "--to", "iso", "--accept-loss", "-o", "x.iso")
    if check(doc.get("written"), f"{what}: no disc"):
        judge_disc("x.iso", folder, doc, what)
    doc2 = make(folder, "--to", "fat", "--accept-loss", "-o", "x.img",
                *fat_options)
    if check(doc2.get("written"), f"{what}: no FAT"):
        judge_fat("x.img", folder, doc2, what)
    for name, d in (("x.iso", doc), ("x.img", doc2)):
        with open(name, "rb") as f:
            check(hashlib.sha256(f.read()).hexdigest() == d["sha256"],
                  f"{what}: SHA-256 of {name}")
        check(os.path.getsize(name) == d["image_bytes"], f"{what}: size")
    return len(doc["changed"]) + len(doc2["changed"])


WORDS = (["a", "B", "readme", "README", "Letter to Mum", "x" * 60, ".hidden",
          "\u00e9t\u00e9", "\u65e5\u672c\u8a9e", "con", "COM1", "~", "a~1",
          "two  blanks", "semi;colon", "quo\"te", "$(reboot)", "`x`", "a:b",
          "back\\slash", "\u202ertl", "q?", "st*r", "p|pe", "<t>", "A", "_",
          "new\nline", "bell\x07", "\x7f", "%41", "-rf", "#", "'"])
ENDS = ["", ".txt", ".TXT", ".html", ".tar.gz", ".", " ", ".c", ".jpeg", "~"]


def random_name(r):
    name = "".join(r.choice(WORDS) for _ in range(r.randint(1, 3)))
    name = (name + r.choice(ENDS)).encode()[:r.choice((255, 255, 40))]
    name = name.decode("utf-8", "ignore").encode()
    return name if name.strip(b".") else b"dots"


def random_tree(root, seed):
    r = random.Random(seed)
    folders = [b""]
    for _ in range(r.randint(0, 60)):
        base = r.choice(folders)
        path = os.path.join(base, random_name(r))
        full = os.path.join(root, path)
        if os.path.lexists(full):
            continue
        if r.random() < 0.25 and path.count(b"/") < 6:
            os.makedirs(full)
            folders.append(path)
            continue
        size = r.choice((0, 1, 511, 512, 513, 1024, 2047, 2048, 2049, 4096,
                         r.randint(0, 60000)))
        put(root, path, r.randbytes(size), r.randint(315532800, 4102444799))


def random_trees():
    changed = 0
    for seed in range(25):
        root = fresh("random").encode()
        random_tree(root, seed)
        # No root folder of DOS has room for some of them.
        os.makedirs("box", exist_ok=True)
        shutil.rmtree("box")
        os.makedirs("box/in")
        os.rename("random", "box/in/t")
        changed += judge("box/in", f"random tree {seed}")
        shutil.rmtree("box")
    check(changed > 700, f"only {changed} names were changed")


def hostile():
    root = fresh("hostile").encode()
    names = [b"new\nline", b"esc\x1b[31m", b"\xff\xfe bytes", b"n" * 255,
             "\u202egnp.exe".encode(), b"$(touch owned)", b"`id`",
             b"quo\"te's", b"trail.", b"trail ", b"...", b". .", b"com1",
             b"COM1.txt", b"nul", b"-rf", b"*", b"?", b"a|b", b"case",
             b"CASE", b"Case", b"back\\slash", b"\\x41", b"%s%n", b"a;1",
             "\U0001F4BE disk".encode()]
    for i, name in enumerate(names):
        if b"\xf0\x9f" in name:
            continue
        put(root + b"/sub", name, b"%d" % i * 100, 800000000 + i)
    judge("hostile", "hostile names")
    check(not os.path.exists("owned"), "a name was executed")
    # Characters of two units, which mtools has not: by the others alone.
    put(root, names[-1] + b".txt", b"disk", 800000000)
    os.unlink("x.iso")
    doc = make("hostile", "--to", "iso", "--accept-loss", "-o", "x.iso")
    judge_disc("x.iso", "hostile", doc, "two units")
    done = run(os.environ["MUNIMENT"], "make-media", "hostile", "--to", "iso",
               "-o", "no.iso", want=1)
    check(not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", done.stdout),
          "control characters reach the terminal")
    check(not os.path.exists("no.iso"), "written in spite of losses")


def many_files():
    root = fresh("many").encode() + b"/d"
    os.mkdir(root)
    for i in range(65000):
        with open(os.path.join(root, b"F%06d" % i), "wb"):
            pass
    for name in ("x.iso", "x.img"):
        if os.path.exists(name):
            os.unlink(name)
    doc = make("many", "--to", "fat", "--dos", "-o", "x.img")
    check(doc["files"] == 65000, "65,000 files")
    volume, _ = volume_of("x.img")
    # fsck.fat would compare each name with all others.
    listed = run("fls", "-r", "-f", "fat", volume).stdout
    check(listed.count(b"r/r") == 65000, f"fls: {listed.count(b'r/r')}")
    make("many", "--to", "iso", "-o", "x.iso")
    listed = run("bsdtar", "-tf", "x.iso").stdout.split()
    check(len(listed) == 65002, f"bsdtar lists {len(listed)}")
    for i in range(600):
        with open(os.path.join(root, b"G%06d" % i), "wb"):
            pass
    done = run(os.environ["MUNIMENT"], "make-media", "many", "--to", "fat",
               "--dos", "-o", "y.img", want=2)
    check(b"needs 65602 entries" in done.stderr, f"{done.stderr}")
    os.unlink("x.img")
    os.unlink("x.iso")
    shutil.rmtree("many")


def deep():
    root = fresh("deep").encode()
    path = b"/".join(b"level%d" % i for i in range(100))
    put(root, path + b"/file.txt", b"deep", 800000000)
    put(root, b"a/b/c/d/e/f/g/file.txt", b"eight", 800000000)
    doc = make("deep", "--to", "iso", want=1)
    check([x["what"] for x in doc["lost"]] == ["depth"], f"{doc['lost']}")
    doc = make("deep", "--to", "iso", "--accept-loss", "-o", "deep.iso")
    # bsdtar takes no path of so many characters from Joliet.
    judge_disc("deep.iso", "deep", doc, "deep", joliet=False)
    doc = make("deep", "--to", "fat", "-o", "deep.img")
    judge_fat("deep.img", "deep", doc, "deep")


def sizes():
    """Each kind of volume, with and without a partition."""
    root = fresh("sized").encode()
    put(root, b"exact.bin", random.Random(1).randbytes(32768), 800000001)
    put(root, b"one more.bin", random.Random(2).randbytes(32769), 800000003)
    put(root, b"sub/empty", b"", 800000005)
    for size, bits in (("160K", 12), ("360K", 12), ("1.2M", 12),
                       ("2.88M", 12), ("4M", 12), ("16M", 12), ("17M", 16),
                       ("32M", 16), ("129M", 16), ("257M", 16),
                       ("2100M", 32)):
        for options in ((), ("--no-partition",)):
            # Twice the gigabytes would show nothing new.
            if options and bits == 32:
                continue
            name = f"s{size}{len(options)}.img"
            doc = make("sized", "--to", "fat", "--size", size, "--label",
                       "SIZED", "-o", name, *options)
            check(doc["layout"].startswith(f"FAT{bits},"), doc["layout"])
            check(not doc["lost"], f"{size}: {doc['lost']}")
            judge_fat(name, "sized", doc, f"{size} {options}")
            check(os.stat(name).st_blocks * 512 < 8 << 20,
                  f"{size}: takes {os.stat(name).st_blocks * 512} bytes")
            os.unlink(name)
    for size, want in (("500M", "FAT16, disk of 1015 cylinders, 16 heads"),
                       ("1G", "clusters of 16384 bytes"),
                       ("2G", "FAT16, disk of 520 cylinders, 128 heads"),
                       ("9G", "clusters of 8192 bytes"),
                       ("40G", "clusters of 32768 bytes"),
                       ("2047G", "255 heads, 63 sectors, one partition")):
        doc = make("sized", "--to", "fat", "--size", size, "--dry-run")
        check(want in doc["layout"], f"{size}: {doc['layout']}")
        check(doc["image_bytes"] % (63 * 512) == 0, f"{size}: cylinders")


def edges():
    """Nothing at all; not a byte left; not an entry left."""
    os.mkdir("nothing")
    for options in ((), ("--size", "4M"), ("--size", "3G", "--no-partition")):
        doc = make("nothing", "--to", "fat", "-o", "e.img", *options)
        volume, start = volume_of("e.img")
        check(b" 0 files" in run("fsck.fat", "-n", volume).stdout, "empty")
        listed = run("mdir", "-i", f"e.img@@{start}", "::").stdout
        check(b"No files" in listed and doc["files"] == 0, f"{listed}")
        os.unlink("e.img")
    doc = make("nothing", "--to", "iso", "-o", "empty.iso")
    judge_disc("empty.iso", "nothing", doc, "empty disc")
    put(b"whole", b"A", random.Random(4).randbytes(354 * 1024), 800000000)
    doc = make("whole", "--to", "fat", "-o", "w.img")
    check(doc["image_bytes"] == 360 << 10 and doc["free_bytes"] == 0,
          f"{doc}")
    judge_fat("w.img", "whole", doc, "whole")
    for i in range(112):
        put(b"names", b"F%d" % i, b"%d" % i, 800000000)
    doc = make("names", "--to", "fat", "--size", "360K", "-o", "n.img")
    judge_fat("n.img", "names", doc, "names")


def same_bytes():
    """The same files, however they came to be, however it is called."""
    random_tree(fresh("first").encode(), 99)
    files, times = tree("first")
    options = ("--accept-loss", "--label", "SAME", "--size", "20M")
    sums = {}
    for kind in ("iso", "fat"):
        doc = make("first", "--to", kind, "-o", "1." + kind,
                   *options[:3 if kind == "iso" else 5])
        sums[kind] = doc["sha256"]
    for turn in range(3):
        os.mkdir(f"other{turn}")
        root = f"other{turn}/another name".encode()
        os.umask((0o077, 0o022, 0o002)[turn])
        order = sorted(files)
        random.Random(turn).shuffle(order)
        os.mkdir(root)
        for path in order:
            if files[path] is None:
                os.makedirs(os.path.join(root, path), exist_ok=True)
        for path in order:
            if files[path] is not None:
                put(root, path, files[path], times[path])
        os.utime(root, (turn, turn))
        e = env(TZ=("XYZ3:30", "XYZ-12:45", "")[turn],
                LC_ALL=("C", "POSIX", "tr_TR.UTF-8")[turn])
        for kind in ("iso", "fat"):
            doc = make("another name" if turn else os.path.abspath(root),
                       "--to", kind, "-o",
                       os.path.abspath(f"{turn}.out.{kind}"),
                       *options[:3 if kind == "iso" else 5], env=e,
                       cwd=f"other{turn}")
            check(doc["sha256"] == sums[kind], f"turn {turn}: {kind} differs")
    os.umask(0o022)
    epoch = make("first", "--to", "iso", "-o", "e.iso", "--accept-loss",
                 env=env(SOURCE_DATE_EPOCH="86400"))
    given = make("first", "--to", "iso", "-o", "g.iso", "--accept-loss",
                 "--date", "1970-01-02")
    check(epoch["sha256"] == given["sha256"] != sums["iso"], "dates")


def by_convert():
    put(b"conv", b"Read me.txt", b"hello", 800000000)
    for name in ("c.iso", "c.img"):
        done = run(os.environ["MUNIMENT"], "convert", "conv", name, "--json")
        doc = json.loads(done.stdout)
        check(doc["written"] and doc["format"] == "folder", f"{doc}")
        again = make("conv", "-o", "m" + name)
        with open(name, "rb") as f:
            check(hashlib.sha256(f.read()).hexdigest() == again["sha256"],
                  f"{name}: convert and make-media differ")
    run(os.environ["MUNIMENT"], "convert", "conv", "c.qcow2", want=64)
    run(os.environ["MUNIMENT"], "convert", "conv", "c2.img", "-o", "x=y",
        want=64)
    done = run(os.environ["MUNIMENT"], "convert", "conv", "c2.img", "-o",
               "size=720K", "-o", "label=NAMED", "-o", "dos=yes", want=1)
    check(b"README~1.TXT" in done.stdout, f"{done.stdout}")
    check(not os.path.exists("c2.img"), "written in spite of a loss")
    run(os.environ["MUNIMENT"], "convert", "conv", "c2.img", "-o",
        "size=720K", "-o", "label=NAMED", "-o", "dos=yes", "--accept-loss")
    listed = run("mdir", "-i", "c2.img", "::").stdout
    check(b"NAMED" in listed and b"README~1 TXT" in listed, f"{listed}")


def full_disk():
    """A real one, where we may make it."""
    os.mkdir("small")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none",
                           "small"], capture_output=True, check=False)
    if done.returncode:
        print("not tried: a full disk:", done.stderr.decode().strip())
        return
    try:
        put(b"big", b"a.bin", random.Random(3).randbytes(400000), 800000000)
        for kind in ("iso", "fat"):
            done = run(os.environ["MUNIMENT"], "make-media", "big", "--to",
                       kind, "-o", f"small/x.{kind}", want=2)
            check(b"No space left" in done.stderr, f"{done.stderr}")
            check(os.listdir("small") == [], f"{os.listdir('small')}")
    finally:
        subprocess.run(["umount", "small"], check=True)


def read_only_and_dates():
    root = fresh("attr").encode()
    put(root, b"LOCKED.TXT", b"x", 800000000)
    put(root, b"OPEN.TXT", b"x", 800000000)
    os.chmod(root + b"/LOCKED.TXT", 0o444)
    make("attr", "--to", "fat", "--date", "1996-02-29T12:30:44Z", "--label",
         "attr-1", "-o", "attr.img")
    listed = run("mattrib", "-i", "attr.img", "::*").stdout.decode()
    check(re.search(r"A\s+R.*LOCKED", listed) and
          not re.search(r"A\s+R.*OPEN", listed), listed)
    with open("attr.img", "rb") as f:
        head = f.read(16384)
    at = head.index(b"ATTR-1     \x08")
    check(at % 32 == 0, "the label is an entry")
    date = int.from_bytes(head[at + 24:at + 26], "little")
    clock = int.from_bytes(head[at + 22:at + 24], "little")
    check((date >> 9, date >> 5 & 15, date & 31) == (16, 2, 29), f"{date}")
    check((clock >> 11, clock >> 5 & 63, clock & 31) == (12, 30, 22),
          f"{clock}")


PARTS = {"small": (hostile, random_trees, deep, same_bytes,
                   by_convert, full_disk, read_only_and_dates),
         "large": (edges, sizes, many_files)}


def main():
    for program in NEEDED:
        if not shutil.which(program):
            print(f"SKIP: no {program}")
            sys.exit(77)
    scratch = tempfile.mkdtemp(prefix="mun-make-")
    os.chdir(scratch)
    os.umask(0o022)
    try:
        for part in PARTS[sys.argv[1]]:
            start = time.monotonic()
            part()
            print(f"{part.__name__}: {time.monotonic() - start:.1f} s",
                  flush=True)
    finally:
        os.chdir("/")
        subprocess.run(["chmod", "-R", "u+w", scratch], check=False)
        shutil.rmtree(scratch)
    print(f"{CHECKS[0]} checks, {len(FAILED)} failures")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
