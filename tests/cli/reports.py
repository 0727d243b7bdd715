#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/reports.py - the audit report, printed and looked at

A repository with a history (tests/audit/report_world.sql) is reported on in all
forms.  sha256sum finds a changed file; the PREMIS document passes the official
schema where it is ($MUNIMENT_STANDARDS); the page is printed by a browser that
is here (chromium, wkhtmltopdf) on A4 and on Letter: something is on the pages,
and nothing but the file itself was asked for.

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import csv
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib

from muniment import Report, Scratch

SOURCE = os.environ["MUN_SOURCE_DIR"]
STANDARDS = os.environ.get("MUNIMENT_STANDARDS",
                           os.path.join(SOURCE, "../shared/standards"))


def give_history(s):
    db = sqlite3.connect(f"{s.repo}/catalog.db")
    db.create_function("mun_seal", -1, lambda *values: bytes(16))
    with open(f"{SOURCE}/tests/audit/report_world.sql",
              encoding="utf-8") as f:
        db.executescript(f.read())
    db.commit()
    db.close()


def make(s, r, *args, status=1):
    done = s.run("report", "--period", "2026-Q3", *args)
    r.check(done.returncode == status, f"report {args}: {done}")
    folder, digest = re.fullmatch(r"(.*)\nsha256 ([0-9a-f]{64})\n",
                                  done.stdout.decode()).groups()
    with open(f"{folder}/SHA256SUMS", "rb") as f:
        r.check(hashlib.sha256(f.read()).hexdigest() == digest,
                "the digest is that of SHA256SUMS")
    return folder


def sums(r, folder):
    def check():
        return subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"],
                              cwd=folder, capture_output=True,
                              check=False).returncode
    r.check(check() == 0, "sha256sum -c")
    listed = {line.split("  ")[1] for line in
              open(f"{folder}/SHA256SUMS", encoding="utf-8").read()
              .splitlines()}
    r.check(listed | {"SHA256SUMS"} == set(os.listdir(folder)),
            f"SHA256SUMS lists {listed}")
    path = f"{folder}/days.csv"
    with open(path, "ab") as f:
        f.write(b"x")
    r.check(check() != 0, "sha256sum -c after a change")
    with open(path, "r+b") as f:
        f.truncate(os.path.getsize(path) - 1)
    r.check(check() == 0, "sha256sum -c as before")


def tables(r, folder):
    """CSV and JSON say the same, cell by cell."""
    with open(f"{folder}/report.json", encoding="utf-8") as f:
        document = json.load(f)
    for name, rows in document.items():
        with open(f"{folder}/{name}.csv", encoding="utf-8", newline="") as f:
            lines = list(csv.DictReader(f))
        if isinstance(rows, dict):
            rows = [{"key": k, "value": v} for k, v in rows.items()]
        r.check(len(lines) == len(rows), f"{name}: {len(lines)} lines")
        for line, row in zip(lines, rows):
            for key, value in row.items():
                text = ("" if value is None else
                        str(value).lower() if isinstance(value, bool)
                        else str(value))
                if text[:1] in "=+-@" and text and isinstance(value, str):
                    text = "'" + text
                r.check(line[key] == text,
                        f"{name}.{key}: {line[key]!r}, not {text!r}")


def premis(r, folder):
    schema = f"{STANDARDS}/schemas/premis/premis-v3-0.xsd"
    if not os.path.exists(schema) or not shutil.which("xmllint"):
        print("no official PREMIS schema here: not validated by it")
        return
    env = dict(os.environ,
               XML_CATALOG_FILES=f"{STANDARDS}/schemas/catalog.xml")
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema,
                           f"{folder}/premis.xml"], env=env,
                          capture_output=True, check=False)
    r.check(done.returncode == 0, f"premis.xml: {done.stderr[:500]}")


def print_page(browser, page, pdf, letter):
    """Let a browser print it; False where it cannot be run here."""
    if browser == "wkhtmltopdf":
        args = [browser, "-q", "--disable-javascript", "-s",
                "Letter" if letter else "A4", page, pdf]
    else:
        args = [browser, "--headless", "--no-sandbox", "--disable-gpu",
                "--no-pdf-header-footer", f"--user-data-dir={pdf}.profile",
                f"--print-to-pdf={pdf}", "file://" + page]
    try:
        subprocess.run(args, capture_output=True, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        return False
    return os.path.exists(pdf)


def text_operators(pdf):
    """How many pages, and how often text is shown on them."""
    with open(pdf, "rb") as f:
        data = f.read()
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", data))
    shown = 0
    for m in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.S):
        try:
            content = zlib.decompress(m.group(1))
        except zlib.error:
            content = m.group(1)
        shown += len(re.findall(rb"(?<![A-Za-z])T[jJ](?![A-Za-z])", content))
    return pages, shown


def printed(r, folder):
    browser = next((b for b in ("chromium", "chromium-browser",
                                "google-chrome", "wkhtmltopdf")
                    if shutil.which(b)), None)
    if not browser:
        print("neither chromium nor wkhtmltopdf is here: nothing was printed")
        return False
    page = os.path.abspath(f"{folder}/report.html")
    with open(page, encoding="utf-8") as f:
        html = f.read()
    for letter in (False, True):
        # The page fits itself to the paper; chromium is told which by CSS.
        name = "letter" if letter else "A4"
        copy = os.path.abspath(f"{name}.html")
        with open(copy, "w", encoding="utf-8") as f:
            f.write(html.replace("@page{size:auto;", f"@page{{size:{name};"))
        pdf = os.path.abspath(f"{name}.pdf")
        if not print_page(browser, copy, pdf, letter):
            print(f"{browser} cannot print here: nothing was looked at")
            return False
        pages, shown = text_operators(pdf)
        r.check(3 <= pages <= 12, f"{name}: {pages} pages")
        r.check(shown > 200, f"{name}: {shown} texts on them")
        if shutil.which("pdftotext"):
            text = subprocess.run(["pdftotext", "-layout", pdf, "-"],
                                  capture_output=True, check=True).stdout
            for word in (b"Audit report 2026-Q3", b"5. Exceptions",
                         b"loose cable", b"NDSA"):
                r.check(word in text, f"{name}: no {word}")
    return True


def main():
    r = Report()
    with Scratch() as s:
        done = s.run("init", s.repo)
        r.check(done.returncode == 0, f"init: {done}")
        give_history(s)
        folder = make(s, r, "--for", "ndsa", "--format", "html,csv,json,premis",
                      "--no-ledger", "-o", "reports")
        r.check(folder == "reports/2026-Q3-ndsa", folder)
        sums(r, folder)
        tables(r, folder)
        premis(r, folder)
        again = make(s, r, "--format", "all", "--for", "ndsa", "-o", "reports")
        r.check(again == "reports/2026-Q3-ndsa.2", again)
        with open(f"{again}/report.html", encoding="utf-8") as f:
            # Rows were put in behind the ledger's back.
            r.check("do not agree" in f.read(), "the ledger is compared")
        printed(r, folder)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
