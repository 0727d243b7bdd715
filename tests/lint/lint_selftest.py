#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/lint/lint_selftest.py - each lint finds what it is there for.

Makes a small tree in which nothing is wrong, and runs every lint: silence.
Then breaks one thing at a time and expects exactly the lint that is named for
it, with the words that are named.  A lint without a case here fails too.
"""
import os
import sys
import tempfile

import lint_headers  # noqa: F401 - registers its lints
import lint_layers  # noqa: F401
import lint_sources  # noqa: F401
from lint_tree import LINTS, Tree

SPDX = 'SPDX-License-Identifier: Apache-2.0'


def c_file(path, body):
    return f'/* {SPDX} */\n/* {path} - a sample */\n{body}'


HEADER = c_file('core/low.h', '''
struct mun_low {
	int (*call)(int a); /* a member is no function */
};
#define mun_low_twice(x) ((x) + (x))

/**
 * mun_low_get() - a number
 *
 * Return: the number; never fails.
 */
int mun_low_get(const struct mun_low *l);
void mun_low_set(struct mun_low *l); /* documented behind */

/* One comment for a block. */
int mun_low_a(void);
int mun_low_b(void);

static inline int mun_low_inline(void)
{
	return 1;
}
''')
FUNCTION = c_file('core/low.c', '''
#include "core/low.h"

int mun_low_get(const struct mun_low *l)
{
	const char *brace = "}{"; /* } neither of them counts */

	return l && brace[0] == '}';
}
''')
GOOD = {
    'core/CMakeLists.txt': f'# {SPDX}\nmun_module(core\n\tSOURCES low.c)\n',
    'core/README.md': '# core\nlow*: a sample\n',
    'core/low.h': HEADER,
    'core/low.c': FUNCTION,
    'store/CMakeLists.txt':
        f'# {SPDX}\nmun_module(store SOURCES mid.c DEPS mun_core)\n',
    'store/README.md': '# store\nmid.c, mid.h\n',
    'store/mid.h': c_file('store/mid.h', ''),
    'store/mid.c': c_file('store/mid.c',
                          '#include "store/mid.h"\n#include "core/low.h"\n'),
    'catalog/CMakeLists.txt':
        f'# {SPDX}\nmun_module(catalog SOURCES rows.c DEPS mun_core)\n',
    'catalog/README.md': '# catalog\nrows.c, rows.h\n',
    'catalog/rows.h': c_file('catalog/rows.h', ''),
    'catalog/rows.c': c_file('catalog/rows.c', '#include <sqlite3.h>\n'),
    'tests/store/CMakeLists.txt':
        f'# {SPDX}\nmun_test(test_mid SOURCES test_mid.c)\n',
    'tests/store/test_mid.c': c_file('tests/store/test_mid.c', ''),
    'tests/support/README.md': '# support\n',
    'tests/support/helper.h': c_file('tests/support/helper.h', ''),
    'tests/fuzz/CMakeLists.txt': f'# {SPDX}\nmun_fuzz(mid DEPS mun_store)\n'
                                 'mun_fuzz_format(a-b)\n',
    'tests/fuzz/README.md': '# fuzz\n',
    'tests/fuzz/fuzz_mid.c': c_file('tests/fuzz/fuzz_mid.c', ''),
    'tests/fuzz/fuzz_format.c': c_file('tests/fuzz/fuzz_format.c', ''),
    'tests/fuzz/corpus/mid/empty': '',
    'tests/fuzz/corpus/format_a-b/seed': '',
    'tools/README.md': '# tools\n',
    'tools/run': f'#!/bin/sh\n# {SPDX}\n',
}


def more(path, text):
    return {path: GOOD[path] + text}


LONG = 'int mun_x(void)\n{\n' + '\t;\n' * 99 + '}\n'

# (lint, the files that are different, words of the finding)
BAD = [
    ('include-levels', more('store/mid.c', '#include "catalog/rows.h"\n'),
     'store/mid.c:5: may not include "catalog/rows.h"'),
    ('include-levels', more('core/low.c', '#include "store/mid.h"\n'),
     'may not include "store/mid.h"'),
    ('include-levels', more('core/low.c', '#include "low.h"\n'),
     'no path from the root'),
    ('include-levels', more('store/mid.c', '#include "tests/support/helper.h"'),
     'for tests only'),
    ('include-levels', more('tests/store/test_mid.c',
                            '#include "catalog/rows.h"\n'),
     'tests/store/test_mid.c:3: may not include'),
    ('include-levels', more('tests/support/helper.h',
                            '#include "store/mid.h"\n'),
     'may not include "store/mid.h"'),
    ('include-libraries', more('store/mid.c', '#include <sqlite3.h>\n'),
     '<sqlite3.h> is for catalog'),
    ('cmake-deps', {'store/CMakeLists.txt':
                    f'# {SPDX}\nmun_module(store SOURCES mid.c\n'
                    '\tDEPS mun_core mun_catalog)\n'},
     'DEPS may not name mun_catalog'),
    ('cmake-deps', {'store/CMakeLists.txt':
                    f'# {SPDX}\nmun_module(store SOURCES mid.c)\n'},
     'store/mid.c:4: core is not in the DEPS'),
    ('cmake-deps', {'store/CMakeLists.txt':
                    f'# {SPDX}\nmun_module(store SOURCES mid.c\n'
                    '\tDEPS mun_core mun_typo)\n'}, 'mun_typo, which is no'),
    ('licence-line', {'tools/run': '#!/bin/sh\n'}, 'tools/run:1: no'),
    ('licence-line', {'core/CMakeLists.txt':
                      'mun_module(core SOURCES low.c)\n'}, 'no "SPDX'),
    ('purpose-line', {'store/mid.h': f'/* {SPDX} */\n'}, 'store/mid.h:2'),
    ('forbidden-words', more('core/low.c', '/* TO' 'DO: all */\n'),
     'core/low.c:12: '),
    ('file-length', more('core/low.c', '\n' * 800), '811 lines'),
    ('function-length', more('core/low.c', LONG), 'mun_x() has 101 lines'),
    ('unique-names', {'tests/store/low.h': c_file('tests/store/low.h', '')},
     'core/low.h: same name as tests/store/low.h'),
    ('folder-readme', {'core/README.md': None}, 'is missing'),
    ('folder-readme', {'core/README.md': 'low\n' * 31}, '31 lines'),
    ('folder-readme', {'core/README.md': '# core\n'}, 'says nothing of low.c'),
    ('folder-readme', {'core/README.md': '# core\nlow.h, lo.c, **, lo\n',
                       'core/lower.c': c_file('core/lower.c', ''),
                       'core/CMakeLists.txt': f'# {SPDX}\nmun_module(core '
                       'SOURCES low.c lower.c)\n'},
     'says nothing of lower.c'),
    ('listed-in-cmake', {'tests/store/run.sh': f'#!/bin/sh\n# {SPDX}\n',
                         'tests/store/CMakeLists.txt':
                         GOOD['tests/store/CMakeLists.txt']
                         + 'mun_script_test(x SCRIPT rerun.sh)\n'},
     'tests/store/run.sh: not in'),
    ('listed-in-cmake', {'tests/store/CMakeLists.txt': f'# {SPDX}\n'},
     'tests/store/test_mid.c: not in'),
    ('listed-in-cmake', {'tests/fuzz/CMakeLists.txt': f'# {SPDX}\n'
                         'mun_fuzz_format(a-b)\n'},
     'tests/fuzz/fuzz_mid.c: not in'),
    ('listed-in-cmake', {'tests/fuzz/CMakeLists.txt': f'# {SPDX}\n'
                         'mun_fuzz(mid DEPS mun_store)\n',
                         'tests/fuzz/corpus/format_a-b/seed': None},
     'tests/fuzz/fuzz_format.c: not in'),
    ('listed-in-cmake', {'core/CMakeLists.txt':
                         f'# {SPDX}\nmun_module(core\n\tSOURCES # low.c\n)\n'},
     'core/low.c: not in'),
    ('fuzz-corpus', {'tests/fuzz/corpus/mid/empty': None}, 'no seeds'),
    ('fuzz-corpus', {'tests/fuzz/corpus/old/seed': ''}, 'no fuzz_old'),
    ('fuzz-corpus', {'tests/fuzz/corpus/format_a-b/seed': None},
     'no seeds for fuzz_format_a-b'),
    ('fuzz-corpus', {'tests/fuzz/corpus/format_c/seed': ''},
     'no fuzz_format_c'),
    ('documented-functions', more('core/low.h', '\nint mun_low_c(void);\n'),
     'mun_low_c() has no comment'),
    ('documented-functions', more('core/low.h', '\nMUN_CHECK struct mun_low *'
                                  '\nmun_low_d(int (*f)(int),\n\tint b);\n'),
     'mun_low_d() has no comment'),
    ('documented-names', more('core/low.h', '\n/**\n * mun_low_old() - gone\n'
                              ' */\nint mun_low_new(void);\n'),
     'explains mun_low_old()'),
]


def findings(files):
    """(lint, line) for all that the lints say of a tree of @files."""
    with tempfile.TemporaryDirectory(prefix='mun-lint-') as root:
        for path, text in files.items():
            if text is None:
                continue
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        return [(name, line) for name, function in sorted(LINTS.items())
                for line in function(Tree(root))]


def main():
    wrong = []
    clean = findings(GOOD)
    if clean:
        wrong.append(f'the good tree: {clean}')
    for name, change, words in BAD:
        found = findings({**GOOD, **change})
        if not any(n == name and words in line for n, line in found):
            wrong.append(f'{name} did not say "{words}" but {found}')
        others = {n for n, _ in found} - {name}
        if name == 'include-levels':
            others.discard('cmake-deps')  # an include upward breaks both
        if others:
            wrong.append(f'the case "{words}" of {name} also woke {others}')
    for name in set(LINTS) - {case[0] for case in BAD}:
        wrong.append(f'{name}: no case shows that it can fail')
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'CMakeLists.txt'), encoding='utf-8') as f:
        registered = set(f.read().split())
    for name in set(LINTS) - registered:
        wrong.append(f'{name}: is not registered in CMakeLists.txt')
    for line in wrong:
        print(line)
    print(f'{len(LINTS)} lints, {len(BAD)} bad trees, {len(wrong)} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
