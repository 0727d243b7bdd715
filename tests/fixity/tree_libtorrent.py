#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/fixity/tree_libtorrent.py - our trees and torrents against libtorrent.

usage: tree_libtorrent.py TREE_TOOL

libtorrent (Debian: python3-libtorrent) hashes the same files for v2 torrents
with pieces of 1 MiB; roots and piece layers must be equal, by either way we
have to compute SHA-256.  What we write as a torrent it must load, with the same
files, and find complete on disk.
"""
import os
import random
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
SIZES = [0, 1, 16383, 16384, 16385, 40000, 3 * 16384, MIB - 1, MIB, MIB + 1,
         2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 3 * MIB, 5 * MIB, 5 * MIB + 77,
         7 * MIB + 16385, 9 * MIB]

try:
    import libtorrent as lt
except ImportError:
    print('SKIPPED: no python3-libtorrent')
    sys.exit(77)
if not hasattr(lt.create_torrent, 'v2_only'):
    print('SKIPPED: a libtorrent before 2.0 knows no v2 torrents')
    sys.exit(77)

TOOL = os.path.abspath(sys.argv[1])


def check(condition, what):
    if not condition:
        print('FAILED:', what)
        sys.exit(1)


def theirs(path):
    """Root and piece layer as libtorrent computes them."""
    fs = lt.file_storage()
    lt.add_files(fs, path)
    torrent = lt.create_torrent(fs, MIB, lt.create_torrent.v2_only)
    lt.set_piece_hashes(torrent, os.path.dirname(path) or '.')
    entry = torrent.generate()
    node = entry[b'info'][b'file tree'][os.path.basename(path).encode()][b'']
    root = node.get(b'pieces root', bytes(32))
    return root, entry[b'piece layers'].get(root, root)


def ours(path, *flags):
    out = subprocess.run([TOOL, *flags, 'tree', path], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    root, layer = out.rstrip('\n').split(' ')
    return bytes.fromhex(root), bytes.fromhex(layer)


def compare_trees(paths):
    for path in paths:
        size = os.path.getsize(path)
        # libtorrent makes no torrent of nothing; BEP 52 gives it no root.
        want = theirs(path) if size else (bytes(32), b'')
        for flags in ([], ['--openssl']):
            check(ours(path, *flags) == want, f'tree of {size} bytes {flags}')


def load_torrent(paths):
    """libtorrent parses ours, and names the same files with the same roots."""
    subprocess.run([TOOL, 'torrent', 'object', 'o.torrent', *paths], check=True)
    info = lt.torrent_info('o.torrent')
    fs = info.files()
    hashes = info.info_hashes()
    check(hashes.has_v2() and not hashes.has_v1(), 'v2 and nothing else')
    check(info.piece_length() == MIB, 'piece length')
    check(info.name() == 'object', 'name')
    seen = {}
    for i in range(fs.num_files()):
        if fs.file_flags(i) & lt.file_storage.flag_pad_file:
            continue  # libtorrent's own: v2 files begin at a piece
        path = fs.file_path(i).split('/', 1)[1]
        seen[path] = (fs.file_size(i), fs.root(i).to_bytes())
    check(set(seen) == set(paths), f'files: {sorted(seen)}')
    for path in paths:
        size = os.path.getsize(path)
        check(seen[path][0] == size, f'size of {path}')
        if size:
            check(seen[path][1] == ours(path)[0], f'root of {path}')
    return info


def is_complete_on_disk(info, folder):
    """What a client that knows nothing of us finds when it checks the files."""
    session = lt.session({'listen_interfaces': '', 'enable_dht': False,
                          'enable_lsd': False, 'enable_upnp': False,
                          'enable_natpmp': False})
    handle = session.add_torrent({'ti': info, 'save_path': folder})
    for _ in range(600):
        status = handle.status()
        check(not status.errc.value(), status.errc.message())
        if str(status.state) in ('seeding', 'finished', 'downloading'):
            break
        time.sleep(0.05)
    session.remove_torrent(handle)
    return status.is_seeding


def main():
    random.seed(52)
    with tempfile.TemporaryDirectory() as scratch:
        content = os.path.join(scratch, 'object')
        os.makedirs(os.path.join(content, 'image', 'deep', 'er'))
        os.chdir(content)
        paths = []
        for n, size in enumerate(SIZES):
            folder = ['', 'image/', 'image/deep/', 'image/deep/er/'][n % 4]
            paths.append(f'{folder}{n}.{size}')
            with open(paths[-1], 'wb') as file:
                file.write(random.randbytes(size))
        compare_trees(paths)
        info = load_torrent(paths)
        check(is_complete_on_disk(info, scratch), 'files are complete')
        with open(paths[-1], 'r+b') as file:
            file.seek(3 * MIB)
            byte = file.read(1)[0]
            file.seek(3 * MIB)
            file.write(bytes([byte ^ 1]))
        check(not is_complete_on_disk(info, scratch), 'damage is seen')
    print(len(SIZES), 'files agree')


main()
