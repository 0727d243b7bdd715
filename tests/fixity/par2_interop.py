#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/fixity/par2_interop.py - our parity and par2cmdline's, either way.

usage: par2_interop.py PAR2_TOOL

par2cmdline (Debian: par2) verifies and repairs with the files that we make, and
we with those that it makes: as many damaged slices as there are recovery
blocks, and one more, which both must refuse with the same number.
"""
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile

KIB = 1 << 10
MIB = 1 << 20
TOOL = os.path.abspath(sys.argv[1])
PAR2 = '/usr/bin/par2'
COUNTS = {'theirs with ours': 0, 'ours with theirs': 0, 'refused': 0}

# Bytes, slice, recovery blocks; slice 0: as we plan 10 %.
SETS = [(1, 0, 0), (3, 0, 0), (4, 4, 1), (4096, 0, 0), (4097, 0, 0),
        (65536, 65536, 2), (65537, 8192, 4), (100003, 1000, 17),
        (999999, 20000, 50), (1310720, 0, 0), (5 * MIB + 1, 64 * KIB, 9),
        (40 * MIB + 77, 0, 0)]

if not os.access(PAR2, os.X_OK):
    print('SKIPPED: no', PAR2)
    sys.exit(77)


def check(condition, what):
    if not condition:
        print('FAILED:', what)
        sys.exit(1)


def run(*cmd, env=None):
    full = dict(os.environ, **env) if env else None
    out = subprocess.run(cmd, stdout=subprocess.PIPE, env=full,
                         stderr=subprocess.PIPE, text=True, errors='replace')
    out.stdout += out.stderr
    return out


def damage(data, slices):
    """Some bytes of each slice changed; (offset, end) of the slices."""
    data = bytearray(data)
    for start, end in slices:
        for _ in range(random.randint(1, 5)):
            data[random.randrange(start, end)] ^= random.randint(1, 255)
        data[start] ^= 0x55
    return bytes(data)


def cut(size, slice_bytes):
    return [(at, min(at + slice_bytes, size))
            for at in range(0, size, slice_bytes)]


def write(name, data):
    with open(name, 'wb') as file:
        file.write(data)


def read(name):
    with open(name, 'rb') as file:
        return file.read()


def fresh(name, parity):
    """A folder with the parity files only."""
    shutil.rmtree(name, ignore_errors=True)
    os.mkdir(name)
    for path in parity:
        shutil.copy(path, name)
    return [os.path.join(name, os.path.basename(p)) for p in parity]


def numbers(text):
    """slices, damaged, recovery, lacking of par2_tool's first line."""
    words = text.split('\n', 1)[0].split()
    return [int(w) for w in words[1::2]]


def theirs_with_ours(data, parity, slices, nrecovery):
    """par2cmdline verifies, repairs, refuses."""
    files = fresh('theirs', parity)
    index = next(f for f in files if f.endswith('image.par2'))
    write('theirs/image', data)
    check(run(PAR2, 'verify', '-q', index).returncode == 0,
          f'par2 verify of ours, {len(data)} bytes')
    bad = damage(data, random.sample(slices, min(nrecovery, len(slices))))
    write('theirs/image', bad)
    out = run(PAR2, 'repair', '-q', index)
    check(out.returncode == 0 and read('theirs/image') == data,
          f'par2 repair with ours, {len(data)} bytes: {out.stdout[-300:]}')
    COUNTS['theirs with ours'] += 1
    if nrecovery < len(slices):
        fresh('theirs', parity)
        write('theirs/image',
              damage(data, random.sample(slices, nrecovery + 1)))
        out = run(PAR2, 'repair', index)
        check(out.returncode != 0 and
              'You need 1 more recovery blocks' in out.stdout,
              f'par2 refuses one more, {len(data)} bytes')
        COUNTS['refused'] += 1


def ours_with_theirs(data, parity, slices, nrecovery):
    """We check, repair, refuse; in little memory too."""
    random.shuffle(parity)
    write('image.bad', data)
    out = run(TOOL, 'check', 'image.bad', 'all', *parity)
    check(out.returncode == 0 and
          numbers(out.stdout) == [len(slices), 0, nrecovery, 0],
          f'check by theirs, {len(data)} bytes: {out.stdout[:300]}')
    hit = random.sample(slices, min(nrecovery, len(slices)))
    for env in ({}, {'MIB': '4'}):
        write('image.bad', damage(data, hit))
        out = run(TOOL, 'repair', 'image.bad', 'image.out', 'all', *parity,
                  env=env)
        check(out.returncode == 0 and read('image.out') == data,
              f'repair by theirs, {len(data)} bytes: {out.stdout[:300]}')
        COUNTS['ours with theirs'] += 1
    # Cut off in the middle of the last slices that can be lost.
    if nrecovery < len(slices):
        write('image.bad', data[:slices[-nrecovery][0] + 1])
        out = run(TOOL, 'repair', 'image.bad', 'image.out', 'all', *parity)
        check(out.returncode == 0 and read('image.out') == data,
              f'truncated, {len(data)} bytes: {out.stdout[:300]}')
        hit = random.sample(slices, nrecovery + 1)
        write('image.bad', damage(data, hit))
        out = run(TOOL, 'repair', 'image.bad', 'image.out', 'all', *parity)
        check(out.returncode == 1 and numbers(out.stdout) ==
              [len(slices), nrecovery + 1, nrecovery, 1],
              f'one more is refused, {len(data)} bytes: {out.stdout[:300]}')
        COUNTS['refused'] += 1


def their_parity(data, slice_bytes, nrecovery, extra=()):
    shutil.rmtree('made', ignore_errors=True)
    os.mkdir('made')
    write('made/image', data)
    out = run(PAR2, 'create', '-q', f'-s{slice_bytes}', f'-c{nrecovery}',
              *extra, 'made/image.par2', 'made/image')
    check(out.returncode == 0, f'par2 create: {out.stdout[-300:]}')
    os.unlink('made/image')
    return sorted(glob.glob('made/image*.par2'))


def blocks_that_say_the_same():
    """Blocks 0 and 21845 say the same of slices 0 and 2; block 1 helps."""
    data = random.randbytes(400)
    slices = cut(400, 100)
    parity = []
    for first in (0, 21845, 1):
        for path in their_parity(data, 100, 1, [f'-f{first}']):
            parity.append(f'{first}.' + os.path.basename(path))
            shutil.copy(path, parity[-1])
    write('image.bad', damage(data, [slices[0], slices[2]]))
    some = [p for p in parity if not p.startswith('1.')]
    out = run(TOOL, 'repair', 'image.bad', 'image.out', 'all', *some)
    check(out.returncode == 1 and numbers(out.stdout) == [4, 2, 2, 1],
          f'blocks that say the same: {out.stdout[:300]}')
    out = run(TOOL, 'repair', 'image.bad', 'image.out', 'all', *parity)
    check(out.returncode == 0 and read('image.out') == data,
          f'another block is taken: {out.stdout[:300]}')


def several_files():
    shutil.rmtree('made', ignore_errors=True)
    os.mkdir('made')
    for name in ('first', 'second'):
        write(f'made/{name}', random.randbytes(1000))
    out = run(PAR2, 'create', '-q', '-s100', '-c2', 'made/set.par2', 'made/first',
              'made/second')
    check(out.returncode == 0, f'par2 create of two files: {out.stdout}')
    out = run(TOOL, 'check', 'made/first', 'all', *glob.glob('made/set*.par2'))
    check(out.returncode == 2 and 'a parity set of 2 files' in out.stdout,
          f'a set of two files: {out.stdout[:300]}')


def main():
    random.seed(2003)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for size, slice_bytes, nrecovery in SETS:
            data = random.randbytes(size)
            write('image', data)
            shutil.rmtree('ours', ignore_errors=True)
            os.mkdir('ours')
            args = [str(slice_bytes), str(nrecovery)] if slice_bytes else []
            out = run(TOOL, 'create', 'image', 'ours', '10', *args)
            check(out.returncode == 0, f'create: {out.stdout}')
            parity = sorted(glob.glob('ours/*.par2'))
            out = run(TOOL, 'check', 'image', 'all', *parity)
            nslices, _, nrecovery, _ = numbers(out.stdout)
            # What we planned, from the index's Main packet.
            slice_bytes = int.from_bytes(read('ours/image.par2')[64:72],
                                         'little')
            slices = cut(size, slice_bytes)
            check(len(slices) == nslices, 'number of slices')
            theirs_with_ours(data, parity, slices, nrecovery)
            made = their_parity(data, slice_bytes, nrecovery)
            ours_with_theirs(data, made, slices, nrecovery)
        blocks_that_say_the_same()
        several_files()
    print(len(SETS), 'sets;', ', '.join(f'{v} {k}' for k, v in COUNTS.items()))


main()
