# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint_sources.py - heads, lengths, names and words of the files."""
import fnmatch
import os
import re

from lint_tree import LEVELS, blank, line_of, lint

MAX_FILE = 800
MAX_FUNCTION = 100
MAX_README = 30

_SPDX = 'SPDX-License-Identifier: Apache-2.0'
# One source for the targets of all formats, mun_fuzz_format(NAME) each.
_FUZZ_FORMAT = 'tests/fuzz/fuzz_format.c'
# In two halves, or this file would be the first finding.
_FORBIDDEN = re.compile(r'\b(' + '|'.join(('TO' 'DO', 'FIX' 'ME', 'X' 'XX'))
                        + r')\b')


@lint
def licence_line(tree):
    """Every source says its licence by SPDX in its first lines."""
    paths = set(tree.with_suffix('.c', '.h', '.cmake', '.py', '.sh', '.sql',
                                 '.xsd', 'CMakeLists.txt'))
    paths |= set(tree.scripts())
    for path in sorted(paths):
        if path.startswith('tests/data/') or '/corpus/' in path:
            continue
        if _SPDX not in '\n'.join(tree.text(path).split('\n')[:4]):
            yield f'{path}:1: no "{_SPDX}"'


@lint
def purpose_line(tree):
    """A C file says "folder/file.c - what it is" in its first lines."""
    for path in tree.sources():
        if f'{path} - ' not in '\n'.join(tree.text(path).split('\n')[:5]):
            yield f'{path}:2: no line "{path} - what it is"'


@lint
def forbidden_words(tree):
    """What is left to do is in the issues and not in the source."""
    text_files = ('.c', '.h', '.cmake', '.txt', '.py', '.sh', '.sql', '.md',
                  '.xsd', '.json', '.def')
    for path in sorted(set(tree.with_suffix(*text_files)) |
                       set(tree.scripts())):
        if path.startswith('tests/data/') or '/corpus/' in path:
            continue
        for m in _FORBIDDEN.finditer(tree.text(path)):
            yield f'{path}:{line_of(tree.text(path), m.start())}: {m.group()}'


@lint
def file_length(tree):
    """A file that nobody can hold in their head is two files."""
    for path in tree.sources():
        lines = tree.text(path).count('\n')
        if lines > MAX_FILE:
            yield f'{path}: {lines} lines, at most {MAX_FILE}'


def functions(text):
    """(name, first line, lines) of every function body in C @text."""
    code = blank(text)
    depth = 0
    start = None
    for m in re.finditer(r'[{}]', code):
        if m.group() == '}':
            depth -= 1
            if depth == 0 and start is not None:
                first = line_of(code, start[1])
                yield start[0], first, line_of(code, m.start()) - first + 1
                start = None
            continue
        if depth == 0:
            head = re.split(r'[;}]', code[:m.start()])[-1]
            name = re.search(r'(\w+)\s*\(', head)
            if name and head.rstrip().endswith(')'):
                start = (name.group(1), m.start())
        depth += 1


@lint
def function_length(tree):
    """10 to 40 lines are the habit, 100 the limit."""
    for path in tree.sources():
        for name, first, lines in functions(tree.text(path)):
            if lines > MAX_FUNCTION:
                yield (f'{path}:{first}: {name}() has {lines} lines, '
                       f'at most {MAX_FUNCTION}')


@lint
def unique_names(tree):
    """A file name alone says which file is meant, in a log and in a talk."""
    seen = {}
    for path in tree.with_suffix('.c', '.h', '.py', '.sh', '.cmake'):
        seen.setdefault(os.path.basename(path), []).append(path)
    for paths in seen.values():
        if len(paths) > 1:
            yield f'{paths[0]}: same name as {", ".join(paths[1:])}'


@lint
def folder_readme(tree):
    """A folder of code has a README.md of a page that names its files."""
    folders = {}
    for path in tree.sources() + tree.scripts() + tree.with_suffix('.py'):
        folder = os.path.dirname(path)
        # tests/core mirrors core, and tests/README.md says how.
        if folder.startswith('tests/'):
            if folder.split('/')[1] in LEVELS or folder.count('/') > 1:
                continue
        if folder != 'tests/data' and folder:
            folders.setdefault(folder, []).append(os.path.basename(path))
    for folder, names in sorted(folders.items()):
        readme = f'{folder}/README.md'
        if not tree.exists(readme):
            yield f'{readme}: is missing'
            continue
        text = tree.text(readme)
        if text.count('\n') > MAX_README:
            yield f'{readme}: {text.count(chr(10))} lines, at most {MAX_README}'
        if folder not in LEVELS:
            continue
        # A word like "fmt_*.c" stands for a family; foo_int.h goes with foo.c.
        words = re.findall(r'[\w*]+', text)
        for name in sorted(names):
            stem = re.sub(r'_int$', '', name.rsplit('.', 1)[0])
            if not any(fnmatch.fnmatchcase(stem, w) for w in words
                       if w.strip('*')):
                yield f'{readme}: says nothing of {name}'


@lint
def listed_in_cmake(tree):
    """A source that no CMakeLists.txt names is never built or run."""
    for path in tree.sources() + tree.with_suffix('.sh'):
        folder, name = os.path.split(path)
        lists = f'{folder}/CMakeLists.txt'
        if name.endswith('.h') or not tree.exists(lists):
            continue
        if path == 'tests/fuzz/replay.c':
            continue
        text = re.sub(r'#[^\n]*', '', tree.text(lists))
        # A list may give the names of its scripts without the suffix.
        wanted = name[:-len('.sh')] if name.endswith('.sh') else name
        if name == 'lib.sh':
            continue
        if folder == 'tests/fuzz' and name.startswith('fuzz_'):
            wanted = 'mun_fuzz(' + name[len('fuzz_'):-len('.c')]
        if path == _FUZZ_FORMAT:
            wanted = 'mun_fuzz_format'
        if not re.search(r'\b' + re.escape(wanted) + r'\b', text):
            yield f'{path}: not in {lists}'


@lint
def fuzz_corpus(tree):
    """Every fuzz target has seeds, and every corpus has a target."""
    targets = {os.path.basename(p)[len('fuzz_'):-len('.c')]
               for p in tree.sources()
               if p.startswith('tests/fuzz/fuzz_') and p != _FUZZ_FORMAT}
    lists = 'tests/fuzz/CMakeLists.txt'
    if tree.exists(lists):
        targets |= {'format_' + name for name in
                    re.findall(r'^mun_fuzz_format\((\S+)\)',
                               tree.text(lists), re.M)}
    seeded = {p.split('/')[3] for p in tree.files
              if p.startswith('tests/fuzz/corpus/') and p.count('/') > 3}
    for name in sorted(targets - seeded):
        yield f'tests/fuzz/corpus/{name}: no seeds for fuzz_{name}'
    for name in sorted(seeded - targets):
        yield f'tests/fuzz/corpus/{name}: there is no fuzz_{name}'
