#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/manifests.py - manifests, held against the programs of others

What `manifest export` writes is verified by sha256sum, md5sum, sha512sum,
hashdeep and a validator of bags (tests/emulate-export/check_bag.py), and finds
a changed byte through each.  What these programs write is verified by
`manifest verify` and promised to `ingest --expect`, with names of every kind.
The bags of the BagIt conformance suite are verified by their own manifests.

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import os
import shutil
import subprocess
import sys

from muniment import Report, Scratch, flip, pattern, standards, write

NAMES = ["plain.img", "with blank.img", " leading", "*star", "back\\slash",
         "new\nline", "ret\rurn", "100%", "%0A", "caf\u00e9", "a,b", "(x) = 1"]


def tool(*args, cwd=None):
    return subprocess.run(args, cwd=cwd, capture_output=True, check=False)


def objects(s):
    write("a.img", pattern(3 << 20))
    write("b.img", pattern(1474560, 2))
    write("100% \\ label.txt", b"a note")
    s.run("init", "--digests", "md5,sha1,sha256,sha512,blake2b-512", s.repo)
    s.json("ingest", "a.img", "-i", "n=1", "-a", "100% \\ label.txt")
    s.json("ingest", "b.img", "-i", "n=2")


def content(repo):
    return sorted(os.path.relpath(os.path.join(d, n), repo)
                  for d, _, ns in os.walk(f"{repo}/ocfl") for n in ns
                  if "/content/" in d + "/")


def sums_agree(s, r):
    for alg in ("md5", "sha1", "sha256", "sha512", "b2"):
        name = {"b2": "blake2b-512"}.get(alg, alg)
        out = s.run("manifest", "export", "--all", "--algorithm", name)
        write("list", out.stdout)
        done = tool(f"{alg}sum", "-c", "--strict", "../list", cwd=s.repo)
        r.check(done.returncode == 0, f"{alg}sum: {done.stderr}")
        r.check(done.stdout.count(b": OK\n") == len(content(s.repo)),
                f"{alg}sum: {done.stdout}")
    one = s.run("manifest", "export", "n=2")
    r.check(one.stdout.count(b"\n") == 3, f"one object: {one.stdout}")
    r.check(s.run("manifest", "export").returncode == 64, "no object")
    done = s.run("manifest", "export", "--all", "--algorithm", "crc32")
    r.check(done.returncode == 64, f"crc32: {done}")


def hashdeep_agrees(s, r):
    if not shutil.which("hashdeep"):
        print("no hashdeep: not compared with")
        return
    done = s.run("manifest", "export", "--all", "--format", "hashdeep",
                 "--algorithm", "md5,sha256", "-o", "deep")
    r.check(done.returncode == 0, f"hashdeep: {done.stderr}")
    again = s.run("manifest", "export", "--all", "--format", "hashdeep",
                  "-o", "deep")
    r.check(again.returncode == 2, "a file that is there is written over")
    files = content(s.repo)
    done = tool("hashdeep", "-l", "-a", "-v", "-k", "../deep", *files,
                cwd=s.repo)
    r.check(done.returncode == 0 and b"Audit passed" in done.stdout and
            b"Files matched: %d\n" % len(files) in done.stdout,
            f"hashdeep -a: {done.stdout}")
    done = tool("hashdeep", "-c", "md5,sha256", "-r", ".", cwd=s.repo + "/ocfl")
    write("theirs", done.stdout)
    doc = s.json("manifest", "verify", "theirs", "--catalog", status=1)
    r.check(doc["form"] == "hashdeep", f"hashdeep: {doc['form']}")


def bags_agree(s, r):
    out = s.run("manifest", "export", "--all", "--format", "bagit",
                "--paths", "logical", "--algorithm", "sha512").stdout
    os.mkdir("bag")
    write("bag/bagit.txt", b"BagIt-Version: 1.0\n"
                           b"Tag-File-Character-Encoding: UTF-8\n")
    write("bag/manifest-sha512.txt", out)
    for path in content(s.repo):
        name = path.split("/content/")[1]
        for line in out.decode().splitlines():
            to = line.split("  ", 1)[1].replace("%25", "%")
            if to.endswith("/" + name) and not os.path.exists("bag/" + to):
                digest = tool("sha512sum", "--", f"{s.repo}/{path}").stdout
                if digest.lstrip(b"\\")[:128].decode() != line[:128]:
                    continue
                os.makedirs(os.path.dirname("bag/" + to), exist_ok=True)
                shutil.copy(f"{s.repo}/{path}", "bag/" + to)
    doc = s.json("manifest", "verify", "bag/manifest-sha512.txt", "--strict")
    r.check(doc["form"] == "bagit" and
            doc["outcomes"]["intact"] == len(content(s.repo)), f"bag: {doc}")
    doc = s.json("manifest", "verify", "bag/manifest-sha512.txt", "--catalog")
    r.check(doc["outcomes"]["intact"] == len(content(s.repo)), f"bag: {doc}")


def a_changed_byte_is_found(s, r):
    write("before", s.run("manifest", "export", "--all").stdout)
    write("deep2", s.run("manifest", "export", "--all", "--format",
                         "hashdeep").stdout)
    victim = next(p for p in content(s.repo) if p.endswith("disk.img"))
    flip(f"{s.repo}/{victim}")
    for name in ("before", "deep2"):
        doc = s.json("manifest", "verify", name, "--base", s.repo, status=1)
        r.check([f["path"] for f in doc["findings"]] == [victim] and
                doc["outcomes"]["mismatch"] == 1, f"{name}: {doc}")
    doc = s.json("manifest", "verify", "before", "--catalog")
    r.check(not doc["findings"], f"the catalog was not read: {doc}")
    flip(f"{s.repo}/{victim}")
    done = tool("sha256sum", "-c", "--quiet", "../before", cwd=s.repo)
    r.check(done.returncode == 0, "the bit is back")


def names_of_every_kind(s, r):
    os.mkdir("names")
    for i, name in enumerate(NAMES):
        write(os.path.join(b"names", os.fsencode(name)), pattern(100 + i, i))
    write(b"names/caf\xe9", b"not UTF-8")
    every = sorted(os.listdir(b"names"))
    lists = {
        "sums": ["sha256sum", "--"], "binary": ["sha1sum", "-b", "--"],
        "tagged": ["md5sum", "--tag", "--"],
        "openssl": ["openssl", "dgst", "-sha512"],
        "deep": ["hashdeep", "-l"],
    }
    for kind, command in lists.items():
        if not shutil.which(command[0]):
            continue
        # Neither of these two can write a line end.
        bad = (b"\n", b"\r") if kind in ("openssl", "deep") else ()
        some = [n for n in every if not any(b in n for b in bad)]
        if kind == "openssl":
            some = [b"./" + n for n in some]
        done = tool(*command, *some, cwd="names")
        r.check(done.returncode == 0, f"{kind}: {done.stderr}")
        write(kind, done.stdout)
        doc = s.json("manifest", "verify", kind, "--base", "names")
        r.check(doc["outcomes"]["intact"] == len(some) and
                not doc["findings"], f"{kind}: {doc}")
        crlf = done.stdout.replace(b"\n", b"\r\n")
        write(kind + ".crlf", b"\xef\xbb\xbf" + crlf)
        doc = s.json("manifest", "verify", kind + ".crlf", "--base", "names")
        r.check(doc["outcomes"]["intact"] == len(some), f"{kind}, CRLF: {doc}")
    return every


def what_was_promised(s, r, every):
    paths = [os.fsdecode(b"names/" + n) for n in every]
    done = s.run("ingest", *paths[1:], "--expect", "sums", "--expect-from",
                 "Ada", "--json")
    r.check(done.returncode == 0 and
            done.stdout.count(b'"expected": "match"') == len(every) - 1,
            f"promised: {done.stderr}")
    r.check(b"1 of %d files of the manifest" % len(every) in done.stderr,
            f"unmatched: {done.stderr}")
    before = len(s.json("list")["objects"])
    write("stranger.img", b"not promised")
    done = s.run("ingest", paths[0], "stranger.img", "--expect", "sums")
    r.check(done.returncode == 2 and b"stranger.img" in done.stderr and
            not done.stdout, f"stranger: {done}")
    write("names/plain.img", b"something else")
    doc = s.json("ingest", "names/plain.img", "--expect", "sums", status=1)
    r.check(doc["refused"] == ["names/plain.img"] and not doc["objects"],
            f"refused: {doc}")
    r.check(not [n for n in os.listdir(f"{s.repo}/spool") if "-" in n],
            "a session is left")
    r.check(len(s.json("list")["objects"]) == before, "taken in all the same")
    doc = s.json("ingest", "names/plain.img", "--expect", "sums",
                 "--accept-mismatch", status=1)
    r.check(doc["objects"][0]["expected"] == "mismatch", f"accepted: {doc}")
    shown = s.json("show", doc["objects"][0]["id"])
    r.check([e for e in shown["events"] if e["type"] == "fixity check" and
             e["outcome"] == "fail"], "no event of the mismatch")
    done = s.run("check")
    r.check(done.returncode == 0, f"check: {done.stdout}")
    for wrong in (["--accept-mismatch"], ["--expect-from", "x"],
                  ["--expect-partial"]):
        done = s.run("ingest", "a.img", *wrong)
        r.check(done.returncode == 64, f"{wrong}: {done}")


def the_conformance_suite(s, r):
    suite = standards() and os.path.join(standards(), "bagit",
                                         "conformance-suite", "v1.0")
    if not suite or not os.path.isdir(suite):
        print("no BagIt conformance suite: not compared with")
        return
    bags = 0
    for top, _, names in os.walk(os.path.join(suite, "valid")):
        for name in sorted(names):
            if not name.startswith(("manifest-", "tagmanifest-")):
                continue
            bags += 1
            doc = s.json("manifest", "verify", os.path.join(top, name))
            r.check(doc["form"] == "bagit" and not doc["findings"],
                    f"{top}/{name}: {doc}")
    r.check(bags > 0, "no bag in the suite")
    print(f"{bags} manifests of the BagIt suite")


def main():
    r = Report()
    with Scratch() as s:
        objects(s)
        sums_agree(s, r)
        hashdeep_agrees(s, r)
        bags_agree(s, r)
        a_changed_byte_is_found(s, r)
        what_was_promised(s, r, names_of_every_kind(s, r))
        the_conformance_suite(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
