#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times our PAR2 beside par2cmdline's, and prints medians and ratios.

usage: bench_parity.py [-n RUNS] [--mib SIZE] [--work DIR] [WHAT...]

WHAT is encode2000, encode200, check or repair (default: all).  $PAR2_TOOL is
the program of ours (default: build/release/tests/fixity/par2_tool), with the
same slices and recovery blocks as par2's; both are given two threads, and the
files lie in the page cache.  The commands of one comparison are run in turn.
Each repair is compared with the original, and each of our encodings verified
by par2 once.
"""
import argparse
import filecmp
import glob
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.abspath(os.environ.get('PAR2_TOOL', os.path.join(
    os.path.dirname(HERE), 'build/release/tests/fixity/par2_tool')))
PAR2 = '/usr/bin/par2'
MIB = 1 << 20
THREADS = 2
DAMAGED = 5  # MiB


def run(cmd, codes=(0,)):
    """Wall seconds."""
    start = time.monotonic()
    done = subprocess.run(cmd, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    if done.returncode not in codes:
        sys.exit(f'failed ({done.returncode}): {" ".join(cmd)}')
    return wall


def report(what, ours, theirs, size, goal):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f'{what:36} ours {a:6.2f} s {size / a / 1e6:5.0f} MB/s   '
          f'par2 {b:6.2f} s {size / b / 1e6:5.0f} MB/s   '
          f'{b / a:5.1f} times' + (f' (goal {goal})' if goal else ''),
          flush=True)


class Bench:
    def __init__(self, args):
        self.runs = args.n
        self.size = args.mib * MIB
        self.dir = tempfile.mkdtemp(prefix='bench-parity-', dir=args.work)
        os.chdir(self.dir)
        random.seed(1)
        with open('image', 'wb') as file:
            for _ in range(args.mib):
                file.write(random.randbytes(MIB))
        os.sync()

    def slice_bytes(self, blocks):
        """As par2 computes it of a number of blocks."""
        return -(-self.size // blocks // 4) * 4

    def clean(self):
        for name in glob.glob('image.*'):
            os.unlink(name)

    def ours(self, blocks, recovery):
        self.clean()
        return run([TOOL, 'create', 'image', '.', '10',
                    str(self.slice_bytes(blocks)), str(recovery)])

    def theirs(self, blocks, recovery):
        self.clean()
        return run([PAR2, 'create', '-q', '-q', f'-t{THREADS}',
                    f'-s{self.slice_bytes(blocks)}', f'-c{recovery}',
                    'image.par2', 'image'])

    def encode(self, blocks, recovery, goal):
        ours, theirs = [], []
        for _ in range(self.runs):
            theirs.append(self.theirs(blocks, recovery))
            ours.append(self.ours(blocks, recovery))
        run([PAR2, 'verify', '-q', '-q', 'image.par2'])
        report(f'encode, {blocks} blocks and {recovery}', ours, theirs,
               self.size, goal)

    def check(self):
        self.ours(2000, 200)
        parity = sorted(glob.glob('image.*par2'))
        ours, theirs = [], []
        for _ in range(self.runs):
            theirs.append(run([PAR2, 'verify', '-q', '-q', f'-t{THREADS}',
                               'image.par2']))
            ours.append(run([TOOL, 'check', 'image', 'all', *parity]))
        report('check of intact data', ours, theirs, self.size, None)

    def damage(self):
        """One MiB here and there, as an audit finds it."""
        step = self.size // DAMAGED // MIB
        where = [n * step + step // 2 for n in range(DAMAGED)]
        with open('image', 'r+b') as file:
            for n in where:
                file.seek(n * MIB)
                file.write(random.randbytes(MIB))
        return ','.join(f'{n * MIB}+{MIB}' for n in where)

    def repair(self):
        self.ours(2000, 200)
        parity = sorted(glob.glob('image.*par2'))
        os.mkdir('good')
        shutil.copy('image', 'good')
        known, unknown, theirs = [], [], []
        for _ in range(self.runs):
            where = self.damage()
            os.sync()
            for into, at in ((known, where), (unknown, 'all')):
                into.append(run([TOOL, 'repair', 'image', 'fixed', at,
                                 *parity]))
                if not filecmp.cmp('fixed', 'good/image', shallow=False):
                    sys.exit('our repair is not what it was')
                os.unlink('fixed')
            os.sync()
            theirs.append(run([PAR2, 'repair', '-q', '-q', f'-t{THREADS}',
                               'image.par2']))
            if not filecmp.cmp('image', 'good/image', shallow=False):
                sys.exit('their repair is not what it was')
            for old in glob.glob('image.[0-9]'):
                os.unlink(old)
        report(f'repair of {DAMAGED} MiB, ranges known', known, theirs,
               self.size, 5)
        report(f'repair of {DAMAGED} MiB, looked for', unknown, theirs,
               self.size, 5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-n', type=int, default=3)
    parser.add_argument('--mib', type=int, default=1024)
    parser.add_argument('--work', default=None)
    parser.add_argument('what', nargs='*', default=[])
    args = parser.parse_args()
    for program in (TOOL, PAR2):
        if not os.access(program, os.X_OK):
            sys.exit(f'no {program}')
    bench = Bench(args)
    every = {
        'encode2000': lambda: bench.encode(2000, 200, 12),
        'encode200': lambda: bench.encode(200, 20, 3.5),
        'check': bench.check,
        'repair': bench.repair,
    }
    try:
        for what in args.what or every:
            every[what]()
    finally:
        shutil.rmtree(bench.dir)


main()
