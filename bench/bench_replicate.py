#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times the copy of one large object against cp, fsync and openssl dgst.

usage: bench_replicate.py [-n RUNS] [--mib SIZE] [--work DIR] [--cold]

$BENCH_REPLICATE is the program (default: build/release/bench/bench_replicate,
made by `cmake --build --preset release --target bench_replicate`).  Both are
whole processes, run in turn; the source is in the page cache, or with --cold
in none.  The peer's copy is read back by openssl from the page cache, where cp
has left it; ours is read back from the disk.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import bench

PROGRAM = os.environ.get('BENCH_REPLICATE', os.path.join(
    bench.TOP, 'build/release/bench/bench_replicate'))


def clean(work):
    """Both copies gone, and the disk at rest."""
    shutil.rmtree(os.path.join(work, 'copies', 'ocfl'), ignore_errors=True)
    for name in os.listdir(os.path.join(work, 'fresh')):
        os.unlink(os.path.join(work, 'fresh', name))
    source = os.path.join(work, 'empty')
    shutil.copytree(source, os.path.join(work, 'copies', 'ocfl'))
    os.sync()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-n', '--runs', type=int, default=5)
    parser.add_argument('--mib', type=int, default=4096)
    parser.add_argument('--work', default=None)
    parser.add_argument('--cold', action='store_true')
    opts = parser.parse_args()
    if not os.path.exists(PROGRAM):
        sys.exit(f'{PROGRAM}: build it first')
    opts.work = opts.work or tempfile.mkdtemp(prefix='bench-replicate-')
    os.makedirs(os.path.join(opts.work, 'fresh'))
    big = bench.big_file(opts)
    subprocess.run([PROGRAM, 'prepare', big, opts.work], check=True)
    os.unlink(big)
    shutil.copytree(os.path.join(opts.work, 'copies', 'ocfl'),
                    os.path.join(opts.work, 'empty'))
    image = bench.stored_image(os.path.join(opts.work, 'main'))
    there = os.path.join(opts.work, 'fresh', 'disk.img')
    peer = ('cp --reflink=never "$0" "$1" && sync "$1" && '
            'openssl dgst -sha256 "$1"')
    print(f'copy of {opts.mib} MiB, verified, {bench.state(opts)}')
    bench.compare(opts, [
        ('replicate', [PROGRAM, 'copy', opts.work],
         lambda: clean(opts.work), None),
        ('cp + fsync + openssl', ['sh', '-c', peer, image, there],
         lambda: clean(opts.work), None),
    ], [image])
    shutil.rmtree(opts.work)


if __name__ == '__main__':
    main()
