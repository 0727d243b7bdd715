#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/standards.py - the program against the official samples

  - the record of an object, as stored and as `muniment premis` prints it at
    each stage of a life (taken in, audited, damaged, exported), is valid by
    the schema of the Library of Congress (xmllint, no network), by our own
    profile, and clean for `muniment check --premis`
  - check --premis says 0 to every valid sample but three (LINTED), and 1 with line and reason to
    every one that is invalid or not well-formed
  - check --ocfl says 0, 0 and 1 to good, warn and bad fixtures, a bad one with
    a code that its name carries

Needs $MUNIMENT and $MUNIMENT_STANDARDS (skips), and xmllint.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

from muniment import Report, Scratch, flip, pattern, skip, standards, write

STANDARDS = standards()
PROFILE = os.path.join(os.environ["MUN_SOURCE_DIR"], "schemas",
                       "muniment-premis-profile.xsd")

# Valid by the schema, and wrong all the same: what the linter is there for.
LINTED = {
    "sip-specification-07-3d-scan.md_codeblock2.xml": b"error: dangling: ",
    "sip-specification-08-3d-scan.md_codeblock4.xml": b"error: dangling: ",
    "sip-specification-09-gigapixel-artwork.md_codeblock1.xml":
        b"error: date: ",  # 03-08-2022T00:00:00Z
}


def xmllint(schema, path):
    env = dict(os.environ, XML_CATALOG_FILES=f"{STANDARDS}/schemas/catalog.xml")
    return subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema,
                           path], env=env, capture_output=True, check=False)


def record_is_valid(s, r, what, xml):
    write("record.xml", xml)
    for schema in (f"{STANDARDS}/schemas/premis/premis-v3-0.xsd", PROFILE):
        done = xmllint(schema, "record.xml")
        r.check(done.returncode == 0,
                f"{what}, {os.path.basename(schema)}: {done.stderr[:300]!r}")
    done = s.run("check", "--premis", "record.xml")
    r.check(done.returncode == 0 and done.stdout ==
            b"no errors, 0 warnings\n", f"{what}: {done.stdout!r}")


def records(s, r):
    s.run("init", s.repo, "--digests", "md5,sha1,sha256,sha512,sha512-256,"
          "blake2b-512,crc32")
    s.run("config", "set", "operator", "Ada <Archivist> & \"Co\" \u00e4\u4e2d")
    write("a&b <c> '\"\u00fc.img", pattern(1474560))
    write("photo.jpg", b"a photograph")
    done = s.run("ingest", "a&b <c> '\"\u00fc.img", "-i", "bar&code=<1>", "-c",
                 "a & b", "-n", "]]> <!-- & \u2028", "-m", "3.5 <\"> disk",
                 "--write-blocker", "x & y", "-a", "photo.jpg")
    r.check(done.returncode == 0, f"ingest: {done.stderr!r}")
    one = "bar&code=<1>"
    stored = s.run("cat", one, "metadata/premis.xml").stdout
    record_is_valid(s, r, "stored", stored)
    life(s, r, one)
    again = s.run("cat", one, "metadata/premis.xml").stdout
    r.check(again == stored, "the stored record changed")


def life(s, r, one):
    counts = []

    def stage(what):
        xml = s.run("premis", one).stdout
        record_is_valid(s, r, what, xml)
        counts.append(xml.count(b"<premis:event>"))

    stage("taken in")
    wild = "]]> <!-- \u202e\u05d0 & \"'\n\t" + "x" * 1000
    for args in (("--restrict", wild, "--basis", "donor", "--until", "2020",
                  "--cite", "a <letter> & more", "--note", wild),
                 ("--restrict", wild, "--from", "2026-XX", "--act", "modify"),
                 ("--grant", wild, "--basis", "copyright", "--jurisdiction",
                  "nl", "--cite", "\u00a7 16", "--from", "2020", "--act", "use"),
                 ("--grant", wild, "--basis", "statute", "--jurisdiction", "de",
                  "--cite", "UrhG", "--until", "204X-12", "--act", "delete"),
                 ("--grant", "yes", "--basis", "license", "--cite", "CC BY"),
                 ("--grant", "yes", "--basis", "license", "--act", "migrate"),
                 ("--grant", "yes", "--basis", "copyright"),
                 ("--grant", "yes", "--basis", "policy", "--cite", "page 3"),
                 ("--grant", "yes", "--act", "replicate")):
        done = s.run("rights", one, *args)
        r.check(done.returncode == 0, f"rights {args}: {done.stderr!r}")
    first = s.json("rights", one)["rights"][0]["id"]
    done = s.run("rights", one, "--end", first, "--reason", wild)
    r.check(done.returncode == 0, f"rights --end: {done.stderr!r}")
    xml = s.run("premis", one).stdout
    record_is_valid(s, r, "with rights", xml)
    r.check(xml.count(b"<premis:rights>") == 9, "not all rights")
    s.run("audit", "--all")
    stage("audited")
    done = s.run("export", one, "--for", "qemu", "-o", "out")
    r.check(done.returncode == 0, f"export: {done.stderr!r}")
    stage("exported")
    exported = glob.glob("out/*/data/metadata/premis.xml")[0]
    with open(exported, "rb") as f:
        record_is_valid(s, r, "in the package", f.read())
    flip(glob.glob(f"{s.repo}/ocfl/*/*/*/*/v1/content/image/disk.img")[0])
    r.check(s.run("audit", "--all").returncode == 1, "damage is not found")
    stage("damaged")
    r.check(counts == sorted(set(counts)), f"events: {counts}")


def samples(s, r):
    told = 0
    for path in sorted(glob.glob(f"{STANDARDS}/premis-samples/valid/*.xml")):
        done = s.run("check", "--premis", path)
        wrong = LINTED.get(os.path.basename(path))
        if wrong:
            r.check(done.returncode == 1 and wrong in done.stdout,
                    f"{path}: exit {done.returncode}: {done.stdout[:300]!r}")
        else:
            r.check(done.returncode == 0,
                    f"valid {path}: {done.stdout[:300]!r}")
        told += 1
    for kind in ("invalid", "not-wellformed"):
        for path in sorted(glob.glob(
                f"{STANDARDS}/premis-samples/{kind}/*.xml")):
            done = s.run("check", "--premis", path)
            first = done.stdout.split(b"\n")[0]
            r.check(done.returncode == 1 and
                    re.match(rb"(error|warning): \S+: .*\.xml:\d+: \S", first),
                    f"{kind} {path}: exit {done.returncode}: {first!r}")
            told += 1
    return told


def fixtures(s, r):
    told = 0
    for path in sorted(glob.glob(f"{STANDARDS}/ocfl/fixtures/1.[01]/*-objects/"
                                 "*/")):
        kind = path.split("/")[-3].split("-")[0]
        name = path.split("/")[-2]
        done = s.run("check", "--ocfl", path, "--json")
        codes = {p["code"] for p in json.loads(done.stdout)["problems"]}
        wanted = set(re.findall(r"[EW]\d{3}", name))
        expected = {"good": 0, "warn": 0, "bad": 1}[kind]
        r.check(done.returncode == expected,
                f"{path}: exit {done.returncode}, {sorted(codes)}")
        if kind == "good":
            r.check(not codes, f"{path}: {sorted(codes)}")
        else:
            r.check(codes & wanted, f"{path}: only {sorted(codes)}")
        told += 1
    return told


def main():
    if not STANDARDS:
        skip("no official schemas and samples; set MUNIMENT_STANDARDS")
    if not shutil.which("xmllint"):
        skip("xmllint is not installed (libxml2-utils)")
    r = Report()
    with Scratch() as s:
        records(s, r)
        documents = samples(s, r)
        objects = fixtures(s, r)
    r.check(documents > 20 and objects > 50,
            f"only {documents} samples, {objects} fixtures")
    print(f"{documents} PREMIS samples, {objects} OCFL fixtures")
    r.end()


if __name__ == "__main__":
    sys.exit(main())
