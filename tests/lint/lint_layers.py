# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint_layers.py - who may include whom, and who may use what."""
import os
import re

from lint_tree import LEVELS, folder_of, line_of, lint

# The outside libraries of docs/architecture.md, by the header's name.  What is
# not named here is libc, Linux or POSIX and open to everyone.
LIBRARIES = {
    r'jansson\.h': {'core'},
    r'ini\.h': {'core'},
    r'seccomp\.h': {'core'},
    r'openssl/': {'fixity', 'image'},
    r'zlib\.h': {'fixity', 'image'},
    r'(bzlib|libdeflate|lzma|png)\.h': {'image'},
    r'FLAC/': {'image'},
    r'csv\.h': {'ingest'},
    r'zstd\.h': {'image', 'store'},
    r'curl/': {'core', 'store'},
    r'sqlite3\.h': {'catalog'},
    r'libxml/': {'catalog', 'emulate-export'},
    r'archive(_entry)?\.h': {'ingest', 'emulate-export'},
    r'(tsk/|magic\.h|blkid/)': {'ingest'},
}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def allowed(folder):
    """The folders that @folder may include."""
    if folder not in LEVELS:
        return set(LEVELS)
    return {f for f, level in LEVELS.items()
            if f == folder or level < LEVELS[folder]}


def own_includes(tree, path):
    for m in _INCLUDE.finditer(tree.text(path)):
        if m.group(1) == '"':
            yield line_of(tree.text(path), m.start()), m.group(2)


@lint
def include_levels(tree):
    """A folder includes itself and lower levels; tests also tests/support."""
    for path in tree.sources():
        may = allowed(folder_of(path))
        if path.startswith('tests/support/'):
            may = {'core', 'medium'}
        for line, name in own_includes(tree, path):
            where = f'{path}:{line}: '
            if not tree.exists(name):
                yield where + f'"{name}" is no path from the root'
            elif name.startswith('tests/support/'):
                if not path.startswith('tests/'):
                    yield where + 'tests/support is for tests only'
            elif os.path.dirname(name) == os.path.dirname(path):
                continue
            elif folder_of(name) not in may:
                yield where + f'may not include "{name}"'


@lint
def include_libraries(tree):
    """An outside library is used by the folders that are named for it."""
    for path in tree.sources():
        if path.split('/')[0] not in LEVELS:
            continue
        for m in _INCLUDE.finditer(tree.text(path)):
            if m.group(1) != '<':
                continue
            for pattern, folders in LIBRARIES.items():
                if (re.match(pattern, m.group(2)) and
                        folder_of(path) not in folders):
                    line = line_of(tree.text(path), m.start())
                    yield (f'{path}:{line}: <{m.group(2)}> is for '
                           + ', '.join(sorted(folders)))


def declared_deps(tree):
    """folder -> (module name, the mun_ targets after DEPS)"""
    modules = {}
    for folder in LEVELS:
        path = f'{folder}/CMakeLists.txt'
        if not tree.exists(path):
            continue
        text = re.sub(r'#[^\n]*', '', tree.text(path))
        m = re.search(r'mun_module\(\s*([\w-]+)([^)]*)\)', text)
        if not m:
            continue
        deps = set()
        take = False
        for word in m.group(2).split():
            if word in ('SOURCES', 'DEPS', 'LIBS'):
                take = word == 'DEPS'
            elif take:
                deps.add(word)
        modules[folder] = (m.group(1), deps)
    return modules


@lint
def cmake_deps(tree):
    """DEPS follow the levels, and cover every include of the folder."""
    modules = declared_deps(tree)
    by_target = {'mun_' + name: folder
                 for folder, (name, _) in modules.items()}
    for folder, (_, deps) in modules.items():
        where = f'{folder}/CMakeLists.txt: '
        reach = {folder}
        todo = [folder]
        while todo:
            for dep in modules.get(todo.pop(), ('', ()))[1]:
                if dep in by_target and by_target[dep] not in reach:
                    reach.add(by_target[dep])
                    todo.append(by_target[dep])
        for dep in sorted(deps):
            if dep not in by_target:
                yield where + f'DEPS names {dep}, which is no module'
            elif by_target[dep] not in allowed(folder) - {folder}:
                yield where + f'DEPS may not name {dep}'
        for path in tree.sources():
            if os.path.dirname(path) != folder:
                continue
            for line, name in own_includes(tree, path):
                if folder_of(name) in LEVELS and folder_of(name) not in reach:
                    yield (f'{path}:{line}: {folder_of(name)} is not in the '
                           'DEPS of its module')
