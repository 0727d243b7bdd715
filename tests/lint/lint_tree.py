# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint_tree.py - what every lint needs: the files, and C without
its comments and strings.

A lint is a function that takes a Tree and yields one line per finding.  It is
registered with @lint and runs over the source tree; lint_selftest.py shows
that each of them finds what it is there for.
"""
import os
import re

# A folder may include itself and the folders of the levels below its own.
LEVELS = {
    'core': 0,
    'fixity': 1, 'image': 1,
    'store': 2, 'catalog': 2, 'medium': 2,
    'ingest': 3, 'emulate-export': 3, 'audit': 3,
    'cli': 4,
}

# Where code stands that is not under LEVELS.
OTHER = ('bench', 'cmake', 'docs', 'schemas', 'tests', 'tools')

LINTS = {}


def lint(function):
    """Register @function under its name with dashes."""
    LINTS[function.__name__.replace('_', '-')] = function
    return function


class Tree:
    """The files of a source tree, by path relative to its root."""

    def __init__(self, root):
        self.root = root
        self.files = []
        tops = set(LEVELS) | set(OTHER)
        for here, folders, files in os.walk(root):
            rel = os.path.relpath(here, root)
            if rel == '.':
                folders[:] = [f for f in folders if f in tops]
            folders[:] = sorted(f for f in folders if f != '__pycache__')
            self.files += [os.path.normpath(os.path.join(rel, f))
                           for f in sorted(files)]
        self._text = {}

    def text(self, path):
        """The text of @path; bytes that are not UTF-8 stay as surrogates."""
        if path not in self._text:
            with open(os.path.join(self.root, path), encoding='utf-8',
                      errors='surrogateescape') as f:
                self._text[path] = f.read()
        return self._text[path]

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def with_suffix(self, *suffixes):
        return [p for p in self.files if p.endswith(suffixes)]

    def sources(self):
        """Every C file but the inputs of tests."""
        return [p for p in self.with_suffix('.c', '.h')
                if not p.startswith('tests/data/')]

    def scripts(self):
        """Every shell script, by name or by its first line."""
        found = []
        for path in self.files:
            if '.' in os.path.basename(path) and not path.endswith('.sh'):
                continue
            if '/corpus/' in path or path.startswith('tests/data/'):
                continue
            if re.match(r'#!.*\b(ba)?sh\b', self.text(path)):
                found.append(path)
        return found


def folder_of(path):
    """The first folder of @path, or of what it tests: tests/core -> core."""
    parts = path.split('/')
    if parts[0] == 'tests' and len(parts) > 2 and parts[1] in LEVELS:
        return parts[1]
    return parts[0]


_TOKEN = re.compile(r'''
    /\*.*?\*/ | //[^\n]* |
    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' |
    ^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*
    ''', re.X | re.S | re.M)


def blank(text):
    """@text with comments, strings and preprocessor lines as spaces.

    Offsets and line numbers stay as they are, and an include line vanishes
    too: those are read from the text itself.
    """
    return _TOKEN.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1
