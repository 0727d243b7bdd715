#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint.py - run the lints that are named, or all, over a tree.

usage: lint.py ROOT [LINT...]; prints one line per finding.
Exit status: 0 nothing found, 1 something found, 64 no such lint.
"""
import sys

import lint_headers  # noqa: F401 - registers its lints
import lint_layers  # noqa: F401
import lint_sources  # noqa: F401
from lint_tree import LINTS, Tree


def main(argv):
    if len(argv) < 2 or set(argv[2:]) - set(LINTS):
        print(__doc__, 'lints:', ', '.join(sorted(LINTS)), file=sys.stderr)
        return 64
    tree = Tree(argv[1])
    if not tree.sources():
        print(f'{argv[1]}: no sources there', file=sys.stderr)
        return 64
    found = 0
    for name in argv[2:] or sorted(LINTS):
        for line in LINTS[name](tree):
            print(f'{line} [{name}]')
            found += 1
    print(f'{len(tree.files)} files, {found} findings')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
