#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is rescued from failing media, and how fast: ours beside ddrescue.

usage: bench/capture/capture.py [-n RUNS] [--seeds FIRST-LAST] [--mib SIZE]
                                [--work DIR] [ROW...]

  dying    a drive of SIZE MiB (default: 32) that dies after 20, 60 and 100
           failing reads, four kinds of damage, five seeds each: good sectors.
           Both programs read it through failing_shim.c; ours is bench_rescue.
  device   32 MiB with 532 bad sectors, by nbdkit, nbdfuse and a loop device:
           good sectors lost, failing reads, time of `muniment ingest` and of
           `ddrescue -d`.  As root.
  healthy  a loop device of 4 GiB: beside `dd iflag=direct bs=1M`, the reading
           alone and `muniment ingest` with dd into a synced file.  As root.

$MUNIMENT is the binary (default: build/release/cli/muniment), $BENCH_RESCUE the
other one (default: build/release/bench/bench_rescue, made by `cmake --build
--preset release --target bench_rescue`).  Exit status 1: fewer good sectors
than ddrescue in any case, or another goal was missed.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
from bench import TOP, muniment  # noqa: E402
from bench_rows import goal, limit, row, run  # noqa: E402
from patterns import (KINDS, SECTOR, contents, damage, good_in,  # noqa: E402
                      write_map)

RESCUE = os.path.abspath(os.environ.get(
    'BENCH_RESCUE', os.path.join(TOP, 'build/release/bench/bench_rescue')))


def path_of(opts, name):
    return os.path.join(opts.work, 'capture-' + name)


def clear(*paths):
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)


# ---- a drive that dies ----

def shim(opts):
    out = path_of(opts, 'failing.so')
    subprocess.run(['cc', '-O2', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', out,
                    os.path.join(HERE, 'failing_shim.c'), '-ldl'], check=True)
    return out


def under_shim(opts, command, drive, bad_map, budget):
    """Run it; returns failing reads."""
    count = path_of(opts, 'count')
    clear(count)
    env = dict(os.environ, LD_PRELOAD=opts.shim, FAILING_FILE=drive,
               FAILING_MAP=bad_map, FAILING_BUDGET=str(budget),
               FAILING_COUNT=count)
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    with open(count) as f:
        return int(f.read().split()[1])


def rescued(opts, who, drive, truth, bad, bad_map, budget):
    image, log = path_of(opts, 'image'), path_of(opts, 'map')
    clear(image, log)
    command = {'ours': [RESCUE, drive, image, log],
               'ddrescue': ['ddrescue', '-q', drive, image, log]}[who]
    failed = under_shim(opts, command, drive, bad_map, budget)
    return good_in(image, truth, bad), failed


def seeds_of(opts):
    first, _, last = opts.seeds.partition('-')
    return range(int(first), int(last or first) + 1)


@row('dying')
def dying(opts):
    n = opts.mib << 11
    opts.shim = shim(opts)
    drive, bad_map = path_of(opts, 'drive'), path_of(opts, 'bad')
    truth = contents(n)
    with open(drive, 'wb') as f:
        f.write(truth)
    cases, behind = 0, 0
    gained = {}
    print(f'good sectors of {n} when the drive dies, ours / ddrescue:')
    print(f'{"":18} {"bad":>7} ' + ' '.join(
        f'{f"{b} failing reads":>20}' for b in (20, 60, 100)) +
        f' {"failing reads of all":>22}')
    for kind in KINDS:
        for seed in seeds_of(opts):
            bad = damage(kind, seed, n)
            write_map(bad, n, bad_map)
            cells = []
            for budget in (20, 60, 100):
                ours, _ = rescued(opts, 'ours', drive, truth, bad, bad_map,
                                  budget)
                theirs, _ = rescued(opts, 'ddrescue', drive, truth, bad,
                                    bad_map, budget)
                cases += 1
                behind += ours < theirs
                gained.setdefault(budget, []).append(ours - theirs)
                cells.append(f'{f"{ours} / {theirs}":>19}'
                             f'{"!" if ours < theirs else " "}')
            whole = [rescued(opts, who, drive, truth, bad, bad_map, 0)
                     for who in ('ours', 'ddrescue')]
            behind += whole[0][0] < n - len(bad) or whole[0][1] > whole[1][1]
            print(f'{kind + " " + str(seed):18} {len(bad):7} ' +
                  ' '.join(cells) +
                  f' {f"{whole[0][1]} / {whole[1][1]}":>22}', flush=True)
    for budget, more in gained.items():
        print(f'  dead after {budget}: {statistics.mean(more):+.0f} sectors on '
              f'average, {min(more):+d} at least, {max(more):+d} at most')
    limit(f'cases of {cases} behind ddrescue', behind, 0)


# ---- real block devices ----

class Loop:
    """A file as a block device."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.dev = subprocess.run(
            ['losetup', '-r', '--direct-io=on', '-f', '--show', self.path],
            check=True, capture_output=True, text=True).stdout.strip()
        return self.dev

    def __exit__(self, *_):
        subprocess.run(['losetup', '-d', self.dev], check=False)


class BadDisk:
    """A file behind nbdkit, with a map of what is bad, as a block device; its
    log of requests is @log."""

    def __init__(self, path, bad_map, folder, log=None):
        self.log = log
        self.folder = folder
        self.args = ['--filter=ddrescue', 'file', path,
                     f'ddrescue-mapfile={bad_map}']
        if log:
            self.args = ['--filter=log', *self.args, f'logfile={log}']

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        disk = os.path.join(self.folder, 'disk')
        self.fuse = subprocess.Popen(
            ['nbdfuse', '-r', disk, '[', 'nbdkit', '-r', '--exit-with-parent',
             *self.args, ']'], stderr=subprocess.DEVNULL)
        for _ in range(100):
            if os.path.exists(disk):
                break
            time.sleep(0.05)
        self.loop = Loop(disk)
        return self.loop.__enter__()

    def __exit__(self, *_):
        self.loop.__exit__()
        subprocess.run(['fusermount3', '-u', self.folder], check=False)
        self.fuse.wait()
        os.rmdir(self.folder)


def failing_reads(log):
    """nbdkit's log filter: a line at the end of a request that failed has
    "return=-1"."""
    with open(log) as f:
        return sum(1 for line in f if 'Read' in line and 'return=-1' in line)


def stored_image(repo):
    """The largest file of the object is its image, whatever its name."""
    files = [os.path.join(d, f)
             for d, _, names in os.walk(os.path.join(repo, 'ocfl'))
             for f in names]
    return max(files, key=os.path.getsize)


def new_repo(opts):
    repo = path_of(opts, 'repo')
    shutil.rmtree(repo, ignore_errors=True)
    subprocess.run([*muniment(repo), 'init'], check=True,
                   stdout=subprocess.DEVNULL)
    return repo


def ingest(opts, dev):
    repo = new_repo(opts)
    start = time.monotonic()
    done = subprocess.run([*muniment(repo), 'ingest', '--retries', '0', dev],
                          capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    if done.returncode not in (0, 1):
        sys.exit(f'ingest: {done.returncode}: {done.stderr}')
    return wall, stored_image(repo)


def bench_rescue(opts, dev):
    image = path_of(opts, 'image')
    clear(image, path_of(opts, 'map'))
    start = time.monotonic()
    subprocess.run([RESCUE, dev, image, path_of(opts, 'map'), '--direct'],
                   check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start, image


def ddrescue(opts, dev):
    image = path_of(opts, 'image')
    clear(image, path_of(opts, 'map'))
    start = time.monotonic()
    subprocess.run(['ddrescue', '-q', '-d', dev, image, path_of(opts, 'map')],
                   check=False)
    return time.monotonic() - start, image


WAYS = {'muniment ingest': ingest, 'the rescue alone': bench_rescue,
        'ddrescue -d': ddrescue}


def needs_root(what):
    if os.geteuid():
        print(f'{what}: left out, needs root')
    return os.geteuid() != 0


@row('device')
def device(opts):
    if needs_root('device'):
        return
    n = 65536
    disk, bad_map = path_of(opts, 'disk'), path_of(opts, 'bad')
    truth = contents(n)
    with open(disk, 'wb') as f:
        f.write(truth)
    for seed in list(seeds_of(opts))[:2]:
        bad = damage('reference', seed, n)
        write_map(bad, n, bad_map)
        walls = {name: [] for name in WAYS}
        failed = {}
        lost = {}
        size = {}
        for turn in range(opts.runs + 1):
            for name, way in WAYS.items():
                # The first turn counts what fails, the others the time.
                log = path_of(opts, 'log') if turn == 0 else None
                with BadDisk(disk, bad_map, path_of(opts, 'mnt'), log) as dev:
                    wall, image = way(opts, dev)
                if turn == 0:
                    failed[name] = failing_reads(log)
                    lost[name] = n - len(bad) - good_in(image, truth, bad)
                    size[name] = os.path.getsize(image)
                else:
                    walls[name].append(wall)
        print(f'532 bad sectors of 65,536, seed {seed}, {opts.runs} runs:')
        for name, wall in walls.items():
            print(f'  {name:18} {statistics.median(wall):7.3f} s (min '
                  f'{min(wall):.3f} max {max(wall):.3f}), failing requests '
                  f'{failed[name]}, good sectors lost {lost[name]}, '
                  f'{size[name]} bytes', flush=True)
        ours = 'muniment ingest'
        limit('good sectors lost', lost[ours], 0)
        limit('wrong size', abs(size[ours] - n * SECTOR), 0)
        limit('failing reads', failed[ours], failed['ddrescue -d'])
        goal('times the speed of ddrescue -d',
             statistics.median(walls['ddrescue -d']) /
             statistics.median(walls[ours]), 1)


def rescue_to_nowhere(opts, dev):
    start = time.monotonic()
    subprocess.run([RESCUE, dev, '-', path_of(opts, 'map'), '--direct'],
                   check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start, None


def dd(_, dev):
    start = time.monotonic()
    subprocess.run(['dd', f'if={dev}', 'of=/dev/null', 'iflag=direct', 'bs=1M',
                    'status=none'], check=True)
    return time.monotonic() - start, None


def dd_to_file(opts, dev):
    image = path_of(opts, 'image')
    clear(image)
    start = time.monotonic()
    subprocess.run(['dd', f'if={dev}', f'of={image}', 'iflag=direct', 'bs=1M',
                    'conv=fsync', 'status=none'], check=True)
    return time.monotonic() - start, image


@row('healthy')
def healthy(opts):
    if needs_root('healthy'):
        return
    disk = path_of(opts, 'healthy')
    if not os.path.exists(disk):
        with open(disk, 'wb') as f:
            for i in range(opts.gib * 16):
                f.write(os.urandom(1 << 26))
            os.fsync(f.fileno())
    ways = {'the rescue, to nowhere': rescue_to_nowhere, 'dd, to nowhere': dd,
            'muniment ingest': ingest, 'dd, to a file, synced': dd_to_file}
    walls = {name: [] for name in ways}
    for _ in range(opts.runs):
        for name, way in ways.items():
            with Loop(disk) as dev:
                walls[name].append(way(opts, dev)[0])
    print(f'{opts.gib} GiB without damage, {opts.runs} runs:')
    for name, wall in walls.items():
        print(f'  {name:22} {statistics.median(wall):7.3f} s (min '
              f'{min(wall):.3f} max {max(wall):.3f})', flush=True)
    goal('times the speed of dd, both to nowhere',
         statistics.median(walls['dd, to nowhere']) /
         statistics.median(walls['the rescue, to nowhere']), 0.95)
    goal('times the speed of dd, both to the disk',
         statistics.median(walls['dd, to a file, synced']) /
         statistics.median(walls['muniment ingest']), 0.95)


if __name__ == '__main__':
    run(__doc__, (('--seeds',), {'default': '0-4'}),
        (('--mib',), {'type': int, 'default': 32}),
        (('--gib',), {'type': int, 'default': 4}))
