# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint_headers.py - the header says what you owe."""
import re

from lint_tree import LEVELS, blank, line_of, lint

_PROTOTYPE = re.compile(r'\b(mun_\w+)\s*\([^;{}=]*\)[^;{}=()]*;', re.S)


def prototypes(text):
    """(name, start of its statement, end) of what C header @text declares."""
    code = blank(text)
    # The members of a struct are no functions of ours: blank every body, and
    # leave one mark where it was, which ends a statement as a semicolon does.
    while True:
        inner = re.sub(r'\{[^{}]*\}',
                       lambda m: re.sub(r'[^\n]', ' ', m.group())
                       .replace(' ', '\x01', 1), code)
        if inner == code:
            break
        code = inner
    begin = 0
    for m in re.finditer(r'[;\x01]', code):
        statement = code[begin:m.end()]
        found = _PROTOTYPE.search(statement)
        if found and not re.match(r'\s*typedef\b', statement) and \
                '(*' not in statement[:found.start()]:
            first = begin + len(statement) - len(statement.lstrip())
            yield found.group(1), first, m.end()
        begin = m.end()


def documented(text, first, end):
    """A comment stands above the block of the prototype, or behind it."""
    behind = text[end:text.find('\n', end)]
    if '/*' in behind:
        return True
    above = text[:first].rstrip(' \t')
    # Prototypes that follow each other without an empty line are one block.
    block = above[above.rfind('\n\n') + 2:] if '\n\n' in above else above
    return '*/' in block


@lint
def documented_functions(tree):
    """Every public function is explained where it is declared."""
    for path in tree.with_suffix('.h'):
        if path.split('/')[0] not in LEVELS:
            continue
        text = tree.text(path)
        for name, first, end in prototypes(text):
            if not documented(text, first, end):
                yield f'{path}:{line_of(text, first)}: {name}() has no comment'


@lint
def documented_names(tree):
    """A comment that begins with a function's name stands with that one."""
    for path in tree.with_suffix('.h'):
        if path.split('/')[0] not in LEVELS:
            continue
        text = tree.text(path)
        code = blank(re.sub(r'^[ \t]*#[ \t]*define[ \t]+(\w+)', r'\1', text,
                            flags=re.M))
        for m in re.finditer(r'/\*\*\n \* (mun_\w+)\(\) - ', text):
            if not re.search(rf'\b{m.group(1)}\b', code):
                yield (f'{path}:{line_of(text, m.start())}: explains '
                       f'{m.group(1)}(), which is not declared')
