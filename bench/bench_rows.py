# SPDX-License-Identifier: Apache-2.0
"""bench/bench_rows.py - rows of a benchmark: commands in turn, medians, goals"""
import argparse
import shutil
import statistics
import sys
import tempfile

from bench import timed

ROWS = {}
MISSED = []


def row(name):
    def keep(fn):
        ROWS[name] = fn
        return fn
    return keep


def warm(paths):
    for path in paths:
        with open(path, 'rb') as f:
            while f.read(1 << 24):
                pass


def measure(opts, title, commands, before):
    """Median wall seconds of each of {name: command}; before(name) is called
    ahead of every run."""
    walls = {name: [] for name in commands}
    cpus = {name: [] for name in commands}
    print(f'{title}, {opts.runs} runs:', flush=True)
    for _ in range(opts.runs):
        for name, cmd in commands.items():
            before(name)
            wall, cpu, _ = timed(cmd)
            walls[name].append(wall)
            cpus[name].append(cpu)
    out = {name: statistics.median(w) for name, w in walls.items()}
    ours = next(iter(out.values()))
    for name, wall in out.items():
        print(f'  {name:28} {wall:8.3f} s  cpu '
              f'{statistics.median(cpus[name]):7.2f} s  '
              f'min {min(walls[name]):.3f} max {max(walls[name]):.3f}  '
              f'{wall / ours:6.2f} times ours', flush=True)
    return out


def goal(what, is_, at_least):
    met = is_ >= at_least
    print(f'  {"met   " if met else "MISSED"} {what}: {is_:.2f}, '
          f'at least {at_least}', flush=True)
    if not met:
        MISSED.append(what)


def limit(what, is_, at_most):
    met = is_ <= at_most
    print(f'  {"met   " if met else "MISSED"} {what}: {is_:.3f}, '
          f'at most {at_most}', flush=True)
    if not met:
        MISSED.append(what)


def run(doc, *arguments):
    """The command line of such a script: @arguments are further ones, each
    (words, {keywords}) for argparse.  Never returns."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('-n', dest='runs', type=int, default=5)
    parser.add_argument('--work', help='folder for gigabytes of files')
    for words, keywords in arguments:
        parser.add_argument(*words, **keywords)
    parser.add_argument('row', nargs='*', choices=[*ROWS, []],
                        help='one or more of: ' + ', '.join(ROWS))
    opts = parser.parse_args()
    made = None
    if not opts.work:
        made = opts.work = tempfile.mkdtemp(prefix='muniment-bench-')
    try:
        for name in opts.row or ROWS:
            ROWS[name](opts)
    finally:
        if made:
            shutil.rmtree(made)
    sys.exit(1 if MISSED else 0)
