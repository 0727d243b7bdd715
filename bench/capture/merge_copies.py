#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two damaged copies of a disk made one: ours, and ddrescue with digests.

usage: bench/capture/merge_copies.py [-n RUNS] [--mib SIZE] [--work DIR]

Two images of SIZE MiB (default: 512) with a thousand bad sectors each, no two
the same, and their mapfiles.  Ours: `muniment ingest --merge`, which compares
all that both have, stores, hashes and reads back.  The other: `ddrescue` fills
the first from the second, then `sha512sum`.  Both must give the truth.

$MUNIMENT is the binary (default: build/release/cli/muniment).
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from bench import MUNIMENT  # noqa: E402

SECTOR = 512
BAD = 1000


def run(*words, ok=(0,)):
    """Its output."""
    p = subprocess.run(words, capture_output=True, check=False)
    if p.returncode not in ok:
        sys.exit('%s: exit %d\n%s' % (' '.join(words), p.returncode,
                                      p.stderr.decode(errors='replace')))
    return p.stdout


def write_map(path, size, bad):
    """A mapfile with these sectors bad."""
    runs, pos = [], 0
    for s in sorted(bad):
        if s * SECTOR > pos:
            runs.append((pos, s * SECTOR - pos, '+'))
        runs.append((s * SECTOR, SECTOR, '-'))
        pos = (s + 1) * SECTOR
    if pos < size:
        runs.append((pos, size - pos, '+'))
    with open(path, 'w', encoding='ascii') as f:
        f.write('# Mapfile\n0x0 + 1\n')
        f.writelines('0x%X 0x%X %s\n' % r for r in runs)


def make(work, mib):
    """The truth's digest, and two damaged copies of it."""
    size = mib << 20
    rng = random.Random(5)
    bad = rng.sample(range(size // SECTOR), 2 * BAD)
    truth = hashlib.sha512()
    files = [open(os.path.join(work, n + '.img'), 'wb') for n in 'ab']
    for _ in range(mib):
        block = rng.randbytes(1 << 20)
        truth.update(block)
        for f in files:
            f.write(block)
    for i, f in enumerate(files):
        mine = bad[i * BAD:(i + 1) * BAD]
        for s in mine:
            f.seek(s * SECTOR)
            f.write(bytes(SECTOR))
        f.close()
        write_map(os.path.join(work, 'ab'[i] + '.map'), size, mine)
    return truth.hexdigest()


def ours(work, truth):
    """Seconds."""
    repo = os.path.join(work, 'repo')
    a, b = (os.path.join(work, n) for n in 'ab')
    m = MUNIMENT
    shutil.rmtree(repo, ignore_errors=True)
    run(m, 'init', repo)
    out = run(m, '-C', repo, 'ingest', a + '.img', '--map', a + '.map',
              '--json', ok=(1,))
    o = json.loads(out)['objects'][0]['id']
    os.sync()
    start = time.monotonic()
    out = run(m, '-C', repo, 'ingest', '--merge', o, b + '.img', '--map',
              b + '.map', '--json')
    took = time.monotonic() - start
    got = json.loads(out)['objects'][0]
    if got['digests']['sha512'] != truth or got['unreadable_bytes']:
        sys.exit('ours is not the truth')
    return took


def theirs(work, truth):
    """Seconds."""
    image, state = (os.path.join(work, 'x' + end) for end in ('.img', '.map'))
    shutil.copyfile(os.path.join(work, 'a.img'), image)
    shutil.copyfile(os.path.join(work, 'a.map'), state)
    b = os.path.join(work, 'b')
    os.sync()
    start = time.monotonic()
    run('ddrescue', '-q', '-y', '-r1', '-b512', '-m', b + '.map',
        b + '.img', image, state)
    got = run('sha512sum', image).decode().split()[0]
    took = time.monotonic() - start
    if got != truth:
        sys.exit('ddrescue does not give the truth')
    return took


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument('-n', type=int, default=3)
    p.add_argument('--mib', type=int, default=512)
    p.add_argument('--work', default='/var/tmp')
    opts = p.parse_args()
    work = os.path.join(opts.work, 'merge-bench')
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    try:
        truth = make(work, opts.mib)
        a = statistics.median(ours(work, truth) for _ in range(opts.n))
        b = None
        if shutil.which('ddrescue'):
            b = statistics.median(theirs(work, truth) for _ in range(opts.n))
        print('merge, %d MiB, %d + %d bad sectors: ours %.2f s (%.0f MB/s)%s'
              % (opts.mib, BAD, BAD, a, opts.mib * 1.048576 / a,
                 '; ddrescue and sha512sum %.2f s' % b if b else
                 '; no ddrescue here'))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    main()
