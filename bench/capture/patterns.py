# SPDX-License-Identifier: Apache-2.0
"""bench/capture/patterns.py - damage of some kinds, the same for the same seed"""
import random

SECTOR = 512
KINDS = ('scattered', 'clustered', 'scratch', 'head')


def scattered(r, n):
    return set(r.sample(range(n), r.randint(n // 1500 + 5, n // 200)))


def clustered(r, n):
    bad = set()
    for _ in range(r.randint(4, 14)):
        centre, spread = r.randrange(n), r.randint(100, 3000)
        for _ in range(r.randint(20, 120)):
            at = int(r.gauss(centre, spread))
            bad.update(range(at, at + r.choice((1, 1, 2, 4, 8, 30, 80))))
    return bad


def scratch(r, n):
    """Again with each turn of the disc, a little later each time."""
    bad = set()
    turn, at = float(r.randint(300, 1500)), float(r.randrange(n // 4))
    end = at + r.randint(n // 8, n // 2)
    while at < end:
        bad.update(range(int(at), int(at) + r.randint(1, 12)))
        turn *= 1.001
        at += turn + r.gauss(0, 3)
    return bad


def head(r, n):
    """One of some heads reads almost nothing."""
    heads = r.choice((2, 4, 6, 8))
    zone = r.choice((128, 256, 500, 1000, 2048))
    dead = r.randrange(heads)
    return {s for at in range(dead * zone, n, heads * zone)
            for s in range(at, at + zone) if r.random() < 0.995}


def reference(r, n):
    """40 alone, and runs of 64, 300 and 128: 532 of 65,536."""
    bad = set()
    for length in (64, 300, 128):
        at = r.randrange(n - 400)
        while any(s in bad for s in range(at - 1, at + length + 1)):
            at = r.randrange(n - 400)
        bad.update(range(at, at + length))
    while len(bad) < 532:
        bad.add(r.randrange(n - 1))
    return bad


def damage(kind, seed, n):
    """Bad sectors of a medium of @n; never the last one, which ddrescue leaves
    out of a medium that ends with it in its own simulations."""
    bad = globals()[kind](random.Random(f'{kind} {seed}'), n)
    return {s for s in bad if 0 <= s < n - 1}


def write_map(bad, n, path):
    with open(path, 'w') as f:
        f.write('0x0 + 1\n')
        at = 0
        while at < n:
            end = at
            while end < n and (end in bad) == (at in bad):
                end += 1
            f.write(f'{at * SECTOR:#x} {(end - at) * SECTOR:#x} '
                    f'{"-" if at in bad else "+"}\n')
            at = end


def contents(n, seed=1):
    """Sectors that differ from each other and from zeros."""
    data = bytearray(random.Random(seed).randbytes(n * SECTOR))
    data[::SECTOR] = b'\x01' * n
    return bytes(data)


def good_in(image, truth, bad):
    """Good sectors that @image has, at their place."""
    with open(image, 'rb') as f:
        got = f.read()
    return sum(1 for s in range(len(truth) // SECTOR) if s not in bad and
               got[s * SECTOR:(s + 1) * SECTOR] ==
               truth[s * SECTOR:(s + 1) * SECTOR])
