#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast packages are made: beside cp and openssl, and by the hundred.

usage: bench/export/export.py [-n RUNS] [--work DIR] [--gib SIZE] [ROW...]

  disk      a disk of SIZE GiB (default: 2), 60 % of it data, exported for QEMU:
            raw and a qcow2 overlay in a folder; beside `cp --sparse=always` and
            `openssl dgst -sha256` of the copy.  Ours also verifies the master,
            reads the copy back, syncs it and writes the record.
  floppies  500 floppies exported for DOSBox, each as a zip file, by one command
            (--each): packages a second; and a fifth of them by one each.

$MUNIMENT is the binary (default: build/release/cli/muniment).  Exit status 1:
a goal was missed.
"""
import os
import random
import shutil
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from bench import muniment  # noqa: E402
from bench_rows import goal, limit, measure, row, run, warm  # noqa: E402

PIECE = 16 << 20


def repository(opts, name):
    repo = os.path.join(opts.work, name)
    shutil.rmtree(repo, ignore_errors=True)
    subprocess.run(muniment(repo, 'init', repo)[:1] + ['init', repo],
                   check=True, stdout=subprocess.DEVNULL)
    return repo


def take_in(repo, *args):
    subprocess.run(muniment(repo, 'ingest', *args), check=True,
                   stdout=subprocess.DEVNULL)


def disk_image(path, gib):
    rng = random.Random(6)
    with open(path, 'wb') as f:
        for at in range(0, gib << 30, PIECE):
            if rng.random() < 0.6:
                f.seek(at)
                f.write(rng.randbytes(PIECE))
        f.truncate(gib << 30)


@row('disk')
def disk(opts):
    image = os.path.join(opts.work, 'disk.img')
    disk_image(image, opts.gib)
    repo = repository(opts, 'disk-repo')
    take_in(repo, image, '-i', 'n=1', '--media', 'hard disk')
    out = os.path.join(opts.work, 'out')
    copy = os.path.join(opts.work, 'copy.img')
    stored = os.path.join(repo, subprocess.run(
        ['find', os.path.join(repo, 'ocfl'), '-name', '*.img'], check=True,
        capture_output=True, text=True).stdout.strip())

    def before(_):
        shutil.rmtree(out, ignore_errors=True)
        if os.path.exists(copy):
            os.unlink(copy)
        os.sync()
        warm([stored])

    walls = measure(opts, f'{opts.gib} GiB for QEMU', {
        'muniment export': muniment(repo, 'export', 'n=1', '--for', 'qemu',
                                    '-o', out),
        'cp + openssl': ['sh', '-c',
                         f'cp --sparse=always {stored} {copy} && '
                         f'openssl dgst -sha256 {copy}'],
        'cp + sync + openssl': ['sh', '-c',
                                f'cp --sparse=always {stored} {copy} && '
                                f'sync {copy} && '
                                f'openssl dgst -sha256 {copy}'],
    }, before)
    limit('export / (cp + openssl)',
          walls['muniment export'] / walls['cp + openssl'], 1.3)


def floppy(rng):
    """A FAT12 floppy of 1.44 MB with a file of half its size."""
    boot = bytearray(512)
    boot[0:11] = b'\xeb\x3c\x90MSDOS5.0'
    struct.pack_into('<HBHBHHBHHHII', boot, 11, 512, 1, 1, 2, 224, 2880, 0xf0,
                     9, 18, 2, 0, 0)
    boot[510:] = b'\x55\xaa'
    chain = [0xff0, 0xfff, *range(3, 1442), 0xfff]
    chain += [0] * (len(chain) % 2)
    fat = b''.join((a | b << 12).to_bytes(3, 'little')
                   for a, b in zip(chain[::2], chain[1::2]))
    fat = fat.ljust(9 * 512, b'\0')
    entry = bytearray(32)
    entry[0:12] = b'DATA    BIN\x20'
    struct.pack_into('<HI', entry, 26, 2, 737280)
    root = bytes(entry).ljust(14 * 512, b'\0')
    data = bytes(boot) + fat + fat + root + rng.randbytes(737280)
    return data.ljust(1474560, b'\0')


@row('floppies')
def floppies(opts):
    rng = random.Random(7)
    repo = repository(opts, 'floppy-repo')
    folder = os.path.join(opts.work, 'floppies')
    os.makedirs(folder, exist_ok=True)
    names = []
    for i in range(opts.floppies):
        name = os.path.join(folder, f'{i}.img')
        with open(name, 'wb') as f:
            f.write(floppy(rng))
        names.append(name)
        take_in(repo, name, '-i', f'n={i}', '-c', 'box')
    out = os.path.join(opts.work, 'zips')
    shutil.rmtree(out, ignore_errors=True)
    start = time.monotonic()
    subprocess.run(muniment(repo, 'export', '--each', '--collection', 'box',
                            '--for', 'dosbox', '--package', 'zip', '-o', out),
                   check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - start
    print(f'{opts.floppies} floppies as zip, by one command: {wall:.1f} s')
    goal('packages a second', opts.floppies / wall, 25)
    few = opts.floppies // 5
    shutil.rmtree(out)
    start = time.monotonic()
    for i in range(few):
        subprocess.run(muniment(repo, 'export', f'n={i}', '--for', 'dosbox',
                                '--package', 'zip', '-o', out), check=True,
                       stdout=subprocess.DEVNULL)
    wall = time.monotonic() - start
    print(f'{few} of them, by a command each: {few / wall:.1f} a second')


if __name__ == '__main__':
    run(__doc__, (('--gib',), {'type': int, 'default': 2}),
        (('--floppies',), {'type': int, 'default': 500}))
