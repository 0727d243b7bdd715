#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/cli/help_agrees.py - help, manual, completion, documents say the same

For each command, the options of --help, of its manual page, of the bash
completion and of its section in docs/cli.md are the same set, both ways, with
the same explanation; every key of its JSON Schema is in that section and no
other; the keys of docs/configuration.md are those of `config list`, with their
defaults.  Manual pages pass mandoc without warnings and are rendered by man.

Needs $MUNIMENT, $MUN_SOURCE_DIR.
"""
import json
import os
import re
import shutil
import subprocess
import sys

from muniment import Report, Scratch

DOCS = os.path.join(os.environ["MUN_SOURCE_DIR"], "docs")
SCHEMAS = os.path.join(os.environ["MUN_SOURCE_DIR"], "schemas", "json")

# Commands that print several kinds of documents; else one, of its own name.
DOCUMENTS = {"incidents": ("incidents", "incident"),
             "ledger": ("ledger-verify", "proof"),
             "schedule": ("schedule-forecast", "schedule-status"),
             "show": ("show", "show-map"),
             "store": ("store-list",),
             "verify": ("verify-package",)}


def text_of(s, *args):
    done = subprocess.run([os.environ["MUNIMENT"], *args], env=s.env(),
                          capture_output=True, check=True)
    return done.stdout.decode()


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def of_help(text):
    """{'-l, --label TEXT': 'explanation'} of a help text."""
    return dict(re.findall(
        r"^  (?:    )?((?:-\w, )?--[a-z-]+(?: [A-Z=]+)?) +(\S.*)$",
        text.split("Options:")[1], re.M))


def of_manual(page):
    plain = page.replace("\\-", "-")
    plain = re.sub(r"\\f[BIR]", "", plain).replace("\\&", "")
    options = plain.split(".SH OPTIONS\n")[1].split(".SH")[0]
    return dict(re.findall(r"\.TP\n(.*)\n(.*)\n", options))


def of_document(section):
    return {a: b.replace("\\|", "|") for a, b in re.findall(
        r"^\| `((?:-\w, )?--[^`]*)` \| (.*) \|$", section, re.M)}


def of_completion(text, command):
    words = re.search(rf"^\t{command}\) words='([^']*)'", text, re.M)
    return set(words.group(1).split()) if words else set()


def keys(schema, prefix=""):
    """Every key of a schema, as docs/cli.md writes them."""
    for key, value in schema.get("properties", {}).items():
        name = prefix + key
        items = value.get("items", {})
        if items.get("type") == "object":
            yield name + "[]"
            yield from keys(items, name + "[].")
        else:
            yield name
            if "md5" not in value.get("properties", {}):
                yield from keys(value, name + ".")


def long_names(options):
    return {re.search(r"--[a-z-]+", o).group() for o in options}


def one_command(s, r, command, section, completion):
    text = text_of(s, command, "--help")
    options = of_help(text)
    lines = text.split("Options:")[1].strip("\n").count("\n") + 1
    r.check(len(options) == lines, f"{command}: {lines} lines of options, but "
                                   f"read {sorted(options)}")
    r.check(text == text_of(s, "help", command), f"{command}: help differs")
    usage = text.split("\n")[0].replace("Usage: ", "    ")
    r.check(usage in section.split("\n"), f"{command}: no usage in cli.md")
    manual = of_manual(read("man", f"muniment-{command}.1"))
    manual["-h, --help"] = options["-h, --help"]
    r.check(manual == options, f"{command}: manual {manual}, help {options}")
    written = of_document(section)
    r.check(written == options, f"{command}: cli.md has {written}, "
                                f"help {options}")
    completed = of_completion(completion, command)
    r.check(completed == long_names(options),
            f"{command}: completion {completed}")
    r.check("Exit status: 0" in section or "Exit status: as of" in section,
            f"{command}: no exit status in cli.md")
    r.check("```console\n$ muniment " in section, f"{command}: no example")
    schemas = [f"{SCHEMAS}/{name}.schema.json"
               for name in DOCUMENTS.get(command, (command,))]
    for schema in schemas:
        r.check(os.path.exists(schema) == ("--json" in options),
                f"{command}: --json and {schema}")
    if "--json" in options:
        wanted = {key for schema in schemas
                  for key in keys(json.loads(read(schema)))}
        found = set(re.findall(r"^\| `([^`-][^`]*)` \|", section, re.M))
        r.check(found == wanted, f"{command}: keys only in cli.md "
                f"{found - wanted}, only in the schema {wanted - found}")


def commands(s, r):
    overview = text_of(s, "--help")
    names = re.findall(r"^  ([a-z-]+) +[A-Z]", overview.split("Commands:")[1],
                       re.M)
    names = [n for n in names if n]
    r.check(len(names) >= 29, f"commands: {names}")
    document = read(DOCS, "cli.md")
    sections = dict(re.findall(r"^## muniment ([\w-]+)\n(.*?)(?=^## |\Z)",
                               document, re.M | re.S))
    r.check(list(sections) == names, f"cli.md has {list(sections)}")
    completion = text_of(s, "help", "--completion", "bash")
    r.check(of_completion(completion, "''") - {"--help", "--version"} ==
            set(names), "completion of commands")
    text_of(s, "help", "--man-pages", "man")
    r.check(sorted(os.listdir("man")) == sorted(
        ["muniment.1"] + [f"muniment-{n}.1" for n in names]), "pages")
    main = read("man", "muniment.1").replace("\\-", "-")
    for name in names:
        r.check(f"muniment-{name}" in main, f"{name} is not in muniment(1)")
        if name in sections:
            one_command(s, r, name, sections[name], completion)
    for option in ("-C", "-v", "--verbose", "-h", "--help", "--version"):
        for what, text in (("help", overview), ("manual", main),
                           ("cli.md", document)):
            r.check(option in text, f"{option} is not in the {what}")


def configuration(s, r):
    """The table of docs/configuration.md is what an empty file gives."""
    os.mkdir("empty")
    with open("empty/muniment.conf", "w", encoding="ascii"):
        pass
    values = json.loads(text_of(s, "-C", "empty", "config", "list", "--json"))
    table = dict(re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]*)`)? ?\| \S.* \|$",
                            read(DOCS, "configuration.md"), re.M))
    r.check(table == values, f"configuration.md: {table}, not {values}")
    example = re.search(r"```ini\n(.*?)```", read(DOCS, "configuration.md"),
                        re.S).group(1)
    os.mkdir("example")
    with open("example/muniment.conf", "w", encoding="ascii") as f:
        f.write(example)
    values = json.loads(text_of(s, "-C", "example", "config", "list",
                                "--json"))
    r.check(values["operator"] == "Ada Archivist" and
            values["name"] == "City Archive, media store", f"{values}")


def pages(r):
    for name in sorted(os.listdir("man")):
        page = os.path.join("man", name)
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                                   page], capture_output=True, check=False)
            r.check(done.returncode == 0 and not done.stdout,
                    f"{name}: {done.stdout!r}")
        for tool in (["mandoc", "-T", "utf8"], ["man", "-l"]):
            if not shutil.which(tool[0]):
                continue
            done = subprocess.run(tool + [page], capture_output=True,
                                  check=False,
                                  env=dict(os.environ, MANPAGER="cat",
                                           PAGER="cat", LC_ALL="C.UTF-8"))
            shown = re.sub(rb".\x08", b"", done.stdout)
            r.check(done.returncode == 0 and b"DESCRIPTION" in shown and
                    b"--help" in shown, f"{tool} {name}: {done.stderr!r}")


def completion_works(s, r):
    """bash itself, with the words of a person who types."""
    with open("completion", "w", encoding="ascii") as f:
        f.write(text_of(s, "help", "--completion", "bash"))
    for words, wanted in ((["muniment", "in"], {"init", "ingest", "info",
                                             "incidents"}),
                          (["muniment", "-C", "x", "exp"], {"export"}),
                          (["muniment", "audit", "--a"], {"--all"}),
                          (["muniment", "list", "--"],
                           {"--help", "--collection", "--restricted",
                            "--status", "--json"})):
        script = ('. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_muniment; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", *words],
                              capture_output=True, check=False)
        found = set(done.stdout.decode().split())
        r.check(found == wanted, f"completion of {words}: {found}, "
                                 f"{done.stderr!r}")


def main():
    r = Report()
    with Scratch() as s:
        commands(s, r)
        configuration(s, r)
        pages(r)
        completion_works(s, r)
    r.end()


if __name__ == "__main__":
    sys.exit(main())
