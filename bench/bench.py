#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Times muniment and its peers side by side, and prints medians and ratios.

usage: bench.py [-n RUNS] [--mib SIZE] [--work DIR] [--cold] WHAT...

WHAT is audit, ingest, floppies, memory or catalog.  $MUNIMENT is the binary
(default: build/release/cli/muniment).  The commands of one comparison are run
in turn, A B C A B C, so that a machine whose speed drifts drifts for all.
--cold drops the files from the page cache before every run.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
MUNIMENT = os.path.abspath(os.environ.get(
    'MUNIMENT', os.path.join(TOP, 'build/release/cli/muniment')))
DIGESTS = ['md5', 'sha1', 'sha256', 'sha512']
CORES = 2


def muniment(repo, *args):
    return [MUNIMENT, '-C', repo, *args]


def quiet(cmd):
    subprocess.run(cmd, check=True, stdout=subprocess.DEVNULL)


def timed(cmd):
    """Wall seconds, CPU seconds and peak MiB of one run."""
    start = time.monotonic()
    child = subprocess.Popen(cmd, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, use = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f'{cmd[0]} failed: {" ".join(cmd)}')
    return wall, use.ru_utime + use.ru_stime, use.ru_maxrss / 1024


def drop(path):
    """Take a file, or all files below a folder, out of the page cache."""
    names = [path] if os.path.isfile(path) else [
        os.path.join(d, f) for d, _, fs in os.walk(path) for f in fs]
    for name in names:
        fd = os.open(name, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def warm(path):
    subprocess.run(['cat', path], check=True, stdout=subprocess.DEVNULL)


def compare(opts, rows, files):
    """rows: (name, command, before, after); the first one is ours."""
    walls = {name: [] for name, *_ in rows}
    cpus = {name: [] for name, *_ in rows}
    for _ in range(opts.runs):
        for name, cmd, before, after in rows:
            if before:
                before()
            for f in files:
                drop(f) if opts.cold else warm(f)
            wall, cpu, _ = timed(cmd)
            walls[name].append(wall)
            cpus[name].append(cpu)
            if after:
                after()
    ours = statistics.median(walls[rows[0][0]])
    for name, *_ in rows:
        wall = statistics.median(walls[name])
        print(f'  {name:24} {wall:8.2f} s  cpu '
              f'{statistics.median(cpus[name]):7.2f} s  '
              f'min {min(walls[name]):.2f} max {max(walls[name]):.2f}  '
              f'{wall / ours:6.2f} times ours', flush=True)
    return ours


def big_file(opts):
    path = os.path.join(opts.work, f'big-{opts.mib}.img')
    if not os.path.exists(path) or \
            os.path.getsize(path) != opts.mib << 20:
        with open(path, 'wb') as f:
            for _ in range(opts.mib):
                f.write(os.urandom(1 << 20))
    return path


def new_repo(opts, name='repo', digests='sha256,sha512'):
    repo = os.path.join(opts.work, name)
    shutil.rmtree(repo, ignore_errors=True)
    quiet(muniment(repo, 'init', '--digests', digests))
    return repo


def stored_image(repo):
    for d, _, files in os.walk(os.path.join(repo, 'ocfl')):
        for f in files:
            if f == 'disk.img':
                return os.path.join(d, f)
    sys.exit('no stored image')


def state(opts):
    return 'cold cache' if opts.cold else 'in page cache'


def audit(opts):
    repo = new_repo(opts)
    quiet(muniment(repo, 'ingest', big_file(opts)))
    image = stored_image(repo)
    print(f'audit of {opts.mib} MiB, {state(opts)}, {opts.runs} runs:')
    compare(opts, [
        ('muniment audit', muniment(repo, 'audit', '--all'), None, None),
        ('openssl dgst -sha256', ['openssl', 'dgst', '-sha256', image],
         None, None),
        ('sha256sum', ['sha256sum', image], None, None),
        ('hashdeep -c sha256', ['hashdeep', '-c', 'sha256', image],
         None, None),
    ], [image])
    shutil.rmtree(repo)


def rate_of(alg):
    """Bytes a second of one core while all of them do the same."""
    out = subprocess.run(
        ['openssl', 'speed', '-evp', alg, '-bytes', '1048576', '-seconds',
         '2', '-multi', str(CORES)], check=True, capture_output=True,
        text=True).stdout
    return float(re.search(r'([\d.]+)k\s*$', out).group(1)) * 1000 / CORES


def best_possible(size):
    """CPU of four digests and two SHA-256 passes, over the cores."""
    rates = {alg: rate_of(alg) for alg in DIGESTS}
    cpu = sum(size / r for r in rates.values()) + 2 * size / rates['sha256']
    print('  OpenSSL, each of two busy cores: ' + ', '.join(
        f'{a} {r / 1e6:.0f} MB/s' for a, r in rates.items()))
    return cpu / CORES


def ingest(opts):
    source = big_file(opts)
    out = os.path.join(opts.work, 'copy.img')
    repo = new_repo(opts, digests=','.join(DIGESTS))

    def fresh():
        new_repo(opts, digests=','.join(DIGESTS))

    def gone():
        if os.path.exists(out):
            os.unlink(out)
    print(f'ingest of {opts.mib} MiB with {"+".join(DIGESTS)}, tree, storing '
          f'and read-back, {state(opts)}, {opts.runs} runs:')
    best = best_possible(opts.mib << 20)
    hashes = [f'hash={a}' for a in DIGESTS]
    ours = compare(opts, [
        ('muniment ingest', muniment(repo, 'ingest', source), fresh, None),
        ('dc3dd', ['dc3dd', f'if={source}', f'of={out}', *hashes,
                   'log=/dev/null'], gone, gone),
        ('dcfldd', ['dcfldd', f'if={source}', f'of={out}', 'bs=1M',
                    f'hash={",".join(DIGESTS)}'], gone, gone),
    ], [source])
    print(f'  best possible            {best:8.2f} s  '
          f'ours is {ours / best:.2f} times that')
    shutil.rmtree(repo)


def floppies(opts):
    count, size = 1000, 1474560
    box = os.path.join(opts.work, 'floppies')
    os.makedirs(box, exist_ok=True)
    names = [os.path.join(box, f'{i:04}.img') for i in range(count)]
    for name in names:
        if not os.path.exists(name):
            with open(name, 'wb') as f:
                f.write(os.urandom(size))
    rates = []
    for _ in range(opts.runs):
        repo = new_repo(opts)
        for name in names:
            drop(name) if opts.cold else warm(name)
        wall, cpu, _ = timed(muniment(repo, 'ingest', *names))
        rates.append(count / wall)
        print(f'  {wall:.2f} s, cpu {cpu:.2f} s', flush=True)
        shutil.rmtree(repo)
    print(f'{count} floppies of 1.44 MB, {state(opts)}: median '
          f'{statistics.median(rates):.1f} objects a second')


def memory(opts):
    repo = new_repo(opts)
    out = os.path.join(opts.work, 'packages')
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    source = big_file(opts)
    print(f'peak memory with {opts.mib} MiB:')
    for name, cmd in [
            ('ingest', muniment(repo, 'ingest', source, '-i', 'box=1')),
            ('audit', muniment(repo, 'audit', '--all')),
            ('export', muniment(repo, 'export', 'box=1', '--for', 'qemu',
                                '--output', out))]:
        wall, _, peak = timed(cmd)
        print(f'  {name:8} {peak:6.1f} MiB  ({wall:.2f} s)', flush=True)
    shutil.rmtree(repo)
    shutil.rmtree(out)


def catalog(opts):
    maker = os.environ.get('MAKE_CATALOG', os.path.join(
        os.path.dirname(os.path.dirname(MUNIMENT)), 'bench/make_catalog'))
    repo = new_repo(opts)
    os.unlink(os.path.join(repo, 'catalog.db'))
    quiet([maker, os.path.join(repo, 'catalog.db'), '100000'])
    rows = json.loads(subprocess.run(
        muniment(repo, 'list', '--json'), check=True,
        capture_output=True).stdout)['objects']
    some = rows[len(rows) // 2]
    word = some['label'].split()[0]
    print(f'catalog of {len(rows)} objects, {opts.runs} runs:')
    for args in (['list'], ['list', '--json'], ['show', some['id']],
                 ['show', some['id'], '--json'],
                 ['search', some['label']], ['search', word]):
        walls = [timed(muniment(repo, *args))[0] for _ in range(opts.runs)]
        print(f'  {" ".join(args):60.60} '
              f'{statistics.median(walls) * 1000:6.1f} ms', flush=True)
    shutil.rmtree(repo)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('-n', dest='runs', type=int, default=5)
    parser.add_argument('--mib', type=int, default=4096)
    parser.add_argument('--work', help='folder for gigabytes of files')
    parser.add_argument('--cold', action='store_true')
    parser.add_argument('what', nargs='+', choices=[
        'audit', 'ingest', 'floppies', 'memory', 'catalog'])
    opts = parser.parse_args()
    made = None
    if not opts.work:
        made = opts.work = tempfile.mkdtemp(prefix='muniment-bench-')
    try:
        for what in opts.what:
            globals()[what](opts)
    finally:
        if made:
            shutil.rmtree(made)


if __name__ == '__main__':
    main()
